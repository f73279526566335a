#include "core/access/policy_managed.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/json.h"

namespace penstock::access {

namespace {

// `actions`: allowed on every resource, separated by blanks. `more`: further statements, as JSON objects.
struct Managed {
  std::string_view name;
  std::string_view actions;
  std::string_view more = {};
};

// What AmazonSageMakerFullAccess allows on buckets and roles: objects in buckets named for SageMaker, and handing a
// role to SageMaker.
constexpr std::string_view sagemaker_more = R"(
 {"Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject","s3:AbortMultipartUpload"],
  "Resource":["arn:aws:s3:::*SageMaker*","arn:aws:s3:::*Sagemaker*","arn:aws:s3:::*sagemaker*","arn:aws:s3:::*aws-glue*"]},
 {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::*",
  "Condition":{"StringEqualsIgnoreCase":{"s3:ExistingObjectTag/SageMaker":"true"}}},
 {"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/*AmazonSageMaker*",
  "Condition":{"StringEquals":{"iam:PassedToService":["glue.amazonaws.com","robomaker.amazonaws.com","states.amazonaws.com"]}}},
 {"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/*",
  "Condition":{"StringEquals":{"iam:PassedToService":"sagemaker.amazonaws.com"}}})";

constexpr std::string_view events_pass_role = R"(
 {"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/*",
  "Condition":{"StringLike":{"iam:PassedToService":["events.amazonaws.com","scheduler.amazonaws.com","pipes.amazonaws.com"]}}})";

constexpr std::string_view everything_but_identities = R"(
 {"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"})";

constexpr std::string_view states_pass_role = R"(
 {"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/service-role/StatesExecutionRole*"})";

constexpr Managed policies[] = {
    {"AWSCloudFormationFullAccess", "cloudformation:*"},
    {"AWSCloudFormationReadOnlyAccess",
     "cloudformation:Describe* cloudformation:EstimateTemplateCost cloudformation:Get* cloudformation:List* "
     "cloudformation:ValidateTemplate cloudformation:Detect*"},
    {"AWSLambda_FullAccess", "lambda:* logs:DescribeLogStreams logs:GetLogEvents logs:FilterLogEvents"},
    {"AWSStepFunctionsConsoleFullAccess", "states:* iam:ListRoles lambda:ListFunctions", states_pass_role},
    {"AWSStepFunctionsFullAccess", "states:*"},
    {"AWSStepFunctionsReadOnlyAccess",
     "states:ListStateMachines states:ListActivities states:DescribeStateMachine "
     "states:DescribeStateMachineForExecution "
     "states:ListExecutions states:DescribeExecution states:GetExecutionHistory states:DescribeActivity "
     "states:ListMapRuns "
     "states:DescribeMapRun states:ListTagsForResource states:ListStateMachineVersions states:ListStateMachineAliases "
     "states:DescribeStateMachineAlias states:ValidateStateMachineDefinition"},
    {"AWSXrayFullAccess", "xray:*"},
    {"AWSXRayDaemonWriteAccess",
     "xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets "
     "xray:GetSamplingStatisticSummaries"},
    {"AdministratorAccess", "*"},
    {"AmazonAthenaFullAccess",
     "athena:* glue:Get* glue:BatchGet* s3:GetBucketLocation s3:ListBucket s3:ListAllMyBuckets"},
    {"AmazonDynamoDBFullAccess", "dynamodb:*"},
    {"AmazonEC2ContainerRegistryFullAccess", "ecr:*"},
    {"AmazonEC2ContainerRegistryReadOnly",
     "ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:GetRepositoryPolicy "
     "ecr:DescribeRepositories ecr:ListImages ecr:DescribeImages ecr:BatchGetImage"},
    {"AmazonEventBridgeFullAccess", "events:* schemas:* scheduler:* pipes:*", events_pass_role},
    {"AmazonEventBridgeReadOnlyAccess",
     "events:Describe* events:List* events:TestEventPattern scheduler:Get* scheduler:List*"},
    {"AmazonEventBridgeSchedulerFullAccess", "scheduler:*", events_pass_role},
    {"AmazonS3FullAccess", "s3:* s3-object-lambda:*"},
    {"AmazonS3ReadOnlyAccess", "s3:Get* s3:List* s3:Describe* s3-object-lambda:Get* s3-object-lambda:List*"},
    {"AmazonSNSFullAccess", "sns:*"},
    {"AmazonSQSFullAccess", "sqs:*"},
    {"AmazonSSMFullAccess", "ssm:* cloudwatch:PutMetricData"},
    {"AmazonSSMReadOnlyAccess", "ssm:Describe* ssm:Get* ssm:List*"},
    {"AmazonSageMakerFullAccess",
     "sagemaker:* cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms cloudwatch:GetMetricData "
     "cloudwatch:GetMetricStatistics cloudwatch:ListMetrics cloudwatch:PutMetricAlarm cloudwatch:PutMetricData "
     "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:CreateRepository ecr:Describe* ecr:GetAuthorizationToken "
     "ecr:GetDownloadUrlForLayer iam:ListRoles kms:DescribeKey kms:ListAliases logs:CreateLogDelivery "
     "logs:CreateLogGroup "
     "logs:CreateLogStream logs:DeleteLogDelivery logs:Describe* logs:GetLogDelivery logs:GetLogEvents "
     "logs:ListLogDeliveries logs:PutLogEvents logs:PutResourcePolicy logs:UpdateLogDelivery s3:CreateBucket "
     "s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLocation s3:ListAllMyBuckets s3:ListBucket s3:PutBucketCORS "
     "s3:PutObjectAcl",
     sagemaker_more},
    {"AmazonSageMakerReadOnly",
     "sagemaker:Describe* sagemaker:List* sagemaker:BatchGetMetrics sagemaker:GetDeviceRegistration "
     "sagemaker:GetSearchSuggestions sagemaker:BatchGetRecord sagemaker:GetRecord sagemaker:Search "
     "cloudwatch:DescribeAlarms cloudwatch:GetMetricData cloudwatch:ListMetrics logs:Describe* logs:GetLogEvents"},
    {"CloudWatchFullAccess", "cloudwatch:* logs:* events:Describe* events:List* sns:List*"},
    {"CloudWatchFullAccessV2", "cloudwatch:* logs:* events:Describe* events:List* sns:List*"},
    {"CloudWatchLogsFullAccess", "logs:* cloudwatch:GenerateQuery"},
    {"CloudWatchLogsReadOnlyAccess",
     "logs:Describe* logs:Get* logs:List* logs:StartQuery logs:StopQuery logs:TestMetricFilter logs:FilterLogEvents "
     "logs:StartLiveTail logs:StopLiveTail"},
    {"CloudWatchReadOnlyAccess",
     "cloudwatch:Describe* cloudwatch:Get* cloudwatch:List* logs:Get* logs:List* logs:Describe* logs:FilterLogEvents"},
    {"IAMFullAccess", "iam:*"},
    {"IAMReadOnlyAccess", "iam:Get* iam:List* iam:Generate* iam:Simulate*"},
    {"PowerUserAccess",
     "iam:CreateServiceLinkedRole iam:DeleteServiceLinkedRole iam:ListRoles organizations:DescribeOrganization",
     everything_but_identities},
    {"ReadOnlyAccess",
     "s3:Get* s3:List* s3:Describe* states:Describe* states:Get* states:List* sagemaker:Describe* sagemaker:List* "
     "sagemaker:Search logs:Describe* logs:Get* logs:List* logs:FilterLogEvents iam:Get* iam:List* "
     "sts:GetCallerIdentity "
     "events:Describe* events:List* scheduler:Get* scheduler:List* cloudformation:Describe* cloudformation:Get* "
     "cloudformation:List* cloudwatch:Describe* cloudwatch:Get* cloudwatch:List* kms:Describe* kms:Get* kms:List* "
     "sns:Get* sns:List* sqs:Get* sqs:List* ssm:Describe* ssm:Get* ssm:List* ecr:Describe* ecr:Get* ecr:List* "
     "dynamodb:Describe* dynamodb:Get* dynamodb:List* dynamodb:Query dynamodb:Scan lambda:Get* lambda:List*"},
    {"service-role/AWSLambdaBasicExecutionRole", "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents"},
    {"service-role/AWSLambdaRole", "lambda:InvokeFunction"},
};

constexpr std::string_view arn_prefix = "arn:aws:iam::aws:policy/";

}  // namespace

std::optional<std::string> aws_managed_document(std::string_view arn) {
  if (!arn.starts_with(arn_prefix)) return std::nullopt;
  std::string_view name = arn.substr(arn_prefix.size());
  auto policy = std::ranges::find(policies, name, &Managed::name);
  if (policy == std::end(policies)) return std::nullopt;
  Json actions = Json::array();
  for (std::string_view action : split(policy->actions, ' ')) actions.push_back(action);
  Json first = Json::object({{"Effect", "Allow"}, {"Action", std::move(actions)}, {"Resource", "*"}});
  std::string document = R"({"Version":"2012-10-17","Statement":[)" + to_string(first);
  if (!policy->more.empty()) document.append(",").append(policy->more);
  return document + "]}";
}

std::vector<std::string_view> aws_managed_names() {
  std::vector<std::string_view> names;
  for (const Managed& policy : policies) names.push_back(policy.name);
  return names;
}

}  // namespace penstock::access
