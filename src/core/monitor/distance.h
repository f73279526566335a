// Distances between two distributions: over shares of bins or categories, and over the values themselves. Formulas and
// whose convention each is: docs/drift.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/monitor/distribution.h"

namespace penstock::monitor {

// counts / total.
std::vector<double> shares_of(std::span<const uint64_t> counts, uint64_t total);

// What replaces an empty bin's share before a logarithm: mlmax: 1e-4. Evidently: 1e-4, or a millionth of the smallest
// share where that is at most 1e-4.
std::vector<double> filled(std::vector<double> shares);
std::vector<double> filled_as_evidently(std::vector<double> shares);

// Population stability index: sum of (p - q) ln(p / q); no share may be 0.
double population_stability(std::span<const double> baseline, std::span<const double> data);
// Kullback-Leibler divergence of the baseline from the data, in nats, after normalizing both (scipy.stats.entropy).
double kullback_leibler(std::span<const double> baseline, std::span<const double> data);
// Square root of the Jensen-Shannon divergence in nats, after normalizing both; divide by sqrt(ln 2) for base 2.
double jensen_shannon(std::span<const double> baseline, std::span<const double> data);
// sqrt(1 - sum sqrt(p q)) (Evidently), and norm(sqrt(p) - sqrt(q)) / sqrt(2) (NannyML): equal when both sum to 1.
double hellinger_by_affinity(std::span<const double> baseline, std::span<const double> data);
double hellinger_by_norm(std::span<const double> baseline, std::span<const double> data);
// Half the sum of |p - q|, and the largest |p - q|.
double total_variation(std::span<const double> baseline, std::span<const double> data);
double largest_difference(std::span<const double> baseline, std::span<const double> data);

// What one walk over the values of two samples gives; of at least one value each.
struct SampleDistance {
  double statistic = 0;    // Kolmogorov-Smirnov: the largest |F1 - F2|
  int64_t steps = 0;       // the same, times the least common multiple of the sizes
  double wasserstein = 0;  // integral of |F1 - F2|, in the column's unit
  uint64_t distinct = 0;   // values in either
};
SampleDistance sample_distance(const NumericDistribution& baseline, const NumericDistribution& data);

// Deequ's correction of an L-infinity distance for few rows: max(0, distance - c * sqrt((n + m) / (n m))).
double robust_distance(double distance, uint64_t baseline_size, uint64_t data_size, double c);
// Deequ's default c, and the c of a significance level.
inline constexpr double robust_c_default = 1.8;
double robust_c(double alpha);

}  // namespace penstock::monitor
