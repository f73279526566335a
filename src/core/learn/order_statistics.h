// Sums and quantiles as numpy computes them, for the transforms that scikit-learn builds on them.
#pragma once

#include <span>
#include <vector>

namespace penstock::learn {

// The sum of term(value) over values without NaN; 0 for none. Pairwise, so that the error hardly grows with their
// number.
template <class Term>
double pairwise_sum(std::span<const double> values, Term term) {
  constexpr size_t lanes = 8;
  if (values.size() > 256) {
    const size_t half = values.size() / 2 / lanes * lanes;
    return pairwise_sum(values.first(half), term) + pairwise_sum(values.subspan(half), term);
  }
  double sums[lanes] = {};
  size_t i = 0;
  for (; i + lanes <= values.size(); i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane) sums[lane] += term(values[i + lane]);
  double rest = 0;
  for (; i < values.size(); ++i) rest += term(values[i]);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7])) + rest;
}
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
