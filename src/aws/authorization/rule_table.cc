#include "aws/authorization/rule_table.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "aws/authorization/input_values.h"

namespace penstock::aws::authorization {

namespace {

constexpr std::string_view states = "states.amazonaws.com";
constexpr std::string_view sagemaker = "sagemaker.amazonaws.com";
constexpr std::string_view events = "events.amazonaws.com";
constexpr std::string_view scheduler = "scheduler.amazonaws.com";
constexpr std::string_view cloudformation = "cloudformation.amazonaws.com";

constexpr std::string_view machine = "{stateMachineArn}";
constexpr std::string_view rule = "arn:aws:events:{@region}:{@account}:rule/{@bus_of_rule:EventBusName}{Rule}";
constexpr std::string_view named_rule = "arn:aws:events:{@region}:{@account}:rule/{@bus_of_rule:EventBusName}{Name}";
constexpr std::string_view bus = "arn:aws:events:{@region}:{@account}:event-bus/{@last:Name}";
constexpr std::string_view schedule = "arn:aws:scheduler:{@region}:{@account}:schedule/{GroupName|default}/{Name}";
constexpr std::string_view schedule_group = "arn:aws:scheduler:{@region}:{@account}:schedule-group/{Name}";
constexpr std::string_view stack = "{@stack:StackName}";
constexpr std::string_view any_stack = "{@stack_or_any:StackName}";
// What concerns a group is about all its streams: policies name "log-group:NAME:*". Tags are the group's own.
constexpr std::string_view log_group = "arn:aws:logs:{@region}:{@account}:log-group:{logGroupName}:log-stream:";
constexpr std::string_view log_stream =
    "arn:aws:logs:{@region}:{@account}:log-group:{logGroupName}:log-stream:{logStreamName}";
constexpr std::string_view parameter = "{@parameter:Name}";
constexpr std::string_view parameters = "{@parameter:Names[]}";

constexpr Rule rules[] = {
    {"states:CreateStateMachine", "arn:aws:states:{@region}:{@account}:stateMachine:{name}", "roleArn", states},
    {"states:UpdateStateMachine", machine, "roleArn", states},
    {"states:ValidateStateMachineDefinition", "arn:aws:states:{@region}:{@account}:stateMachine:*"},
    {"states:TestState", "*", "roleArn", states},
    {"states:DeleteStateMachineVersion", "{stateMachineVersionArn}"},
    {"states:CreateStateMachineAlias", "{routingConfiguration[].stateMachineVersionArn}"},
    {"states:CreateActivity", "arn:aws:states:{@region}:{@account}:activity:{name}"},
    {"iam:CreateRole", "arn:aws:iam::{@account}:role{Path|/}{RoleName}"},
    {"iam:CreateUser", "arn:aws:iam::{@account}:user{Path|/}{UserName}"},
    {"iam:CreateGroup", "arn:aws:iam::{@account}:group{Path|/}{GroupName}"},
    {"iam:CreatePolicy", "arn:aws:iam::{@account}:policy{Path|/}{PolicyName}"},
    {"iam:CreateInstanceProfile", "arn:aws:iam::{@account}:instance-profile{Path|/}{InstanceProfileName}"},
    {"iam:AddRoleToInstanceProfile", "{@profile:InstanceProfileName}", "{@role:RoleName}", "ec2.amazonaws.com"},
    {"iam:SimulatePrincipalPolicy", "{PolicySourceArn}"},
    {"iam:GetAccessKeyLastUsed", "*"},
    {"sts:AssumeRole", "{RoleArn}"},
    {"events:PutTargets", rule, "Targets[].RoleArn", events},
    {"events:RemoveTargets", rule},
    {"events:ListTargetsByRule", rule},
    {"events:PutRule", named_rule, "RoleArn", events},
    {"events:DescribeRule", named_rule},
    {"events:DeleteRule", named_rule},
    {"events:EnableRule", named_rule},
    {"events:DisableRule", named_rule},
    {"events:CreateEventBus", bus},
    {"events:DescribeEventBus", bus},
    {"events:DeleteEventBus", bus},
    {"events:PutEvents", "arn:aws:events:{@region}:{@account}:event-bus/{@last:Entries[].EventBusName}"},
    {"scheduler:CreateSchedule", schedule, "Target.RoleArn", scheduler},
    {"scheduler:UpdateSchedule", schedule, "Target.RoleArn", scheduler},
    {"scheduler:GetSchedule", schedule},
    {"scheduler:DeleteSchedule", schedule},
    {"scheduler:CreateScheduleGroup", schedule_group},
    {"scheduler:GetScheduleGroup", schedule_group},
    {"scheduler:DeleteScheduleGroup", schedule_group},
    {"cloudformation:CreateStack", stack, "RoleARN", cloudformation},
    {"cloudformation:UpdateStack", stack, "RoleARN", cloudformation},
    {"cloudformation:DeleteStack", stack, "RoleARN", cloudformation},
    {"cloudformation:CreateChangeSet", stack, "RoleARN", cloudformation},
    {"cloudformation:RollbackStack", stack, "RoleARN", cloudformation},
    {"cloudformation:ContinueUpdateRollback", stack, "RoleARN", cloudformation},
    {"cloudformation:DescribeChangeSet", "{@stack_of_change_set:StackName}"},
    {"cloudformation:ExecuteChangeSet", "{@stack_of_change_set:StackName}"},
    {"cloudformation:DeleteChangeSet", "{@stack_of_change_set:StackName}"},
    {"cloudformation:DescribeStacks", any_stack},
    {"cloudformation:DescribeStackResources", any_stack},
    {"cloudformation:GetTemplateSummary", any_stack},
    {"cloudformation:DescribeStackDriftDetectionStatus", "*"},
    {"logs:CreateLogStream", log_stream},
    {"logs:DeleteLogStream", log_stream},
    {"logs:PutLogEvents", log_stream},
    {"logs:GetLogEvents", log_stream},
    {"logs:DescribeLogGroups", "arn:aws:logs:{@region}:{@account}:log-group::log-stream:"},
    {"ssm:GetParameters", parameters},
    {"ssm:DeleteParameters", parameters},
    {"ssm:GetParametersByPath", "{@parameter:Path}"},
    {"ssm:DescribeParameters", "arn:aws:ssm:{@region}:{@account}:*"},
    {"ssm:AddTagsToResource", "{@parameter:ResourceId}"},
    {"ssm:RemoveTagsFromResource", "{@parameter:ResourceId}"},
    {"ssm:ListTagsForResource", "{@parameter:ResourceId}"},
    {"kms:Decrypt", "{@key_of:CiphertextBlob}"},
    {"kms:CreateAlias", "{@key:TargetKeyId}"},
    {"kms:UpdateAlias", "{@key:TargetKeyId}"},
    {"kms:DeleteAlias", "{@key:AliasName}"},
    {"kms:ListAliases", "*"},
};

// What a member of an operation tells, by service; the first that the input has.
struct MemberRule {
  std::string_view service;
  std::string_view member;
  std::string_view resource;
};
constexpr MemberRule member_rules[] = {
    {"states", "stateMachineArn", machine},
    {"states", "executionArn", "{executionArn}"},
    {"states", "activityArn", "{activityArn}"},
    {"states", "stateMachineAliasArn", "{stateMachineAliasArn}"},
    {"states", "mapRunArn", "{mapRunArn}"},
    {"states", "resourceArn", "{resourceArn}"},
    {"sagemaker", "ResourceArn", "{ResourceArn}"},
    {"logs", "resourceArn", "{resourceArn}"},
    {"logs", "logGroupName", log_group},
    {"iam", "GroupName", "{@group:GroupName}"},
    {"iam", "InstanceProfileName", "{@profile:InstanceProfileName}"},
    {"iam", "RoleName", "{@role:RoleName}"},
    {"iam", "UserName", "{@user:UserName}"},
    {"iam", "PolicyArn", "{PolicyArn}"},
    {"events", "ResourceARN", "{ResourceARN}"},
    {"scheduler", "ResourceArn", "{ResourceArn}"},
    {"cloudformation", "StackName", stack},
    {"kms", "KeyId", "{@key:KeyId}"},
    {"ssm", "Name", parameter},
};

// "sagemaker:DescribeTrainingJob" is about a training-job, which TrainingJobName names.
constexpr std::string_view named_resource = "arn:aws:sagemaker:{@region}:{@account}:{@named}";

Rule derive(const OperationModel& operation) {
  Rule derived;
  const Shape& input = *operation.input;
  const std::string_view service = operation.service->name;
  if (service == "sagemaker") {
    for (std::string_view role : {"RoleArn", "ExecutionRoleArn"}) {
      if (find_member(input, role) != nullptr) derived.role = role;
    }
    derived.passed_to = sagemaker;
  }
  for (const MemberRule& row : member_rules) {
    if (row.service != service || find_member(input, row.member) == nullptr) continue;
    derived.resource = row.resource;
    return derived;
  }
  if (service == "sagemaker" && !sagemaker_noun(operation).empty()) derived.resource = named_resource;
  return derived;
}

}  // namespace

std::string_view sagemaker_noun(const OperationModel& operation) {
  for (std::string_view verb : {"Create", "Describe", "Update", "Delete", "Stop", "Start", "Retry"}) {
    if (!operation.name.starts_with(verb)) continue;
    std::string_view noun = operation.name.substr(verb.size());
    return find_member(*operation.input, std::string(noun) + "Name") == nullptr ? std::string_view() : noun;
  }
  return {};
}

Rule rule_of(const OperationModel& operation) {
  const std::string name = std::string(operation.service->name) + ":" + std::string(operation.name);
  auto found = std::ranges::find(rules, std::string_view(name), &Rule::operation);
  return found == std::end(rules) ? derive(operation) : *found;
}

}  // namespace penstock::aws::authorization
