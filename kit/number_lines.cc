#include "kit/number_lines.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>

namespace penstock::kit {

namespace {

constexpr uint64_t exact_max = uint64_t{1} << 53;
constexpr std::array<double, 23> powers_of_ten = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// The text's bytes as a number whose lowest byte is the first, on any machine.
template <class Word>
Word load(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word) >> (64 - 8 * sizeof word);
  return word;
}

constexpr uint32_t word_of(const char (&text)[5]) {
  uint32_t word = 0;
  for (size_t i = 4; i-- > 0;) word = word << 8 | static_cast<unsigned char>(text[i]);
  return word;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether the eight bytes are all digits, and the number they are (Lemire, "Parsing series of integers with SIMD").
bool is_eight_digits(uint64_t bytes) {
  return ((bytes & 0xf0f0f0f0f0f0f0f0) | (((bytes + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) ==
         0x3333333333333333;
}
uint32_t eight_digits(uint64_t bytes) {
  bytes -= 0x3030303030303030;
  bytes = bytes * 10 + (bytes >> 8);
  const uint64_t low = (bytes & 0x000000ff000000ff) * 0x000f424000000064;
  const uint64_t high = ((bytes >> 16) & 0x000000ff000000ff) * 0x0000271000000001;
  return static_cast<uint32_t>((low + high) >> 32);
}

const char* read_digits(const char* at, uint64_t& number) {
  for (uint64_t bytes = load<uint64_t>(at); is_eight_digits(bytes); bytes = load<uint64_t>(at)) {
    number = number * 100'000'000 + eight_digits(bytes);
    at += 8;
  }
  for (; is_digit(*at); ++at) number = number * 10 + static_cast<uint64_t>(*at - '0');
  return at;
}

// What the quick way cannot round correctly.
const char* read_slowly(const char* at, const char* end, double& value) {
  const auto read = std::from_chars(at, end, value);
  return read.ec == std::errc() ? read.ptr : nullptr;
}

// Reads the number at `at`; nullptr when there is none. Digits end before `end`: a byte there is none.
const char* read_number(const char* at, const char* end, double& value) {
  const char* const first = at;
  const bool negative = *at == '-';
  at += negative;
  const char* const digits = at;
  uint64_t mantissa = 0;
  at = read_digits(at, mantissa);
  ptrdiff_t count = at - digits;
  ptrdiff_t decimals = 0;
  const bool integral = *at != '.';
  if (!integral) {
    const char* const point = at + 1;
    at = read_digits(point, mantissa);
    decimals = at - point;
    count += decimals;
  }
  if (count == 0) return nullptr;
  if (*at == 'e' || *at == 'E') return read_slowly(first, end, value);
  if (count > 19 || mantissa > exact_max || decimals > 22)
    return integral ? nullptr : read_slowly(first, end, value);  // such an integer is an identifier
  // Clinger: both operands are exact, so that one division rounds correctly.
  value = static_cast<double>(mantissa) / powers_of_ten[static_cast<size_t>(decimals)];
  if (negative) value = -value;
  return at;
}

}  // namespace

std::optional<NumberLines::Parsed> NumberLines::parse(std::string_view text, bool last) {
  // A text that ends within a number would lend it the digits behind: whole lines only, and a last one without an end
  // is copied to where it has one.
  const size_t whole = text.rfind('\n') + 1;  // npos + 1 is 0
  std::string rest;
  if (last && whole < text.size()) {
    rest = std::string(text.substr(whole)) + '\n';
    rest.append(padding, '\0');
  }
  if (columns_ == 0) count_columns(whole > 0 ? text : rest);
  if (columns_ == 0 || columns_ > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  offsets_.assign(1, 0);
  entries_ = 0;
  for (const std::string_view part : {text.substr(0, whole), std::string_view(rest)}) {
    if (part.empty()) continue;
    const char* const end = part.data() + part.rfind('\n') + 1;
    for (const char* at = part.data(); at < end;) {
      at = parse_line(at, end);
      if (!at) return std::nullopt;
    }
  }
  return Parsed{.rows = take_rows(), .consumed = rest.empty() ? whole : text.size()};
}

void NumberLines::count_columns(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  if (!line.empty() && line != "\r") columns_ = static_cast<size_t>(std::count(line.begin(), line.end(), ',')) + 1;
}

// One line, which ends before `end`. Returns where the next begins; nullptr when it is not plain.
const char* NumberLines::parse_line(const char* at, const char* end) {
  if (*at == '\n' || (*at == '\r' && at[1] == '\n')) return at + (*at == '\r') + 1;  // a blank line is no row
  if (entries_ + columns_ > values_.size()) {
    values_.resize(std::max(2 * values_.size(), entries_ + columns_));
    indices_.resize(values_.size());
  }
  uint32_t* const indices = indices_.data();
  double* const values = values_.data();
  size_t entries = entries_;
  const auto last_column = static_cast<uint32_t>(columns_ - 1);
  for (uint32_t column = 0;; ++column) {
    // Features of categories, "0.0," or "1.0,", without a branch for which it is.
    for (uint32_t word = load<uint32_t>(at); (word & ~1U) == word_of("0.0,") && column < last_column;
         word = load<uint32_t>(at)) {
      indices[entries] = column++;
      values[entries] = 1;
      entries += word & 1;
      at += 4;
    }
    double value = std::numeric_limits<double>::quiet_NaN();
    if (*at != ',' && *at != '\n' && *at != '\r') {
      at = read_number(at, end, value);
      if (!at) return nullptr;
    }
    indices[entries] = column;
    values[entries] = value;
    entries += value != 0 ? 1 : 0;
    if (column == last_column) break;
    if (*at++ != ',') return nullptr;
  }
  at += *at == '\r';
  if (*at != '\n') return nullptr;
  entries_ = entries;
  offsets_.push_back(entries);
  return at + 1;
}

learn::Matrix NumberLines::take_rows() {
  const size_t rows = offsets_.size() - 1;
  if (!sparse_ && rows > 0) sparse_ = entries_ <= rows * columns_ / 3;
  if (sparse_.value_or(false)) {
    const auto used = static_cast<ptrdiff_t>(entries_);
    return learn::Matrix::sparse(columns_, offsets_, {indices_.begin(), indices_.begin() + used},
                                 {values_.begin(), values_.begin() + used});
  }
  std::vector<double> cells(rows * columns_);
  for (size_t row = 0; row < rows; ++row)
    for (uint64_t k = offsets_[row]; k < offsets_[row + 1]; ++k) cells[row * columns_ + indices_[k]] = values_[k];
  return learn::Matrix::dense(rows, columns_, std::move(cells));
}

}  // namespace penstock::kit
