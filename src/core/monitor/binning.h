// Bins of a numeric column, as numpy, mlmax, Evidently and NannyML cut them. Edges ascend; bin i is [edge i, edge i +
// 1), the last one closed, as numpy.histogram has it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/monitor/distribution.h"

namespace penstock::monitor {

// Values in each bin; those outside are in none.
std::vector<uint64_t> histogram(const NumericDistribution& distribution, std::span<const double> edges);

// numpy.linspace(low, high, bins + 1), after numpy.histogram_bin_edges's widening of an empty range by 0.5 either side.
std::vector<double> equal_edges(double low, double high, uint64_t bins);

// mlmax's edges: 0..100 % of the range of the reference, or its percentiles.
std::vector<double> mlmax_edges(const NumericDistribution& reference, int bins);
std::vector<double> percentile_edges(const NumericDistribution& reference, int bins);

// numpy's "sturges" over `size` values between `low` and `high`. `integral`: the values are of an integer type, whose
// bins numpy never makes narrower than 1.
std::vector<double> sturges_edges(double low, double high, uint64_t size, bool integral);

// numpy's "doane" over a distribution of at least one value, as floating-point numbers; `moments` are its own.
std::vector<double> doane_edges(const NumericDistribution& distribution, const Moments& moments);

}  // namespace penstock::monitor
