// ColumnMemory: a column that owns its values, as readers fill it; `view` shows it to the kernels.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/explore/column.h"

namespace penstock::kit {

struct ColumnMemory {
  static constexpr double missing_number = std::numeric_limits<double>::quiet_NaN();

  std::string name;
  explore::ColumnType type = explore::ColumnType::Unknown;
  size_t rows = 0;
  std::vector<double> numbers;
  // Numbers as integers over 10^decimals, in place of `numbers`, where the reader is asked for that: `may_pack` as long
  // as all have fit so far.
  bool may_pack = false;
  unsigned decimals = 0;
  std::vector<int32_t> packed;
  std::vector<int64_t> offsets = {0};
  std::string bytes;
  std::vector<uint8_t> present;  // filled only once a text is missing

  void add_number(double value) {
    numbers.push_back(value);
    ++rows;
  }
  void add_text(std::string_view text) {
    bytes.append(text);
    added_text(bytes.size());
  }
  // A text was put into `bytes`, up to `end`.
  void added_text(size_t end) {
    offsets.push_back(static_cast<int64_t>(end));
    if (!present.empty()) present.push_back(1);
    ++rows;
  }
  void add_missing() {
    if (is_text()) {
      if (present.empty()) present.assign(rows, 1);
      present.push_back(0);
      offsets.push_back(offsets.back());
    } else {
      numbers.push_back(missing_number);
    }
    ++rows;
  }
  // Forgets the values, keeps the memory.
  void clear() {
    rows = 0;
    numbers.clear();
    packed.clear();
    offsets.assign(1, 0);
    bytes.clear();
    present.clear();
  }
  bool is_text() const { return type == explore::ColumnType::String; }

  explore::Column view() const {
    explore::Column column;
    column.name = name;
    column.type = type;
    column.rows = rows;
    if (is_text()) {
      column.strings = {offsets, bytes};
      column.present = present;
    } else {
      column.numbers = numbers;
      column.packed = packed;
      column.decimals = decimals;
    }
    return column;
  }
};

}  // namespace penstock::kit
