#include "core/monitor/distance.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "core/monitor/like_runs.h"

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

// A mask of ones or of zeros, worked out from the difference of integers, since g++ makes a branch of a comparison.
int64_t ones_if_at_most(int32_t one, int32_t other) {
  return ~((int64_t{other} - one) >> 63);
}
int64_t ones_if_at_most(double one, double other) {
  return -int64_t{one <= other};
}

// Exact between packed numbers.
double width(int32_t from, int32_t to) {
  return static_cast<double>(int64_t{to} - from);
}
double width(double from, double to) {
  return to - from;
}

// A walk over the values of two samples in ascending order. Heights are F1 - F2 in steps; the area between the two is
// summed in steps and in the numbers' unit. Runs are of one kind, packed or not; packed numbers stay integers.
template <class Number, class Count>
SampleDistance walk_over(const explore::NumberRuns<Number, Count>& baseline,
                         const explore::NumberRuns<Number, Count>& data, Weights weights) {
  Number previous = std::min(baseline.numbers.front(), data.numbers.front());
  int64_t baseline_count = 0;
  int64_t data_count = 0;
  int64_t height = 0;
  SampleDistance out;
  const auto step_to = [&](Number value) {
    out.wasserstein += static_cast<double>(std::abs(height)) * width(previous, value);
    previous = value;
    height = weights.of_baseline * baseline_count - weights.of_data * data_count;
    out.steps = std::max(out.steps, std::abs(height));
  };
  const size_t baseline_end = baseline.numbers.size();
  const size_t data_end = data.numbers.size();
  size_t i = 0;
  size_t j = 0;
  // To the next value of either, without a branch that the processor would guess wrong every other time, and without
  // looking for an end where there cannot be one.
  while (i < baseline_end && j < data_end) {
    const size_t steps = std::min(baseline_end - i, data_end - j);
    for (size_t step = 0; step < steps; ++step) {
      const Number first = baseline.numbers[i];
      const Number second = data.numbers[j];
      const int64_t of_first = ones_if_at_most(first, second);
      const int64_t of_second = ones_if_at_most(second, first);
      baseline_count = (static_cast<int64_t>(baseline.ends[i]) & of_first) | (baseline_count & ~of_first);
      data_count = (static_cast<int64_t>(data.ends[j]) & of_second) | (data_count & ~of_second);
      i -= static_cast<size_t>(of_first);
      j -= static_cast<size_t>(of_second);
      step_to(std::min(first, second));
    }
    out.distinct += steps;
  }
  out.distinct += baseline_end - i + data_end - j;
  for (; i < baseline_end; ++i) {
    baseline_count = static_cast<int64_t>(baseline.ends[i]);
    step_to(baseline.numbers[i]);
  }
  for (; j < data_end; ++j) {
    data_count = static_cast<int64_t>(data.ends[j]);
    step_to(data.numbers[j]);
  }
  return out;
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
  double scale = 1;
  SampleDistance out = with_like_runs(baseline, data, [&](const auto& one, const auto& other, double of_numbers) {
    scale = of_numbers;
    return walk_over(one, other, weights);
  });
  const double multiple = static_cast<double>(n) * static_cast<double>(weights.of_baseline);
  out.statistic = static_cast<double>(out.steps) / multiple;
  out.wasserstein /= multiple * scale;
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
