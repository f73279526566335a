#include "aws/scheduler/schedule_record.h"

#include <fmt/format.h>

#include <utility>

#include "base/json_read.h"
#include "store/records.h"

namespace penstock::aws::scheduler {

Outcome<event::Schedule> ScheduleRecord::schedule() const {
  std::optional<event::Zone> found = event::Zone::find(zone);
  if (!found) return Error{"InvalidSchedule", "there is no time zone " + zone};
  return event::Schedule::parse(expression, *found, true);
}

Json to_record(const ScheduleRecord& schedule) {
  return Json::object({{"arn", schedule.arn},
                       {"name", schedule.name},
                       {"group", schedule.group},
                       {"region", schedule.region},
                       {"account", schedule.account},
                       {"expression", schedule.expression},
                       {"zone", schedule.zone},
                       {"description", schedule.description},
                       {"start", time_or_null(schedule.start)},
                       {"end", time_or_null(schedule.end)},
                       {"enabled", schedule.enabled},
                       {"windowMinutes", schedule.window_minutes ? Json(*schedule.window_minutes) : Json()},
                       {"target", schedule.target},
                       {"afterCompletion", schedule.after_completion},
                       {"clientToken", schedule.client_token},
                       {"created", schedule.created.microseconds},
                       {"modified", schedule.modified.microseconds},
                       {"due", time_or_null(schedule.due)}});
}

ScheduleRecord schedule_from_record(const Json& record) {
  ScheduleRecord schedule;
  schedule.arn = record.text("arn");
  schedule.name = record.text("name");
  schedule.group = record.text("group");
  schedule.region = record.text("region");
  schedule.account = record.text("account");
  schedule.expression = record.text("expression");
  schedule.zone = record.text("zone");
  schedule.description = record.text("description");
  schedule.start = time_in(record, "start");
  schedule.end = time_in(record, "end");
  schedule.enabled = flag_in(record, "enabled");
  schedule.window_minutes = integer_in(record, "windowMinutes");
  schedule.target = record["target"];
  schedule.after_completion = record.text("afterCompletion");
  schedule.client_token = record.text("clientToken");
  schedule.created = time_in(record, "created").value_or(Time{});
  schedule.modified = time_in(record, "modified").value_or(Time{});
  schedule.due = time_in(record, "due");
  return schedule;
}

std::string schedule_key(const Context& context, std::string_view group, std::string_view name) {
  return fmt::format("{}/{}/{}", context.region, group, name);
}

Outcome<void> check_group(Context& context, const std::string& name) {
  if (name == "default" || context.platform.records.get(group_kind, context.region + "/" + name)) return {};
  return not_found("Schedule group " + name + " does not exist.");
}

Outcome<ScheduleRecord> find_schedule(Context& context, const std::string& group, const std::string& name) {
  std::optional<Json> record = context.platform.records.get(schedule_kind, schedule_key(context, group, name));
  if (!record) return not_found("Schedule " + name + " does not exist.");
  return schedule_from_record(*record);
}

Error validation_error(std::string message) {
  return {"ValidationException", std::move(message), 400};
}
Error not_found(std::string message) {
  return {"ResourceNotFoundException", std::move(message), 404};
}
Error conflict(std::string message) {
  return {"ConflictException", std::move(message), 409};
}

}  // namespace penstock::aws::scheduler
