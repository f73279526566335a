#include "core/monitor/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "core/monitor/binning.h"
#include "core/monitor/comparison.h"
#include "core/monitor/distance.h"

namespace penstock::monitor {
namespace {

std::vector<double> values_of(const NumericDistribution& distribution) {
  std::vector<double> out;
  for (size_t i = 0; i < distribution.distinct(); ++i) out.push_back(distribution.value(i));
  return out;
}
std::vector<uint64_t> ends_of(const NumericDistribution& distribution) {
  std::vector<uint64_t> out;
  for (size_t i = 0; i < distribution.distinct(); ++i) out.push_back(distribution.up_to(i));
  return out;
}

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
  EXPECT_EQ(values_of(found), sorted);
  EXPECT_EQ(found.size(), values.size());
  for (const double value : values_of(found)) EXPECT_FALSE(value == 0 && std::signbit(value));
}

TEST(Distribution, CountsMissingAndInfiniteApart) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto found = distribution_of(std::vector<double>{3, std::nan(""), 1, inf, 3, -inf}, true);
  EXPECT_EQ(values_of(found), (std::vector<double>{1, 3}));
  EXPECT_EQ(ends_of(found), (std::vector<uint64_t>{1, 3}));
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
  EXPECT_EQ(values_of(merged), values_of(at_once));
  EXPECT_EQ(ends_of(merged), ends_of(at_once));
  EXPECT_EQ(merged.missing, 1u);
  const auto categories = merge(distribution_of({{"b", 2}, {"a", 1}}, 1), distribution_of({{"c", 1}, {"b", 3}}, 2));
  EXPECT_EQ(categories.values, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(categories.counts, (std::vector<uint64_t>{1, 5, 1}));
  EXPECT_EQ(categories.missing, 3u);
}

// Of few and many decimals, and of such that no 32-bit integers hold.
TEST(Distribution, MergesAndComparesNumbersOfAnyKind) {
  const std::vector<std::vector<double>> samples = {
      {1, 2, 2, 3}, {0.5, 2, 2.25}, {1.0 / 3, 2, 1e12}, {2'000'000'000, 2, -5}, {0.123456789, 2}};
  for (const auto& first : samples) {
    for (const auto& second : samples) {
      std::vector<double> both = first;
      both.insert(both.end(), second.begin(), second.end());
      const auto merged = merge(distribution_of(first, false), distribution_of(second, false));
      const auto at_once = distribution_of(both, false);
      EXPECT_EQ(values_of(merged), values_of(at_once));
      EXPECT_EQ(ends_of(merged), ends_of(at_once));
      const auto distance = sample_distance(distribution_of(first, false), distribution_of(second, false));
      EXPECT_EQ(distance.distinct, at_once.distinct());
      const auto mean = [](const std::vector<double>& of) {
        return std::accumulate(of.begin(), of.end(), 0.0) / static_cast<double>(of.size());
      };
      // Means apart are a lower bound of Wasserstein's distance.
      EXPECT_GE(distance.wasserstein * (1 + 1e-12), std::abs(mean(first) - mean(second)));
    }
  }
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

// Against F1 - F2 worked out at every value anew, for samples of all sizes that lie beside, within and apart from each
// other.
TEST(Distribution, DistanceOfSamplesIsWhatItsDefinitionSays) {
  std::mt19937_64 generator(11);
  for (int round = 0; round < 500; ++round) {
    std::vector<double> samples[2];
    std::vector<double> places;
    for (std::vector<double>& sample : samples) {
      const double shift = static_cast<double>(generator() % 7) * 5;
      const size_t size = 1 + generator() % 30;
      for (size_t i = 0; i < size; ++i) sample.push_back(shift + static_cast<double>(generator() % 20) / 4);
      places.insert(places.end(), sample.begin(), sample.end());
    }
    std::ranges::sort(places);
    places.erase(std::unique(places.begin(), places.end()), places.end());
    const auto share_up_to = [&](const std::vector<double>& sample, double place) {
      const auto count = std::ranges::count_if(sample, [&](double value) { return value <= place; });
      return static_cast<double>(count) / static_cast<double>(sample.size());
    };
    double largest = 0;
    double area = 0;
    for (size_t i = 0; i < places.size(); ++i) {
      const double apart = std::abs(share_up_to(samples[0], places[i]) - share_up_to(samples[1], places[i]));
      largest = std::max(largest, apart);
      if (i + 1 < places.size()) area += apart * (places[i + 1] - places[i]);
    }
    const auto found = sample_distance(distribution_of(samples[0], false), distribution_of(samples[1], false));
    EXPECT_NEAR(found.statistic, largest, 1e-12);
    EXPECT_NEAR(found.wasserstein, area, 1e-12);
    EXPECT_EQ(found.distinct, places.size());
  }
}

TEST(Distribution, MomentsAreThoseOfTheValues) {
  for (size_t size = 1; size < 12; ++size) {
    std::vector<double> values;
    for (size_t i = 0; i < size; ++i) values.push_back(static_cast<double>(i * i));
    values.insert(values.end(), {0, 1, 1});
    double mean = 0, second = 0, third = 0;
    const auto count = static_cast<double>(values.size());
    for (const double value : values) mean += value / count;
    for (const double value : values) {
      second += std::pow(value - mean, 2) / count;
      third += std::pow(value - mean, 3) / count;
    }
    const Moments found = moments_of(distribution_of(values, false));
    EXPECT_NEAR(found.mean, mean, 1e-12);
    EXPECT_NEAR(found.std_dev, std::sqrt(second), 1e-12);
    EXPECT_NEAR(found.skewness, third / std::pow(second, 1.5), 1e-12);
  }
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
