#include "core/monitor/kolmogorov.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace penstock::monitor {
namespace {

TEST(Kolmogorov, TinySamplesByHand) {
  // Two and two values: of the 6 orders, 2 separate the samples, and all reach a difference of 1/2.
  EXPECT_NEAR(kolmogorov_two_sample_exact(2, 2, 2), 2.0 / 6, 1e-15);
  EXPECT_NEAR(kolmogorov_two_sample_exact(2, 2, 1), 1, 1e-15);
  // One against three: the one is first or last in 2 of 4 orders.
  EXPECT_NEAR(kolmogorov_two_sample_exact(1, 3, 3), 0.5, 1e-15);
  EXPECT_EQ(kolmogorov_two_sample_exact(5, 7, 0), 1);
}

TEST(Kolmogorov, SmallProbabilitiesKeepTheirDigits) {
  // Only two paths keep the samples apart: 2 / (20 choose 10), and 2 / (60 choose 30).
  EXPECT_NEAR(kolmogorov_two_sample_exact(10, 10, 10) / (2.0 / 184'756), 1, 1e-13);
  EXPECT_NEAR(kolmogorov_two_sample_exact(30, 30, 30) / (2.0 / 118'264'581'564'861'424.0), 1, 1e-13);
}

TEST(Kolmogorov, OneObservation) {
  // |U - 1/2| + 1/2 >= d, and 1 - U >= d.
  for (const double d : {0.55, 0.7, 0.9}) {
    EXPECT_NEAR(kolmogorov_tail(1, d), 2 * (1 - d), 1e-14);
    EXPECT_NEAR(smirnov_tail(1, d), 1 - d, 1e-14);
  }
  EXPECT_EQ(kolmogorov_tail(1, 0.5), 1);
}

// The regimes of kolmogorov_tail meet to 1e-7: where Smirnov's sum takes over, twice the one-sided tail counts samples
// that differ both ways twice, with probability about 2 exp(-8 n d^2).
TEST(Kolmogorov, RegimesMeet) {
  const auto is_smooth_at = [](int64_t n, double d) {
    const double step = 1e-7 * d;
    const double below = kolmogorov_tail(n, d - step);
    const double above = kolmogorov_tail(n, d + step);
    const double slope = (kolmogorov_tail(n, d - 2 * step) - below) / step;
    EXPECT_NEAR(below - above, 2 * step * slope, 1e-7) << n << " " << d;
  };
  is_smooth_at(100, std::sqrt(4.0 / 100));              // Durbin's matrix to Smirnov's sum
  is_smooth_at(5'000, std::sqrt(2.2 / 5'000));          // to Smirnov's sum
  is_smooth_at(5'000, std::pow(1.4 / 5'000, 2.0 / 3));  // Durbin's matrix to Pelz and Good
  is_smooth_at(100'001, std::sqrt(2.2 / 100'001));
}

TEST(Kolmogorov, CoarserGridHasTheSameSum) {
  // 16,384 to 32,767 observations take every term, more take every second or third; n d^2 fixed, the tail changes with
  // 1 / sqrt(n) only.
  const auto scaled = [](int64_t n) {
    const double d = std::sqrt(4.0 / static_cast<double>(n));
    return smirnov_tail(n, d) * std::exp(8 + 2 * 2.0 / 3 / std::sqrt(static_cast<double>(n)));
  };
  EXPECT_NEAR(scaled(32'760), scaled(32'770), 1e-7);
}

TEST(Kolmogorov, WhatNoDoubleHoldsIsZero) {
  EXPECT_EQ(kolmogorov_two_sample_p(10'000, 10'000, 10'000), 0);
  EXPECT_GT(kolmogorov_two_sample_p(500, 500, 500), 0);
}

TEST(Kolmogorov, LargeSamplesTakeTheFiniteDistribution) {
  // scipy 1.17: kstwo.sf(0.0155, 6000)
  const int64_t steps = 155 * 3;
  EXPECT_GT(kolmogorov_two_sample_p(15'000, 10'000, steps), 0.1);
  EXPECT_NEAR(kolmogorov_two_sample_p(15'000, 10'000, steps), kolmogorov_tail(6'000, 0.0155), 1e-15);
}

}  // namespace
}  // namespace penstock::monitor
