#include "aws/integration/integration.h"

namespace penstock::aws::integration {

namespace {

constexpr JobKind training_job{"DescribeTrainingJob", "StopTrainingJob", "TrainingJobName",    "TrainingJobArn",
                               "TrainingJobStatus",   "Completed",       "InProgress Stopping"};
constexpr JobKind processing_job{"DescribeProcessingJob", "StopProcessingJob", "ProcessingJobName",  "ProcessingJobArn",
                                 "ProcessingJobStatus",   "Completed",         "InProgress Stopping"};
constexpr JobKind execution{"DescribeExecution", "StopExecution",          "ExecutionArn", "ExecutionArn", "Status",
                            "SUCCEEDED",         "RUNNING PENDING_REDRIVE"};

constexpr Integration all[] = {
    {"sagemaker", "createTrainingJob", "SageMaker", "AmazonSageMaker", &training_job, false, false},
    {"sagemaker", "createProcessingJob", "SageMaker", "AmazonSageMaker", &processing_job, false, false},
    {"states", "startExecution", "StepFunctions", "AWSStepFunctions", &execution, true, true},
};

}  // namespace

std::span<const Integration> integrations() {
  return all;
}

const Integration* find_integration(const Resource& resource) {
  for (const Integration& integration : all) {
    if (integration.service != resource.service || integration.action != resource.action) continue;
    using Pattern = Resource::Pattern;
    bool served = resource.pattern == Pattern::answer || (resource.pattern == Pattern::job && integration.job) ||
                  (resource.pattern == Pattern::job_parsed && integration.parsed) ||
                  (resource.pattern == Pattern::token && integration.token);
    return served ? &integration : nullptr;
  }
  return nullptr;
}

}  // namespace penstock::aws::integration
