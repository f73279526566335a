// The distributions of Kolmogorov and Smirnov: p-values of the two-sample test, exact and for large samples.
#pragma once

#include <cstdint>

namespace penstock::monitor {

// P(D_n >= distance) of the two-sided one-sample statistic over n observations, for finite n: what scipy calls
// kstwo.sf. Regimes as in R. Simard and P. L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution",
// J. Stat. Software 39(11), 2011; about 1e-13 absolute, and relative where the value is below a percent. n >= 1.
double kolmogorov_tail(int64_t n, double distance);

// P(D_n+ >= distance) of the one-sided statistic (Birnbaum and Tingey, 1951), as a sum of binomial probabilities.
double smirnov_tail(int64_t n, double distance);

// P(D >= steps / lcm(first, second)) of the two-sample statistic under "both samples come from one continuous
// distribution", exact: of all lattice paths from (0, 0) to (first, second), the share that leaves the band. Time grows
// with first * second * distance. Sizes of at least 1.
double kolmogorov_two_sample_exact(int64_t first, int64_t second, int64_t steps);

// The p-value as scipy.stats.ks_2samp(method="auto") takes it: exact while both samples have at most 10,000 values,
// else kolmogorov_tail at the effective size first * second / (first + second), rounded. `steps` is the statistic times
// the least common multiple of the sizes.
double kolmogorov_two_sample_p(int64_t first, int64_t second, int64_t steps);

}  // namespace penstock::monitor
