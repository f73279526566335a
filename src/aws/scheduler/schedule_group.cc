#include "aws/scheduler/schedule_group.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "aws/scheduler/agenda.h"
#include "aws/scheduler/schedule_record.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "store/records.h"

namespace penstock::aws::scheduler {

namespace {

constexpr int64_t page_default = 100;

std::string group_arn(const Context& context, const std::string& name) {
  return context.arn("scheduler", "schedule-group/" + name);
}

Json new_group(Context& context) {
  int64_t now = context.platform.clock.now().microseconds;
  return Json::object({{"created", now}, {"tags", Json::object()}});
}

std::optional<Time> created_in(const std::optional<Json>& record) {
  if (!record) return std::nullopt;  // the default group
  return Time{(*record)["created"].as_integer().value_or(0)};
}

// The record's key of a group's ARN.
Outcome<std::string> key_of(Context& context, const std::string& arn) {
  std::string name = arn.substr(arn.rfind('/') + 1);
  if (Outcome<void> there = check_group(context, name); !there) return there.error();
  return context.region + "/" + name;
}

Outcome<void> edit_tags(Context& context, const std::string& arn, const std::function<void(Json&)>& edit) {
  Outcome<std::string> key = key_of(context, arn);
  if (!key) return key.error();
  context.platform.records.insert(group_kind, *key, new_group(context));  // the default group's first tag
  context.platform.records.update(group_kind, *key, [&](Json& record) {
    edit(record.mutable_at("tags"));
    return true;
  });
  return {};
}

}  // namespace

Outcome<CreateScheduleGroupOutput> create_schedule_group(Context& context, const CreateScheduleGroupInput& input) {
  Json record = new_group(context);
  record.set("clientToken", input.client_token.value_or(""));
  if (input.tags) {
    for (const Tag& tag : *input.tags) record.mutable_at("tags").set(tag.key, tag.value);
  }
  std::string key = context.region + "/" + input.name;
  if (input.name == "default" || !context.platform.records.insert(group_kind, key, record)) {
    std::optional<Json> earlier = context.platform.records.get(group_kind, key);
    bool repeated = earlier && input.client_token && earlier->text("clientToken") == *input.client_token;
    if (!repeated) return conflict("Schedule group " + input.name + " already exists.");
  }
  return CreateScheduleGroupOutput{group_arn(context, input.name)};
}

Outcome<GetScheduleGroupOutput> get_schedule_group(Context& context, const GetScheduleGroupInput& input) {
  if (Outcome<void> there = check_group(context, input.name); !there) return there.error();
  GetScheduleGroupOutput output;
  output.name = input.name;
  output.arn = group_arn(context, input.name);
  output.state = "ACTIVE";
  output.creation_date = output.last_modification_date =
      created_in(context.platform.records.get(group_kind, context.region + "/" + input.name));
  return output;
}

Outcome<DeleteScheduleGroupOutput> delete_schedule_group(Context& context, const DeleteScheduleGroupInput& input) {
  if (input.name == "default") return validation_error("The default schedule group cannot be deleted.");
  if (Outcome<void> there = check_group(context, input.name); !there) return there.error();
  context.platform.records.erase(group_kind, context.region + "/" + input.name);
  for (const auto& record : context.platform.records.list(schedule_kind, schedule_key(context, input.name, ""))) {
    context.platform.records.erase(schedule_kind, record.key);
    context.platform.sides.find<Agenda>()->changed(record.key);
  }
  return DeleteScheduleGroupOutput{};
}

Outcome<ListScheduleGroupsOutput> list_schedule_groups(Context& context, const ListScheduleGroupsInput& input) {
  std::optional<std::string> after = input.next_token ? from_base64(*input.next_token) : std::string();
  if (!after) return validation_error("Invalid NextToken.");
  std::string region = context.region + "/";
  std::vector<std::pair<std::string, std::optional<Json>>> groups{{"default", std::nullopt}};
  for (store::Records::Record& record : context.platform.records.list(group_kind, region)) {
    std::string name = record.key.substr(region.size());
    if (name != "default") groups.emplace_back(std::move(name), std::move(record.value));
  }
  std::ranges::sort(groups, {}, [](const auto& group) { return group.first; });
  size_t count = static_cast<size_t>(input.max_results.value_or(page_default));
  ListScheduleGroupsOutput output;
  for (const auto& [name, record] : groups) {
    if (name <= *after || !name.starts_with(input.name_prefix.value_or(""))) continue;
    if (output.schedule_groups.size() == count) {
      output.next_token = to_base64(*output.schedule_groups.back().name);
      break;
    }
    ScheduleGroupSummary& summary = output.schedule_groups.emplace_back();
    summary.name = name;
    summary.arn = group_arn(context, name);
    summary.state = "ACTIVE";
    summary.creation_date = summary.last_modification_date = created_in(record);
  }
  return output;
}

Outcome<TagResourceOutput> tag_resource(Context& context, const TagResourceInput& input) {
  Outcome<void> edited = edit_tags(context, input.resource_arn, [&](Json& tags) {
    for (const Tag& tag : input.tags) tags.set(tag.key, tag.value);
  });
  return edited ? Outcome<TagResourceOutput>(TagResourceOutput{}) : edited.error();
}

Outcome<UntagResourceOutput> untag_resource(Context& context, const UntagResourceInput& input) {
  Outcome<void> edited = edit_tags(context, input.resource_arn, [&](Json& tags) {
    for (const std::string& key : input.tag_keys) tags.erase(key);
  });
  return edited ? Outcome<UntagResourceOutput>(UntagResourceOutput{}) : edited.error();
}

Outcome<ListTagsForResourceOutput> list_tags_for_resource(Context& context, const ListTagsForResourceInput& input) {
  Outcome<std::string> key = key_of(context, input.resource_arn);
  if (!key) return key.error();
  ListTagsForResourceOutput output;
  output.tags.emplace();
  std::optional<Json> record = context.platform.records.get(group_kind, *key);
  if (!record) return output;
  for (const JsonMember& tag : (*record)["tags"].members())
    output.tags->push_back({tag.key, std::string(tag.value.as_string())});
  return output;
}

}  // namespace penstock::aws::scheduler
