// Lines of plain numbers, such as features.csv: text straight into rows of a matrix, without columns between. What is
// not plain (quotes, blanks, words, a wrong number of fields, identifiers that a double would blur) is left to the
// reader of any CSV, which knows what it means or what is wrong with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/learn/matrix.h"

namespace penstock::kit {

class NumberLines {
 public:
  // Fields are separated by commas, an empty one is missing (NaN). The first line tells the number of columns.
  NumberLines() = default;

  // Bytes that the text must have behind its end, whatever they are: it is read in words.
  static constexpr size_t padding = 8;

  struct Parsed {
    learn::Matrix rows;
    size_t consumed = 0;  // bytes of whole lines
  };
  // The whole lines of `text`; of the `last` text also a line without an end. nullopt when it is not plain. The first
  // rows decide for all whether they are kept sparse (at most a third of the values is not 0).
  std::optional<Parsed> parse(std::string_view text, bool last);

 private:
  const char* parse_line(const char* at, const char* end);
  void count_columns(std::string_view text);
  learn::Matrix take_rows();

  size_t columns_ = 0;
  std::optional<bool> sparse_;
  // The rows of the text so far. Working memory: only the first `entries_` are in use.
  std::vector<uint64_t> offsets_;
  std::vector<uint32_t> indices_;
  std::vector<double> values_;
  size_t entries_ = 0;
};

}  // namespace penstock::kit
