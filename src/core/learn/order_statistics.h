// Sums and quantiles as numpy computes them, for the transforms that scikit-learn builds on them.
#pragma once

#include <span>
#include <vector>

namespace penstock::learn {

// Of values without NaN; 0 for none. Pairwise, so that the error does not grow with the number of values.
double pairwise_sum(std::span<const double> values);
// numpy.percentile's `linear` and `averaged_inverted_cdf` methods; `sorted` is ascending and not empty; share in [0,
// 1].
double linear_quantile(std::span<const double> sorted, double share);
double averaged_quantile(std::span<const double> sorted, double share);
// Ascending, without NaN.
std::vector<double> sorted_present(std::span<const double> values);
// numpy.linspace(first, last, count), count >= 2.
std::vector<double> even_spaced(double first, double last, size_t count);

}  // namespace penstock::learn
