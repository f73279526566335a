// Windows of time: which hour, day, week, month, quarter or year a row belongs to, for series of what was found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/explore/column.h"

namespace penstock::kit {

enum class Window { hour, day, week, month, quarter, year, value };
std::optional<Window> window_named(std::string_view name);

// Start of the window that holds a moment, in seconds since 1970 UTC; weeks begin on Monday.
int64_t start_of(Window window, int64_t seconds);

// "2013-01-07T05:00", "2013-01-07", "2013-W02", "2013-01", "2013-Q1", "2013".
std::string name_of(Window window, int64_t start);

// The name of a row's window; nothing where the column's value is missing. Numbers are seconds since 1970, unless the
// window is `value`: then each value of the column, whatever its type, is a window of its own. Names sort in the order
// of time.
std::optional<std::string> window_of(Window window, const explore::Column& column, size_t row);

}  // namespace penstock::kit
