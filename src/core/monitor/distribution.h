// What a column's values are, without their order: the empirical distribution that every drift statistic is computed
// from. Small enough to keep as a baseline, and two of them merge into the distribution of both columns together.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/explore/packed_numbers.h"

namespace penstock::monitor {

// Numbers: distinct finite values in ascending order with how often each occurs; packed where they are decimals of a
// few places. Missing (NaN) and infinite values are counted and otherwise left out, as Evidently does.
struct NumericDistribution {
  std::variant<explore::PackedRuns, explore::WideRuns> runs;
  uint64_t missing = 0;
  uint64_t infinite = 0;
  bool integral = false;  // all values were integers by the column's type, none missing: numpy bins those differently

  size_t distinct() const;
  uint64_t size() const;               // values present and finite
  double value(size_t index) const;    // the distinct ones, from 0 on
  uint64_t up_to(size_t index) const;  // how many are at most value(index)
  uint64_t count(size_t index) const { return up_to(index) - (index == 0 ? 0 : up_to(index - 1)); }
  double min() const { return value(0); }  // of at least one value
  double max() const { return value(distinct() - 1); }
};

// Mean, standard deviation (of the population: divisor n) and skewness (third standardized moment, 0 for a constant).
struct Moments {
  double mean = 0;
  double std_dev = 0;
  double skewness = 0;
};

// Texts: distinct values in ascending (byte) order, with their counts.
struct CategoryDistribution {
  std::vector<std::string> values;
  std::vector<uint64_t> counts;
  uint64_t missing = 0;

  size_t distinct() const { return values.size(); }
  uint64_t size() const;
};

// The distribution of a column's numbers.
NumericDistribution distribution_of(explore::PackedNumbers numbers, bool integral);
NumericDistribution distribution_of(std::span<const double> numbers, bool integral);

// A copy of a distribution made of (value, count) pairs in any order; equal values are added up.
CategoryDistribution distribution_of(std::vector<std::pair<std::string, uint64_t>> counts, uint64_t missing);

// The distribution of both columns together.
NumericDistribution merge(const NumericDistribution& left, const NumericDistribution& right);
CategoryDistribution merge(const CategoryDistribution& left, const CategoryDistribution& right);

// Of at least one value.
Moments moments_of(const NumericDistribution& distribution);

// numpy.percentile(method="linear") of at least one value; `share` in 0..1.
double quantile(const NumericDistribution& distribution, double share);

// The value of a rank, 0 for the least; `rank` is below size().
double value_at(const NumericDistribution& distribution, uint64_t rank);

// Values below `edge`, and at most `edge`.
uint64_t count_below(const NumericDistribution& distribution, double edge);
uint64_t count_up_to(const NumericDistribution& distribution, double edge);

// The numbers as categories: text of each distinct value (shortest that reads back equal) and its count.
CategoryDistribution as_categories(const NumericDistribution& distribution);

}  // namespace penstock::monitor
