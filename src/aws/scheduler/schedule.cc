#include "aws/scheduler/schedule.h"

#include <fmt/format.h>

#include <utility>

#include "aws/protocol/json_codec.h"
#include "aws/scheduler/agenda.h"
#include "aws/scheduler/schedule_record.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "store/records.h"

namespace penstock::aws::scheduler {

namespace {

constexpr int64_t page_default = 100;

std::optional<std::string> given(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

Outcome<void> check_target(Context& context, const Target& target) {
  if (auto reason = context.platform.sides.find<Agenda>()->refuse(target.arn)) return validation_error(*reason);
  bool universal = target.arn.starts_with("arn:aws:scheduler:::");
  bool bus = target.arn.find(":event-bus/") != std::string::npos && !universal;
  if (bus && !target.event_bridge_parameters)
    return validation_error("EventBridgeParameters is required for an event bus target.");
  if (target.event_bridge_put_events_v2_parameters || target.event_bridge_put_raw_events_parameters) {
    return validation_error(
        "Penstock does not serve EventBridgePutEventsV2Parameters and EventBridgePutRawEventsParameters.");
  }
  if (target.input && !parse_json(*target.input))
    return validation_error("Invalid Request: Target Input is not valid JSON.");
  if (universal && target.input && !parse_json(*target.input)->is_object()) {
    return validation_error("Invalid Request: Input of a universal target must be a JSON object.");
  }
  return {};
}

// What CreateSchedule and UpdateSchedule have in common: all of the schedule but its identity.
template <class Input>
Outcome<ScheduleRecord> read_schedule(Context& context, const Input& input) {
  std::string group = input.group_name.value_or("default");
  if (Outcome<void> there = check_group(context, group); !there) return there.error();
  if (Outcome<void> served = check_target(context, input.target); !served) return served.error();
  if (input.kms_key_arn) return validation_error("Penstock does not serve KmsKeyArn of schedules.");
  ScheduleRecord schedule;
  schedule.name = input.name;
  schedule.group = group;
  schedule.region = context.region;
  schedule.account = context.account;
  schedule.arn = context.arn("scheduler", fmt::format("schedule/{}/{}", group, input.name));
  schedule.expression = input.schedule_expression;
  schedule.zone = input.schedule_expression_timezone.value_or("UTC");
  schedule.description = input.description.value_or("");
  schedule.start = input.start_date;
  schedule.end = input.end_date;
  schedule.enabled = input.state.value_or("ENABLED") == "ENABLED";
  schedule.target = to_json(input.target);
  schedule.after_completion = input.action_after_completion.value_or("NONE");
  schedule.client_token = input.client_token.value_or("");
  const FlexibleTimeWindow& window = input.flexible_time_window;
  if ((window.mode == "FLEXIBLE") != window.maximum_window_in_minutes.has_value()) {
    return validation_error(
        "Invalid FlexibleTimeWindow: MaximumWindowInMinutes goes with Mode FLEXIBLE, and only with it.");
  }
  schedule.window_minutes = window.maximum_window_in_minutes;
  if (!event::Zone::find(schedule.zone)) {
    return validation_error("Invalid Schedule Expression Timezone " + schedule.zone + ".");
  }
  Outcome<event::Schedule> parsed = schedule.schedule();
  if (!parsed) {
    return validation_error(
        fmt::format("Invalid Schedule Expression {}. Reason: {}", schedule.expression, parsed.error().message));
  }
  Time now = context.platform.clock.now();
  if (schedule.start && schedule.end && *schedule.end <= *schedule.start) {
    return validation_error("The StartDate you specify must come before the EndDate.");
  }
  if (schedule.end && *schedule.end <= now && !parsed->is_one_time()) {
    return validation_error("The EndDate you specify must come after the current date.");
  }
  schedule.created = schedule.modified = now;
  schedule.due = first_due(*parsed, schedule, now);
  return schedule;
}

}  // namespace

Outcome<CreateScheduleOutput> create_schedule(Context& context, const CreateScheduleInput& input) {
  Outcome<ScheduleRecord> schedule = read_schedule(context, input);
  if (!schedule) return schedule.error();
  std::string key = schedule->key();
  if (!context.platform.records.insert(schedule_kind, key, to_record(*schedule))) {
    std::optional<Json> earlier = context.platform.records.get(schedule_kind, key);
    bool repeated =
        earlier && !schedule->client_token.empty() && earlier->text("clientToken") == schedule->client_token;
    if (!repeated) return conflict("Schedule " + input.name + " already exists.");
    return CreateScheduleOutput{schedule->arn};
  }
  context.platform.sides.find<Agenda>()->changed(key);
  return CreateScheduleOutput{schedule->arn};
}

Outcome<GetScheduleOutput> get_schedule(Context& context, const GetScheduleInput& input) {
  Outcome<ScheduleRecord> schedule = find_schedule(context, input.group_name.value_or("default"), input.name);
  if (!schedule) return schedule.error();
  GetScheduleOutput output;
  output.arn = schedule->arn;
  output.group_name = schedule->group;
  output.name = schedule->name;
  output.schedule_expression = schedule->expression;
  output.schedule_expression_timezone = schedule->zone;
  output.start_date = schedule->start;
  output.end_date = schedule->end;
  output.description = given(schedule->description);
  output.state = schedule->enabled ? "ENABLED" : "DISABLED";
  output.creation_date = schedule->created;
  output.last_modification_date = schedule->modified;
  output.action_after_completion = schedule->after_completion;
  output.flexible_time_window =
      FlexibleTimeWindow{schedule->window_minutes ? "FLEXIBLE" : "OFF", schedule->window_minutes};
  Validation validation;
  if (auto read = from_json(Target::table, schedule->target, &output.target.emplace(), validation); !read)
    return read.error();
  return output;
}

Outcome<UpdateScheduleOutput> update_schedule(Context& context, const UpdateScheduleInput& input) {
  Outcome<ScheduleRecord> schedule = read_schedule(context, input);
  if (!schedule) return schedule.error();
  std::string key = schedule->key();
  bool updated = context.platform.records.update(schedule_kind, key, [&](Json& record) {
    ScheduleRecord earlier = schedule_from_record(record);
    schedule->created = earlier.created;
    schedule->client_token = earlier.client_token;
    record = to_record(*schedule);
    return true;
  });
  if (!updated) return not_found("Schedule " + input.name + " does not exist.");
  context.platform.sides.find<Agenda>()->changed(key);
  return UpdateScheduleOutput{schedule->arn};
}

Outcome<DeleteScheduleOutput> delete_schedule(Context& context, const DeleteScheduleInput& input) {
  std::string key = schedule_key(context, input.group_name.value_or("default"), input.name);
  if (!context.platform.records.erase(schedule_kind, key))
    return not_found("Schedule " + input.name + " does not exist.");
  context.platform.sides.find<Agenda>()->changed(key);
  return DeleteScheduleOutput{};
}

Outcome<ListSchedulesOutput> list_schedules(Context& context, const ListSchedulesInput& input) {
  if (input.group_name) {
    if (Outcome<void> there = check_group(context, *input.group_name); !there) return there.error();
  }
  std::string prefix = context.region + "/";
  if (input.group_name) prefix += *input.group_name + "/";
  std::optional<std::string> after = input.next_token ? from_base64(*input.next_token) : std::string();
  if (!after) return validation_error("Invalid NextToken.");
  size_t count = static_cast<size_t>(input.max_results.value_or(page_default));
  ListSchedulesOutput output;
  std::string last;
  for (const store::Records::Record& record : context.platform.records.list(schedule_kind, prefix, *after)) {
    ScheduleRecord schedule = schedule_from_record(record.value);
    if (!schedule.name.starts_with(input.name_prefix.value_or(""))) continue;
    std::string state = schedule.enabled ? "ENABLED" : "DISABLED";
    if (input.state && *input.state != state) continue;
    if (output.schedules.size() == count) {
      output.next_token = to_base64(last);
      break;
    }
    last = record.key;
    ScheduleSummary& summary = output.schedules.emplace_back();
    summary.arn = schedule.arn;
    summary.name = schedule.name;
    summary.group_name = schedule.group;
    summary.state = state;
    summary.creation_date = schedule.created;
    summary.last_modification_date = schedule.modified;
    summary.target = TargetSummary{std::string(schedule.target.text("Arn"))};
  }
  return output;
}

}  // namespace penstock::aws::scheduler
