// A column of a data set as the kernels of core/explore, core/learn and core/monitor read it: a view over memory that
// somebody else owns (an Arrow table in kit/, vectors in a test). No Arrow here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace penstock::explore {

// Model Monitor's inferred types, with the two that it folds into String kept apart.
enum class ColumnType { Unknown, Integral, Fractional, Boolean, Timestamp, String };

// Strings end to end, as Arrow lays them out: string i is bytes[offsets[i], offsets[i + 1]).
struct Strings {
  std::span<const int64_t> offsets;  // rows + 1
  std::string_view bytes;

  std::string_view operator[](size_t row) const {
    return bytes.substr(static_cast<size_t>(offsets[row]), static_cast<size_t>(offsets[row + 1] - offsets[row]));
  }
};

// A column of `rows` values. Numbers (Integral, Fractional, Boolean as 0 and 1, Timestamp as seconds since 1970 UTC)
// lie in `numbers`, a missing one as NaN, or, where a reader was asked for that, in `packed` as integers over
// 10^decimals, a missing one as the least of them (`PackedNumbers` takes these); texts lie in `strings`, with
// `present[row] == 0` where missing (an empty `present` means that none is).
struct Column {
  std::string name;
  ColumnType type = ColumnType::Unknown;
  size_t rows = 0;
  std::span<const double> numbers;
  Strings strings;
  std::span<const uint8_t> present;
  std::span<const int32_t> packed = {};
  unsigned decimals = 0;

  bool numeric() const { return type != ColumnType::String && type != ColumnType::Unknown; }
};

}  // namespace penstock::explore
