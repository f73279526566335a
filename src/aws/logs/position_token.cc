#include "aws/logs/position_token.h"

#include <fmt/format.h>

#include <charconv>

namespace penstock::aws::logs {

namespace {

constexpr size_t time_digits = 20;
constexpr size_t all_digits = 56;

std::optional<int64_t> parse_number(std::string_view digits) {
  int64_t number = 0;
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (problem != std::errc() || end != digits.data() + digits.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

std::string position_digits(store::LogPosition position) {
  return fmt::format("{:020}{:036}", position.time, position.id);
}

std::optional<store::LogPosition> parse_position_digits(std::string_view digits) {
  if (digits.size() != all_digits) return std::nullopt;
  std::optional<int64_t> time = parse_number(digits.substr(0, time_digits));
  std::optional<int64_t> id = parse_number(digits.substr(time_digits));
  if (!time || !id) return std::nullopt;
  return store::LogPosition{*time, *id};
}

std::string to_string(const PageToken& token) {
  return (token.backwards ? "b/" : "f/") + position_digits(token.position);
}

std::optional<PageToken> parse_page_token(std::string_view text) {
  if (!text.starts_with("f/") && !text.starts_with("b/")) return std::nullopt;
  std::optional<store::LogPosition> position = parse_position_digits(text.substr(2));
  if (!position) return std::nullopt;
  return PageToken{text.front() == 'b', *position};
}

}  // namespace penstock::aws::logs
