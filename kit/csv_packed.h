// Numbers of CSV as integers over a power of ten, without making doubles of them first.
#pragma once

#include "kit/column_memory.h"
#include "kit/csv_columns.h"

namespace penstock::kit {

// Appends all fields to `column.packed`, with more decimals where they need them (and makes an integral column
// fractional). False, and nothing is appended, when one of them is no number or does not fit.
bool convert_packed(const CsvFields& fields, const MissingTexts& missing, ColumnMemory& column);

}  // namespace penstock::kit
