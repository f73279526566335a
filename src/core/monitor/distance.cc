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

// What one value of either sample moves F1 - F2 by, in steps of one over the least common multiple of the sizes.
struct Weights {
  int64_t of_baseline = 0;
  int64_t of_data = 0;
};

// A walk over the values of two samples in ascending order, from one place in both up to another. Heights are F1 - F2
// in steps; the area between the two is summed in steps and divided once at the end.
struct Walk {
  size_t i = 0;
  size_t j = 0;
  size_t baseline_end = 0;
  size_t data_end = 0;
  double previous = 0;
  int64_t baseline_count = 0;
  int64_t data_count = 0;
  int64_t height = 0;
  int64_t largest = 0;
  uint64_t distinct = 0;
  double area = 0;

  bool both_left() const { return i < baseline_end && j < data_end; }

  void step_to(double value, Weights weights) {
    area += static_cast<double>(std::abs(height)) * (value - previous);
    previous = value;
    height = weights.of_baseline * baseline_count - weights.of_data * data_count;
    largest = std::max(largest, std::abs(height));
    ++distinct;
  }

  // To the next value of either, without a branch that the processor would guess wrong every other time.
  void step(const NumericDistribution& baseline, const NumericDistribution& data, Weights weights) {
    const double first = baseline.values[i];
    const double second = data.values[j];
    const bool of_first = first <= second;
    const bool of_second = second <= first;
    // A mask, since g++ makes a branch of a load that is not always wanted.
    const auto choose = [](bool whether, uint64_t then, int64_t otherwise) {
      const int64_t mask = -int64_t{whether};
      return (static_cast<int64_t>(then) & mask) | (otherwise & ~mask);
    };
    baseline_count = choose(of_first, baseline.cumulative[i], baseline_count);
    data_count = choose(of_second, data.cumulative[j], data_count);
    i += of_first ? 1 : 0;
    j += of_second ? 1 : 0;
    step_to(std::min(first, second), weights);
  }

  // Both sides by turns; then the rest of one.
  void finish(const NumericDistribution& baseline, const NumericDistribution& data, Weights weights) {
    while (both_left()) step(baseline, data, weights);
    for (; i < baseline_end; ++i) {
      baseline_count = static_cast<int64_t>(baseline.cumulative[i]);
      step_to(baseline.values[i], weights);
    }
    for (; j < data_end; ++j) {
      data_count = static_cast<int64_t>(data.cumulative[j]);
      step_to(data.values[j], weights);
    }
  }
};

// The walk from the places `i` and `j` on, below which all other values lie, to the ends of both.
Walk walk_from(const NumericDistribution& baseline, const NumericDistribution& data, size_t i, size_t j,
               Weights weights) {
  Walk walk{.i = i, .j = j, .baseline_end = baseline.values.size(), .data_end = data.values.size()};
  walk.previous = std::min(baseline.min(), data.min());
  if (i > 0) {
    walk.baseline_count = static_cast<int64_t>(baseline.cumulative[i - 1]);
    walk.previous = std::max(walk.previous, baseline.values[i - 1]);
  }
  if (j > 0) {
    walk.data_count = static_cast<int64_t>(data.cumulative[j - 1]);
    walk.previous = std::max(walk.previous, data.values[j - 1]);
  }
  walk.height = weights.of_baseline * walk.baseline_count - weights.of_data * walk.data_count;
  return walk;
}

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
  const Weights weights{.of_baseline = m / divisor, .of_data = n / divisor};
  // Each step waits for the one before; two walks at once, over the lower and the upper half, do not wait for each
  // other.
  const size_t middle = baseline.values.size() / 2;
  const auto cut = std::ranges::lower_bound(data.values, baseline.values[middle]);
  Walk lower = walk_from(baseline, data, 0, 0, weights);
  Walk upper = walk_from(baseline, data, middle, static_cast<size_t>(cut - data.values.begin()), weights);
  lower.baseline_end = upper.i;
  lower.data_end = upper.j;
  while (lower.both_left() && upper.both_left()) {
    lower.step(baseline, data, weights);
    upper.step(baseline, data, weights);
  }
  lower.finish(baseline, data, weights);
  upper.finish(baseline, data, weights);
  SampleDistance out;
  out.steps = std::max(lower.largest, upper.largest);
  out.distinct = lower.distinct + upper.distinct;
  const double multiple = static_cast<double>(n) * static_cast<double>(weights.of_baseline);
  out.statistic = static_cast<double>(out.steps) / multiple;
  out.wasserstein = (lower.area + upper.area) / multiple;
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
