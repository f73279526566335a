#include "core/pipeline/jsonata/civil.h"

namespace penstock::jsonata {
namespace {

int64_t floor_divide(int64_t value, int64_t by) {
  return value / by - (value % by < 0);
}

int weekday_of(int64_t days) {
  return static_cast<int>(((days + 3) % 7 + 7) % 7) + 1;
}

struct Month {
  int64_t year;
  int month;
  Month next() const { return month == 12 ? Month{year + 1, 1} : Month{year, month + 1}; }
  Month previous() const { return month == 1 ? Month{year - 1, 12} : Month{year, month - 1}; }
};

// The Monday of the week that holds the first Thursday, in days.
int64_t first_week(Month from) {
  const int64_t first = days_from_civil(from.year, from.month, 1);
  const int weekday = weekday_of(first);
  return weekday > 4 ? first + 8 - weekday : first - (weekday - 1);
}

int64_t week_of(int64_t today, Month own, Month before, Month after, int64_t weeks_full) {
  int64_t week = floor_divide(today - first_week(own), 7) + 1;
  if (week > weeks_full) {
    if (today >= first_week(after)) week = 1;
  } else if (week < 1) {
    week = floor_divide(today - first_week(before), 7) + 1;
  }
  return week;
}

}  // namespace

// Both ways: "chrono-Compatible Low-Level Date Algorithms", Howard Hinnant.
int64_t days_from_civil(int64_t year, int month, int64_t day) {
  year -= month <= 2;
  const int64_t era = floor_divide(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468 + day - 1;
}

Civil to_civil(int64_t millis) {
  Civil out;
  const int64_t days = floor_divide(millis, millis_per_day);
  const int64_t rest = millis - days * millis_per_day;
  const int64_t shifted = days + 719'468;
  const int64_t era = floor_divide(shifted, 146'097);
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  out.day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  out.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  out.year = year_of_era + era * 400 + (out.month <= 2);
  out.weekday = weekday_of(days);
  out.hour = static_cast<int>(rest / 3'600'000);
  out.minute = static_cast<int>(rest / 60'000 % 60);
  out.second = static_cast<int>(rest / 1'000 % 60);
  out.millisecond = static_cast<int>(rest % 1'000);
  return out;
}

int64_t date_component(int64_t millis, char component) {
  const Civil date = to_civil(millis);
  const int64_t today = days_from_civil(date.year, date.month, date.day);
  const Month year{date.year, 1}, month{date.year, date.month};
  switch (component) {
    case 'Y':
      return date.year;
    case 'M':
      return date.month;
    case 'D':
      return date.day;
    case 'd':
      return today - days_from_civil(date.year, 1, 1) + 1;
    case 'F':
      return date.weekday;
    case 'W':
      return week_of(today, year, {date.year - 1, 1}, {date.year + 1, 1}, 52);
    case 'w':
      return week_of(today, month, month.previous(), month.next(), 4);
    case 'X':
      if (today < first_week(year)) return date.year - 1;
      return today >= first_week({date.year + 1, 1}) ? date.year + 1 : date.year;
    case 'x':
      if (today < first_week(month)) return month.previous().month;
      return today >= first_week(month.next()) ? month.next().month : date.month;
    case 'H':
      return date.hour;
    case 'h':
      return date.hour % 12 == 0 ? 12 : date.hour % 12;
    case 'P':
      return date.hour >= 12;
    case 'm':
      return date.minute;
    case 's':
      return date.second;
    case 'f':
      return date.millisecond;
    default:
      return 0;
  }
}

}  // namespace penstock::jsonata
