// Processing jobs: handlers of SageMaker.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/sagemaker/processing_job.h"

namespace penstock::aws::sagemaker {

Outcome<CreateProcessingJobOutput> create_processing_job(Context& context, const CreateProcessingJobInput& input);
Outcome<DescribeProcessingJobOutput> describe_processing_job(Context& context, const DescribeProcessingJobInput& input);
Outcome<StopProcessingJobOutput> stop_processing_job(Context& context, const StopProcessingJobInput& input);
Outcome<ListProcessingJobsOutput> list_processing_jobs(Context& context, const ListProcessingJobsInput& input);

}  // namespace penstock::aws::sagemaker
