#include "aws/events/rule_record.h"

#include <fmt/format.h>

#include "aws/events/rules.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "store/records.h"

namespace penstock::aws::events {

Json to_record(const RuleRecord& rule) {
  return Json::object({{"arn", rule.arn},
                       {"name", rule.name},
                       {"bus", rule.bus},
                       {"region", rule.region},
                       {"account", rule.account},
                       {"pattern", rule.pattern},
                       {"schedule", rule.schedule},
                       {"description", rule.description},
                       {"role", rule.role_arn},
                       {"createdBy", rule.created_by},
                       {"state", rule.state},
                       {"targets", rule.targets},
                       {"tags", rule.tags},
                       {"anchor", rule.anchor.microseconds},
                       {"changed", rule.changed.microseconds}});
}

RuleRecord rule_from_record(const Json& record) {
  RuleRecord rule;
  rule.arn = record.text("arn");
  rule.name = record.text("name");
  rule.bus = record.text("bus");
  rule.region = record.text("region");
  rule.account = record.text("account");
  rule.pattern = record.text("pattern");
  rule.schedule = record.text("schedule");
  rule.description = record.text("description");
  rule.role_arn = record.text("role");
  rule.created_by = record.text("createdBy");
  rule.state = record.text("state");
  rule.enabled = rule.state != "DISABLED";
  rule.targets = record["targets"];
  rule.tags = record["tags"];
  rule.anchor = time_in(record, "anchor").value_or(Time{});
  rule.changed = time_in(record, "changed").value_or(Time{});
  return rule;
}

std::string bus_name(const std::optional<std::string>& name_or_arn) {
  if (!name_or_arn) return "default";
  size_t slash = name_or_arn->starts_with("arn:") ? name_or_arn->find('/') : std::string::npos;
  return slash == std::string::npos ? *name_or_arn : name_or_arn->substr(slash + 1);
}

std::string bus_arn(const Context& context, std::string_view name) {
  return context.arn("events", fmt::format("event-bus/{}", name));
}

std::string rule_arn(const Context& context, std::string_view bus, std::string_view name) {
  return context.arn("events", bus == "default" ? fmt::format("rule/{}", name) : fmt::format("rule/{}/{}", bus, name));
}

std::string rule_key(const Context& context, std::string_view bus, std::string_view name) {
  return fmt::format("{}/{}/{}", context.region, bus, name);
}

Outcome<void> check_bus(Context& context, const std::string& name) {
  if (name == "default" || context.platform.records.get(bus_kind, context.region + "/" + name)) return {};
  return Error{"ResourceNotFoundException", "Event bus " + name + " does not exist."};
}

namespace {

Error no_such_rule(std::string_view bus, std::string_view name) {
  return {"ResourceNotFoundException", fmt::format("Rule {} does not exist on EventBus {}.", name, bus)};
}

}  // namespace

Outcome<RuleRecord> find_rule(Context& context, const std::string& bus, const std::string& name) {
  if (Outcome<void> there = check_bus(context, bus); !there) return there.error();
  std::optional<Json> record = context.platform.records.get(rule_kind, rule_key(context, bus, name));
  if (!record) return no_such_rule(bus, name);
  return rule_from_record(*record);
}

Outcome<void> edit_rule(Context& context, const std::string& bus, const std::string& name,
                        const std::function<Outcome<void>(RuleRecord&)>& edit) {
  if (Outcome<void> there = check_bus(context, bus); !there) return there.error();
  std::string key = rule_key(context, bus, name);
  Outcome<void> result = no_such_rule(bus, name);
  context.platform.records.update(rule_kind, key, [&](Json& record) {
    RuleRecord rule = rule_from_record(record);
    result = edit(rule);
    if (!result) return false;
    rule.changed = context.platform.clock.now();
    record = to_record(rule);
    return true;
  });
  if (result) context.platform.sides.find<Rules>()->changed(key);
  return result;
}

Error validation_error(std::string message) {
  return {"ValidationException", std::move(message)};
}

}  // namespace penstock::aws::events
