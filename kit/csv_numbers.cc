#include "kit/csv_numbers.h"

#include <limits>

#include "kit/csv_decimal.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#include <array>
#endif

namespace penstock::kit {

namespace {

constexpr double missing_number = std::numeric_limits<double>::quiet_NaN();

#if defined(__x86_64__) && defined(__GNUC__)

constexpr size_t lanes = 16;  // characters of a number, one a byte

// Loaded from byte `length` on: which of a text's characters comes into each lane, so that the last one comes into the
// last and zeros before.
alignas(64) constexpr auto to_the_end = [] {
  std::array<uint8_t, 2 * lanes> table{};
  for (uint8_t i = 0; i < lanes; ++i) table[i] = 0x80, table[lanes + i] = i;
  return table;
}();

// Entry `point`: what closes the gap that the character in that lane leaves, from before. The last entry moves nothing.
alignas(64) constexpr auto without_point = [] {
  std::array<std::array<uint8_t, lanes>, lanes + 1> table{};
  for (size_t point = 0; point <= lanes; ++point)
    for (size_t i = 0; i < lanes; ++i)
      table[point][i] = static_cast<uint8_t>(point == lanes || i > point ? i : i == 0 ? 0x80 : i - 1);
  return table;
}();

// parse_decimal of a text that is not empty, sixteen digits at a time.
__attribute__((target("avx2,bmi"), always_inline)) inline bool parse_wide(const char* at, size_t length, Decimal& out) {
  const bool negative = *at == '-';
  at += negative;
  length -= negative;
  if (length - 1 >= lanes) return false;
  const auto load = [](const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); };
  const __m128i nine = _mm_set1_epi8(9);
  __m128i digits = _mm_shuffle_epi8(_mm_sub_epi8(load(at), _mm_set1_epi8('0')), load(to_the_end.data() + length));
  const auto points = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(digits, _mm_set1_epi8('.' - '0'))));
  const unsigned point = _tzcnt_u32(points | 1U << lanes);
  digits = _mm_shuffle_epi8(digits, load(without_point[point].data()));
  const __m128i above_nine = _mm_subs_epu8(digits, nine);
  // Neighbours are drawn together: digits, then pairs, then fours.
  const __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(10 | 1 << 8));
  const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(100 | 1 << 16));
  const __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(10'000 | 1 << 16));
  const auto both = static_cast<uint64_t>(_mm_cvtsi128_si64(eights));
  const uint64_t mantissa = (both & 0xffffffff) * 100'000'000 + (both >> 32);
  const bool only_point = length == 1 && points != 0;
  if (!_mm_testz_si128(above_nine, above_nine) || mantissa > uint64_t{1} << 53 || only_point) return false;
  out.integral = points == 0;
  out.value = decimal::quotient(mantissa, out.integral ? 0 : lanes - 1 - point, negative);
  return true;
}

__attribute__((target("avx2,bmi"))) size_t read_wide(const CsvFields& fields, size_t first, double* values,
                                                     bool& integral) {
  bool all_integral = integral;
  size_t row = first;
  for (const size_t rows = fields.size(); row < rows; ++row) {
    const std::string_view text = fields.raw(row);
    Decimal decimal;
    if (text.empty()) {
      values[row] = missing_number;
    } else if (parse_wide(text.data(), text.size(), decimal)) {
      all_integral &= decimal.integral;
      values[row] = decimal.value;
    } else {
      break;
    }
  }
  integral = all_integral;
  return row;
}

bool has_wide() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

#else

bool has_wide() {
  return false;
}
constexpr auto read_wide = read_plain_numbers_portably;

#endif

}  // namespace

size_t read_plain_numbers(const CsvFields& fields, size_t first, double* values, bool& integral) {
  return has_wide() ? read_wide(fields, first, values, integral)
                    : read_plain_numbers_portably(fields, first, values, integral);
}

size_t read_plain_numbers_portably(const CsvFields& fields, size_t first, double* values, bool& integral) {
  size_t row = first;
  for (const size_t rows = fields.size(); row < rows; ++row) {
    const std::string_view text = fields.raw(row);
    Decimal decimal;
    if (text.empty()) {
      values[row] = missing_number;
    } else if (parse_decimal(text.data(), text.size(), decimal)) {
      integral &= decimal.integral;
      values[row] = decimal.value;
    } else {
      break;
    }
  }
  return row;
}

}  // namespace penstock::kit
