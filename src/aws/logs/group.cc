#include "aws/logs/group.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "aws/logs/reference.h"
#include "base/clock.h"
#include "store/log_lines.h"

namespace penstock::aws::logs {

namespace {

constexpr size_t page_max = 50;
// PutRetentionPolicy, "RetentionInDays".
constexpr std::array<int64_t, 22> retention_days = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                                    365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

LogGroup wire_group(const Context& context, const store::LogGroup& group) {
  LogGroup wire;
  wire.log_group_name = group.name.name;
  wire.creation_time = group.created.milliseconds();
  wire.retention_in_days = group.retention_days;
  wire.metric_filter_count = 0;
  wire.log_group_arn = group_arn(context, group.name.name);
  wire.arn = *wire.log_group_arn + ":*";
  wire.stored_bytes = group.bytes;
  wire.log_group_class = "STANDARD";
  return wire;
}

// Whether a request asks for what is not served; it must not be accepted as if it were.
Outcome<void> check_served(const CreateLogGroupInput& input) {
  if (input.kms_key_id) return invalid_parameter("Log groups with kmsKeyId are not served: there is no KMS here");
  if (input.log_group_class.value_or("STANDARD") != "STANDARD") {
    return invalid_parameter(
        fmt::format("Log groups of class {} are not served, only STANDARD", *input.log_group_class));
  }
  if (input.deletion_protection_enabled.value_or(false))
    return invalid_parameter("deletionProtectionEnabled is not served");
  return {};
}

Outcome<std::vector<store::LogGroupName>> groups_of(const Context& context,
                                                    const std::vector<std::string>& identifiers) {
  std::vector<store::LogGroupName> names;
  for (const std::string& identifier : identifiers) {
    Outcome<store::LogGroupName> name = group_of(context, std::nullopt, identifier);
    if (!name) return name.error();
    names.push_back(std::move(*name));
  }
  return names;
}

}  // namespace

Outcome<CreateLogGroupOutput> create_log_group(Context& context, const CreateLogGroupInput& input) {
  if (Outcome<void> served = check_served(input); !served) return served.error();
  Json tags = Json::object();
  if (input.tags) {
    for (const auto& [key, value] : *input.tags) tags.set(key, value);
  }
  store::LogResult result = context.platform.log_lines.create_group(group_here(context, input.log_group_name),
                                                                    context.platform.clock.now(), tags);
  if (result != store::LogResult::done) return to_error(result, "group");
  return CreateLogGroupOutput{};
}

Outcome<DeleteLogGroupOutput> delete_log_group(Context& context, const DeleteLogGroupInput& input) {
  store::LogResult result = context.platform.log_lines.delete_group(group_here(context, input.log_group_name));
  if (result != store::LogResult::done) return to_error(result, "group");
  return DeleteLogGroupOutput{};
}

Outcome<DescribeLogGroupsOutput> describe_log_groups(Context& context, const DescribeLogGroupsInput& input) {
  if (input.log_group_name_prefix && input.log_group_name_pattern) {
    return invalid_parameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  if (input.include_linked_accounts.value_or(false)) return invalid_parameter("includeLinkedAccounts is not served");
  Outcome<std::vector<store::LogGroupName>> wanted =
      groups_of(context, input.log_group_identifiers.value_or(std::vector<std::string>{}));
  if (!wanted) return wanted.error();
  DescribeLogGroupsOutput output;
  std::vector<LogGroup>& page = output.log_groups.emplace();
  if (input.log_group_class.value_or("STANDARD") != "STANDARD") return output;
  size_t limit = static_cast<size_t>(input.limit.value_or(page_max));
  for (const store::LogGroup& group : context.platform.log_lines.groups(
           context.region, input.log_group_name_prefix.value_or(""), input.next_token.value_or(""))) {
    if (input.log_group_name_pattern && group.name.name.find(*input.log_group_name_pattern) == std::string::npos)
      continue;
    if (input.log_group_identifiers && std::find(wanted->begin(), wanted->end(), group.name) == wanted->end()) continue;
    if (page.size() == limit) {
      output.next_token = page.back().log_group_name;
      break;
    }
    page.push_back(wire_group(context, group));
  }
  return output;
}

Outcome<void> check_retention(int64_t days) {
  if (std::find(retention_days.begin(), retention_days.end(), days) == retention_days.end()) {
    return invalid_parameter(fmt::format(
        "1 validation error detected: Value '{}' at 'retentionInDays' failed to satisfy constraint: Member must "
        "satisfy enum value set: [{}]",
        days, fmt::join(retention_days, ", ")));
  }
  return {};
}

Outcome<PutRetentionPolicyOutput> put_retention_policy(Context& context, const PutRetentionPolicyInput& input) {
  int64_t days = input.retention_in_days;
  if (Outcome<void> allowed = check_retention(days); !allowed) return allowed.error();
  store::LogLines& log_lines = context.platform.log_lines;
  store::LogResult result = log_lines.update_group(group_here(context, input.log_group_name),
                                                   [&](store::LogGroup& group) { group.retention_days = days; });
  if (result != store::LogResult::done) return to_error(result, "group");
  log_lines.expire(context.platform.clock.now());
  return PutRetentionPolicyOutput{};
}

Outcome<DeleteRetentionPolicyOutput> delete_retention_policy(Context& context,
                                                             const DeleteRetentionPolicyInput& input) {
  store::LogResult result = context.platform.log_lines.update_group(
      group_here(context, input.log_group_name), [](store::LogGroup& group) { group.retention_days.reset(); });
  if (result != store::LogResult::done) return to_error(result, "group");
  return DeleteRetentionPolicyOutput{};
}

}  // namespace penstock::aws::logs
