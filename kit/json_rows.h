// Where the rows of JSON lines begin, without parsing them.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace penstock::kit {

using ColumnNames = std::set<std::string, std::less<>>;

// A row begins at a '{' on a line of its own after a '}': nothing inside an object looks so. Both give
// std::string_view::npos where there is none: the first row that begins after `from`, and the last one of the text
// (which is not its first byte).
size_t next_row_start(std::string_view text, size_t from);
size_t last_row_start(std::string_view text);

// The text with quotes around the numbers, true and false of the columns `names`, which become texts as they were
// written. For rows that are JSON; others stay no JSON.
std::string quote_values(std::string_view text, const ColumnNames& names);

}  // namespace penstock::kit
