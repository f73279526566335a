// Agenda: the running side of EventBridge Scheduler. Keeps the next time of each schedule, and makes a delivery when it
// comes.
#pragma once

#include <optional>
#include <string>

#include "aws/context.h"
#include "aws/delivery/deliverer.h"
#include "aws/delivery/timetable.h"
#include "aws/protocol/front.h"
#include "aws/scheduler/schedule_record.h"
#include "base/time.h"

namespace penstock::aws::scheduler {

class Agenda {
 public:
  // `virtual_reach_microseconds`: see delivery::Timetable.
  Agenda(Platform& platform, const Front& front, delivery::Deliverer& deliverer, int64_t virtual_reach_microseconds);
  // Takes up all schedules; after the engine's recovery.
  void start();
  // The schedule of this key was written or erased.
  void changed(const std::string& key);
  // Why a target with this ARN cannot be served, in words for people.
  std::optional<std::string> refuse(const std::string& target_arn) const;

 private:
  void ring(const std::string& key);
  void set_alarm(const std::string& key, const ScheduleRecord& schedule);
  void run(const ScheduleRecord& schedule, Time due);
  void complete(const std::string& key, const ScheduleRecord& schedule);

  Platform& platform_;
  const Front& front_;
  delivery::Deliverer& deliverer_;
  delivery::Timetable timetable_;
};

// The first time of the schedule from `now` on (and from its start date); none when it is over.
std::optional<Time> first_due(const event::Schedule& schedule, const ScheduleRecord& record, Time now);

}  // namespace penstock::aws::scheduler
