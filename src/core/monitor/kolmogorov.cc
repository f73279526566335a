#include "core/monitor/kolmogorov.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

namespace penstock::monitor {
namespace {

constexpr double pi = std::numbers::pi;
constexpr int64_t exact_size_max = 10'000;
constexpr double tail_exponent_max = 370;  // n d^2 from which on the tail is 0 in double precision

// log(n!) less Stirling's main term: C. Loader, "Fast and accurate computation of binomial probabilities", 2000.
double stirling_error(double n) {
  if (n <= 15) return std::lgamma(n + 1) - (n + 0.5) * std::log(n) + n - 0.5 * std::log(2 * pi);
  const double square = n * n;
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / square) / square) / square) / square) / n;
}

// count * log(count / mean) + mean - count without cancellation (Loader's deviance).
double deviance(double count, double mean) {
  if (std::abs(count - mean) >= 0.1 * (count + mean)) return count * std::log(count / mean) + mean - count;
  const double ratio = (count - mean) / (count + mean);
  double sum = (count - mean) * ratio;
  double power = 2 * count * ratio;
  for (int term = 1; term < 100; ++term) {
    power *= ratio * ratio;
    const double next = sum + power / (2 * term + 1);
    if (next == sum) break;
    sum = next;
  }
  return sum;
}

// The j-th term of smirnov_tail: binomial(j; n, x + j / n) * x / (x + j / n).
double smirnov_term(double n, double x, double j) {
  const double mean = n * x + j;  // n times the probability of success
  if (j == 0) return std::exp(n * std::log1p(-x));
  if (mean >= n) return 0;
  const double exponent =
      stirling_error(n) - stirling_error(j) - stirling_error(n - j) - deviance(j, mean) - deviance(n - j, n - mean);
  return n * x / mean * std::sqrt(n / (2 * pi * j * (n - j))) * std::exp(exponent);
}

using Matrix = std::vector<double>;  // square, by rows

void multiply(const Matrix& left, const Matrix& right, size_t size, Matrix& out) {
  std::fill(out.begin(), out.end(), 0.0);
  for (size_t row = 0; row < size; ++row)
    for (size_t inner = 0; inner < size; ++inner) {
      const double factor = left[row * size + inner];
      for (size_t column = 0; column < size; ++column)
        out[row * size + column] += factor * right[inner * size + column];
    }
}

// Durbin's matrix for n * x = k - h (Marsaglia, Tsang and Wang, J. Stat. Software 8(18), 2003).
Matrix durbin_matrix(int64_t k, double h) {
  const auto size = static_cast<size_t>(2 * k - 1);
  Matrix matrix(size * size);
  for (size_t row = 0; row < size; ++row)
    for (size_t column = 0; column < size; ++column) matrix[row * size + column] = column <= row + 1 ? 1.0 : 0.0;
  const size_t last = size - 1;
  for (size_t i = 0; i < size; ++i) {
    matrix[i * size] -= std::pow(h, static_cast<double>(i + 1));
    matrix[last * size + i] -= std::pow(h, static_cast<double>(size - i));
  }
  matrix[last * size] += 2 * h - 1 > 0 ? std::pow(2 * h - 1, static_cast<double>(size)) : 0.0;
  for (size_t row = 0; row < size; ++row)
    for (size_t column = 0; column <= row; ++column)
      for (size_t factor = 1; factor <= row - column + 1; ++factor)
        matrix[row * size + column] /= static_cast<double>(factor);
  return matrix;
}

// P(D_n < x) by the power of Durbin's matrix; scaled by powers of two so that nothing underflows.
double durbin_cdf(int64_t n, double x) {
  const double t = static_cast<double>(n) * x;
  const auto k = static_cast<int64_t>(std::ceil(t));
  const auto size = static_cast<size_t>(2 * k - 1);
  const auto middle = static_cast<size_t>(k - 1) * size + static_cast<size_t>(k - 1);
  Matrix base = durbin_matrix(k, static_cast<double>(k) - t);
  Matrix power(size * size, 0.0);
  for (size_t i = 0; i < size; ++i) power[i * size + i] = 1;
  Matrix product(size * size);
  int base_exponent = 0;
  int exponent = 0;
  const auto rescale = [&](Matrix& matrix, int& of) {
    int shift = 0;
    std::frexp(matrix[middle], &shift);
    for (double& entry : matrix) entry = std::ldexp(entry, -shift);
    of += shift;
  };
  for (int64_t left = n; left > 0; left /= 2) {
    if (left % 2 == 1) {
      multiply(power, base, size, product);
      power.swap(product);
      exponent += base_exponent;
      rescale(power, exponent);
    }
    multiply(base, base, size, product);
    base.swap(product);
    base_exponent *= 2;
    rescale(base, base_exponent);
  }
  const double count = static_cast<double>(n);
  // n! / n^n: Stirling's terms, in which n^n cancels.
  const double factorial = 0.5 * std::log(2 * pi * count) - count + stirling_error(count);
  return std::exp(std::log(power[middle]) + exponent * std::numbers::ln2 + factorial);
}

// P(D_n < x) by the expansion of W. Pelz and I. J. Good (1976): limit and three corrections in powers of 1 / sqrt(n).
double pelz_good_cdf(int64_t n, double x) {
  const double count = static_cast<double>(n);
  const double z = std::sqrt(count) * x;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double z6 = z4 * z2;
  double limit = 0;
  std::array<double, 3> half = {};   // sums over half-integers k + 1/2
  std::array<double, 2> whole = {};  // sums over integers
  for (int k = static_cast<int>(std::ceil(16 * z / pi)); k >= 0; --k) {
    const double a = pi * pi * (k + 0.5) * (k + 0.5);
    const double weight = std::exp(-a / (2 * z2));
    limit += weight;
    half[0] += (a - z2) * weight;
    half[1] += (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * a + (1 - 2 * z2) * a * a) * weight;
    half[2] += ((5 - 30 * z2) * a * a * a + (212 * z4 - 60 * z2) * a * a + (135 * z4 - 96 * z6) * a -
                (30 * z6 + 90 * z4 * z4)) *
               weight;
    const double b = pi * pi * k * k;
    const double other = std::exp(-b / (2 * z2));
    whole[0] += b * other;
    whole[1] += (3 * z2 - b) * b * other;
  }
  const double root = std::sqrt(2 * pi);  // each sum above is half of the two-sided one
  const double first = root * half[0] / (6 * z4);
  const double second = root * half[1] / (72 * z6 * z) - root * whole[0] / (36 * z2 * z);
  const double third = root * half[2] / (6480 * z6 * z4) + root * whole[1] / (216 * z6);
  return root / z * limit + first / std::sqrt(count) + second / count + third / (count * std::sqrt(count));
}

}  // namespace

double smirnov_tail(int64_t n, double distance) {
  if (distance <= 0) return 1;
  if (distance >= 1) return 0;
  const double count = static_cast<double>(n);
  // The terms are a smooth function of j that vanishes at both ends with all its derivatives, so that a coarser grid
  // has the same sum times its step (the trapezoidal rule converges faster than any power).
  constexpr int64_t terms_max = 16'384;
  const int64_t step = std::max<int64_t>(1, n / terms_max);
  const auto last = static_cast<int64_t>(std::floor(count * (1 - distance)));
  double sum = 0;
  for (int64_t j = 0; j <= last; j += step) sum += smirnov_term(count, distance, static_cast<double>(j));
  return std::min(1.0, sum * static_cast<double>(step));
}

double kolmogorov_tail(int64_t n, double distance) {
  const double count = static_cast<double>(n);
  const double t = count * distance;
  if (distance >= 1) return 0;
  if (t <= 0.5) return 1;
  if (t <= 1)  // n! (2x - 1/n)^n
    return 1 - std::exp(0.5 * std::log(2 * pi * count) - count + stirling_error(count) + count * std::log(2 * t - 1));
  if (t >= count - 1) return 2 * std::pow(1 - distance, count);
  if (distance >= 0.5) return std::min(1.0, 2 * smirnov_tail(n, distance));
  const double square = t * distance;
  if (square >= tail_exponent_max) return 0;
  if (square >= (n <= 140 ? 4.0 : 2.2)) return std::min(1.0, 2 * smirnov_tail(n, distance));
  const bool small = n <= 140 || (n <= 100'000 && count * std::pow(distance, 1.5) <= 1.4);
  return std::clamp(1 - (small ? durbin_cdf(n, distance) : pelz_good_cdf(n, distance)), 0.0, 1.0);
}

double kolmogorov_two_sample_exact(int64_t first, int64_t second, int64_t steps) {
  if (steps <= 0) return 1;
  const int64_t divisor = std::gcd(first, second);
  const int64_t of_first = second / divisor;  // what one value of the first sample moves the difference by
  const int64_t of_second = first / divisor;
  const int64_t both = of_first + of_second;
  if (steps > first * of_first) return 0;
  // Along a diagonal i + j = s, left[i] is the probability that a path to (i, j) has left the band |i * of_first -
  // j * of_second| < steps; outside it is 1. Only sums of positive terms: small p-values keep their digits.
  std::vector<double> left(static_cast<size_t>(first) + 3, 1.0);
  std::vector<double> next(left.size(), 1.0);
  double* before = left.data() + 1;  // index -1 is outside, too
  double* after = next.data() + 1;
  before[0] = 0;
  for (int64_t s = 1; s <= first + second; ++s) {
    // i * both lies strictly between s * of_second - steps and s * of_second + steps.
    const int64_t low = s * of_second - steps;
    const int64_t inside = low < 0 ? 0 : low / both + 1;
    const auto begin = static_cast<int>(std::max({inside, s - second, int64_t{0}}));
    const auto end = static_cast<int>(std::min({(s * of_second + steps - 1) / both, first, s}));
    const double sum = static_cast<double>(s);
    const double share = 1 / sum;
    for (int i = begin; i <= end; ++i) after[i] = (i * before[i - 1] + (sum - i) * before[i]) * share;
    after[begin - 1] = 1;
    if (end < begin) return 1;
    after[end + 1] = 1;
    std::swap(before, after);
  }
  return std::clamp(before[first], 0.0, 1.0);
}

double kolmogorov_two_sample_p(int64_t first, int64_t second, int64_t steps) {
  if (steps <= 0) return 1;
  const double both = static_cast<double>(first) * static_cast<double>(second);
  const double distance = static_cast<double>(steps) * static_cast<double>(std::gcd(first, second)) / both;
  const double effective = std::nearbyint(both / static_cast<double>(first + second));
  // 2 exp(-2 n d^2) is below the least double: no path need be counted.
  const bool vanishes = effective * distance * distance >= tail_exponent_max;
  if (std::max(first, second) <= exact_size_max && !vanishes) return kolmogorov_two_sample_exact(first, second, steps);
  return kolmogorov_tail(std::max<int64_t>(1, static_cast<int64_t>(effective)), distance);
}

}  // namespace penstock::monitor
