#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>

namespace penstock {

namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr int64_t second = 1'000'000;
constexpr int64_t day = 86'400 * second;
constexpr std::array<std::string_view, 7> weekday_names = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  int year, month, day, hour, minute, second, microsecond;
  unsigned weekday;
};

Civil to_civil(Time time) {
  int64_t day_number = time.microseconds / day;
  int64_t rest = time.microseconds % day;
  if (rest < 0) {
    rest += day;
    --day_number;
  }
  const sys_days date{days{day_number}};
  const std::chrono::year_month_day ymd{date};
  Civil civil{};
  civil.year = static_cast<int>(ymd.year());
  civil.month = static_cast<int>(static_cast<unsigned>(ymd.month()));
  civil.day = static_cast<int>(static_cast<unsigned>(ymd.day()));
  civil.weekday = std::chrono::weekday{date}.c_encoding();
  civil.hour = static_cast<int>(rest / (3'600 * second));
  civil.minute = static_cast<int>(rest / (60 * second) % 60);
  civil.second = static_cast<int>(rest / second % 60);
  civil.microsecond = static_cast<int>(rest % second);
  return civil;
}

std::optional<Time> from_civil(int year, int month, int day_of_month, int hour, int minute, int seconds) {
  const std::chrono::year_month_day ymd{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                        std::chrono::day{static_cast<unsigned>(day_of_month)}};
  if (!ymd.ok() || hour > 23 || minute > 59 || seconds > 60) return std::nullopt;
  const int64_t day_number = sys_days{ymd}.time_since_epoch().count();
  return Time{day_number * day + ((hour * 60LL + minute) * 60 + seconds) * second};
}

// Reads exactly `count` digits at `at` and moves past them; -1 when there are none.
int read_digits(std::string_view text, size_t& at, size_t count) {
  int value = 0;
  for (size_t digit = 0; digit < count; ++digit) {
    if (at >= text.size() || text[at] < '0' || text[at] > '9') return -1;
    value = value * 10 + (text[at++] - '0');
  }
  return value;
}

bool take(std::string_view text, size_t& at, char expected) {
  if (at >= text.size() || text[at] != expected) return false;
  ++at;
  return true;
}

// The offset in microseconds after the time of day: "Z", "+02:00", "-0330".
std::optional<int64_t> read_offset(std::string_view text, size_t& at) {
  if (take(text, at, 'Z') || take(text, at, 'z')) return 0;
  const bool negative = at < text.size() && text[at] == '-';
  if (!take(text, at, '+') && !take(text, at, '-')) return std::nullopt;
  const int hours = read_digits(text, at, 2);
  take(text, at, ':');
  const int minutes = read_digits(text, at, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const int64_t offset = (hours * 60LL + minutes) * 60 * second;
  return negative ? -offset : offset;
}

// A fraction of any length; digits beyond the microsecond are dropped.
std::optional<int64_t> read_fraction(std::string_view text, size_t& at) {
  if (!take(text, at, '.')) return 0;
  int64_t value = 0;
  int64_t scale = second;
  const size_t start = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    scale /= 10;
    value += scale * (text[at++] - '0');
  }
  if (at == start) return std::nullopt;
  return value;
}

}  // namespace

std::string to_iso8601(Time time) {
  const Civil c = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year, c.month, c.day, c.hour, c.minute, c.second,
                     c.microsecond / 1'000);
}

std::string to_iso8601_seconds(Time time) {
  const Civil c = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string to_http_date(Time time) {
  const Civil c = to_civil(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", weekday_names[c.weekday], c.day,
                     month_names[static_cast<size_t>(c.month - 1)], c.year, c.hour, c.minute, c.second);
}

std::string to_amz_date(Time time) {
  const Civil c = to_civil(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::optional<Time> parse_iso8601(std::string_view text) {
  size_t at = 0;
  const int year = read_digits(text, at, 4);
  if (year < 0 || !take(text, at, '-')) return std::nullopt;
  const int month = read_digits(text, at, 2);
  if (month < 0 || !take(text, at, '-')) return std::nullopt;
  const int day_of_month = read_digits(text, at, 2);
  if (day_of_month < 0 || !(take(text, at, 'T') || take(text, at, 't'))) return std::nullopt;
  const int hour = read_digits(text, at, 2);
  if (hour < 0 || !take(text, at, ':')) return std::nullopt;
  const int minute = read_digits(text, at, 2);
  if (minute < 0 || !take(text, at, ':')) return std::nullopt;
  const int seconds = read_digits(text, at, 2);
  if (seconds < 0) return std::nullopt;
  const auto fraction = read_fraction(text, at);
  const auto offset = fraction ? read_offset(text, at) : std::nullopt;
  const auto time = from_civil(year, month, day_of_month, hour, minute, seconds);
  if (!offset || !time || at != text.size()) return std::nullopt;
  return Time{time->microseconds + *fraction - *offset};
}

std::optional<Time> parse_http_date(std::string_view text) {
  // "Tue, 24 Nov 2026 10:15:00 GMT"
  size_t at = text.find(", ");
  if (at == std::string_view::npos) return std::nullopt;
  at += 2;
  const int day_of_month = read_digits(text, at, 2);
  if (day_of_month < 0 || !take(text, at, ' ')) return std::nullopt;
  const std::string_view name = text.substr(at, 3);
  int month = 0;
  for (size_t index = 0; index < month_names.size(); ++index) {
    if (month_names[index] == name) month = static_cast<int>(index) + 1;
  }
  at += 3;
  if (month == 0 || !take(text, at, ' ')) return std::nullopt;
  const int year = read_digits(text, at, 4);
  if (year < 0 || !take(text, at, ' ')) return std::nullopt;
  const int hour = read_digits(text, at, 2);
  if (hour < 0 || !take(text, at, ':')) return std::nullopt;
  const int minute = read_digits(text, at, 2);
  if (minute < 0 || !take(text, at, ':')) return std::nullopt;
  const int seconds = read_digits(text, at, 2);
  if (seconds < 0 || text.substr(at) != " GMT") return std::nullopt;
  return from_civil(year, month, day_of_month, hour, minute, seconds);
}

std::optional<Time> parse_amz_date(std::string_view text) {
  size_t at = 0;
  const int year = read_digits(text, at, 4);
  const int month = read_digits(text, at, 2);
  const int day_of_month = read_digits(text, at, 2);
  if (year < 0 || month < 0 || day_of_month < 0 || !take(text, at, 'T')) return std::nullopt;
  const int hour = read_digits(text, at, 2);
  const int minute = read_digits(text, at, 2);
  const int seconds = read_digits(text, at, 2);
  if (hour < 0 || minute < 0 || seconds < 0 || text.substr(at) != "Z") return std::nullopt;
  return from_civil(year, month, day_of_month, hour, minute, seconds);
}

}  // namespace penstock
