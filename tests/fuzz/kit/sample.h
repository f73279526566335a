// A small data set that recipes, states and constraints are held against: columns "a" (numbers, one missing), "b"
// (texts, one missing), "d" (moments) and "y" (0 and 1).
#pragma once

#include <span>
#include <vector>

#include "core/explore/column.h"

namespace penstock::fuzz {

// Views of constants.
std::vector<explore::Column> sample_columns();
inline constexpr size_t sample_rows = 6;

}  // namespace penstock::fuzz
