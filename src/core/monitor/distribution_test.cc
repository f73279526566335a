#include "core/monitor/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "core/monitor/binning.h"
#include "core/monitor/comparison.h"
#include "core/monitor/distance.h"

namespace penstock::monitor {
namespace {

TEST(Distribution, SortsAsStdSortDoes) {
  std::mt19937_64 generator(7);
  std::normal_distribution<double> normal(0, 1e6);
  std::vector<double> values;
  for (int i = 0; i < 10'000; ++i) values.push_back(i % 7 == 0 ? std::round(normal(generator)) : normal(generator));
  values.push_back(-0.0);
  values.push_back(std::numeric_limits<double>::denorm_min());
  values.push_back(std::numeric_limits<double>::lowest());
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  const NumericDistribution found = distribution_of(values, false);
  EXPECT_EQ(found.values, sorted);
  EXPECT_EQ(found.size(), values.size());
  for (const double value : found.values) EXPECT_FALSE(value == 0 && std::signbit(value));
}

TEST(Distribution, CountsMissingAndInfiniteApart) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto found = distribution_of(std::vector<double>{3, std::nan(""), 1, inf, 3, -inf}, true);
  EXPECT_EQ(found.values, (std::vector<double>{1, 3}));
  EXPECT_EQ(found.cumulative, (std::vector<uint64_t>{1, 3}));
  EXPECT_EQ(found.missing, 1u);
  EXPECT_EQ(found.infinite, 2u);
  EXPECT_FALSE(found.integral);
}

TEST(Distribution, MergedIsAsOfAllValues) {
  const std::vector<double> first = {5, 1, 1, 4};
  const std::vector<double> second = {1, 9, 4, std::nan("")};
  std::vector<double> both = first;
  both.insert(both.end(), second.begin(), second.end());
  const auto merged = merge(distribution_of(first, false), distribution_of(second, false));
  const auto at_once = distribution_of(both, false);
  EXPECT_EQ(merged.values, at_once.values);
  EXPECT_EQ(merged.cumulative, at_once.cumulative);
  EXPECT_EQ(merged.missing, 1u);
  const auto categories = merge(distribution_of({{"b", 2}, {"a", 1}}, 1), distribution_of({{"c", 1}, {"b", 3}}, 2));
  EXPECT_EQ(categories.values, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(categories.counts, (std::vector<uint64_t>{1, 5, 1}));
  EXPECT_EQ(categories.missing, 3u);
}

TEST(Distribution, PsiCountsWhatMlmaxLoses) {
  std::vector<double> baseline;
  std::vector<double> data;
  for (int i = 0; i < 100; ++i) {
    baseline.push_back(i);
    data.push_back(i + 50);
  }
  const auto found = compare(distribution_of(baseline, true), distribution_of(data, true));
  // mlmax: half of the data is in no bin. Ours: that half is in the last bin: 5 empty ones, 4 alike, one of 0.1 to 0.6.
  const double empty = (0.1 - 1e-4) * std::log(0.1 / 1e-4);
  EXPECT_NEAR(*found.psi_mlmax, 5 * empty + 0.01 * 0, 0.02);
  EXPECT_NEAR(*found.psi, *found.psi_mlmax + 0.5 * std::log(6), 0.02);
}

TEST(Distribution, OneConstantAgainstAnother) {
  const auto found =
      compare(distribution_of(std::vector<double>{1, 1, 1}, true), distribution_of(std::vector<double>{2, 2}, true));
  EXPECT_EQ(found.ks->statistic, 1);
  EXPECT_EQ(*found.wasserstein, 1);
  EXPECT_NEAR(*found.js_base_2, 1, 1e-12);
}

TEST(Distribution, WithoutValuesNothingIsCompared) {
  const auto found = compare(distribution_of(std::vector<double>{1, 2}, true),
                             distribution_of(std::vector<double>{std::nan("")}, true));
  EXPECT_FALSE(found.ks);
  EXPECT_FALSE(found.psi);
  EXPECT_EQ(found.data_missing, 1u);
}

TEST(Distribution, NumbersAgainstTextsAreCategories) {
  const Distribution numbers = distribution_of(std::vector<double>{1, 2, 2.5}, false);
  const Distribution texts = distribution_of({{"1", 1}, {"x", 1}}, 0);
  const auto found = compare(numbers, texts);
  EXPECT_FALSE(found.numeric);
  EXPECT_EQ(found.bins.labels, (std::vector<std::string>{"1", "x", "2", "2.5"}));
}

}  // namespace
}  // namespace penstock::monitor
