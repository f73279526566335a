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

class Frame {
 public:
  // The columns' memory outlives the frame. Columns have equal lengths (an invariant) and different names (else the
  // first of a name is found).
  explicit Frame(std::vector<Column> columns);

  size_t rows() const { return rows_; }
  const std::vector<Column>& columns() const { return columns_; }
  // The column, or an error (code "NoSuchColumn") that names the columns there are, the likeliest first.
  Outcome<const Column*> find(std::string_view name) const;
  bool has(std::string_view name) const;
  // Adds a numeric column; NaN is missing. A name that is there already is an error.
  Outcome<void> add(std::string name, std::vector<double> numbers);
  // Of the column of that name, which exists; computed at the first call. Not safe from several threads.
  const Codes& codes(const Column& column);

 private:
  size_t rows_ = 0;
  std::vector<Column> columns_;
  std::vector<std::unique_ptr<Codes>> codes_;  // by column
  std::vector<std::unique_ptr<std::vector<double>>> own_;
};

// Those of `rows` that differ from all before them in the given columns; two missing values are equal.
Rows distinct_rows(Frame& frame, const std::vector<const Column*>& columns, const Rows& rows);

// "; did you mean 'x'?" when one of `known` is near to `word`, else nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace penstock::learn
