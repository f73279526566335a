#include "core/learn/logistic_terms.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace penstock::learn {
namespace {

// The distance in units in the last place of the exact value.
double units(double value, long double exact) {
  const double next = std::nextafter(static_cast<double>(exact), std::numeric_limits<double>::infinity());
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) /
                             (static_cast<long double>(next) - static_cast<long double>(static_cast<double>(exact))));
}

TEST(LogisticTerms, AreNearTheExactValues) {
  std::mt19937_64 random(3);
  std::vector<double> margins = {0, -0.0, 1e-300, -1e-18, 0.5, -0.5, 36, 37, 700, -708, 708.1, -745, 1e300};
  for (int i = 0; i < 20'000; ++i) margins.push_back(std::ldexp(static_cast<double>(random() >> 11), -53) * 80 - 40);
  std::vector<double> e(margins.size()), log(margins.size());
  logistic_terms(margins, e, log);
  for (size_t i = 0; i < margins.size(); ++i) {
    const long double exact = std::exp(-std::abs(static_cast<long double>(margins[i])));
    if (std::abs(margins[i]) > 708) {
      EXPECT_EQ(e[i], 0);
      EXPECT_EQ(log[i], 0);
      continue;
    }
    ASSERT_LT(units(e[i], exact), 2) << margins[i];
    ASSERT_LT(units(log[i], std::log1p(exact)), 3) << margins[i];
  }
}

}  // namespace
}  // namespace penstock::learn
