// Time: an instant, in microseconds since 1970-01-01T00:00:00Z, and its text forms on the wire.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock {

struct Time {
  int64_t microseconds = 0;
  friend auto operator<=>(const Time&, const Time&) = default;
  double seconds() const { return static_cast<double>(microseconds) / 1e6; }
  int64_t milliseconds() const { return microseconds / 1000; }
};

constexpr Time plus_seconds(Time time, double seconds) {
  return Time{time.microseconds + static_cast<int64_t>(seconds * 1e6)};
}

// The start of its second: what services with times in whole seconds keep.
constexpr Time whole_seconds(Time time) {
  return Time{time.microseconds - time.microseconds % 1'000'000};
}

std::string to_iso8601(Time time);          // 2026-11-24T10:15:00.123Z (milliseconds, always 3 digits)
std::string to_iso8601_seconds(Time time);  // 2026-11-24T10:15:00Z
std::string to_http_date(Time time);        // Tue, 24 Nov 2026 10:15:00 GMT
std::string to_amz_date(Time time);         // 20261124T101500Z
// RFC 3339 / ISO 8601 with 'T', optional fraction, and 'Z' or an offset; nothing when the text is not one.
std::optional<Time> parse_iso8601(std::string_view text);
std::optional<Time> parse_http_date(std::string_view text);
std::optional<Time> parse_amz_date(std::string_view text);

}  // namespace penstock
