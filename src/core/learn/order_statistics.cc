#include "core/learn/order_statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "base/assert.h"
#include "core/explore/radix.h"

namespace penstock::learn {
namespace {

constexpr size_t radix_values_min = 4096;  // below, a comparison sort is quicker

double interpolate(std::span<const double> sorted, double place, double weight) {
  const double last = static_cast<double>(sorted.size() - 1);
  const double below = std::clamp(std::floor(place), 0.0, last);
  const double above = place < 0 ? 0.0 : std::min(std::floor(place) + 1, last);
  const double low = sorted[static_cast<size_t>(below)];
  const double step = sorted[static_cast<size_t>(above)] - low;
  // numpy's _lerp: from the nearer end, so that weight 1 gives the upper value exactly.
  return weight >= 0.5 ? sorted[static_cast<size_t>(above)] - step * (1 - weight) : low + step * weight;
}

// The present values ascending when they are whole numbers that lie near to each other: counted, not sorted.
std::optional<std::vector<double>> sorted_by_counting(std::span<const double> values) {
  constexpr double whole_max = 1e9;
  constexpr int64_t range_max = 1 << 16;
  int64_t least = std::numeric_limits<int64_t>::max(), most = std::numeric_limits<int64_t>::min();
  size_t present = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    if (!(std::abs(value) < whole_max)) return std::nullopt;
    const auto whole = static_cast<int64_t>(value);
    if (static_cast<double>(whole) != value) return std::nullopt;
    least = std::min(least, whole);
    most = std::max(most, whole);
    ++present;
  }
  if (present == 0 || most - least >= range_max) return std::nullopt;
  // Two sets of counts, so that equal neighbours do not wait for each other.
  std::vector<std::array<uint32_t, 2>> counts(static_cast<size_t>(most - least) + 1);
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i])) ++counts[static_cast<size_t>(static_cast<int64_t>(values[i]) - least)][i % 2];
  std::vector<double> sorted;
  sorted.reserve(present);
  for (size_t i = 0; i < counts.size(); ++i)
    sorted.insert(sorted.end(), counts[i][0] + counts[i][1], static_cast<double>(least + static_cast<int64_t>(i)));
  return sorted;
}

}  // namespace

double pairwise_sum(std::span<const double> values) {
  return pairwise_sum(values, [](double value) { return value; });
}

double linear_quantile(std::span<const double> sorted, double share) {
  PENSTOCK_ASSERT(!sorted.empty());
  const double place = static_cast<double>(sorted.size() - 1) * share;
  return interpolate(sorted, place, place - std::floor(place));
}

double averaged_quantile(std::span<const double> sorted, double share) {
  PENSTOCK_ASSERT(!sorted.empty());
  const double place = static_cast<double>(sorted.size()) * share - 1;
  return interpolate(sorted, place, place == std::floor(place) ? 0.5 : 1.0);
}

std::vector<double> sorted_present(std::span<const double> values) {
  if (values.size() >= radix_values_min) {
    if (auto counted = sorted_by_counting(values)) return *std::move(counted);
  }
  std::vector<double> sorted;
  sorted.reserve(values.size());
  for (const double value : values)
    if (!std::isnan(value)) sorted.push_back(value);
  if (sorted.size() < radix_values_min) {
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
  std::vector<double> scratch;
  explore::radix_sort(sorted, scratch, [](double value) { return explore::ordered_bits(value + 0.0); });
  return sorted;
}

std::vector<double> even_spaced(double first, double last, size_t count) {
  std::vector<double> values(count);
  const double step = (last - first) / static_cast<double>(count - 1);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<double>(i) * step + first;
  values.back() = last;
  return values;
}

}  // namespace penstock::learn
