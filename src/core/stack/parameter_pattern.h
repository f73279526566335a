// AllowedPattern of a parameter.
#pragma once

#include <optional>
#include <string_view>

namespace penstock::stack {

// Whether all of `value` matches `pattern` (Java's syntax); nothing when the pattern is not one. A pattern that would
// search without end gives up after PCRE2's match limit and does not match.
std::optional<bool> matches_pattern(std::string_view pattern, std::string_view value);

}  // namespace penstock::stack
