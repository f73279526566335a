#include "kit/csv_packed.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <optional>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/vectors.h"
#include "core/explore/packed_numbers.h"
#include "core/explore/value_text.h"
#include "kit/csv_decimal.h"

namespace penstock::kit {

namespace {

using explore::packed_decimals_max;
using explore::packed_missing;

constexpr size_t digits_max = 16;
constexpr int64_t packed_max = std::numeric_limits<int32_t>::max();

// What turns a number's digits into an integer over 10^decimals. Kernels take all of it by reference: of constants that
// g++ knows, it would make the vectors anew in each turn of the loop.
struct Packing {
  explicit Packing(unsigned decimals) {
    limits.fill(-1);
    int64_t factor = 1;
    for (unsigned fewer = decimals + 1; fewer-- > 0; factor *= 10) {
      const unsigned place = fewer == 0 ? digits_max : digits_max - 1 - fewer;
      factors[place] = factor;
      limits[place] = packed_max / factor;
    }
    // A point behind the last digit leaves no decimals either.
    factors[digits_max - 1] = factors[digits_max];
    limits[digits_max - 1] = limits[digits_max];
  }

  // By the place of the point among 16 characters, of which the last one ends the number (16: there is none): what to
  // multiply the digits with, and how large these may be; -1: there are too many decimals.
  std::array<int64_t, digits_max + 1> factors = {};
  std::array<int64_t, digits_max + 1> limits;

#if defined(__SSE2__)
  using Bytes = std::array<unsigned char, digits_max>;
  static Bytes all(unsigned char byte) {
    Bytes bytes;
    bytes.fill(byte);
    return bytes;
  }
  static Bytes words(uint16_t even, uint16_t odd) {
    const std::array<uint16_t, 8> each = {even, odd, even, odd, even, odd, even, odd};
    return std::bit_cast<Bytes>(each);
  }
  static constexpr unsigned char point_digit = '.' - '0' + 256;

  Bytes zero = all('0');
  Bytes point = all(point_digit);
  Bytes above_nine = all(0x80 - 10);  // added to what is no digit, it sets the highest bit
  Bytes low_bytes = words(0xff, 0xff);
  Bytes ten = words(10, 10);
  Bytes hundred = words(100, 1);
  Bytes ten_thousand = words(10'000, 1);
  // From `length` on: which of 16 bytes are the last `length`.
  std::array<unsigned char, 2 * digits_max> last_bytes = [] {
    std::array<unsigned char, 2 * digits_max> bytes = {};
    std::fill(bytes.begin() + digits_max, bytes.end(), 0xff);
    return bytes;
  }();
  // By the place of the point: which bytes up to it are to move on by one.
  std::array<Bytes, digits_max + 1> up_to_point = [] {
    std::array<Bytes, digits_max + 1> masks = {};
    for (size_t place = 0; place < digits_max; ++place) {
      std::fill_n(masks[place].begin(), place + 1, 0xff);
    }
    return masks;
  }();
#endif
};

// What digits with at most one point among them are.
struct Digits {
  int64_t value = 0;
  unsigned point = digits_max;  // its place among 16 characters
};

#if defined(__SSE2__)

__m128i load(const void* at) {
  return _mm_loadu_si128(static_cast<const __m128i*>(at));
}

// `length` (1 to 16) characters up to `end`; false when they are no such digits. Without a branch that depends on where
// the point is or how long the number is: these differ from field to field.
bool read_digits(const Packing& packing, const char* end, size_t length, Digits& out) {
  const __m128i wanted = load(packing.last_bytes.data() + length);
  __m128i digits = _mm_and_si128(_mm_sub_epi8(load(end - digits_max), load(packing.zero.data())), wanted);
  const auto mask_of = [](__m128i bytes) { return static_cast<unsigned>(_mm_movemask_epi8(bytes)); };
  const unsigned points = mask_of(_mm_cmpeq_epi8(digits, load(packing.point.data())));
  const unsigned others = mask_of(_mm_adds_epu8(digits, load(packing.above_nine.data())));
  const unsigned point_alone = length == 1 ? points : 0;
  if (((others ^ points) | (points & (points - 1)) | point_alone) != 0) [[unlikely]]
    return false;
  out.point = static_cast<unsigned>(std::countr_zero(points | 1U << digits_max));
  const __m128i before = load(packing.up_to_point[out.point].data());
  digits = _mm_or_si128(_mm_and_si128(before, _mm_slli_si128(digits, 1)), _mm_andnot_si128(before, digits));
  // Pairs of digits are drawn together, then fours, then eights.
  const __m128i tens = _mm_mullo_epi16(_mm_and_si128(digits, load(packing.low_bytes.data())), load(packing.ten.data()));
  const __m128i pairs = _mm_add_epi16(tens, _mm_srli_epi16(digits, 8));
  const __m128i fours = _mm_madd_epi16(pairs, load(packing.hundred.data()));
  const __m128i eights = _mm_madd_epi16(_mm_packs_epi32(fours, fours), load(packing.ten_thousand.data()));
  const auto both = static_cast<uint64_t>(_mm_cvtsi128_si64(eights));
  out.value = static_cast<int64_t>((both & 0xffffffff) * 100'000'000 + (both >> 32));
  return true;
}

#else

bool read_digits(const Packing&, const char* end, size_t length, Digits& out) {
  Scaled number;
  const std::string_view text(end - length, length);
  if (text[0] == '-' || !parse_scaled(text, number)) return false;
  out.value = static_cast<int64_t>(number.mantissa);
  out.point = number.integral ? digits_max : static_cast<unsigned>(digits_max - 1 - number.decimals);
  return true;
}

#endif

// From `row` on, as long as fields are empty or plain numbers that fit; the row of the first that is not.
PENSTOCK_WIDEST_INTEGERS size_t pack_plain(const CsvFields& fields, size_t row, const Packing& packing, int32_t* packed,
                                           bool& integral) {
  const CsvFields::Places places = fields.places();
  const char* const block = fields.block();
  const uint32_t* start = places.starts + row * places.start_step;
  const uint32_t* end = places.ends + row * places.end_step;
  bool with_point = false;
  for (const size_t rows = fields.size(); row < rows; ++row, start += places.start_step, end += places.end_step) {
    const size_t begin = *start + places.after_start;
    size_t length = *end - begin;
    const char* const text = block + begin;
    if (places.last && length > 0 && text[length - 1] == '\r') --length;
    if (length == 0) [[unlikely]] {
      packed[row] = packed_missing;
      continue;
    }
    const bool negative = *text == '-';
    const size_t digits = length - (negative ? 1 : 0);
    Digits number;
    if (digits - 1 >= digits_max || !read_digits(packing, text + length, digits, number)) [[unlikely]]
      break;
    if (number.value > packing.limits[number.point]) [[unlikely]]
      break;
    with_point |= number.point != digits_max;
    const int64_t whole = number.value * packing.factors[number.point];
    const int64_t sign = -int64_t{negative};
    packed[row] = static_cast<int32_t>((whole ^ sign) - sign);
  }
  integral &= !with_point;
  return row;
}

// As a plain number is written; 0 of others.
unsigned decimals_of(std::string_view text) {
  Scaled number;
  return parse_scaled(text, number) ? number.decimals : 0;
}

}  // namespace

bool convert_packed(const CsvFields& fields, const MissingTexts& missing, ColumnMemory& column) {
  if (missing.has_further()) return false;  // which may be numbers
  const size_t before = column.packed.size();
  const size_t rows = fields.size();
  column.packed.resize(before + rows);
  int32_t* const packed = column.packed.data() + before;
  const auto give_up = [&] {
    column.packed.resize(before);
    return false;
  };
  std::string scratch;
  bool integral = true;
  size_t row = 0;
  std::optional<Packing> packing(column.decimals);
  while ((row = pack_plain(fields, row, *packing, packed, integral)) < rows) {
    const std::string_view text = fields.text(row, scratch);
    if (missing.matches(text)) {
      packed[row++] = packed_missing;
      continue;
    }
    const auto number = explore::parse_number(text);
    if (!number || !number->exact) return give_up();
    unsigned decimals = std::max(column.decimals, std::min(decimals_of(text), packed_decimals_max));
    std::optional<int32_t> whole;
    while (!(whole = explore::packed_number(number->value, decimals)) && decimals < packed_decimals_max) ++decimals;
    if (!whole) return give_up();
    if (decimals > column.decimals) {
      if (before > 0) return give_up();
      column.decimals = decimals;
      packing.emplace(decimals);
      row = 0;
      continue;
    }
    integral &= number->integral;
    packed[row++] = *whole;
  }
  column.rows += rows;
  if (!integral) column.type = explore::ColumnType::Fractional;
  return true;
}

}  // namespace penstock::kit
