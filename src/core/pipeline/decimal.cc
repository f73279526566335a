#include "core/pipeline/decimal.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace penstock::pipeline {
namespace {

// sign * 0.DIGITS * 10^exponent, digits without leading or trailing zeros; zero has none.
struct Decimal {
  bool negative = false;
  std::string digits;
  int64_t exponent = 0;
};

int64_t written_exponent(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() == '+') text.remove_prefix(1);
  int64_t exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc::result_out_of_range) return exponent;
  constexpr int64_t beyond_any_lexeme = std::numeric_limits<int64_t>::max() / 4;
  return text.front() == '-' ? -beyond_any_lexeme : beyond_any_lexeme;
}

Decimal read_decimal(std::string_view lexeme) {
  Decimal number;
  if (!lexeme.empty() && lexeme.front() == '-') {
    number.negative = true;
    lexeme.remove_prefix(1);
  }
  const size_t mark = lexeme.find_first_of("eE");
  const std::string_view mantissa = lexeme.substr(0, mark);
  if (mark != std::string_view::npos) number.exponent = written_exponent(lexeme.substr(mark + 1));
  const size_t point = mantissa.find('.');
  number.digits = mantissa.substr(0, point);
  number.exponent += static_cast<int64_t>(number.digits.size());
  if (point != std::string_view::npos) number.digits += mantissa.substr(point + 1);
  const size_t first = number.digits.find_first_not_of('0');
  if (first == std::string::npos) return Decimal{};
  number.digits.erase(0, first);
  number.exponent -= static_cast<int64_t>(first);
  number.digits.erase(number.digits.find_last_not_of('0') + 1);
  return number;
}

std::strong_ordering compare_magnitudes(const Decimal& left, const Decimal& right) {
  if (left.digits.empty() || right.digits.empty()) return left.digits.size() <=> right.digits.size();
  if (left.exponent != right.exponent) return left.exponent <=> right.exponent;
  return left.digits.compare(right.digits) <=> 0;
}

}  // namespace

std::strong_ordering compare_lexemes(std::string_view left, std::string_view right) {
  const Decimal first = read_decimal(left);
  const Decimal second = read_decimal(right);
  if (first.negative != second.negative) {
    return first.negative ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return first.negative ? compare_magnitudes(second, first) : compare_magnitudes(first, second);
}

std::strong_ordering compare_numbers(const Json& left, const Json& right) {
  const auto is_plain = [](std::string_view lexeme) { return lexeme.find_first_of(".eE") == std::string_view::npos; };
  if (is_plain(left.lexeme()) && is_plain(right.lexeme())) {
    const auto first = left.as_integer();
    const auto second = right.as_integer();
    if (first && second) return *first <=> *second;
  }
  return compare_lexemes(left.lexeme(), right.lexeme());
}

int64_t round_half_up(const Json& number) {
  if (const auto exact = number.as_integer()) return *exact;
  const double rounded = std::floor(number.as_double() + 0.5);
  if (rounded >= 9223372036854775807.0) return std::numeric_limits<int64_t>::max();
  if (rounded <= -9223372036854775808.0) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(rounded);
}

}  // namespace penstock::pipeline
