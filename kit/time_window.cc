#include "kit/time_window.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <utility>

namespace penstock::kit {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr int64_t hour_seconds = 3'600;
constexpr int64_t day_seconds = 86'400;

constexpr std::array window_names = {
    std::pair{std::string_view("hour"), Window::hour},       std::pair{std::string_view("day"), Window::day},
    std::pair{std::string_view("week"), Window::week},       std::pair{std::string_view("month"), Window::month},
    std::pair{std::string_view("quarter"), Window::quarter}, std::pair{std::string_view("year"), Window::year},
    std::pair{std::string_view("value"), Window::value},
};

int64_t floor_to(int64_t value, int64_t unit) {
  const int64_t rest = value % unit;
  return value - (rest < 0 ? rest + unit : rest);
}

sys_days day_of(int64_t seconds) {
  return sys_days(days(floor_to(seconds, day_seconds) / day_seconds));
}

int64_t seconds_of(sys_days day) {
  return day.time_since_epoch().count() * day_seconds;
}

// Monday of ISO week 1: the week of the 4th of January.
sys_days first_monday(std::chrono::year year) {
  const sys_days fourth = sys_days(year / 1 / 4);
  return fourth - (std::chrono::weekday(fourth) - std::chrono::Monday);
}

std::string week_name(sys_days monday) {
  // A week belongs to the year of its Thursday.
  const auto year = year_month_day(monday + days(3)).year();
  return fmt::format("{}-W{:02}", static_cast<int>(year), (monday - first_monday(year)).count() / 7 + 1);
}

// A number as text, padded so that whole numbers sort as texts do.
std::string number_name(double value) {
  if (value >= 0 && value == std::floor(value) && value < 1e15)
    return fmt::format("{:02}", static_cast<int64_t>(value));
  return fmt::format("{}", value);
}

}  // namespace

std::optional<Window> window_named(std::string_view name) {
  for (const auto& [its_name, window] : window_names) {
    if (its_name == name) return window;
  }
  return std::nullopt;
}

int64_t start_of(Window window, int64_t seconds) {
  if (window == Window::value) return seconds;
  if (window == Window::hour) return floor_to(seconds, hour_seconds);
  const sys_days day = day_of(seconds);
  if (window == Window::day) return seconds_of(day);
  if (window == Window::week) return seconds_of(day - (std::chrono::weekday(day) - std::chrono::Monday));
  const year_month_day date(day);
  if (window == Window::year) return seconds_of(sys_days(date.year() / 1 / 1));
  const unsigned month = static_cast<unsigned>(date.month());
  const unsigned first = window == Window::quarter ? (month - 1) / 3 * 3 + 1 : month;
  return seconds_of(sys_days(date.year() / std::chrono::month(first) / 1));
}

std::string name_of(Window window, int64_t start) {
  const sys_days day = day_of(start);
  const year_month_day date(day);
  const int year = static_cast<int>(date.year());
  const unsigned month = static_cast<unsigned>(date.month());
  switch (window) {
    case Window::hour:
      return fmt::format("{}-{:02}-{:02}T{:02}:00", year, month, static_cast<unsigned>(date.day()),
                         (start - seconds_of(day)) / hour_seconds);
    case Window::day:
      return fmt::format("{}-{:02}-{:02}", year, month, static_cast<unsigned>(date.day()));
    case Window::week:
      return week_name(day);
    case Window::month:
      return fmt::format("{}-{:02}", year, month);
    case Window::quarter:
      return fmt::format("{}-Q{}", year, (month - 1) / 3 + 1);
    case Window::year:
      return fmt::format("{}", year);
    case Window::value:
      break;
  }
  return number_name(static_cast<double>(start));
}

std::optional<std::string> window_of(Window window, const explore::Column& column, size_t row) {
  if (!column.numeric()) {
    if (window != Window::value || column.type == explore::ColumnType::Unknown) return std::nullopt;
    if (!column.present.empty() && column.present[row] == 0) return std::nullopt;
    return std::string(column.strings[row]);
  }
  const double value = column.numbers[row];
  if (!std::isfinite(value)) return std::nullopt;
  if (window == Window::value) return number_name(value);
  return name_of(window, start_of(window, static_cast<int64_t>(std::floor(value))));
}

}  // namespace penstock::kit
