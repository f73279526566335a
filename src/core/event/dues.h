// Dues: which of a schedule's times have come, and what becomes of those that came while nobody was there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "core/event/schedule.h"

namespace penstock::event {

struct Dues {
  std::vector<Time> now;  // to be acted on, oldest first
  int64_t missed = 0;     // too old to act on
  Time missed_first, missed_last;
  std::optional<Time> next;  // after all of those; none: the schedule is over
};

struct DueRule {
  Time oldest;               // times before it are missed
  std::optional<Time> end;   // times after it do not count
  size_t count_max = 1'000;  // to be acted on at once; older ones are missed
};

// From `first` (a time of the schedule) on, up to `clock`.
Dues collect_dues(const Schedule& schedule, Time anchor, Time first, Time clock, const DueRule& rule);

}  // namespace penstock::event
