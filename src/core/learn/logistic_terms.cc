#include "core/learn/logistic_terms.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "base/vectors.h"

namespace penstock::learn {
namespace {

// exp(x) for x in [-708, 0]: 2^k * exp(r) with |r| <= ln(2) / 2, by its Taylor series: what is left is below 2^-57.
inline double exponential(double x) {
  constexpr double log2_e = 1.4426950408889634, ln2_high = 6.93147180369123816490e-01,
                   ln2_low = 1.90821492927058770002e-10;  // ln(2) in two parts, so that k * ln2_high is exact
  constexpr double to_whole = 0x1.8p52;                   // adding it leaves the nearest whole number in the low bits
  const double shifted = x * log2_e + to_whole;
  const double k = shifted - to_whole;
  const double r = (x - k * ln2_high) - k * ln2_low;
  double sum = 1.0 / 6227020800;  // 1 / 13!
  for (const double factorial :
       {479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0})
    sum = sum * r + 1 / factorial;
  const uint64_t exponent = (std::bit_cast<uint64_t>(shifted) + 1023) << 52;
  return (sum * r + 1) * std::bit_cast<double>(exponent);
}

// log(1 + e) for e in [0, 1]: 2 atanh(e / (2 + e)), by its series in the square, which is at most 1/9.
inline double log_of_one_and(double e) {
  const double s = e / (2 + e);
  const double square = s * s;
  double sum = 0;
  for (const double power :
       {35.0, 33.0, 31.0, 29.0, 27.0, 25.0, 23.0, 21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0})
    sum = sum * square + 1 / power;
  return 2 * s + 2 * s * (square * sum);
}

}  // namespace

PENSTOCK_WIDEST_VECTORS
void logistic_terms(std::span<const double> margins, std::span<double> exponentials, std::span<double> logarithms) {
  constexpr double least = -708;  // where 2^k would leave the normal numbers
  const size_t count = margins.size();
  const double* __restrict in = margins.data();
  double* __restrict e = exponentials.data();
  double* __restrict log = logarithms.data();
  for (size_t i = 0; i < count; ++i) {
    const double x = -std::abs(in[i]);
    const double value = exponential(std::max(x, least));
    e[i] = x < least ? 0 : value;
  }
  for (size_t i = 0; i < count; ++i) log[i] = log_of_one_and(e[i]);
}

}  // namespace penstock::learn
