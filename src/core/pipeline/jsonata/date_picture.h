// Date pictures: XPath's format-dateTime ("[Y0001]-[M01]-[D01]"), both ways.
// https://www.w3.org/TR/xpath-functions-31/#rules-for-datetime-formatting Times are milliseconds since
// 1970-01-01T00:00:00Z.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::jsonata {

// `zone` is "+hhmm"; "" is UTC. Throws Failure D3131 to D3135.
std::string format_time(int64_t millis, std::string_view picture, std::string_view zone);
// Nothing when the text does not fit the picture. Parts above those given come from `now`. Throws Failure D3132 to
// D3136.
std::optional<double> parse_time(std::string_view text, std::string_view picture, int64_t now);
// ISO 8601 as JavaScript's Date.parse; throws Failure D3110 when it is not.
std::optional<double> parse_iso_time(std::string_view text);

}  // namespace penstock::jsonata
