#include "aws/events/rule.h"

#include <algorithm>
#include <utility>

#include "aws/events/page.h"
#include "aws/events/rule_record.h"
#include "aws/events/rules.h"
#include "base/clock.h"
#include "core/event/pattern.h"
#include "core/event/schedule.h"
#include "store/records.h"

namespace penstock::aws::events {

namespace {

std::optional<std::string> given(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

Outcome<void> check_rule(const PutRuleInput& input, const std::string& bus) {
  std::string pattern = input.event_pattern.value_or("");
  std::string schedule = input.schedule_expression.value_or("");
  if (pattern.empty() && schedule.empty()) {
    return validation_error("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (!schedule.empty() && bus != "default") {
    return validation_error("ScheduleExpression is supported only on the default event bus.");
  }
  if (!pattern.empty()) {
    if (auto parsed = event::Pattern::parse(pattern); !parsed) return parsed.error();
  }
  if (!schedule.empty()) {
    auto parsed = event::Schedule::parse(schedule);
    if (!parsed)
      return validation_error("Parameter ScheduleExpression is not valid. Reason: " + parsed.error().message);
  }
  return {};
}

Json tags_of(const PutRuleInput& input) {
  Json tags = Json::object();
  if (input.tags) {
    for (const Tag& tag : *input.tags) tags.set(tag.key, tag.value);
  }
  return tags;
}

Rule wire_rule(const RuleRecord& record) {
  Rule rule;
  rule.name = record.name;
  rule.arn = record.arn;
  rule.event_pattern = given(record.pattern);
  rule.schedule_expression = given(record.schedule);
  rule.state = record.state;
  rule.description = given(record.description);
  rule.role_arn = given(record.role_arn);
  rule.event_bus_name = record.bus;
  return rule;
}

}  // namespace

Outcome<PutRuleOutput> put_rule(Context& context, const PutRuleInput& input) {
  std::string bus = bus_name(input.event_bus_name);
  if (Outcome<void> there = check_bus(context, bus); !there) return there.error();
  if (Outcome<void> valid = check_rule(input, bus); !valid) return valid.error();
  RuleRecord rule;
  rule.arn = rule_arn(context, bus, input.name);
  rule.name = input.name;
  rule.bus = bus;
  rule.region = context.region;
  rule.account = context.account;
  rule.created_by = context.account;
  rule.pattern = input.event_pattern.value_or("");
  rule.schedule = input.schedule_expression.value_or("");
  rule.description = input.description.value_or("");
  rule.role_arn = input.role_arn.value_or("");
  rule.state = input.state.value_or("ENABLED");
  rule.tags = tags_of(input);
  rule.changed = rule.anchor = context.platform.clock.now();
  std::string key = rule.key();
  if (!context.platform.records.insert(rule_kind, key, to_record(rule))) {
    // "If you are updating an existing rule, the rule is replaced with what you specify": but for targets and tags.
    context.platform.records.update(rule_kind, key, [&](Json& record) {
      RuleRecord earlier = rule_from_record(record);
      rule.targets = earlier.targets;
      rule.tags = earlier.tags;
      if (earlier.schedule == rule.schedule && earlier.state == rule.state) rule.anchor = earlier.anchor;
      record = to_record(rule);
      return true;
    });
  }
  context.platform.sides.find<Rules>()->changed(key);
  return PutRuleOutput{rule.arn};
}

Outcome<DescribeRuleOutput> describe_rule(Context& context, const DescribeRuleInput& input) {
  Outcome<RuleRecord> rule = find_rule(context, bus_name(input.event_bus_name), input.name);
  if (!rule) return rule.error();
  DescribeRuleOutput output;
  output.name = rule->name;
  output.arn = rule->arn;
  output.event_pattern = given(rule->pattern);
  output.schedule_expression = given(rule->schedule);
  output.state = rule->state;
  output.description = given(rule->description);
  output.role_arn = given(rule->role_arn);
  output.event_bus_name = rule->bus;
  output.created_by = rule->created_by;
  return output;
}

Outcome<ListRulesOutput> list_rules(Context& context, const ListRulesInput& input) {
  std::string bus = bus_name(input.event_bus_name);
  if (Outcome<void> there = check_bus(context, bus); !there) return there.error();
  Outcome<std::string> after = page_start(input.next_token);
  if (!after) return after.error();
  size_t count = static_cast<size_t>(input.limit.value_or(page_default));
  std::string prefix = rule_key(context, bus, input.name_prefix.value_or(""));
  std::string start = after->empty() ? std::string() : rule_key(context, bus, *after);
  ListRulesOutput output;
  output.rules.emplace();
  for (const store::Records::Record& record : context.platform.records.list(rule_kind, prefix, start, count + 1)) {
    if (output.rules->size() == count) {
      output.next_token = to_base64(*output.rules->back().name);
      break;
    }
    output.rules->push_back(wire_rule(rule_from_record(record.value)));
  }
  return output;
}

Outcome<DeleteRuleOutput> delete_rule(Context& context, const DeleteRuleInput& input) {
  std::string bus = bus_name(input.event_bus_name);
  if (Outcome<void> there = check_bus(context, bus); !there) return there.error();
  std::string key = rule_key(context, bus, input.name);
  std::optional<Json> record = context.platform.records.get(rule_kind, key);
  if (!record) return DeleteRuleOutput{};  // as on AWS, deleting what is not there succeeds
  if (rule_from_record(*record).targets.size() > 0)
    return validation_error("Rule can't be deleted since it has targets.");
  context.platform.records.erase(rule_kind, key);
  context.platform.sides.find<Rules>()->changed(key);
  return DeleteRuleOutput{};
}

namespace {

Outcome<void> set_state(Context& context, const std::optional<std::string>& bus, const std::string& name,
                        const std::string& state) {
  return edit_rule(context, bus_name(bus), name, [&](RuleRecord& rule) -> Outcome<void> {
    if (rule.state != state) rule.anchor = context.platform.clock.now();
    rule.state = state;
    return {};
  });
}

}  // namespace

Outcome<EnableRuleOutput> enable_rule(Context& context, const EnableRuleInput& input) {
  Outcome<void> set = set_state(context, input.event_bus_name, input.name, "ENABLED");
  return set ? Outcome<EnableRuleOutput>(EnableRuleOutput{}) : set.error();
}

Outcome<DisableRuleOutput> disable_rule(Context& context, const DisableRuleInput& input) {
  Outcome<void> set = set_state(context, input.event_bus_name, input.name, "DISABLED");
  return set ? Outcome<DisableRuleOutput>(DisableRuleOutput{}) : set.error();
}

Outcome<ListRuleNamesByTargetOutput> list_rule_names_by_target(Context& context,
                                                               const ListRuleNamesByTargetInput& input) {
  std::string bus = bus_name(input.event_bus_name);
  if (Outcome<void> there = check_bus(context, bus); !there) return there.error();
  Outcome<std::string> after = page_start(input.next_token);
  if (!after) return after.error();
  size_t count = static_cast<size_t>(input.limit.value_or(page_default));
  std::string start = after->empty() ? std::string() : rule_key(context, bus, *after);
  ListRuleNamesByTargetOutput output;
  output.rule_names.emplace();
  for (const store::Records::Record& record :
       context.platform.records.list(rule_kind, rule_key(context, bus, ""), start)) {
    RuleRecord rule = rule_from_record(record.value);
    bool has = std::ranges::any_of(rule.targets.items(),
                                   [&](const Json& target) { return target.text("Arn") == input.target_arn; });
    if (!has) continue;
    if (output.rule_names->size() == count) {
      output.next_token = to_base64(output.rule_names->back());
      break;
    }
    output.rule_names->push_back(rule.name);
  }
  return output;
}

}  // namespace penstock::aws::events
