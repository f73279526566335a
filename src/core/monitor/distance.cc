#include "core/monitor/distance.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace penstock::monitor {
namespace {

constexpr double empty_share = 1e-4;

double sum_of(std::span<const double> shares) {
  return std::accumulate(shares.begin(), shares.end(), 0.0);
}

double relative_entropy(double p, double q) {
  return p == 0 ? 0 : p * std::log(p / q);
}

// A walk over the values of two samples in ascending order. Heights are F1 - F2 in steps of one over the least common
// multiple of the sizes; the area between the two is summed in steps and divided once at the end.
struct Walk {
  double previous = 0;
  size_t i = 0;
  size_t j = 0;
  int64_t baseline_count = 0;
  int64_t data_count = 0;
  int64_t height = 0;
  int64_t largest = 0;
  uint64_t distinct = 0;
  double area = 0;

  void step_to(double value, int64_t of_baseline, int64_t of_data) {
    area += static_cast<double>(std::abs(height)) * (value - previous);
    previous = value;
    height = of_baseline * baseline_count - of_data * data_count;
    largest = std::max(largest, std::abs(height));
    ++distinct;
  }
};

}  // namespace

std::vector<double> shares_of(std::span<const uint64_t> counts, uint64_t total) {
  std::vector<double> shares;
  shares.reserve(counts.size());
  for (const uint64_t count : counts) shares.push_back(static_cast<double>(count) / static_cast<double>(total));
  return shares;
}

std::vector<double> filled(std::vector<double> shares) {
  std::replace(shares.begin(), shares.end(), 0.0, empty_share);
  return shares;
}

std::vector<double> filled_as_evidently(std::vector<double> shares) {
  double smallest = 1;
  for (const double share : shares)
    if (share > 0) smallest = std::min(smallest, share);
  std::replace(shares.begin(), shares.end(), 0.0, smallest <= empty_share ? smallest / 1e6 : empty_share);
  return shares;
}

double population_stability(std::span<const double> baseline, std::span<const double> data) {
  double sum = 0;
  for (size_t i = 0; i < baseline.size(); ++i) sum += (baseline[i] - data[i]) * std::log(baseline[i] / data[i]);
  return sum;
}

double kullback_leibler(std::span<const double> baseline, std::span<const double> data) {
  const double baseline_sum = sum_of(baseline);
  const double data_sum = sum_of(data);
  double sum = 0;
  for (size_t i = 0; i < baseline.size(); ++i) sum += relative_entropy(baseline[i] / baseline_sum, data[i] / data_sum);
  return sum;
}

double jensen_shannon(std::span<const double> baseline, std::span<const double> data) {
  const double baseline_sum = sum_of(baseline);
  const double data_sum = sum_of(data);
  double sum = 0;
  for (size_t i = 0; i < baseline.size(); ++i) {
    const double p = baseline[i] / baseline_sum;
    const double q = data[i] / data_sum;
    const double middle = (p + q) / 2;
    sum += relative_entropy(p, middle) + relative_entropy(q, middle);
  }
  return std::sqrt(std::max(0.0, sum / 2));
}

double hellinger_by_affinity(std::span<const double> baseline, std::span<const double> data) {
  double affinity = 0;
  for (size_t i = 0; i < baseline.size(); ++i) affinity += std::sqrt(baseline[i] * data[i]);
  return std::sqrt(1 - std::clamp(affinity, 0.0, 1.0));
}

double hellinger_by_norm(std::span<const double> baseline, std::span<const double> data) {
  double sum = 0;
  for (size_t i = 0; i < baseline.size(); ++i) {
    const double difference = std::sqrt(baseline[i]) - std::sqrt(data[i]);
    sum += difference * difference;
  }
  return std::sqrt(sum / 2);
}

double total_variation(std::span<const double> baseline, std::span<const double> data) {
  double sum = 0;
  for (size_t i = 0; i < baseline.size(); ++i) sum += std::abs(baseline[i] - data[i]);
  return sum / 2;
}

double largest_difference(std::span<const double> baseline, std::span<const double> data) {
  double largest = 0;
  for (size_t i = 0; i < baseline.size(); ++i) largest = std::max(largest, std::abs(baseline[i] - data[i]));
  return largest;
}

SampleDistance sample_distance(const NumericDistribution& baseline, const NumericDistribution& data) {
  const auto n = static_cast<int64_t>(baseline.size());
  const auto m = static_cast<int64_t>(data.size());
  const int64_t divisor = std::gcd(n, m);
  const int64_t of_baseline = m / divisor;  // what one value of the baseline moves F1 - F2 by, in steps
  const int64_t of_data = n / divisor;
  SampleDistance out;
  Walk walk{.previous = std::min(baseline.min(), data.min())};
  const size_t baseline_end = baseline.values.size();
  const size_t data_end = data.values.size();
  // Both sides by turns, without a branch that the processor would guess wrong every other time; then the rest of one.
  while (walk.i < baseline_end && walk.j < data_end) {
    const double first = baseline.values[walk.i];
    const double second = data.values[walk.j];
    const bool of_first = first <= second;
    const bool of_second = second <= first;
    walk.baseline_count = of_first ? static_cast<int64_t>(baseline.cumulative[walk.i]) : walk.baseline_count;
    walk.data_count = of_second ? static_cast<int64_t>(data.cumulative[walk.j]) : walk.data_count;
    walk.i += of_first ? 1 : 0;
    walk.j += of_second ? 1 : 0;
    walk.step_to(of_first ? first : second, of_baseline, of_data);
  }
  for (; walk.i < baseline_end; ++walk.i) {
    walk.baseline_count = static_cast<int64_t>(baseline.cumulative[walk.i]);
    walk.step_to(baseline.values[walk.i], of_baseline, of_data);
  }
  for (; walk.j < data_end; ++walk.j) {
    walk.data_count = static_cast<int64_t>(data.cumulative[walk.j]);
    walk.step_to(data.values[walk.j], of_baseline, of_data);
  }
  out.steps = walk.largest;
  out.distinct = walk.distinct;
  const double multiple = static_cast<double>(n) * static_cast<double>(of_baseline);
  out.statistic = static_cast<double>(out.steps) / multiple;
  out.wasserstein = walk.area / multiple;
  return out;
}

double robust_distance(double distance, uint64_t baseline_size, uint64_t data_size, double c) {
  const auto n = static_cast<double>(baseline_size);
  const auto m = static_cast<double>(data_size);
  return std::max(0.0, distance - c * std::sqrt((n + m) / (n * m)));
}

double robust_c(double alpha) {
  return std::sqrt(-std::log(alpha / 2) / 2);
}

}  // namespace penstock::monitor
