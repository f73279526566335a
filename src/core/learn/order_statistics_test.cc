#include "core/learn/order_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace penstock::learn {
namespace {

// Enough values that they are not sorted by comparing them, with one in seven missing.
template <class Value>
std::vector<double> many(Value value) {
  std::vector<double> values;
  for (size_t i = 0; i < 20'000; ++i) values.push_back(i % 7 == 3 ? std::nan("") : value(i * 7919 % 20'000));
  return values;
}

std::vector<double> sorted_by_comparing(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::sort(values.begin(), values.end());
  return values;
}

TEST(SortedPresent, IsAscendingWhateverTheNumbersAre) {
  const auto whole = [](size_t i) { return static_cast<double>(i % 97) - 40; };
  for (const std::vector<double>& values : {
           many(whole),                                                         // counted
           many([&](size_t i) { return whole(i) + (i == 19'999 ? 0.5 : 0); }),  // one is not whole
           many([&](size_t i) { return whole(i) * 1e7; }),                      // too far from each other
           many([&](size_t i) { return i == 5 ? 1e300 : whole(i); }),
           many([&](size_t i) { return i == 5 ? -INFINITY : whole(i); }),
           many([](size_t i) { return static_cast<double>(i) / 3 - 100; }),
           many([](size_t) { return 4.0; }),
           many([](size_t) { return std::nan(""); }),
       }) {
    EXPECT_EQ(sorted_present(values), sorted_by_comparing(values));
  }
}

}  // namespace
}  // namespace penstock::learn
