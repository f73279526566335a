#include "core/learn/order_statistics.h"

#include <algorithm>
#include <cmath>

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
