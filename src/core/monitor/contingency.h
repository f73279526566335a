// Tests of counts by category: chi-square in the three forms that drift tools use, and the test of two proportions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/monitor/distribution.h"

namespace penstock::monitor {

// Counts of the same categories in both; every category has a count above 0 in at least one.
struct AlignedCounts {
  std::vector<uint64_t> baseline;
  std::vector<uint64_t> data;
};
// By ascending category; by ascending number.
AlignedCounts align(const CategoryDistribution& baseline, const CategoryDistribution& data);
AlignedCounts align(const NumericDistribution& baseline, const NumericDistribution& data);

// A statistic, its p-value (NaN where the test is not defined, for example with one category) and how large the
// difference is whatever the number of rows.
struct CountTest {
  double statistic = 0;
  double p_value = 1;
  int64_t freedom = 0;
  double effect_size = 0;
};

// P(X >= statistic) of the chi-square distribution.
double chi_square_tail(double statistic, double freedom);

// Test of a 2 x k table (scipy.stats.chi2_contingency, NannyML): with Yates' correction at one degree of freedom if
// `yates`. The effect size is Cramer's V, without the correction.
CountTest contingency_test(const AlignedCounts& counts, bool yates);

// One-sample test of the data against the baseline's shares, as Evidently does: a category that the baseline does not
// have makes the p-value 0. The effect size is Cohen's w.
CountTest goodness_of_fit(const AlignedCounts& counts);

// Deequ's chi-square: only the baseline's categories count, and small ones are added to the next smallest until no more
// than 20 % expect fewer than 5 rows (with two categories: none fewer than 10). NaN when one category is left; of
// equally small ones the first in order is taken.
CountTest deequ_test(const AlignedCounts& counts);

// z-test of the share of rows that are not of the first category, two-sided (Evidently). The effect size is Cohen's h.
CountTest proportion_test(const AlignedCounts& counts);

// Adjusts p-values for the number of tests: each stays at its place; NaN stays NaN and does not count.
enum class Correction { none, bonferroni, benjamini_hochberg };
std::vector<double> corrected(std::span<const double> p_values, Correction correction);

}  // namespace penstock::monitor
