// The second step of reading CSV: fields into typed values, a column at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/explore/column.h"
#include "kit/column_memory.h"
#include "kit/csv_split.h"

namespace penstock::kit {

// One column's fields in a block.
class CsvFields {
 public:
  CsvFields(std::string_view text, const CsvRows& rows, size_t columns, size_t column)
      : text_(text.data()), rows_(rows), columns_(columns), column_(column) {}

  size_t size() const { return rows_.row_starts.size(); }
  const char* block() const { return text_; }
  // Where the fields begin and end in the block, for loops over all: the i-th from starts[i * start_step] + after_start
  // up to ends[i * end_step]. A last column's may have the \r of a line end before it.
  struct Places {
    const uint32_t* starts = nullptr;
    size_t start_step = 0;
    size_t after_start = 0;
    const uint32_t* ends = nullptr;
    size_t end_step = 0;
    bool last = false;
  };
  Places places() const {
    const uint32_t* const ends = rows_.ends.data() + column_;
    const bool first = column_ == 0;
    return {first ? rows_.row_starts.data() : ends - 1,
            first ? 1 : columns_,
            first ? 0U : 1U,
            ends,
            columns_,
            column_ + 1 == columns_};
  }
  // As it stands in the file, with its quotes, without the \r of a line end.
  std::string_view raw(size_t row) const {
    const uint32_t* end = rows_.ends.data() + row * columns_ + column_;
    const size_t begin = column_ == 0 ? rows_.row_starts[row] : end[-1] + 1;
    size_t length = *end - begin;
    if (column_ + 1 == columns_ && length > 0 && text_[begin + length - 1] == '\r') --length;
    return {text_ + begin, length};
  }
  // Without its quotes; `scratch` holds it where "" had to become ".
  std::string_view text(size_t row, std::string& scratch) const {
    const std::string_view field = raw(row);
    return field.empty() || field[0] != '"' ? field : unquoted(field, scratch);
  }

 private:
  static std::string_view unquoted(std::string_view field, std::string& scratch);

  const char* text_;
  const CsvRows& rows_;
  size_t columns_;
  size_t column_;
};

// The texts that mean a missing value: pandas' and those of the user, which match with blanks around them too.
class MissingTexts {
 public:
  explicit MissingTexts(std::vector<std::string> further) : further_(std::move(further)) {}
  bool has_further() const { return !further_.empty(); }
  bool matches(std::string_view text) const;

 private:
  std::vector<std::string> further_;
};

// The narrowest type that fits all fields: Unknown (all missing), Integral, Fractional, Boolean, Timestamp, else
// String.
explore::ColumnType infer_type(const CsvFields& fields, const MissingTexts& missing);

// Widens `type` by what the fields need.
explore::ColumnType wider(explore::ColumnType one, explore::ColumnType other);

// `fields` lie in a TextBlock, or in a text with as much of a margin. Appends them as `column.type`. Returns the row of
// the first field that does not fit it (or, of a text, that is not UTF-8 when `check_utf8`, or has a NUL byte when
// `check_nul`), else fields.size(). An integral column takes fractions and becomes Fractional.
struct ConvertOptions {
  bool check_utf8 = false;
  bool check_nul = false;
};
size_t convert(const CsvFields& fields, const MissingTexts& missing, ConvertOptions options, ColumnMemory& column);

}  // namespace penstock::kit
