// From all values of a column to the figures of its profile.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/outcome.h"
#include "core/explore/moments.h"
#include "core/explore/number_values.h"
#include "core/explore/profile.h"
#include "core/explore/text_values.h"

namespace penstock::explore {

// The levels at which quantiles are given.
std::span<const double> quantile_levels();

// Fills distinct, top and numbers, with or without its sketch; `count` is there already.
Outcome<void> summarize(const Moments& moments, NumberValues& values, bool sketch, ColumnProfile& column);
// Fills distinct, top and texts.
Outcome<void> summarize(TextValues& values, ColumnProfile& column);

// The shape of a text: upper-case letters become A, other letters and what is beyond ASCII a, digits 9; of texts beyond
// 24 bytes runs become one.
std::string pattern_of(std::string_view text);

// Characters (code points) of a UTF-8 text.
uint64_t count_characters(std::string_view text);

}  // namespace penstock::explore
