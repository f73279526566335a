// Schedule: when something happens: cron(...), rate(...) or at(...). Source: "Schedule types in EventBridge Scheduler"
// and "Creating an EventBridge rule that runs on a schedule".
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "base/outcome.h"
#include "base/time.h"
#include "core/event/cron.h"
#include "core/event/zone.h"

namespace penstock::event {

class Schedule {
 public:
  // Cron and at() go by the wall clock of `zone`. `at` is refused unless `one_time` (rules have none).
  // Error InvalidSchedule with the reason; callers put it into their service's words.
  static Outcome<Schedule> parse(std::string_view text, Zone zone = {}, bool one_time = false);

  // The first time after `after`. A rate counts from `anchor`: anchor, anchor + interval, ...; at() has one
  // time.
  std::optional<Time> next(Time after, Time anchor) const;
  bool is_one_time() const { return std::holds_alternative<At>(when_); }
  bool is_rate() const { return std::holds_alternative<Rate>(when_); }
  int64_t interval_microseconds() const;  // of a rate, else 0

 private:
  struct Rate {
    int64_t microseconds;
  };
  struct At {
    Time time;
  };

  static Outcome<Schedule> parse_rate(std::string_view text);
  static Outcome<Schedule> parse_at(std::string_view text, const Zone& zone);

  std::variant<Cron, Rate, At> when_;
  Zone zone_;
};

}  // namespace penstock::event
