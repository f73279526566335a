#include "aws/authorization/rules.h"

#include <algorithm>
#include <unordered_map>

#include "base/encoding.h"
#include "core/access/access.h"

namespace penstock::aws::authorization {

namespace {

// A template's {Member} is the input's; {@region}, {@account} are the call's; {@role:Member}, {@user:Member} the ARN of
// the principal of that name. A template of which a member is absent names "*".
struct Rule {
  std::string_view operation;  // "states:CreateStateMachine"
  std::string_view resource = "*";
  std::string_view role = {};       // the member with a role that is passed
  std::string_view passed_to = {};  // and to whom
};

constexpr std::string_view bucket = "arn:aws:s3:::{Bucket}";
constexpr std::string_view object = "arn:aws:s3:::{Bucket}/{Key}";
constexpr std::string_view machine = "{stateMachineArn}";
constexpr std::string_view role = "{@role:RoleName}";
constexpr std::string_view user = "{@user:UserName}";
constexpr std::string_view policy = "{PolicyArn}";
constexpr std::string_view training_job = "arn:aws:sagemaker:{@region}:{@account}:training-job/{TrainingJobName}";
constexpr std::string_view processing_job = "arn:aws:sagemaker:{@region}:{@account}:processing-job/{ProcessingJobName}";
constexpr std::string_view log_group = "arn:aws:logs:{@region}:{@account}:log-group:{logGroupName}";
constexpr std::string_view log_stream =
    "arn:aws:logs:{@region}:{@account}:log-group:{logGroupName}:log-stream:{logStreamName}";

// Operations of S3 need no row: a bucket, or an object when they have a Key.
constexpr Rule rules[] = {
    {"states:CreateStateMachine", "arn:aws:states:{@region}:{@account}:stateMachine:{name}", "roleArn",
     "states.amazonaws.com"},
    {"states:UpdateStateMachine", machine, "roleArn", "states.amazonaws.com"},
    {"states:DescribeStateMachine", machine},
    {"states:DeleteStateMachine", machine},
    {"states:PublishStateMachineVersion", machine},
    {"states:ListStateMachineVersions", machine},
    {"states:ListStateMachineAliases", machine},
    {"states:DeleteStateMachineVersion", "{stateMachineVersionArn}"},
    {"states:DescribeStateMachineAlias", "{stateMachineAliasArn}"},
    {"states:UpdateStateMachineAlias", "{stateMachineAliasArn}"},
    {"states:DeleteStateMachineAlias", "{stateMachineAliasArn}"},
    {"states:StartExecution", machine},
    {"states:StartSyncExecution", machine},
    {"states:ListExecutions", machine},
    {"states:StopExecution", "{executionArn}"},
    {"states:DescribeExecution", "{executionArn}"},
    {"states:RedriveExecution", "{executionArn}"},
    {"states:GetExecutionHistory", "{executionArn}"},
    {"states:DescribeStateMachineForExecution", "{executionArn}"},
    {"states:CreateActivity", "arn:aws:states:{@region}:{@account}:activity:{name}"},
    {"states:DescribeActivity", "{activityArn}"},
    {"states:DeleteActivity", "{activityArn}"},
    {"states:GetActivityTask", "{activityArn}"},
    {"states:TagResource", "{resourceArn}"},
    {"states:UntagResource", "{resourceArn}"},
    {"states:ListTagsForResource", "{resourceArn}"},
    {"sagemaker:CreateTrainingJob", training_job, "RoleArn", "sagemaker.amazonaws.com"},
    {"sagemaker:DescribeTrainingJob", training_job},
    {"sagemaker:StopTrainingJob", training_job},
    {"sagemaker:CreateProcessingJob", processing_job, "RoleArn", "sagemaker.amazonaws.com"},
    {"sagemaker:DescribeProcessingJob", processing_job},
    {"sagemaker:StopProcessingJob", processing_job},
    {"sagemaker:AddTags", "{ResourceArn}"},
    {"sagemaker:ListTags", "{ResourceArn}"},
    {"sagemaker:DeleteTags", "{ResourceArn}"},
    {"logs:CreateLogGroup", log_group},
    {"logs:DeleteLogGroup", log_group},
    {"logs:PutRetentionPolicy", log_group},
    {"logs:DeleteRetentionPolicy", log_group},
    {"logs:DescribeLogStreams", log_group},
    {"logs:FilterLogEvents", log_group},
    {"logs:TagLogGroup", log_group},
    {"logs:UntagLogGroup", log_group},
    {"logs:ListTagsLogGroup", log_group},
    {"logs:CreateLogStream", log_stream},
    {"logs:DeleteLogStream", log_stream},
    {"logs:PutLogEvents", log_stream},
    {"logs:GetLogEvents", log_stream},
    {"logs:TagResource", "{resourceArn}"},
    {"logs:UntagResource", "{resourceArn}"},
    {"logs:ListTagsForResource", "{resourceArn}"},
    {"iam:CreateRole", "arn:aws:iam::{@account}:role{@path}{RoleName}"},
    {"iam:CreateUser", "arn:aws:iam::{@account}:user{@path}{UserName}"},
    {"iam:CreatePolicy", "arn:aws:iam::{@account}:policy{@path}{PolicyName}"},
    {"iam:GetPolicy", policy},
    {"iam:DeletePolicy", policy},
    {"iam:CreatePolicyVersion", policy},
    {"iam:GetPolicyVersion", policy},
    {"iam:DeletePolicyVersion", policy},
    {"iam:ListPolicyVersions", policy},
    {"iam:SetDefaultPolicyVersion", policy},
    {"iam:ListEntitiesForPolicy", policy},
    {"sts:AssumeRole", "{RoleArn}"},
    {"events:PutTargets", "arn:aws:events:{@region}:{@account}:rule/{Rule}"},
    {"events:PutRule", "arn:aws:events:{@region}:{@account}:rule/{Name}", "RoleArn", "events.amazonaws.com"},
    {"events:DescribeRule", "arn:aws:events:{@region}:{@account}:rule/{Name}"},
    {"events:DeleteRule", "arn:aws:events:{@region}:{@account}:rule/{Name}"},
    {"scheduler:CreateSchedule", "*", "Target.RoleArn", "scheduler.amazonaws.com"},
    {"scheduler:UpdateSchedule", "*", "Target.RoleArn", "scheduler.amazonaws.com"},
    {"cloudformation:CreateStack", "*", "RoleARN", "cloudformation.amazonaws.com"},
    {"cloudformation:UpdateStack", "*", "RoleARN", "cloudformation.amazonaws.com"},
};

const Rule* find_rule(std::string_view service, std::string_view operation) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, const Rule*> map;
    for (const Rule& rule : rules) map.emplace(rule.operation, &rule);
    return map;
  }();
  std::string name(service);
  name.append(":").append(operation);
  auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const Member* find_member(const Shape& shape, std::string_view name) {
  auto found =
      std::find_if(shape.members.begin(), shape.members.end(), [&](const Member& m) { return m.name == name; });
  return found == shape.members.end() ? nullptr : &*found;
}

std::string scalar_text(const Shape& shape, const void* value) {
  switch (shape.type) {
    case Type::string:
      return *static_cast<const std::string*>(value);
    case Type::integer:
    case Type::long_integer:
      return std::to_string(*static_cast<const int64_t*>(value));
    case Type::boolean:
      return *static_cast<const bool*>(value) ? "true" : "false";
    default:
      return {};
  }
}

// The value at the end of a path, with its shape.
std::pair<const Shape*, const void*> find_value(const Shape& shape, const void* input, std::string_view path) {
  const Shape* at = &shape;
  const void* value = input;
  for (std::string_view name : split(path, '.')) {
    const Member* member = at->type == Type::structure ? find_member(*at, name) : nullptr;
    value = member == nullptr ? nullptr : member->get(value);
    if (value == nullptr) return {nullptr, nullptr};
    at = member->shape;
  }
  return {at, value};
}

// The part behind '@' in a template.
std::optional<std::string> call_value(const Context& context, const Shape& shape, const void* input,
                                      std::string_view name) {
  if (name == "region") return context.region;
  if (name == "account") return context.account;
  if (name == "path") return input_text(shape, input, "Path").value_or("/");
  const bool is_role = name.starts_with("role:");
  std::optional<std::string> given = input_text(shape, input, name.substr(name.find(':') + 1));
  if (!given)
    return is_role || context.caller.arn.find(":user/") == std::string::npos ? std::nullopt
                                                                             : std::optional(context.caller.arn);
  auto kind = is_role ? access::PrincipalKind::role : access::PrincipalKind::user;
  Outcome<access::Principal> principal = context.platform.access.directory().find(kind, *given);
  if (principal) return principal->arn;
  return "arn:aws:iam::" + context.account + (is_role ? ":role/" : ":user/") + *given;
}

// A version or alias is its machine's, told by the key states:StateMachineQualifier ("Versions and aliases", developer
// guide).
std::string without_qualifier(std::string arn) {
  constexpr size_t machine_parts = 7;  // arn:aws:states:REGION:ACCOUNT:stateMachine:NAME
  std::vector<std::string_view> parts = split(arn, ':');
  if (parts.size() <= machine_parts || parts[2] != "states" || parts[5] != "stateMachine") return arn;
  return arn.substr(0, static_cast<size_t>(parts[machine_parts].data() - arn.data()) - 1);
}

std::string fill(const Context& context, const Shape& shape, const void* input, std::string_view pattern) {
  std::string text;
  for (size_t open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{')) {
    text += pattern.substr(0, open);
    size_t close = pattern.find('}', open);
    std::string_view name = pattern.substr(open + 1, close - open - 1);
    auto value =
        name.starts_with('@') ? call_value(context, shape, input, name.substr(1)) : input_text(shape, input, name);
    if (!value) return "*";
    text += *value;
    pattern.remove_prefix(close + 1);
  }
  text += pattern;
  return text;
}

// "bucket/key?versionId=..." of x-amz-copy-source.
Need copy_source(std::string_view source) {
  size_t mark = source.find("?versionId=");
  std::string name = uri_decode(source.substr(0, mark));
  if (name.starts_with('/')) name.erase(0, 1);
  return {mark == std::string_view::npos ? "s3:GetObject" : "s3:GetObjectVersion", "arn:aws:s3:::" + name, {}};
}

// S3 asks for another action when a version is named, and for more than one when a call does more than one thing.
void add_s3_needs(const Context& context, const OperationModel& operation, const void* input,
                  std::vector<Need>& needs) {
  const Shape& shape = *operation.input;
  const std::string_view name = operation.name;
  std::string action(operation.iam_action);
  if (name == "DeleteObjects") {
    auto [list, objects] = find_value(shape, input, "Delete.Objects");
    for (size_t i = 0; objects != nullptr && i < list->list->size(objects); ++i) {
      const Shape& item = *list->element->shape;
      const void* value = list->list->at(objects, i);
      const bool version = input_text(item, value, "VersionId").has_value();
      needs.push_back({version ? "s3:DeleteObjectVersion" : "s3:DeleteObject",
                       fill(context, shape, input, bucket) + "/" + input_text(item, value, "Key").value_or(""),
                       {}});
    }
    return;
  }
  static constexpr std::string_view of_versions[] = {"GetObject",        "HeadObject",       "DeleteObject",
                                                     "GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging",
                                                     "GetObjectAcl",     "PutObjectAcl",     "GetObjectAttributes"};
  if (std::ranges::find(of_versions, name) != std::end(of_versions) && input_text(shape, input, "VersionId")) {
    size_t at = action.find("Object");
    action.insert(at + 6, "Version");
  }
  const bool on_object = find_member(shape, "Key") != nullptr;
  needs.push_back({action, fill(context, shape, input, on_object ? object : bucket), {}});
  if (name == "CopyObject" || name == "UploadPartCopy") {
    needs.push_back(copy_source(input_text(shape, input, "CopySource").value_or("")));
  }
  if (on_object && name != "PutObjectTagging" && input_text(shape, input, "Tagging")) {
    needs.push_back({"s3:PutObjectTagging", fill(context, shape, input, object), {}});
  }
  if (on_object && name != "PutObjectAcl" && input_text(shape, input, "ACL")) {
    needs.push_back({"s3:PutObjectAcl", fill(context, shape, input, object), {}});
  }
}

}  // namespace

std::optional<std::string> input_text(const Shape& shape, const void* input, std::string_view path) {
  auto [found, value] = find_value(shape, input, path);
  if (value == nullptr) return std::nullopt;
  std::string text = scalar_text(*found, value);
  if (text.empty()) return std::nullopt;
  return text;
}

std::vector<std::pair<std::string, std::string>> input_tags(const Shape& shape, const void* input) {
  std::vector<std::pair<std::string, std::string>> tags;
  for (std::string_view name : {"Tags", "tags"}) {
    auto [found, value] = find_value(shape, input, name);
    if (value == nullptr) continue;
    for (size_t i = 0; found->type == Type::map && i < found->map->size(value); ++i) {
      tags.emplace_back(found->map->key(value, i), scalar_text(*found->element->shape, found->map->value(value, i)));
    }
    for (size_t i = 0; found->type == Type::list && i < found->list->size(value); ++i) {
      const Shape& item = *found->element->shape;
      const void* tag = found->list->at(value, i);
      if (item.type != Type::structure) continue;
      auto key = input_text(item, tag, find_member(item, "Key") ? "Key" : "key");
      auto text = input_text(item, tag, find_member(item, "Value") ? "Value" : "value");
      if (key) tags.emplace_back(*key, text.value_or(""));
    }
  }
  return tags;
}

std::vector<Need> needs_of(const Context& context, const OperationModel& operation, const void* input) {
  std::vector<Need> needs;
  const std::string_view service = operation.service->name;
  const Shape& shape = *operation.input;
  if (service == "sts" && (operation.name == "GetCallerIdentity" || operation.name == "GetSessionToken")) return needs;
  if (service == "s3" && operation.name != "ListBuckets") {
    add_s3_needs(context, operation, input, needs);
    return needs;
  }
  const Rule* rule = find_rule(service, operation.name);
  std::string_view resource = rule != nullptr ? rule->resource : "*";
  if (rule == nullptr && service == "iam" && find_member(shape, "RoleName")) resource = role;
  if (rule == nullptr && service == "iam" && find_member(shape, "UserName")) resource = user;
  needs.push_back({std::string(operation.iam_action), without_qualifier(fill(context, shape, input, resource)), {}});
  if (rule != nullptr && !rule->role.empty()) {
    if (auto passed = input_text(shape, input, rule->role))
      needs.push_back({"iam:PassRole", *passed, std::string(rule->passed_to)});
  }
  return needs;
}

}  // namespace penstock::aws::authorization
