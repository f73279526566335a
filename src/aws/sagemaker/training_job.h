// Training jobs: handlers of SageMaker.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/sagemaker/training_job.h"

namespace penstock::aws::sagemaker {

Outcome<CreateTrainingJobOutput> create_training_job(Context& context, const CreateTrainingJobInput& input);
Outcome<DescribeTrainingJobOutput> describe_training_job(Context& context, const DescribeTrainingJobInput& input);
Outcome<StopTrainingJobOutput> stop_training_job(Context& context, const StopTrainingJobInput& input);
Outcome<ListTrainingJobsOutput> list_training_jobs(Context& context, const ListTrainingJobsInput& input);

}  // namespace penstock::aws::sagemaker
