#include "core/monitor/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace penstock::monitor {
namespace {

void append_run(NumericDistribution& out, double value, uint64_t count) {
  const uint64_t before = out.size();
  out.values.push_back(value);
  out.cumulative.push_back(before + count);
}

// `add(value, count, sums)` for each distinct value, into sums of four strands that are added up at the end: an
// addition need not wait for the one before.
template <size_t N, class Add>
std::array<double, N> sum_over(const NumericDistribution& distribution, Add add) {
  constexpr size_t strands = 4;
  std::array<std::array<double, N>, strands> sums = {};
  uint64_t before = 0;
  const auto take = [&](size_t i, std::array<double, N>& to) {
    const uint64_t end = distribution.cumulative[i];
    add(distribution.values[i], static_cast<double>(static_cast<int64_t>(end - before)), to);
    before = end;
  };
  size_t i = 0;
  for (; i + strands <= distribution.values.size(); i += strands) {
    take(i, sums[0]);
    take(i + 1, sums[1]);
    take(i + 2, sums[2]);
    take(i + 3, sums[3]);
  }
  for (; i < distribution.values.size(); ++i) take(i, sums[0]);
  for (size_t strand = 1; strand < strands; ++strand) {
    for (size_t k = 0; k < N; ++k) sums[0][k] += sums[strand][k];
  }
  return sums[0];
}

}  // namespace

uint64_t CategoryDistribution::size() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

NumericDistribution distribution_of(explore::PackedNumbers numbers, bool integral) {
  NumericDistribution out;
  out.missing = numbers.missing();
  out.infinite = numbers.infinite();
  out.integral = integral && out.missing == 0 && out.infinite == 0;
  explore::PackedNumbers::Runs runs = numbers.take_runs();
  out.values = std::move(runs.values);
  out.cumulative = std::move(runs.ends);
  return out;
}

NumericDistribution distribution_of(std::span<const double> numbers, bool integral) {
  explore::PackedNumbers packed;
  packed.add(numbers);
  return distribution_of(std::move(packed), integral);
}

CategoryDistribution distribution_of(std::vector<std::pair<std::string, uint64_t>> counts, uint64_t missing) {
  std::sort(counts.begin(), counts.end());
  CategoryDistribution out;
  out.missing = missing;
  for (auto& [value, count] : counts) {
    if (!out.values.empty() && out.values.back() == value) {
      out.counts.back() += count;
      continue;
    }
    out.values.push_back(std::move(value));
    out.counts.push_back(count);
  }
  return out;
}

NumericDistribution merge(const NumericDistribution& left, const NumericDistribution& right) {
  NumericDistribution out;
  out.missing = left.missing + right.missing;
  out.infinite = left.infinite + right.infinite;
  out.integral = left.integral && right.integral;
  size_t i = 0;
  size_t j = 0;
  while (i < left.values.size() || j < right.values.size()) {
    const bool from_left = j == right.values.size() || (i < left.values.size() && left.values[i] <= right.values[j]);
    const bool from_right = i == left.values.size() || (j < right.values.size() && right.values[j] <= left.values[i]);
    const double value = from_left ? left.values[i] : right.values[j];
    append_run(out, value, (from_left ? left.count(i) : 0) + (from_right ? right.count(j) : 0));
    i += from_left ? 1 : 0;
    j += from_right ? 1 : 0;
  }
  return out;
}

CategoryDistribution merge(const CategoryDistribution& left, const CategoryDistribution& right) {
  std::vector<std::pair<std::string, uint64_t>> both;
  for (size_t i = 0; i < left.values.size(); ++i) both.emplace_back(left.values[i], left.counts[i]);
  for (size_t i = 0; i < right.values.size(); ++i) both.emplace_back(right.values[i], right.counts[i]);
  return distribution_of(std::move(both), left.missing + right.missing);
}

Moments moments_of(const NumericDistribution& distribution) {
  const auto size = static_cast<double>(distribution.size());
  Moments out;
  out.mean = sum_over<1>(distribution,
                         [](double value, double count, std::array<double, 1>& sums) { sums[0] += value * count; })[0] /
             size;
  const auto [second, third] = sum_over<2>(distribution, [&](double value, double count, std::array<double, 2>& sums) {
    const double from_mean = value - out.mean;
    const double square = from_mean * from_mean * count;
    sums[0] += square;
    sums[1] += square * from_mean;
  });
  out.std_dev = distribution.values.size() == 1 ? 0 : std::sqrt(second / size);
  if (out.std_dev > 0) out.skewness = third / size / (out.std_dev * out.std_dev * out.std_dev);
  return out;
}

double quantile(const NumericDistribution& distribution, double share) {
  const double place = share * static_cast<double>(distribution.size() - 1);
  const double floor = std::floor(place);
  const double part = place - floor;
  const auto value_at = [&](double rank) {
    const auto& cumulative = distribution.cumulative;
    const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), static_cast<uint64_t>(rank));
    return distribution.values[static_cast<size_t>(found - cumulative.begin())];
  };
  const double low = value_at(floor);
  if (part == 0) return low;
  const double high = value_at(floor + 1);
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

uint64_t count_below(const NumericDistribution& distribution, double edge) {
  const auto found = std::lower_bound(distribution.values.begin(), distribution.values.end(), edge);
  const auto index = found - distribution.values.begin();
  return index == 0 ? 0 : distribution.cumulative[static_cast<size_t>(index) - 1];
}

uint64_t count_up_to(const NumericDistribution& distribution, double edge) {
  const auto found = std::upper_bound(distribution.values.begin(), distribution.values.end(), edge);
  const auto index = found - distribution.values.begin();
  return index == 0 ? 0 : distribution.cumulative[static_cast<size_t>(index) - 1];
}

CategoryDistribution as_categories(const NumericDistribution& distribution) {
  std::vector<std::pair<std::string, uint64_t>> counts;
  for (size_t i = 0; i < distribution.values.size(); ++i)
    counts.emplace_back(fmt::format("{}", distribution.values[i]), distribution.count(i));
  return distribution_of(std::move(counts), distribution.missing);
}

}  // namespace penstock::monitor
