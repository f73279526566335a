#include "core/monitor/contingency.h"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace penstock::monitor {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double small_count_max = 5;          // Yates, Moore and McCabe, The Practice of Statistics, p. 734
constexpr double small_share_max = 0.2;        // of the categories
constexpr double two_category_count_min = 10;  // Cochran, 1952

double total_of(std::span<const uint64_t> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), uint64_t{0}));
}

// `value(distribution, i)` and `count(distribution, i)` are those of the i-th distinct value, in ascending order.
template <class Distribution, class Value, class Count>
AlignedCounts align_by(const Distribution& baseline, const Distribution& data, const Value& value, const Count& count) {
  AlignedCounts out;
  size_t i = 0;
  size_t j = 0;
  while (i < baseline.distinct() || j < data.distinct()) {
    const bool either = i < baseline.distinct() && j < data.distinct();
    const bool first = either ? value(baseline, i) <= value(data, j) : i < baseline.distinct();
    const bool second = either ? value(data, j) <= value(baseline, i) : j < data.distinct();
    out.baseline.push_back(first ? count(baseline, i++) : 0);
    out.data.push_back(second ? count(data, j++) : 0);
  }
  return out;
}

// One step of Deequ's regrouping: the smallest expected category goes into the next smallest.
void regroup(std::vector<double>& expected, std::vector<double>& observed) {
  const auto smallest = std::min_element(expected.begin(), expected.end()) - expected.begin();
  const double expected_small = expected[static_cast<size_t>(smallest)];
  const double observed_small = observed[static_cast<size_t>(smallest)];
  expected.erase(expected.begin() + smallest);
  observed.erase(observed.begin() + smallest);
  const auto next = static_cast<size_t>(std::min_element(expected.begin(), expected.end()) - expected.begin());
  expected[next] += expected_small;
  observed[next] += observed_small;
}

bool needs_regrouping(const std::vector<double>& expected) {
  if (expected.size() < 2) return false;
  const bool two = expected.size() == 2;
  const double least = two ? two_category_count_min : small_count_max;
  const auto allowed = two ? 0 : static_cast<int64_t>(small_share_max * static_cast<double>(expected.size()));
  return std::count_if(expected.begin(), expected.end(), [&](double count) { return count < least; }) > allowed;
}

}  // namespace

AlignedCounts align(const CategoryDistribution& baseline, const CategoryDistribution& data) {
  return align_by(
      baseline, data, [](const CategoryDistribution& of, size_t index) -> std::string_view { return of.values[index]; },
      [](const CategoryDistribution& of, size_t index) { return of.counts[index]; });
}

AlignedCounts align(const NumericDistribution& baseline, const NumericDistribution& data) {
  return align_by(
      baseline, data, [](const NumericDistribution& of, size_t index) { return of.value(index); },
      [](const NumericDistribution& of, size_t index) { return of.count(index); });
}

double chi_square_tail(double statistic, double freedom) {
  if (std::isnan(statistic) || freedom <= 0) return nan;
  if (std::isinf(statistic)) return 0;
  using namespace boost::math::policies;
  using Quiet = policy<domain_error<errno_on_error>, pole_error<errno_on_error>, overflow_error<errno_on_error>,
                       evaluation_error<errno_on_error>>;
  return boost::math::gamma_q(freedom / 2, statistic / 2, Quiet());
}

CountTest contingency_test(const AlignedCounts& counts, bool yates) {
  const double baseline_total = total_of(counts.baseline);
  const double data_total = total_of(counts.data);
  const double total = baseline_total + data_total;
  CountTest out;
  out.freedom = static_cast<int64_t>(counts.baseline.size()) - 1;
  if (out.freedom < 1) return {.statistic = 0, .p_value = 1, .freedom = 0, .effect_size = 0};  // scipy's answer
  double plain = 0;
  for (size_t i = 0; i < counts.baseline.size(); ++i) {
    const auto of_category = static_cast<double>(counts.baseline[i] + counts.data[i]);
    for (const auto& [observed, row_total] : {std::pair(static_cast<double>(counts.baseline[i]), baseline_total),
                                              std::pair(static_cast<double>(counts.data[i]), data_total)}) {
      const double expected = of_category * row_total / total;
      const double difference = std::abs(observed - expected);
      const double left = yates && out.freedom == 1 ? difference - std::min(0.5, difference) : difference;
      out.statistic += left * left / expected;
      plain += difference * difference / expected;
    }
  }
  out.p_value = chi_square_tail(out.statistic, static_cast<double>(out.freedom));
  out.effect_size = std::sqrt(plain / total);
  return out;
}

CountTest goodness_of_fit(const AlignedCounts& counts) {
  const double data_total = total_of(counts.data);
  const double scale = data_total / total_of(counts.baseline);
  CountTest out;
  out.freedom = static_cast<int64_t>(counts.baseline.size()) - 1;
  for (size_t i = 0; i < counts.baseline.size(); ++i) {
    const double expected = static_cast<double>(counts.baseline[i]) * scale;
    const double difference = static_cast<double>(counts.data[i]) - expected;
    out.statistic += difference * difference / expected;
  }
  out.p_value = chi_square_tail(out.statistic, static_cast<double>(out.freedom));
  out.effect_size = std::sqrt(out.statistic / data_total);
  return out;
}

CountTest deequ_test(const AlignedCounts& counts) {
  std::vector<double> expected;
  std::vector<double> observed;
  for (size_t i = 0; i < counts.baseline.size(); ++i) {
    if (counts.baseline[i] == 0) continue;
    expected.push_back(static_cast<double>(counts.baseline[i]));
    observed.push_back(static_cast<double>(counts.data[i]));
  }
  const double observed_total = std::accumulate(observed.begin(), observed.end(), 0.0);
  const double expected_total = std::accumulate(expected.begin(), expected.end(), 0.0);
  for (double& count : expected) count = count / expected_total * observed_total;
  while (needs_regrouping(expected)) regroup(expected, observed);
  CountTest out;
  out.freedom = static_cast<int64_t>(expected.size()) - 1;
  if (out.freedom < 1) return {.statistic = nan, .p_value = nan, .freedom = 0, .effect_size = 0};
  for (size_t i = 0; i < expected.size(); ++i)
    out.statistic += (observed[i] - expected[i]) * (observed[i] - expected[i]) / expected[i];
  out.p_value = chi_square_tail(out.statistic, static_cast<double>(out.freedom));
  out.effect_size = std::sqrt(out.statistic / observed_total);
  return out;
}

CountTest proportion_test(const AlignedCounts& counts) {
  CountTest out;
  if (counts.baseline.size() < 2) return out;
  const double n = total_of(counts.baseline);
  const double m = total_of(counts.data);
  const double first = 1 - static_cast<double>(counts.baseline[0]) / n;
  const double second = 1 - static_cast<double>(counts.data[0]) / m;
  const double pooled = (first * n + second * m) / (n + m);
  out.statistic = (first - second) / std::sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
  out.p_value = std::erfc(std::abs(out.statistic) / std::sqrt(2.0));
  out.effect_size = std::abs(2 * std::asin(std::sqrt(first)) - 2 * std::asin(std::sqrt(second)));
  return out;
}

std::vector<double> corrected(std::span<const double> p_values, Correction correction) {
  std::vector<double> out(p_values.begin(), p_values.end());
  std::vector<size_t> order;
  for (size_t i = 0; i < out.size(); ++i)
    if (!std::isnan(out[i])) order.push_back(i);
  const auto tests = static_cast<double>(order.size());
  if (correction == Correction::bonferroni)
    for (const size_t i : order) out[i] = std::min(1.0, out[i] * tests);
  if (correction == Correction::benjamini_hochberg) {
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return out[a] > out[b]; });
    double least = 1;
    double rank = tests;
    for (const size_t i : order) {
      least = std::min(least, out[i] * tests / rank);
      out[i] = least;
      rank -= 1;
    }
  }
  return out;
}

}  // namespace penstock::monitor
