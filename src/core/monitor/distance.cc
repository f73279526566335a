#include "core/monitor/distance.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <type_traits>

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

// A walk over the values of two samples in ascending order, from one place in both up to another. Heights are F1 - F2
// in steps; the area between the two is summed in steps and divided once at the end. Runs are of one kind, packed or
// not; packed numbers stay integers.
template <class Runs>
class Walk {
 public:
  // From the places `i` and `j` on, below which all other values lie, to the ends of both.
  Walk(const Runs& baseline, const Runs& data, size_t i, size_t j, Weights weights)
      : baseline_(baseline), data_(data), i_(i), j_(j), weights_(weights) {
    previous_ = std::min(baseline.numbers.front(), data.numbers.front());
    if (i > 0) {
      baseline_count_ = static_cast<int64_t>(baseline.ends[i - 1]);
      previous_ = std::max<Number>(previous_, baseline.numbers[i - 1]);
    }
    if (j > 0) {
      data_count_ = static_cast<int64_t>(data.ends[j - 1]);
      previous_ = std::max<Number>(previous_, data.numbers[j - 1]);
    }
    set_height();
  }

  void end_where(const Walk& other) {
    baseline_end_ = other.i_;
    data_end_ = other.j_;
  }

  bool both_left() const { return i_ < baseline_end_ && j_ < data_end_; }

  // To the next value of either, without a branch that the processor would guess wrong every other time.
  void step() {
    const Number first = baseline_.numbers[i_];
    const Number second = data_.numbers[j_];
    const int64_t of_first = all_ones_if_at_most(first, second);
    const int64_t of_second = all_ones_if_at_most(second, first);
    baseline_count_ = (static_cast<int64_t>(baseline_.ends[i_]) & of_first) | (baseline_count_ & ~of_first);
    data_count_ = (static_cast<int64_t>(data_.ends[j_]) & of_second) | (data_count_ & ~of_second);
    i_ -= static_cast<size_t>(of_first);
    j_ -= static_cast<size_t>(of_second);
    step_to(std::min(first, second));
  }

  // Both sides by turns; then the rest of one.
  void finish() {
    while (both_left()) step();
    for (; i_ < baseline_end_; ++i_) {
      baseline_count_ = static_cast<int64_t>(baseline_.ends[i_]);
      step_to(baseline_.numbers[i_]);
    }
    for (; j_ < data_end_; ++j_) {
      data_count_ = static_cast<int64_t>(data_.ends[j_]);
      step_to(data_.numbers[j_]);
    }
  }

  int64_t largest() const { return largest_; }
  uint64_t distinct() const { return distinct_; }
  double area() const { return area_; }

 private:
  using Number = typename decltype(Runs::numbers)::value_type;
  // Exact between packed numbers.
  using Distance = std::conditional_t<std::is_integral_v<Number>, int64_t, double>;

  void step_to(Number value) {
    const auto width = static_cast<double>(Distance{value} - Distance{previous_});
    area_ += static_cast<double>(std::abs(height_)) * width;
    previous_ = value;
    set_height();
    largest_ = std::max(largest_, std::abs(height_));
    ++distinct_;
  }
  void set_height() { height_ = weights_.of_baseline * baseline_count_ - weights_.of_data * data_count_; }

  // A mask worked out from the difference of integers, since g++ makes a branch of a comparison.
  static int64_t all_ones_if_at_most(Number one, Number other) {
    if constexpr (std::is_integral_v<Number>) return ~((int64_t{other} - one) >> 63);
    return -int64_t{one <= other};
  }

  const Runs& baseline_;
  const Runs& data_;
  size_t i_;
  size_t j_;
  size_t baseline_end_ = baseline_.numbers.size();
  size_t data_end_ = data_.numbers.size();
  Weights weights_;
  Number previous_ = {};
  int64_t baseline_count_ = 0;
  int64_t data_count_ = 0;
  int64_t height_ = 0;
  int64_t largest_ = 0;
  uint64_t distinct_ = 0;
  double area_ = 0;
};

template <class Runs>
SampleDistance walk_over(const Runs& baseline, const Runs& data, Weights weights) {
  // Each step waits for the one before; two walks at once, over the lower and the upper half, do not wait for each
  // other.
  const size_t middle = baseline.numbers.size() / 2;
  const auto cut = std::ranges::lower_bound(data.numbers, baseline.numbers[middle]);
  Walk lower(baseline, data, 0, 0, weights);
  Walk upper(baseline, data, middle, static_cast<size_t>(cut - data.numbers.begin()), weights);
  lower.end_where(upper);
  while (lower.both_left() && upper.both_left()) {
    lower.step();
    upper.step();
  }
  lower.finish();
  upper.finish();
  SampleDistance out;
  out.steps = std::max(lower.largest(), upper.largest());
  out.distinct = lower.distinct() + upper.distinct();
  out.wasserstein = lower.area() + upper.area();
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
