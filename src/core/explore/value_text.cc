#include "core/explore/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace penstock::explore {

namespace {

constexpr std::array<double, 23> powers_of_ten = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr uint64_t exact_max = uint64_t{1} << 53;

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

// The rare forms: infinities, exponents, many digits.
std::optional<ParsedNumber> parse_rare(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  if (!is_digit(text.front()) && text.front() != '.') {
    std::string lower(text.substr(0, 9));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (text.size() > 8 || (lower != "inf" && lower != "infinity")) return std::nullopt;
    const double infinity = std::numeric_limits<double>::infinity();
    return ParsedNumber{negative ? -infinity : infinity, false, true};
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Beyond the largest double, or below the smallest: as strtod gives it.
    const auto exponent = text.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-');
    value = tiny ? 0 : std::numeric_limits<double>::infinity();
  } else if (error != std::errc()) {
    return std::nullopt;
  }
  const bool digits = std::ranges::all_of(text, is_digit);
  const bool exact = !digits || value < static_cast<double>(exact_max);
  return ParsedNumber{negative ? -value : value, digits && exact, exact};
}

// Two digits at `at`, or -1.
int two_digits(std::string_view text, size_t at) {
  if (at + 2 > text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) return -1;
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// Days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant's days_from_civil).
int64_t days_of(int year, int month, int day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<int64_t>(year) - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

bool is_date(int year, int month, int day) {
  constexpr std::array<int, 13> days = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= days[static_cast<size_t>(month)] + (month == 2 && leap);
}

// ":15.25" after hours and minutes, into seconds; advances `at`.
std::optional<double> parse_seconds(std::string_view text, size_t& at) {
  if (at >= text.size() || text[at] != ':') return 0.0;
  const int whole = two_digits(text, at + 1);
  if (whole < 0 || whole > 60) return std::nullopt;
  at += 3;
  if (at >= text.size() || (text[at] != '.' && text[at] != ',')) return whole;
  double fraction = 0;
  double unit = 0.1;
  const size_t first = ++at;
  for (; at < text.size() && is_digit(text[at]); ++at, unit /= 10) fraction += (text[at] - '0') * unit;
  if (at == first || at - first > 9) return std::nullopt;
  return whole + fraction;
}

// "Z", "+02:00", "+0200", "+02" or nothing: seconds east of UTC.
std::optional<int> parse_zone(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return 0;
  if (text[0] != '+' && text[0] != '-') return std::nullopt;
  const int hours = two_digits(text, 1);
  if (hours < 0 || hours > 15) return std::nullopt;
  size_t at = 3;
  if (at < text.size() && text[at] == ':') ++at;
  const int minutes = at == text.size() && at == 3 ? 0 : two_digits(text, at);
  if (minutes < 0 || minutes > 59 || (at != 3 && at + 2 != text.size()) ||
      (at == 3 && text.size() != 3 && text.size() != 5)) {
    return std::nullopt;
  }
  return (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<ParsedNumber> parse_number(std::string_view text) {
  // What one-hot features are written as: most fields of prepared rows.
  if (text.size() == 3 && text[1] == '.' && text[2] == '0' && is_digit(text[0]))
    return ParsedNumber{static_cast<double>(text[0] - '0'), false, true};
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end && *at == ' ') ++at;
  const char* const first = at;
  const bool negative = at != end && *at == '-';
  at += negative || (at != end && *at == '+');
  const char* const digits = at;
  uint64_t mantissa = 0;
  while (at != end && is_digit(*at)) mantissa = mantissa * 10 + static_cast<uint64_t>(*at++ - '0');
  ptrdiff_t count = at - digits;
  ptrdiff_t decimals = 0;
  const bool integral = at == end || *at != '.';
  if (!integral) {
    const char* const point = at++;
    while (at != end && is_digit(*at)) mantissa = mantissa * 10 + static_cast<uint64_t>(*at++ - '0');
    decimals = at - point - 1;
    count += decimals;
  }
  if (at != end || count == 0 || count > 18 || mantissa > exact_max) {
    return parse_rare(trim_blanks({first, static_cast<size_t>(end - first)}));
  }
  // Clinger's fast path: both operands are exact, so one division rounds correctly.
  const auto value = static_cast<double>(mantissa) / powers_of_ten[static_cast<size_t>(decimals)];
  return ParsedNumber{negative ? -value : value, integral, true};
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "True" || text == "true" || text == "TRUE") return true;
  if (text == "False" || text == "false" || text == "FALSE") return false;
  return std::nullopt;
}

std::optional<double> parse_timestamp(std::string_view text) {
  if (text.size() < 10 || text.size() > 35) return std::nullopt;
  const char separator = text[4];
  if ((separator != '-' && separator != '/') || text[7] != separator) return std::nullopt;
  const int century = two_digits(text, 0);
  const int years = two_digits(text, 2);
  const int month = two_digits(text, 5);
  const int day = two_digits(text, 8);
  if (century < 0 || years < 0 || !is_date(century * 100 + years, month, day)) return std::nullopt;
  const auto midnight = static_cast<double>(days_of(century * 100 + years, month, day) * 86'400);
  if (text.size() == 10) return midnight;
  if (text[10] != ' ' && text[10] != 'T') return std::nullopt;
  const int hour = two_digits(text, 11);
  const int minute = text.size() > 13 && text[13] == ':' ? two_digits(text, 14) : -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  size_t at = 16;
  const auto seconds = parse_seconds(text, at);
  if (!seconds) return std::nullopt;
  const auto zone = parse_zone(text.substr(at));
  if (!zone) return std::nullopt;
  return midnight + hour * 3600 + minute * 60 + *seconds - *zone;
}

std::string format_timestamp(double seconds) {
  const double days = std::floor(seconds / 86'400);
  if (!(std::abs(days) < 3e6)) return fmt::format("{}", seconds);  // beyond the calendar
  // The inverse of days_of.
  const int64_t shifted = static_cast<int64_t>(days) + 719'468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2);
  const std::string date = fmt::format("{:04}-{:02}-{:02}", year, month, day);
  const double rest = seconds - days * 86'400;
  if (rest == 0) return date;
  const auto whole = static_cast<int>(rest);
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", date, whole / 3600, whole / 60 % 60, whole % 60);
  const auto micros = static_cast<int>(std::lround((rest - whole) * 1e6));
  if (micros > 0 && micros < 1'000'000) text += fmt::format(".{:06}", micros);
  return text + "Z";
}

bool is_missing_text(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() > 9) return false;
  switch (text[0]) {
    case '#':
      return text == "#N/A" || text == "#NA" || text == "#N/A N/A";
    case '-':
      return text == "-nan" || text == "-NaN" || text == "-1.#IND" || text == "-1.#QNAN";
    case '1':
      return text == "1.#IND" || text == "1.#QNAN";
    case '<':
      return text == "<NA>";
    case 'N':
      return text == "NA" || text == "NaN" || text == "N/A" || text == "NULL" || text == "None";
    case 'n':
      return text == "nan" || text == "null" || text == "n/a";
    default:
      return false;
  }
}

size_t first_bad_utf8(std::string_view text) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto follows = [&](size_t at) { return at < text.size() && (byte(at) & 0xc0) == 0x80; };
  for (size_t at = 0; at < text.size();) {
    const unsigned char lead = byte(at);
    size_t length = 0;
    if (lead < 0x80) {
      length = 1;
    } else if (lead >= 0xc2 && lead < 0xe0) {
      length = 2;
    } else if (lead >= 0xe0 && lead < 0xf0) {
      length = 3;
    } else if (lead >= 0xf0 && lead < 0xf5) {
      length = 4;
    } else {
      return at;
    }
    for (size_t i = 1; i < length; ++i) {
      if (!follows(at + i)) return at;
    }
    // Overlong forms, surrogates and what lies beyond U+10FFFF.
    if ((lead == 0xe0 && byte(at + 1) < 0xa0) || (lead == 0xed && byte(at + 1) > 0x9f) ||
        (lead == 0xf0 && byte(at + 1) < 0x90) || (lead == 0xf4 && byte(at + 1) > 0x8f)) {
      return at;
    }
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace penstock::explore
