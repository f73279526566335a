// Most fields of a column of numbers are plain decimals: those are read here, whole columns at a time.
#pragma once

#include <cstddef>

#include "kit/csv_columns.h"

namespace penstock::kit {

// Reads the fields of rows `first` and following into values[row], as long as each is a plain decimal (parse_decimal)
// or empty, which is NaN. Returns the row of the first that is neither, or fields.size(). `integral` becomes false when
// one has a decimal point. Uses the widest vectors of the processor; the numbers are the same on all.
size_t read_plain_numbers(const CsvFields& fields, size_t first, double* values, bool& integral);

// The same without them, for every processor.
size_t read_plain_numbers_portably(const CsvFields& fields, size_t first, double* values, bool& integral);

}  // namespace penstock::kit
