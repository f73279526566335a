#include "aws/states/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/digest.h"
#include "base/encoding.h"
#include "core/execution/engine.h"

namespace penstock::aws::states {

// Eight hexadecimal digits of a digest over the list and `place`.
std::string Pages::mark(std::string_view place) const {
  return sha256_hex(fmt::format("{}/{}/{}/{}", context_.account, context_.region, list_, place)).substr(0, 8);
}

// "MARK SECONDS KEY"; the place are the time it is given at and the key.
std::string Pages::token(std::string_view key) const {
  const int64_t seconds = context_.platform.executions.clock().now().microseconds / 1'000'000;
  const std::string place = fmt::format("{} {}", seconds, key);
  return to_base64(fmt::format("{} {}", mark(place), place));
}

Outcome<std::string> Pages::start(const std::optional<std::string>& token) const {
  if (!token) return std::string();
  constexpr double valid_seconds = 24.0 * 3600;
  const Error invalid{"InvalidToken", "Invalid Token: 'Invalid token'"};
  const std::string text = from_base64(*token).value_or("");
  const size_t mark_end = std::min(text.find(' '), text.size());
  const std::string_view place = std::string_view(text).substr(std::min(mark_end + 1, text.size()));
  const size_t seconds_end = place.find(' ');
  if (seconds_end == std::string_view::npos || text.substr(0, mark_end) != mark(place)) return invalid;
  const Time given{std::strtoll(place.data(), nullptr, 10) * 1'000'000};
  if (context_.platform.executions.clock().now() > plus_seconds(given, valid_seconds)) return invalid;
  return std::string(place.substr(seconds_end + 1));
}

}  // namespace penstock::aws::states
