// Values as texts: what counts as a number, a boolean, a time or a missing value in CSV and JSON. The rules are those
// of pandas.read_csv where it has one; docs/kit.md has them in words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace penstock::explore {

struct ParsedNumber {
  double value = 0;
  bool integral = false;  // written as an integer, and held exactly (|value| <= 2^53)
  bool exact = true;      // false: an integer that a double cannot hold
};

// "12", "-1.5", "1e3", "+inf", with blanks around. The nearest double to the decimal text.
std::optional<ParsedNumber> parse_number(std::string_view text);

// True, TRUE, true, False, FALSE, false.
std::optional<bool> parse_boolean(std::string_view text);

// ISO 8601: 2024-01-31 or 2024/01/31, with an optional time ("T" or blank, 09:30, 09:30:15.25, then Z or +02:00).
// Seconds since 1970 UTC; a time without a zone is UTC.
std::optional<double> parse_timestamp(std::string_view text);

// "2024-01-31" at midnight, else "2024-01-31T09:30:15Z", with a fraction where there is one.
std::string format_timestamp(double seconds);

// Whether the text is one of those by which pandas.read_csv means a missing value: empty, NA, N/A, NaN, null, None, ...
bool is_missing_text(std::string_view text);

// The index of the first byte that is not UTF-8 (RFC 3629), or npos.
size_t first_bad_utf8(std::string_view text);

}  // namespace penstock::explore
