// The numbers that most fields of CSV are, read eight digits at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace penstock::kit {

// Bytes before and behind a text that parse_decimal, convert_packed and copies of short texts may read, whatever they
// hold.
inline constexpr size_t text_margin = 16;

namespace decimal {

constexpr uint64_t zeros = 0x3030303030303030ULL;  // "00000000"
__extension__ using Wide = unsigned __int128;

inline uint64_t load(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Eight characters, the first in the lowest byte, all of them digits.
inline bool all_digits(uint64_t word) {
  return ((word & 0xf0f0f0f0f0f0f0f0ULL) | (((word + 0x0606060606060606ULL) & 0xf0f0f0f0f0f0f0f0ULL) >> 4)) ==
         0x3333333333333333ULL;
}

// Their value: pairs of digits, then of pairs, then of fours are drawn together.
inline uint64_t value_of(uint64_t word) {
  word -= zeros;
  word = word * 10 + (word >> 8);
  return (((word & 0x000000ff000000ffULL) * 0x000f424000000064ULL) +
          (((word >> 16) & 0x000000ff000000ffULL) * 0x0000271000000001ULL)) >>
         32;
}

// The place of the first '.', or 8.
inline unsigned find_point(uint64_t word) {
  const uint64_t zero = word ^ 0x2e2e2e2e2e2e2e2eULL;
  const uint64_t found = (zero - 0x0101010101010101ULL) & ~zero & 0x8080808080808080ULL;
  return static_cast<unsigned>(std::countr_zero(found)) / 8;
}

inline constexpr double powers_of_ten[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// mantissa / 10^decimals. Both are exact, so that one division rounds correctly (Clinger's fast path).
inline double quotient(uint64_t mantissa, unsigned decimals, bool negative) {
  const double value = static_cast<double>(mantissa) / powers_of_ten[decimals];
  return std::bit_cast<double>(std::bit_cast<uint64_t>(value) | uint64_t{negative} << 63);
}

}  // namespace decimal

struct Decimal {
  double value = 0;
  bool integral = false;  // without a decimal point
};

// A plain decimal number such as 12, -3.25 or .5 of at most 16 characters behind its sign, to the nearest double; false
// for all that needs a closer look (explore::parse_number). Reads up to text_margin bytes from `at` on.
inline bool parse_decimal(const char* at, size_t length, Decimal& out) {
  using decimal::Wide;
  if constexpr (std::endian::native != std::endian::little) return false;
  const bool negative = length > 0 && *at == '-';
  at += negative;
  length -= negative;
  if (length == 0 || length > 16) return false;
  uint64_t mantissa = 0;
  unsigned point = 0;
  if (length <= 8) {
    // Moved up to the end of the word, with zeros before.
    const auto empty = static_cast<unsigned>(64 - 8 * length);
    uint64_t word = decimal::load(at) << empty | (empty == 0 ? 0 : decimal::zeros >> (64 - empty));
    point = decimal::find_point(word);
    if (point < 8) {
      const uint64_t before = (uint64_t{1} << (8 * point)) - 1;
      word = (word & ~(before << 8 | 0xff)) | (word & before) << 8 | '0';
    }
    if (!decimal::all_digits(word)) return false;
    mantissa = decimal::value_of(word);
    out.integral = point == 8;
    point = point == 8 ? 7 : point;
    if (length == 1 && !out.integral) return false;
    out.value = decimal::quotient(mantissa, 7 - point, negative);
    return true;
  }
  const auto empty = static_cast<unsigned>(128 - 8 * length);
  Wide word = (static_cast<Wide>(decimal::load(at + 8)) << 64 | decimal::load(at)) << empty;
  if (empty != 0) word |= decimal::zeros >> (64 - empty);
  point = decimal::find_point(static_cast<uint64_t>(word));
  if (point == 8) point += decimal::find_point(static_cast<uint64_t>(word >> 64));
  out.integral = point == 16;
  if (point < 16) {
    const Wide before = (static_cast<Wide>(1) << (8 * point)) - 1;
    word = (word & ~(before << 8 | 0xff)) | (word & before) << 8 | '0';
  } else {
    point = 15;
  }
  const auto high = static_cast<uint64_t>(word);
  const auto low = static_cast<uint64_t>(word >> 64);
  if (!decimal::all_digits(high) || !decimal::all_digits(low)) return false;
  mantissa = decimal::value_of(high) * 100'000'000 + decimal::value_of(low);
  if (mantissa > uint64_t{1} << 53) return false;  // the double of it would be rounded twice
  out.value = decimal::quotient(mantissa, 15 - point, negative);
  return true;
}

// A decimal number as its digits have it: mantissa / 10^decimals.
struct Scaled {
  uint64_t mantissa = 0;  // below 10^16
  unsigned decimals = 0;
  bool negative = false;
  bool integral = false;  // without a decimal point
};

// The same numbers as parse_decimal reads, and those of 16 digits beyond 2^53.
inline bool parse_scaled(std::string_view text, Scaled& out) {
  out = {};
  out.negative = text.starts_with('-');
  const std::string_view digits = text.substr(out.negative ? 1 : 0);
  if (digits.empty() || digits.size() > 16 || digits == ".") return false;
  const size_t point = digits.find('.');
  out.integral = point == std::string_view::npos;
  if (!out.integral) out.decimals = static_cast<unsigned>(digits.size() - 1 - point);
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i == point) continue;
    if (digits[i] < '0' || digits[i] > '9') return false;
    out.mantissa = out.mantissa * 10 + static_cast<unsigned>(digits[i] - '0');
  }
  return true;
}

}  // namespace penstock::kit
