// compile(): what belongs to one state type.

#include "base/encoding.h"
#include "core/pipeline/compiler.h"

namespace penstock::pipeline {
namespace {

constexpr int64_t seconds_max = 99'999'999;  // ASL: Seconds, TimeoutSeconds, HeartbeatSeconds

}  // namespace

PassState Compiler::read_pass(const Json& source, const Place&) {
  PassState pass;
  if (const Json* result = source.find("Result")) pass.result = *result;
  return pass;
}

TaskState Compiler::read_task(const Json& source, const Place& place) {
  TaskState task;
  if (const Json* resource = text_field(source, place, "Resource", true))
    read_resource(resource->as_string(), place, task);
  task.timeout = number_or_path(source, place, "TimeoutSeconds", "TimeoutSecondsPath", 1, seconds_max);
  task.heartbeat = number_or_path(source, place, "HeartbeatSeconds", "HeartbeatSecondsPath", 1, seconds_max);
  if (task.timeout.value && task.heartbeat.value && *task.heartbeat.value >= *task.timeout.value) {
    schema_error(place, "HeartbeatSeconds", "HeartbeatSeconds must be smaller than TimeoutSeconds");
  }
  if (const Json* credentials = source.find("Credentials")) {
    if (!credentials->find("RoleArn") && !credentials->find("RoleArn.$")) {
      schema_error(place, "Credentials", "The field 'RoleArn' is required but was missing");
    }
    if (task.kind == ResourceKind::activity) {
      schema_error(place, "Credentials", "The field 'Credentials' is not supported for activities");
    }
    task.credentials = template_field(source, place, "Credentials");
  }
  return task;
}

// arn:aws:states:::sqs:sendMessage.waitForTaskToken, arn:aws:states:us-east-1:123456789012:activity:name,
// arn:aws:lambda:us-east-1:123456789012:function:name
void Compiler::read_resource(std::string_view resource, const Place& place, TaskState& task) {
  task.resource = resource;
  std::vector<std::string_view> parts = split(resource, ':');
  if (parts.size() < 7 || parts[0] != "arn" || parts[1].empty() || parts[5].empty()) {
    return schema_error(place, "Resource", "Value is not a valid resource ARN");
  }
  bool states = parts[2] == "states";
  if (parts[2] == "lambda" && parts[5] == "function") {
    task.kind = ResourceKind::lambda_function;
  } else if (states && parts[5] == "activity") {
    task.kind = ResourceKind::activity;
    if (is_express()) return schema_error(place, "Resource", "Express state machine does not support Activity ARN");
  } else if (states) {
    // Service ("sqs" or "aws-sdk:sfn") and action ("sendMessage.waitForTaskToken", "startExecution.sync:2").
    size_t action = parts[5] == "aws-sdk" ? 7 : 6;
    if (parts.size() <= action) return schema_error(place, "Resource", "Value is not a valid resource ARN");
    size_t type_at = static_cast<size_t>(parts[5].data() - resource.data());
    size_t action_at = static_cast<size_t>(parts[action].data() - resource.data());
    std::string_view action_text = resource.substr(action_at);
    task.resource_type = Json(resource.substr(type_at, action_at - type_at - 1));
    task.action = Json(action_text);
    task.waits_for_token = action_text.ends_with(".waitForTaskToken");
    if (is_express() && task.waits_for_token) {  // AWS's text has this space
      return schema_error(place, "Resource",
                          "Express state machine does not support '.waitForTaskToken' service integration ");
    }
    if (is_express() && action_text.find(".sync") != std::string_view::npos) {
      return schema_error(place, "Resource", "Express state machine does not support '.sync' service integration");
    }
  } else {
    return schema_error(place, "Resource", "Value is not a valid resource ARN");
  }
  if (!options_.catalog) return;
  if (auto refusal = options_.catalog->refuse(resource, is_express() ? MachineType::express : MachineType::standard))
    schema_error(place, "Resource", *refusal);
}

ChoiceState::Rule Compiler::read_rule(const Json& source, const Place& place, const Json& all_states) {
  ChoiceState::Rule rule;
  if (state_jsonata_) {
    if (!source.find("Condition")) schema_error(place, "These fields are required: [Condition]");
    const Json& condition = source["Condition"];
    bool fits = condition.is_boolean() || (condition.is_string() && is_query(condition.as_string()));
    if (source.find("Condition") && !fits) schema_error(place, "Condition", "Expected value of type Boolean");
    if (auto query = any_query_field(source, place, "Condition")) rule.condition = std::move(*query);
    rule.output = any_query_field(source, place, "Output");
  } else {
    std::vector<Problem> problems;
    rule.condition = Condition::compile(source, problems);
    add_problems(place, problems);
  }
  check_assign(source, place);
  rule.assign = template_field(source, place, "Assign");
  program_->newer_language |= rule.assign.has_value();
  if (!source.find("Next")) schema_error(place, "These fields are required: [Next]");
  rule.next = target(source, place, "Next", all_states);
  return rule;
}

ChoiceState Compiler::read_choice(const Json& source, const Place& place, const Json& all_states) {
  ChoiceState choice;
  const Json* rules = source.find("Choices");
  if (!rules) {
    schema_error(place, "These fields are required: [Choices]");
  } else if (!rules->is_array()) {
    schema_error(place, "Choices", "Expected value of type Array");
  } else if (rules->size() == 0) {
    schema_error(place, "Choices", "Value cannot be empty");
  }
  for (size_t i = 0; rules && i < rules->size(); ++i) {
    const Json& source_rule = (*rules)[i];
    std::string step = "Choices[" + std::to_string(i) + "]";
    Place rule_place{&place, step};
    if (!source_rule.is_object()) {
      schema_error(rule_place, "Expected value of type Object");
      continue;
    }
    choice.rules.push_back(read_rule(source_rule, rule_place, all_states));
  }
  choice.otherwise = target(source, place, "Default", all_states);
  return choice;
}

WaitState Compiler::read_wait(const Json& source, const Place& place) {
  WaitState wait;
  bool one = state_jsonata_
                 ? check_one_of(source, place, {"Seconds", "Timestamp"}, true)
                 : check_one_of(source, place, {"SecondsPath", "Seconds", "TimestampPath", "Timestamp"}, true);
  if (!one) return wait;
  wait.seconds = number_or_path(source, place, "Seconds", "SecondsPath", 0, seconds_max);
  wait.timestamp_path = path_field(source, place, "TimestampPath");
  wait.timestamp_query = query_field(source, place, "Timestamp");
  if (wait.timestamp_query) return wait;
  if (const Json* timestamp = text_field(source, place, "Timestamp")) {
    if (is_timestamp(timestamp->as_string())) wait.timestamp = parse_iso8601(timestamp->as_string());
    if (!wait.timestamp) schema_error(place, "Timestamp", "String does not match RFC3339 timestamp");
  }
  return wait;
}

FailState Compiler::read_fail(const Json& source, const Place& place) {
  FailState fail;
  check_one_of(source, place, {"Error", "ErrorPath"}, false);
  check_one_of(source, place, {"Cause", "CausePath"}, false);
  fail.error_query = query_field(source, place, "Error");
  fail.cause_query = query_field(source, place, "Cause");
  if (const Json* error = text_field(source, place, "Error")) fail.error = error->as_string();
  if (const Json* cause = text_field(source, place, "Cause")) fail.cause = cause->as_string();
  fail.error_path = expression_field(source, place, "ErrorPath");
  fail.cause_path = expression_field(source, place, "CausePath");
  return fail;
}

ParallelState Compiler::read_parallel(const Json& source, const Place& place) {
  ParallelState parallel;
  const Json* branches = source.find("Branches");
  if (!branches) return schema_error(place, "These fields are required: [Branches]"), parallel;
  if (!branches->is_array()) return schema_error(place, "Branches", "Expected value of type Array"), parallel;
  if (branches->size() == 0) schema_error(place, "Branches", "Value cannot be empty");
  for (size_t i = 0; i < branches->size(); ++i) {
    std::string step = "Branches[" + std::to_string(i) + "]";
    parallel.branches.push_back(read_workflow((*branches)[i], Place{&place, step}));
  }
  return parallel;
}

}  // namespace penstock::pipeline
