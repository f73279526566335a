#include "cli/pipeline_role.h"

#include <fmt/format.h>

namespace penstock::cli {

namespace {

constexpr std::string_view role_name = "penstock-pipeline";
constexpr std::string_view iam_version = "2010-05-08";
constexpr std::string_view trust_policy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["states.amazonaws.com","sagemaker.amazonaws.com","events.amazonaws.com","scheduler.amazonaws.com"]},"Action":"sts:AssumeRole"}]})";
// What Step Functions asks of the role of a machine that waits for jobs (.sync).
constexpr std::string_view managed_rules_name = "managed-rules";
constexpr std::string_view managed_rules =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["events:PutTargets","events:PutRule","events:DescribeRule"],"Resource":"arn:aws:events:*:*:rule/StepFunctionsGetEventsFor*"}]})";
constexpr const char* policies[] = {"AmazonSageMakerFullAccess", "AmazonS3FullAccess", "AWSStepFunctionsFullAccess",
                                    "CloudWatchLogsFullAccess"};

Outcome<void> allow_managed_rules(aws::Client& client) {
  auto put = client.query("iam", iam_version, "PutRolePolicy",
                          {{"RoleName", std::string(role_name)},
                           {"PolicyName", std::string(managed_rules_name)},
                           {"PolicyDocument", std::string(managed_rules)}});
  if (!put) return put.error();
  return {};
}

// Roles that earlier versions made lack it. Who may not look or change it leaves that to who may.
void complete(aws::Client& client) {
  auto found = client.query("iam", iam_version, "GetRolePolicy",
                            {{"RoleName", std::string(role_name)}, {"PolicyName", std::string(managed_rules_name)}});
  if (!found && found.error().code == "NoSuchEntity") static_cast<void>(allow_managed_rules(client).ok());
}

}  // namespace

std::string pipeline_role_arn(std::string_view account) {
  return fmt::format("arn:aws:iam::{}:role/{}", account, role_name);
}

Outcome<void> make_pipeline_role(aws::Client& client) {
  // Who may only run pipelines may not make roles: one that is there is left as it is.
  if (client.query("iam", iam_version, "GetRole", {{"RoleName", std::string(role_name)}})) {
    complete(client);
    return {};
  }
  auto made =
      client.query("iam", iam_version, "CreateRole",
                   {{"RoleName", std::string(role_name)}, {"AssumeRolePolicyDocument", std::string(trust_policy)}});
  if (!made && made.error().code != "EntityAlreadyExists") return made.error();
  for (const char* policy : policies) {
    auto attached = client.query(
        "iam", iam_version, "AttachRolePolicy",
        {{"RoleName", std::string(role_name)}, {"PolicyArn", fmt::format("arn:aws:iam::aws:policy/{}", policy)}});
    if (!attached) return attached.error();
  }
  return allow_managed_rules(client);
}

}  // namespace penstock::cli
