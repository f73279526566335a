// An Arrow array as a column of ours. Includes Arrow: only arrow_*.cc may include this.
#pragma once

#include <arrow/api.h>

#include <optional>
#include <string>

#include "base/outcome.h"
#include "kit/column_memory.h"

namespace penstock::kit {

// The type that a column of this Arrow type has here, or an error that names the column (lists and structs have none).
Outcome<explore::ColumnType> column_type(const arrow::Field& field);

// Whether it holds integers that a double does not tell apart (beyond 2^53): identifiers, which are read as texts.
bool has_identifiers(const arrow::Array& array);

// Appends the values of `array`. `column.type` is that of column_type, or String for integers that are identifiers.
Outcome<void> append_array(ColumnMemory& column, const arrow::Array& array);

// A text that is not UTF-8: Arrow looks at no text of JSON, and Parquet's are as they were written.
struct BadText {
  size_t row;
  std::string what;  // names the column and the byte
};

// The first of a column; none in one that has no texts.
std::optional<BadText> find_bad_text(const explore::Column& column);

}  // namespace penstock::kit
