// AWS::Events::Rule and EventBus, AWS::Scheduler::Schedule and ScheduleGroup.
#include <fmt/format.h>

#include <algorithm>

#include "aws/cloudformation/resource_handler.h"
#include "core/event/pattern.h"
#include "core/event/schedule.h"

namespace penstock::aws::cloudformation {

namespace {

using Kind = stack::Property::Kind;
using stack::OnChange;
using stack::ResourceCall;

constexpr size_t name_max = 64;
constexpr size_t bus_name_max = 256;

// What is wrong with expressions and patterns is said before anything is made.
Outcome<void> accepts_pattern(std::string_view text) {
  Outcome<event::Pattern> pattern = event::Pattern::parse(text);
  if (!pattern) return pattern.error();
  return {};
}

Outcome<void> accepts_rule_schedule(std::string_view text) {
  Outcome<event::Schedule> schedule = event::Schedule::parse(text, event::Zone(), false);
  if (schedule.ok()) return {};
  return Error{"ValidationException",
               fmt::format("Parameter ScheduleExpression is not valid. Reason: {}", schedule.error().message)};
}

Outcome<void> accepts_schedule(std::string_view text) {
  Outcome<event::Schedule> schedule = event::Schedule::parse(text, event::Zone(), true);
  if (schedule.ok()) return {};
  return Error{"ValidationException", fmt::format("Invalid Schedule Expression. Reason: {}", schedule.error().message)};
}

// ---- AWS::Events::Rule: Ref gives the name, or BUS|NAME on a bus of the user's

struct RuleName {
  std::string bus;
  std::string name;
};

RuleName rule_name(const std::string& id) {
  size_t bar = id.find('|');
  if (bar == std::string::npos) return {"default", id};
  return {id.substr(0, bar), id.substr(bar + 1)};
}

// Members that name a rule: PutRule and DescribeRule say Name, the operations on targets Rule.
Json by_rule(const std::string& id, std::string_view member) {
  RuleName rule = rule_name(id);
  return Json::object({{std::string(member), Json(rule.name)}, {"EventBusName", Json(rule.bus)}});
}

Outcome<std::string> choose_rule(const Calls& calls, const ResourceCall& call) {
  std::string_view bus = call.properties.text("EventBusName", "default");
  bus.remove_prefix(bus.rfind('/') + 1);  // given by its ARN
  std::string name = chosen_name(calls, call, "Name", name_max);
  std::string id = bus == "default" ? name : fmt::format("{}|{}", bus, name);
  if (calls("events", "DescribeRule", by_rule(id, "Name")).ok()) return already_exists(call.type, id);
  return id;
}

Outcome<void> settle_targets(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> there = calls("events", "ListTargetsByRule", by_rule(call.physical_id, "Rule"));
  if (!there) return there.error();
  const Json& wanted = call.properties["Targets"];
  Json gone = Json::array();
  for (const Json& target : (*there)["Targets"].items()) {
    bool kept = false;
    for (size_t index = 0; index < wanted.size(); ++index) kept = kept || wanted[index]["Id"] == target["Id"];
    if (!kept) gone.push_back(target["Id"]);
  }
  if (gone.size() > 0) {
    Json parameters = by_rule(call.physical_id, "Rule");
    parameters.set("Ids", std::move(gone));
    if (Outcome<Json> done = calls("events", "RemoveTargets", parameters); !done) return done.error();
  }
  if (wanted.size() == 0) return {};
  Json parameters = by_rule(call.physical_id, "Rule");
  parameters.set("Targets", wanted);
  Outcome<Json> done = calls("events", "PutTargets", parameters);
  if (!done) return done.error();
  return {};
}

// PutRule makes a rule or replaces it: but for its targets and tags, which have operations of their own.
Outcome<stack::Made> put_rule_resource(const Calls& calls, const ResourceCall& call) {
  Json parameters = by_rule(call.physical_id, "Name");
  for (std::string_view name : {"ScheduleExpression", "State", "Description", "RoleArn"}) {
    if (const Json* value = call.properties.find(name)) parameters.set(name, *value);
  }
  if (const Json* pattern = call.properties.find("EventPattern")) {
    parameters.set("EventPattern", Json(document_text(*pattern)));
  }
  Outcome<Json> made = calls("events", "PutRule", parameters);
  if (!made) return made.error();
  const Json& arn = (*made)["RuleArn"];
  if (Outcome<void> done = settle_targets(calls, call); !done) return done.error();
  Outcome<void> tagged = settle_tags(calls, "events", Json::object({{"ResourceARN", arn}}), call);
  if (!tagged) return tagged.error();
  return stack::Made{call.physical_id, Json::object({{"Arn", arn}})};
}

Outcome<void> remove_rule(const Calls& calls, const ResourceCall& call) {
  ResourceCall bare = call;
  bare.properties = Json::object();
  if (Outcome<void> done = settle_targets(calls, bare); !done && !is_missing(done.error())) return done;
  return removed(calls("events", "DeleteRule", by_rule(call.physical_id, "Name")));
}

// Targets in the order of the properties'.
Json same_targets(const Json& expected, const Json& actual) {
  std::vector<Json> rest(actual.items().begin(), actual.items().end());
  Json ordered = Json::array();
  for (size_t index = 0; index < expected.size(); ++index) {
    auto found = std::ranges::find_if(rest, [&](const Json& one) { return one["Id"] == expected[index]["Id"]; });
    if (found == rest.end()) continue;
    ordered.push_back(*found);
    rest.erase(found);
  }
  for (const Json& one : rest) ordered.push_back(one);
  return ordered;
}

Outcome<Json> read_rule(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> rule = calls("events", "DescribeRule", by_rule(call.physical_id, "Name"));
  if (!rule) return rule.error();
  Outcome<Json> targets = calls("events", "ListTargetsByRule", by_rule(call.physical_id, "Rule"));
  if (!targets) return targets.error();
  Outcome<Json> tags = calls("events", "ListTagsForResource", Json::object({{"ResourceARN", (*rule)["Arn"]}}));
  if (!tags) return tags.error();
  Json actual = Json::object();
  for (std::string_view name : {"Description", "Name", "RoleArn", "ScheduleExpression", "State"}) {
    actual.set(name, or_null(rule->find(name)));
  }
  const Json* pattern = rule->find("EventPattern");
  actual.set("EventPattern", pattern ? same_document(call.properties["EventPattern"], *pattern) : Json());
  actual.set("Targets", same_targets(call.properties["Targets"], (*targets)["Targets"]));
  actual.set("Tags", own_tags(call, (*tags)["Tags"]));
  return actual;
}

// ---- AWS::Events::EventBus

Json by_bus(const std::string& name) {
  return Json::object({{"Name", Json(name)}});
}

Outcome<std::string> choose_bus(const Calls& calls, const ResourceCall& call) {
  std::string name = chosen_name(calls, call, "Name", bus_name_max);
  if (calls("events", "DescribeEventBus", by_bus(name)).ok()) return already_exists(call.type, name);
  return name;
}

Outcome<stack::Made> update_bus(const Calls& calls, const ResourceCall& call) {
  Json arn(calls.arn("events", "event-bus/" + call.physical_id));
  Outcome<void> tagged = settle_tags(calls, "events", Json::object({{"ResourceARN", arn}}), call);
  if (!tagged) return tagged.error();
  return stack::Made{call.physical_id, Json::object({{"Arn", arn}, {"Name", Json(call.physical_id)}})};
}

Outcome<stack::Made> create_bus(const Calls& calls, const ResourceCall& call) {
  Json parameters = pick(call.properties, {"Description"});
  parameters.set("Name", Json(call.physical_id));
  Outcome<Json> made = calls("events", "CreateEventBus", parameters);
  bool ours = call.resuming && !made && made.error().code == "ResourceAlreadyExistsException";
  if (!made && !ours) return made.error();
  return update_bus(calls, call);
}

Outcome<void> remove_bus(const Calls& calls, const ResourceCall& call) {
  return removed(calls("events", "DeleteEventBus", by_bus(call.physical_id)));
}

Outcome<Json> read_bus(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("events", "DescribeEventBus", by_bus(call.physical_id));
  if (!got) return got.error();
  Outcome<Json> tags = calls("events", "ListTagsForResource", Json::object({{"ResourceARN", (*got)["Arn"]}}));
  if (!tags) return tags.error();
  return Json::object({{"Name", (*got)["Name"]},
                       {"Description", or_null(got->find("Description"))},
                       {"Tags", own_tags(call, (*tags)["Tags"])}});
}

// ---- AWS::Scheduler::Schedule: Ref gives the name

Json by_schedule(const ResourceCall& call) {
  Json named = pick(call.properties, {"GroupName"});
  named.set("Name", Json(call.physical_id));
  return named;
}

Outcome<std::string> choose_schedule(const Calls& calls, const ResourceCall& call) {
  std::string name = chosen_name(calls, call, "Name", name_max);
  ResourceCall named = call;
  named.physical_id = name;
  if (calls("scheduler", "GetSchedule", by_schedule(named)).ok()) return already_exists(call.type, name);
  return name;
}

Outcome<stack::Made> put_schedule(const Calls& calls, const ResourceCall& call, std::string_view operation) {
  Json parameters =
      pick(call.properties, {"GroupName", "ScheduleExpression", "StartDate", "EndDate", "Description",
                             "ScheduleExpressionTimezone", "State", "KmsKeyArn", "Target", "FlexibleTimeWindow"});
  parameters.set("Name", Json(call.physical_id));
  Outcome<Json> made = calls("scheduler", operation, parameters);
  bool ours = call.resuming && !made && made.error().code == "ConflictException";
  if (!made && !ours) return made.error();
  std::string_view group = call.properties.text("GroupName", "default");
  std::string arn = calls.arn("scheduler", fmt::format("schedule/{}/{}", group, call.physical_id));
  return stack::Made{call.physical_id, Json::object({{"Arn", Json(arn)}})};
}

Outcome<stack::Made> create_schedule_resource(const Calls& calls, const ResourceCall& call) {
  return put_schedule(calls, call, "CreateSchedule");
}

Outcome<stack::Made> update_schedule_resource(const Calls& calls, const ResourceCall& call) {
  return put_schedule(calls, call, "UpdateSchedule");
}

Outcome<void> remove_schedule(const Calls& calls, const ResourceCall& call) {
  return removed(calls("scheduler", "DeleteSchedule", by_schedule(call)));
}

Outcome<Json> read_schedule(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("scheduler", "GetSchedule", by_schedule(call));
  if (!got) return got.error();
  Json actual = Json::object();
  for (std::string_view name : {"Description", "FlexibleTimeWindow", "GroupName", "Name", "ScheduleExpression",
                                "ScheduleExpressionTimezone", "State", "Target"}) {
    actual.set(name, or_null(got->find(name)));
  }
  return actual;
}

// ---- AWS::Scheduler::ScheduleGroup

Json by_group(const std::string& name) {
  return Json::object({{"Name", Json(name)}});
}

Outcome<std::string> choose_schedule_group(const Calls& calls, const ResourceCall& call) {
  std::string name = chosen_name(calls, call, "Name", name_max);
  if (calls("scheduler", "GetScheduleGroup", by_group(name)).ok()) return already_exists(call.type, name);
  return name;
}

Outcome<stack::Made> update_schedule_group(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("scheduler", "GetScheduleGroup", by_group(call.physical_id));
  if (!got) return got.error();
  Json named = Json::object({{"ResourceArn", (*got)["Arn"]}});
  if (Outcome<void> tagged = settle_tags(calls, "scheduler", named, call); !tagged) return tagged.error();
  return stack::Made{call.physical_id, pick(*got, {"Arn", "CreationDate", "LastModificationDate", "State"})};
}

Outcome<stack::Made> create_schedule_group_resource(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> made = calls("scheduler", "CreateScheduleGroup", by_group(call.physical_id));
  bool ours = call.resuming && !made && made.error().code == "ConflictException";
  if (!made && !ours) return made.error();
  return update_schedule_group(calls, call);
}

Outcome<void> remove_schedule_group(const Calls& calls, const ResourceCall& call) {
  return removed(calls("scheduler", "DeleteScheduleGroup", by_group(call.physical_id)));
}

Outcome<Json> read_schedule_group(const Calls& calls, const ResourceCall& call) {
  Outcome<Json> got = calls("scheduler", "GetScheduleGroup", by_group(call.physical_id));
  if (!got) return got.error();
  Outcome<Json> tags = calls("scheduler", "ListTagsForResource", Json::object({{"ResourceArn", (*got)["Arn"]}}));
  if (!tags) return tags.error();
  return Json::object({{"Name", (*got)["Name"]}, {"Tags", own_tags(call, (*tags)["Tags"])}});
}

}  // namespace

std::vector<ResourceHandler> events_resources() {
  constexpr OnChange replace = OnChange::replace;
  return {
      {{"AWS::Events::Rule",
        {{"Description"},
         {"EventBusName", Kind::text, false, replace},
         {"EventPattern", Kind::document},
         {"Name", Kind::text, false, replace},
         {"RoleArn"},
         {"ScheduleExpression"},
         {"State"},
         {"Tags", Kind::list},
         {"Targets", Kind::list}},
        {"Arn"}},
       choose_rule,
       put_rule_resource,
       put_rule_resource,
       remove_rule,
       read_rule,
       {{"Name", {}, "events", "PutRule", "Name"},
        {"State", {}, "events", "PutRule", "State"},
        {"EventPattern", {}, {}, {}, {}, accepts_pattern},
        {"ScheduleExpression", {}, {}, {}, {}, accepts_rule_schedule},
        {"Targets", {}, "events", "PutTargets", "Targets"}}},
      {{"AWS::Events::EventBus",
        {{"Description", Kind::text, false, replace}, {"Name", Kind::text, true, replace}, {"Tags", Kind::list}},
        {"Arn", "Name"}},
       choose_bus,
       create_bus,
       update_bus,
       remove_bus,
       read_bus,
       {{"Name", {}, "events", "CreateEventBus", "Name"}}},
  };
}

std::vector<ResourceHandler> scheduler_resources() {
  constexpr OnChange replace = OnChange::replace;
  return {
      {{"AWS::Scheduler::Schedule",
        {{"Description"},
         {"EndDate"},
         {"FlexibleTimeWindow", Kind::object, true},
         {"GroupName", Kind::text, false, replace},
         {"KmsKeyArn"},
         {"Name", Kind::text, false, replace},
         {"ScheduleExpression", Kind::text, true},
         {"ScheduleExpressionTimezone"},
         {"StartDate"},
         {"State"},
         {"Target", Kind::object, true}},
        {"Arn"}},
       choose_schedule,
       create_schedule_resource,
       update_schedule_resource,
       remove_schedule,
       read_schedule,
       {{"Name", {}, "scheduler", "CreateSchedule", "Name"},
        {"State", {}, "scheduler", "CreateSchedule", "State"},
        {"ScheduleExpression", {}, {}, {}, {}, accepts_schedule},
        {"Target", {}, "scheduler", "CreateSchedule", "Target"},
        {"FlexibleTimeWindow", {}, "scheduler", "CreateSchedule", "FlexibleTimeWindow"}}},
      {{"AWS::Scheduler::ScheduleGroup",
        {{"Name", Kind::text, false, replace}, {"Tags", Kind::list}},
        {"Arn", "CreationDate", "LastModificationDate", "State"}},
       choose_schedule_group,
       create_schedule_group_resource,
       update_schedule_group,
       remove_schedule_group,
       read_schedule_group,
       {{"Name", {}, "scheduler", "CreateScheduleGroup", "Name"}}},
  };
}

}  // namespace penstock::aws::cloudformation
