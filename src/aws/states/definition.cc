#include "aws/states/definition.h"

#include <utility>

#include "aws/integration/managed_rule.h"
#include "aws/protocol/guard.h"
#include "aws/protocol/json_codec.h"
#include "core/execution/engine.h"
#include "store/log_lines.h"

namespace penstock::aws::states {

namespace {

// A document of ours read into the struct it was written from.
template <class T>
T read_document(const Json& document) {
  T value;
  Validation validation;
  Outcome<void> read = from_json(T::table, document, &value, validation);
  return read.ok() ? value : T{};
}

Error invalid_logging(const std::string& reason) {
  return {"InvalidLoggingConfiguration", "Invalid Logging Configuration: " + reason};
}

// What a role must be allowed to do so that the logs of its machine are delivered. Source: "IAM Policies for logging to
// CloudWatch Logs", Step Functions developer guide; the writing itself is the delivery service's.
constexpr std::string_view log_delivery_actions[] = {
    "logs:CreateLogDelivery", "logs:GetLogDelivery",    "logs:UpdateLogDelivery",        "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"};

}  // namespace

Outcome<std::shared_ptr<const pipeline::Program>> compile_definition(Context& context, const std::string& definition,
                                                                     pipeline::MachineType type) {
  pipeline::Compiled compiled = pipeline::compile(definition, {type, &context.platform.executions.tasks()});
  if (compiled.program) return compiled.program;
  return Error{"InvalidDefinition", pipeline::invalid_definition_message(compiled.diagnostics, definition)};
}

Outcome<Json> logging_document(Context& context, const std::optional<LoggingConfiguration>& configuration) {
  Json document = configuration ? to_json(*configuration) : Json::object();
  if (!document.find("level")) document.set("level", "OFF");
  if (!document.find("includeExecutionData")) document.set("includeExecutionData", false);
  size_t destinations = document["destinations"].size();
  bool off = document.text("level") == "OFF";
  if (destinations > 1 || (destinations == 0 && !off))
    return invalid_logging("Must specify exactly one Log Destination.");
  if (off) return document;
  store::LogGroupName group = execution::parse_logging(document).group;
  if (group.name.empty()) return invalid_logging("The Log Destination's logGroupArn is not the ARN of a log group.");
  std::string_view arn = document["destinations"][size_t{0}]["cloudWatchLogsLogGroup"].text("logGroupArn");
  if (!arn.ends_with(":*")) return invalid_logging("Log Group ARN must be provided with '*' qualifier.");
  if (!context.platform.log_lines.group(group)) {
    return invalid_logging("The Log Destination does not exist: create the log group '" + group.name + "' first.");
  }
  return document;
}

Outcome<void> check_log_delivery(const Context& context, const Json& logging, std::string_view role_arn) {
  if (context.platform.guard == nullptr || logging.text("level") == "OFF") return {};
  const Context role = integration::as_role(context, role_arn);
  for (std::string_view action : log_delivery_actions) {
    if (context.platform.guard->check(role, {std::string(action), "*"})) continue;
    return Error{"AccessDeniedException", "The state machine IAM Role is not authorized to access the Log Destination"};
  }
  return {};
}

void note_log_delivery(const Context& context, const execution::Revision& revision, const std::string& execution_arn) {
  if (context.platform.guard == nullptr || revision.log.level == execution::Logging::Level::off) return;
  Context role = integration::as_role(context, revision.role_arn);
  role.caller.access_key = execution_arn;
  for (std::string_view action : log_delivery_actions)
    context.platform.guard->note_use(role, {std::string(action), "*"});
}

Json tracing_document(const std::optional<TracingConfiguration>& configuration) {
  return Json::object({{"enabled", configuration && configuration->enabled.value_or(false)}});
}

Outcome<Json> encryption_document(const std::optional<EncryptionConfiguration>& configuration) {
  if (!configuration) return Json();
  bool owned = configuration->type == "AWS_OWNED_KEY";
  if (owned == configuration->kms_key_id.has_value()) {
    return Error{"InvalidEncryptionConfiguration",
                 owned ? "Invalid Encryption Configuration: a kmsKeyId is given with the type AWS_OWNED_KEY"
                       : "Invalid Encryption Configuration: a kmsKeyId is needed with the type " + configuration->type};
  }
  if (owned && configuration->kms_data_key_reuse_period_seconds) {
    return Error{"InvalidEncryptionConfiguration",
                 "Invalid Encryption Configuration: kmsDataKeyReusePeriodSeconds is given with the type AWS_OWNED_KEY"};
  }
  Json document = to_json(*configuration);
  constexpr int64_t reuse_seconds = 300;  // the API's default
  if (!owned && !configuration->kms_data_key_reuse_period_seconds)
    document.set("kmsDataKeyReusePeriodSeconds", reuse_seconds);
  return document;
}

LoggingConfiguration logging_of(const Json& document) {
  return read_document<LoggingConfiguration>(document);
}
TracingConfiguration tracing_of(const Json& document) {
  return read_document<TracingConfiguration>(document);
}
std::optional<EncryptionConfiguration> encryption_of(const execution::Revision& revision) {
  bool told = revision.encryption.is_object() || pipeline::uses_newer_language(*revision.program);
  if (!told) return std::nullopt;
  return encryption_of(revision.encryption);
}
EncryptionConfiguration encryption_of(const Json& document) {
  if (document.is_object()) return read_document<EncryptionConfiguration>(document);
  EncryptionConfiguration configuration;
  configuration.type = "AWS_OWNED_KEY";
  return configuration;
}

std::optional<Map<std::vector<std::string>>> variable_reference_map(const pipeline::Program& program) {
  std::vector<pipeline::VariableReference> references = pipeline::variable_references(program);
  if (references.empty()) return std::nullopt;
  Map<std::vector<std::string>> map;
  for (pipeline::VariableReference& reference : references) map[reference.state] = std::move(reference.variables);
  return map;
}

}  // namespace penstock::aws::states
