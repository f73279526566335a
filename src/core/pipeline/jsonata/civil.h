// Civil dates of the proleptic Gregorian calendar, UTC. Times are milliseconds since 1970-01-01.
#pragma once

#include <cstdint>

namespace penstock::jsonata {

inline constexpr int64_t millis_per_day = 86'400'000;

struct Civil {
  int64_t year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;
  int weekday = 4;  // 1 Monday to 7 Sunday
  int hour = 0, minute = 0, second = 0, millisecond = 0;
};

Civil to_civil(int64_t millis);
int64_t days_from_civil(int64_t year, int month, int64_t day);  // month 1 to 12; any day

// Components by their letter in a picture; weeks as ISO 8601 (for months: the week of their first Thursday is their
// first).
int64_t date_component(int64_t millis, char component);

}  // namespace penstock::jsonata
