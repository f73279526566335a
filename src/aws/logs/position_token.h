// Tokens of pages and ids of events: a place between log lines, as 56 digits like AWS's own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/log_lines.h"

namespace penstock::aws::logs {

// 20 digits of time in microseconds, 36 of the line's id.
std::string position_digits(store::LogPosition position);
std::optional<store::LogPosition> parse_position_digits(std::string_view digits);

// "f/DIGITS" goes on after the place, "b/DIGITS" before it.
struct PageToken {
  bool backwards = false;
  store::LogPosition position;
};
std::string to_string(const PageToken& token);
std::optional<PageToken> parse_page_token(std::string_view text);

}  // namespace penstock::aws::logs
