#include "aws/integration/integration.h"

#include <algorithm>
#include <vector>

#include "base/encoding.h"

namespace penstock::aws::integration {

namespace {

constexpr JobKind training_job{"DescribeTrainingJob", "StopTrainingJob",
                               "TrainingJobName",     "TrainingJobArn",
                               "TrainingJobStatus",   "Completed",
                               "InProgress Stopping", "StepFunctionsGetEventsForSageMakerTrainingJobsRule"};
constexpr JobKind processing_job{"DescribeProcessingJob", "StopProcessingJob",
                                 "ProcessingJobName",     "ProcessingJobArn",
                                 "ProcessingJobStatus",   "Completed",
                                 "InProgress Stopping",   "StepFunctionsGetEventsForSageMakerProcessingJobsRule"};
constexpr JobKind execution{"DescribeExecution",
                            "StopExecution",
                            "ExecutionArn",
                            "ExecutionArn",
                            "Status",
                            "SUCCEEDED",
                            "RUNNING PENDING_REDRIVE",
                            "StepFunctionsGetEventsForStepFunctionsExecutionRule"};

constexpr Integration all[] = {
    {"sagemaker", "createTrainingJob", "SageMaker", "AmazonSageMaker", &training_job, false, false},
    {"sagemaker", "createProcessingJob", "SageMaker", "AmazonSageMaker", &processing_job, false, false},
    {"states", "startExecution", "StepFunctions", "AWSStepFunctions", &execution, true, true},
    {"events", "putEvents", "EventBridge", "AmazonEventBridge", nullptr, false, true},
};

// Those of AWS, a service and its actions a line. Source: "Integrating optimized services with Step Functions" in the
// developer guide.
constexpr std::string_view of_aws[] = {
    "apigateway invoke",
    "athena getQueryExecution getQueryResults startQueryExecution stopQueryExecution",
    "batch submitJob",
    "bedrock createModelCustomizationJob invokeModel",
    "codebuild batchDeleteBuilds batchGetReports startBuild startBuildBatch stopBuild",
    "databrew startJobRun",
    "dynamodb deleteItem getItem putItem updateItem",
    "ecs runTask",
    "eks call createCluster createFargateProfile createNodegroup deleteCluster deleteFargateProfile deleteNodegroup "
    "runJob",
    "elasticmapreduce addStep cancelStep createCluster modifyInstanceFleetByName modifyInstanceGroupByName "
    "setClusterTerminationProtection terminateCluster",
    "emr-containers createVirtualCluster deleteVirtualCluster startJobRun",
    "emr-serverless createApplication deleteApplication startApplication startJobRun stopApplication",
    "events putEvents",
    "glue startJobRun",
    "http invoke",
    "lambda invoke",
    "mediaconvert createJob",
    "sagemaker createEndpoint createEndpointConfig createHyperParameterTuningJob createLabelingJob createModel "
    "createProcessingJob createTrainingJob createTransformJob updateEndpoint",
    "sns publish",
    "sqs sendMessage",
    "states startExecution",
};

}  // namespace

std::span<const Integration> integrations() {
  return all;
}

bool is_known_to_aws(const Resource& resource) {
  for (std::string_view line : of_aws) {
    std::vector<std::string_view> words = split(line, ' ');
    if (words.front() != resource.service) continue;
    return std::find(words.begin() + 1, words.end(), resource.action) != words.end();
  }
  return false;
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
