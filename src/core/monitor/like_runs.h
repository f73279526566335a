// Two numeric distributions as runs of one kind, for what goes through the values of both.
#pragma once

#include <algorithm>
#include <optional>

#include "core/monitor/distribution.h"

namespace penstock::monitor {

// The same numbers over 10^decimals, which are more than theirs; nothing where one would need more than 32 bits.
std::optional<explore::PackedRuns> rescaled(const explore::PackedRuns& runs, unsigned decimals);

explore::WideRuns unpacked(const explore::PackedRuns& runs);

// use(left, right, scale) with packed runs of the same decimals (numbers are integers over `scale`) if both can be, and
// all values together are not too many for packed ones; else with wide runs (and a scale of 1).
template <class Use>
auto with_like_runs(const NumericDistribution& left, const NumericDistribution& right, Use use) {
  using explore::PackedRuns;
  using explore::WideRuns;
  const auto* const one = std::get_if<PackedRuns>(&left.runs);
  const auto* const other = std::get_if<PackedRuns>(&right.runs);
  if (one != nullptr && other != nullptr && left.size() + right.size() <= explore::packed_size_max) {
    const unsigned decimals = std::max(one->decimals, other->decimals);
    const double scale = explore::packed_scale(decimals);
    if (one->decimals == other->decimals) return use(*one, *other, scale);
    if (const auto scaled = rescaled(one->decimals < decimals ? *one : *other, decimals))
      return one->decimals < decimals ? use(*scaled, *other, scale) : use(*one, *scaled, scale);
  }
  WideRuns wide_left, wide_right;
  if (one != nullptr) wide_left = unpacked(*one);
  if (other != nullptr) wide_right = unpacked(*other);
  return use(one != nullptr ? wide_left : std::get<WideRuns>(left.runs),
             other != nullptr ? wide_right : std::get<WideRuns>(right.runs), 1.0);
}

}  // namespace penstock::monitor
