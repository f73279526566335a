// A schedule and a schedule group as they are kept: records of the kinds "scheduler.schedule" (key REGION/GROUP/NAME)
// and "scheduler.group" (key REGION/NAME; the default group has one only when it has tags).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/context.h"
#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"
#include "core/event/schedule.h"

namespace penstock::aws::scheduler {

inline constexpr std::string_view schedule_kind = "scheduler.schedule";
inline constexpr std::string_view group_kind = "scheduler.group";

struct ScheduleRecord {
  std::string arn, name, group, region, account;
  std::string expression;
  std::string zone = "UTC";
  std::string description;
  std::optional<Time> start, end;
  bool enabled = true;
  std::optional<int64_t> window_minutes;  // flexible when given
  Json target;                            // as it was given
  std::string after_completion = "NONE";
  std::string client_token;
  Time created, modified;
  std::optional<Time> due;  // the next time; none when it is over

  std::string key() const { return region + "/" + group + "/" + name; }
  // A rate counts from here: the start date, or the last change.
  Time anchor() const { return start.value_or(modified); }
  Outcome<event::Schedule> schedule() const;
};

Json to_record(const ScheduleRecord& schedule);
ScheduleRecord schedule_from_record(const Json& record);

std::string schedule_key(const Context& context, std::string_view group, std::string_view name);
// ResourceNotFoundException.
Outcome<void> check_group(Context& context, const std::string& name);
Outcome<ScheduleRecord> find_schedule(Context& context, const std::string& group, const std::string& name);

// Errors of this service.
Error validation_error(std::string message);
Error not_found(std::string message);
Error conflict(std::string message);

}  // namespace penstock::aws::scheduler
