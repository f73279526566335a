// Exact comparison of JSON numbers as they were written: doubles would take 9007199254740993 for 9007199254740992.
#pragma once

#include <compare>
#include <string_view>

#include "base/json.h"

namespace penstock::pipeline {

// Orders two JSON numbers by value, whatever their length or exponent ("1e2" equals "100.0").
std::strong_ordering compare_numbers(const Json& left, const Json& right);
std::strong_ordering compare_lexemes(std::string_view left, std::string_view right);

// Rounds as Java's Math.round does (half up, -1.5 gives -1) and saturates at the ends of int64.
int64_t round_half_up(const Json& number);

}  // namespace penstock::pipeline
