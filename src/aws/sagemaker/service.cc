#include "aws/sagemaker/service.h"

#include "aws/sagemaker/processing_job.h"
#include "aws/sagemaker/tag.h"
#include "aws/sagemaker/training_job.h"

namespace penstock::aws::sagemaker {

const ServiceTable& service() {
  static const ServiceTable table =
      list(op<CreateTrainingJob>(create_training_job), op<DescribeTrainingJob>(describe_training_job),
           op<StopTrainingJob>(stop_training_job), op<ListTrainingJobs>(list_training_jobs),
           op<CreateProcessingJob>(create_processing_job), op<DescribeProcessingJob>(describe_processing_job),
           op<StopProcessingJob>(stop_processing_job), op<ListProcessingJobs>(list_processing_jobs),
           op<AddTags>(add_tags), op<ListTags>(list_tags), op<DeleteTags>(delete_tags));
  return table;
}

}  // namespace penstock::aws::sagemaker
