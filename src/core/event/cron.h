// Cron: the six fields of a cron expression in AWS's dialect (minutes hours day-of-month month day-of-week year), with
// , - * / ? L W and #. Source: "Cron expressions" in the EventBridge user guide.
#pragma once

#include <bitset>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "core/event/zone.h"

namespace penstock::event {

class Cron {
 public:
  // What stands between the parentheses. Error InvalidCron: the reason.
  static Outcome<Cron> parse(std::string_view fields);
  // The first time after `after` at which the zone's wall clock shows a minute of this expression; none after 2199.
  std::optional<Time> next(Time after, const Zone& zone) const;

 private:
  static constexpr int year_first = 1970, year_last = 2199;
  struct NearestWeekday {
    int day;
  };  // 15W
  struct FromLast {
    int days;
    bool weekday;
  };  // L, L-3, LW
  struct NthWeekday {
    unsigned weekday;
    unsigned index;
  };  // 6#3; index 0: the last of the month (6L)

  static Outcome<void> parse_days(std::string_view text, Cron& cron);
  static Outcome<void> parse_weekdays(std::string_view text, Cron& cron);
  bool on_day(std::chrono::year_month_day day) const;
  std::optional<Time> next_on_day(std::chrono::local_days day, Time after, const Zone& zone) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     // 1..31
  std::bitset<13> months_;   // 1..12
  std::bitset<8> weekdays_;  // 1 = Sunday
  std::bitset<year_last - year_first + 1> years_;
  bool by_weekday_ = false;  // day-of-month is '?'
  std::vector<NearestWeekday> nearest_;
  std::vector<FromLast> from_last_;
  std::vector<NthWeekday> nth_;
};

}  // namespace penstock::event
