#include "core/pipeline/jsonata/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace penstock::jsonata {

void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    return;
  }
  if (value == 0) {
    out += '0';
    return;
  }
  char buffer[400];
  const double size = std::fabs(value);
  if (size >= 9007199254740992.0 && size < 1e21) {  // the shortest digits, then zeros
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
    const std::string_view text(buffer, static_cast<size_t>(end - buffer));
    const size_t exponent = text.find('e');
    std::string digits;
    for (char c : text.substr(0, exponent)) {
      if (c >= '0' && c <= '9') digits += c;
    }
    digits.resize(static_cast<size_t>(std::atoi(std::string(text.substr(exponent + 1)).c_str())) + 1, '0');
    if (value < 0) out += '-';
    out += digits;
    return;
  }
  if (size >= 1e-6 && size < 1e21) {
    auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
    out.append(buffer, end);
    return;
  }
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  // "1e-07" here is "1e-7" there.
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t exponent = text.find('e');
  out += text.substr(0, exponent + 2);
  std::string_view digits = text.substr(exponent + 2);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  out += digits;
}

std::string number_text(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

double round_to_15_digits(double value) {
  if (!std::isfinite(value) || value == std::floor(value)) return value;
  char buffer[64];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific, 14);
  return read_number(std::string_view(buffer, static_cast<size_t>(end - buffer)));
}

namespace {

// The number that `value`'s text with its exponent moved by `places` reads as.
double shift_decimal(double value, int places) {
  std::string text = number_text(value);
  const size_t exponent = text.find('e');
  int power = places;
  if (exponent != std::string::npos) {
    power += std::atoi(text.c_str() + exponent + 1);
    text.resize(exponent);
  }
  return read_number(fmt::format("{}e{}", text, power));
}

}  // namespace

double round_half_even(double value, int precision) {
  if (!std::isfinite(value)) return value;
  precision = std::clamp(precision, -400, 400);
  if (precision) value = shift_decimal(value, precision);
  if (!std::isfinite(value)) return value;
  double result = std::floor(value + 0.5);
  // Beyond 2^52 every double is an integer and the addition above rounds.
  if (std::fabs(value) >= 4503599627370496.0) result = value;
  if (value - std::floor(value) < 0.5) result = std::floor(value);
  if (std::fabs(result - value) == 0.5 && std::fabs(std::fmod(result, 2)) == 1) result -= 1;
  if (precision) result = shift_decimal(result, -precision);
  return result == 0 ? 0 : result;
}

std::string integer_text(double value, int radix) {
  if (!std::isfinite(value)) return number_text(value);
  if (radix == 10) return number_text(value);
  const bool negative = value < 0;
  value = std::fabs(value);
  std::string digits;
  do {
    const int digit = static_cast<int>(std::fmod(value, radix));
    digits += static_cast<char>(digit < 10 ? '0' + digit : 'a' + digit - 10);
    value = std::floor(value / radix);
  } while (value > 0);
  if (negative) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

double read_number(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  return value;
}

}  // namespace penstock::jsonata
