#include "core/learn/order_statistics.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"

namespace penstock::learn {
namespace {

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
  if (values.size() > 256) {
    const size_t half = values.size() / 2 / 8 * 8;
    return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
  }
  double sums[8] = {};
  size_t i = 0;
  for (; i + 8 <= values.size(); i += 8)
    for (size_t lane = 0; lane < 8; ++lane) sums[lane] += values[i + lane];
  double rest = 0;
  for (; i < values.size(); ++i) rest += values[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7])) + rest;
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
  std::sort(sorted.begin(), sorted.end());
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
