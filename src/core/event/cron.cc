#include "core/event/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>

#include "base/encoding.h"

namespace penstock::event {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month_day;
using std::chrono::year_month_day_last;

Error invalid(std::string message) {
  return {"InvalidCron", std::move(message)};
}

constexpr std::array<std::string_view, 12> month_names = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> weekday_names = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

// The range of a field's values, and the names of the first ones.
struct Field {
  std::string_view name;
  int first, last;
  std::span<const std::string_view> names = {};
};
constexpr Field minutes_field{"minutes", 0, 59};
constexpr Field hours_field{"hours", 0, 23};
constexpr Field days_field{"day-of-month", 1, 31};
const Field months_field{"month", 1, 12, month_names};
const Field weekdays_field{"day-of-week", 1, 7, weekday_names};

std::optional<int> number_of(std::string_view text) {
  int value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> value_of(const Field& field, std::string_view text) {
  for (size_t i = 0; i < field.names.size(); ++i) {
    if (to_lower(text) == to_lower(field.names[i])) return field.first + static_cast<int>(i);
  }
  std::optional<int> value = number_of(text);
  if (!value || *value < field.first || *value > field.last) return std::nullopt;
  return value;
}

Error bad_part(const Field& field, std::string_view part) {
  return invalid("'" + std::string(part) + "' is not valid in the field " + std::string(field.name));
}

// One of the comma-separated parts: *, 5, 1-5, MON-FRI, */15, 3/5, 1-30/5. A range may wrap (FRI-MON).
template <size_t Size>
Outcome<void> add_part(const Field& field, std::string_view part, int offset, std::bitset<Size>& bits) {
  size_t slash = part.find('/');
  std::string_view range = part.substr(0, slash);
  std::optional<int> step = 1;
  if (slash != std::string_view::npos) step = number_of(part.substr(slash + 1));
  if (!step || *step < 1 || *step > field.last) return bad_part(field, part);
  std::optional<int> first = field.first, last = field.last;
  size_t dash = range.find('-');
  if (range != "*") {
    first = value_of(field, range.substr(0, dash));
    if (dash != std::string_view::npos) last = value_of(field, range.substr(dash + 1));
    if (dash == std::string_view::npos && slash == std::string_view::npos) last = first;
  }
  if (!first || !last) return bad_part(field, part);
  int span = field.last - field.first + 1;
  int end = *last < *first ? *last + span : *last;
  for (int value = *first; value <= end; value += *step) {
    bits.set(static_cast<size_t>((value - field.first) % span + field.first - offset));
  }
  return {};
}

template <size_t Size>
Outcome<void> add_parts(const Field& field, std::string_view text, std::bitset<Size>& bits, int offset = 0) {
  for (std::string_view part : split(text, ',')) {
    if (Outcome<void> added = add_part(field, part, offset, bits); !added) return added;
  }
  return {};
}

unsigned last_day(year_month_day day) {
  return static_cast<unsigned>(year_month_day_last(day.year(), std::chrono::month_day_last(day.month())).day());
}

// Sunday is 0.
unsigned weekday_of(year_month_day day) {
  return std::chrono::weekday(local_days(day)).c_encoding();
}

// The weekday (Monday to Friday) nearest to that day within its month.
unsigned nearest_weekday(year_month_day month, unsigned wanted) {
  unsigned end = last_day(month);
  wanted = std::min(wanted, end);
  unsigned weekday = weekday_of(month.year() / month.month() / std::chrono::day(wanted));
  if (weekday == 6) return wanted == 1 ? wanted + 2 : wanted - 1;
  if (weekday == 0) return wanted == end ? wanted - 2 : wanted + 1;
  return wanted;
}

}  // namespace

Outcome<void> Cron::parse_days(std::string_view text, Cron& cron) {
  for (std::string_view part : split(text, ',')) {
    if (part == "L") {
      cron.from_last_.push_back({0, false});
    } else if (part == "LW") {
      cron.from_last_.push_back({0, true});
    } else if (part.starts_with("L-")) {
      std::optional<int> before = number_of(part.substr(2));
      if (!before || *before < 1 || *before > 30) return bad_part(days_field, part);
      cron.from_last_.push_back({*before, false});
    } else if (part.ends_with('W')) {
      std::optional<int> day = value_of(days_field, part.substr(0, part.size() - 1));
      if (!day) return bad_part(days_field, part);
      cron.nearest_.push_back({*day});
    } else if (Outcome<void> added = add_part(days_field, part, 0, cron.days_); !added) {
      return added;
    }
  }
  return {};
}

Outcome<void> Cron::parse_weekdays(std::string_view text, Cron& cron) {
  for (std::string_view part : split(text, ',')) {
    size_t hash = part.find('#');
    if (part == "L") {
      cron.weekdays_.set(7);  // the last day of the week
    } else if (hash != std::string_view::npos) {
      std::optional<int> weekday = value_of(weekdays_field, part.substr(0, hash));
      std::optional<int> index = number_of(part.substr(hash + 1));
      if (!weekday || !index || *index < 1 || *index > 5) return bad_part(weekdays_field, part);
      cron.nth_.push_back({static_cast<unsigned>(*weekday - 1), static_cast<unsigned>(*index)});
    } else if (part.ends_with('L') && value_of(weekdays_field, part.substr(0, part.size() - 1))) {
      cron.nth_.push_back({static_cast<unsigned>(*value_of(weekdays_field, part.substr(0, part.size() - 1)) - 1), 0});
    } else if (Outcome<void> added = add_part(weekdays_field, part, 0, cron.weekdays_); !added) {
      return added;
    }
  }
  return {};
}

Outcome<Cron> Cron::parse(std::string_view text) {
  std::vector<std::string_view> fields;
  for (std::string_view field : split(text, ' ')) {
    if (!field.empty()) fields.push_back(field);
  }
  if (fields.size() != 6) {
    return invalid("a cron expression has six fields (minutes hours day-of-month month day-of-week year), not " +
                   std::to_string(fields.size()));
  }
  if ((fields[2] == "?") == (fields[4] == "?")) {
    return invalid("exactly one of day-of-month and day-of-week must be '?'");
  }
  Cron cron;
  cron.by_weekday_ = fields[2] == "?";
  const Field years_field{"year", year_first, year_last};
  for (const Outcome<void>& parsed :
       {add_parts(minutes_field, fields[0], cron.minutes_), add_parts(hours_field, fields[1], cron.hours_),
        cron.by_weekday_ ? parse_weekdays(fields[4], cron) : parse_days(fields[2], cron),
        add_parts(months_field, fields[3], cron.months_), add_parts(years_field, fields[5], cron.years_, year_first)}) {
    if (!parsed) return parsed.error();
  }
  return cron;
}

bool Cron::on_day(year_month_day date) const {
  unsigned day = static_cast<unsigned>(date.day());
  unsigned end = last_day(date);
  if (by_weekday_) {
    unsigned weekday = weekday_of(date);
    if (weekdays_[weekday + 1]) return true;
    return std::ranges::any_of(nth_, [&](const NthWeekday& nth) {
      return nth.weekday == weekday && (nth.index == 0 ? day + 7 > end : (day - 1) / 7 + 1 == nth.index);
    });
  }
  if (days_[day]) return true;
  for (const FromLast& from : from_last_) {
    int wanted = static_cast<int>(end) - from.days;
    if (wanted < 1) continue;
    unsigned chosen = static_cast<unsigned>(wanted);
    if (from.weekday) chosen = nearest_weekday(date, chosen);
    if (chosen == day) return true;
  }
  return std::ranges::any_of(nearest_, [&](const NearestWeekday& nearest) {
    unsigned wanted = static_cast<unsigned>(nearest.day);
    return wanted <= end && nearest_weekday(date, wanted) == day;
  });
}

std::optional<Time> Cron::next_on_day(local_days day, Time after, const Zone& zone) const {
  for (size_t hour = 0; hour < hours_.size(); ++hour) {
    for (size_t minute = 0; hours_[hour] && minute < minutes_.size(); ++minute) {
      if (!minutes_[minute]) continue;
      LocalSeconds local = day + std::chrono::hours(hour) + std::chrono::minutes(minute);
      std::optional<Time> time = zone.to_time(local);
      if (time && *time > after) return time;
    }
  }
  return std::nullopt;
}

std::optional<Time> Cron::next(Time after, const Zone& zone) const {
  local_days day = std::chrono::floor<days>(zone.to_local(after));
  day = std::max(day, local_days(std::chrono::year(year_first) / 1 / 1));
  for (;;) {
    year_month_day date(day);
    int year = static_cast<int>(date.year());
    if (year > year_last) return std::nullopt;
    if (!years_[static_cast<size_t>(year - year_first)]) {
      day = local_days((date.year() + std::chrono::years(1)) / 1 / 1);
    } else if (!months_[static_cast<unsigned>(date.month())]) {
      day = local_days(date.year() / date.month() / std::chrono::last) + days(1);
    } else {
      if (on_day(date)) {
        if (std::optional<Time> time = next_on_day(day, after, zone)) return time;
      }
      day += days(1);
    }
  }
}

}  // namespace penstock::event
