// A data set in memory as the transforms and algorithms read it: columns of equal length (views), with columns that
// were computed from others beside them, and each column's distinct values numbered once for all who group or encode by
// them.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "core/explore/column.h"
#include "core/learn/numpy_random.h"

namespace penstock::learn {

using explore::Column;

// The distinct values of a column, numbered from 0 in the order of their first rows.
struct Codes {
  static constexpr uint32_t missing = std::numeric_limits<uint32_t>::max();
  std::vector<uint32_t> of_row;         // the number of each row's value; `missing` where it has none
  std::vector<std::string_view> texts;  // by number, of a text column
  std::vector<double> numbers;          // by number, of a numeric column

  size_t size() const { return texts.size() + numbers.size(); }
};

bool is_missing(const Column& column, size_t row);
// Of any column; -0.0 and 0.0 are one value.
Codes number_values(const Column& column);

// One column's values, as a source gives them.
struct LoadedColumn {
  std::span<const double> numbers;     // of a numeric column
  std::shared_ptr<const Codes> codes;  // of a text column
  std::shared_ptr<const void> memory;  // what the numbers lie in, unless they outlive the frame
};

// Where the columns of a large data set lie: they come into memory one at a time.
class ColumnSource {
 public:
  virtual ~ColumnSource() = default;
  virtual Outcome<LoadedColumn> load(size_t index) = 0;
};

class Frame {
 public:
  // The columns' memory outlives the frame. Columns have equal lengths (an invariant) and different names (else the
  // first of a name is found). With a `source`, which outlives the frame too, the columns only say their names, types
  // and length, and each one's values come from there.
  explicit Frame(std::vector<Column> columns, ColumnSource* source = nullptr);

  size_t rows() const { return rows_; }
  const std::vector<Column>& columns() const { return columns_; }
  // The column, or an error (code "NoSuchColumn") that names the columns there are, the likeliest first.
  Outcome<const Column*> find(std::string_view name) const;
  bool has(std::string_view name) const;
  // Adds a numeric column; NaN is missing. A name that is there already is an error.
  Outcome<void> add(std::string name, std::vector<double> numbers);
  // Makes the values of a column of this frame be there. With a source they stay until the next call: a reader looks at
  // one column after the other.
  Outcome<void> bring(const Column& column);
  // Of a column that was brought; computed at the first call. Not safe from several threads.
  const Codes& codes(const Column& column);

 private:
  size_t rows_ = 0;
  std::vector<Column> columns_;
  std::vector<std::shared_ptr<const Codes>> codes_;  // by column
  std::vector<std::unique_ptr<std::vector<double>>> own_;
  ColumnSource* source_ = nullptr;
  size_t brought_ = std::numeric_limits<size_t>::max();  // of the source, the column that is there
  std::shared_ptr<const void> memory_;                   // of its numbers
};

// The bytes of a text of at most eight: two of the same length have the same word only if they are equal.
uint64_t short_word(std::string_view text);
// A hash of a text, another one for every seed.
uint64_t hash_text(std::string_view text, uint64_t seed = 0);

// "; did you mean 'x'?" when one of `known` is near to `word`, else nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace penstock::learn
