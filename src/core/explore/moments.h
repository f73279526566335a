// Moments of a numeric column: mean, spread and shape, in one pass over batches that merge.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

namespace penstock::explore {

// Central moments by two passes over each batch, merged by the formulas of Pébay (SAND2008-6212): as exact as two
// passes over all. NaN is missing and skipped; infinities are counted and otherwise left out.
class Moments {
 public:
  void add(std::span<const double> values);
  void merge(const Moments& other);

  uint64_t count() const { return count_; }  // finite values
  uint64_t infinite() const { return infinite_; }
  uint64_t zeros() const { return zeros_; }
  uint64_t negatives() const { return negatives_; }
  double min() const { return count_ ? min_ : std::numeric_limits<double>::quiet_NaN(); }
  double max() const { return count_ ? max_ : std::numeric_limits<double>::quiet_NaN(); }
  double sum() const { return mean_ * static_cast<double>(count_); }
  double mean() const { return count_ ? mean_ : std::numeric_limits<double>::quiet_NaN(); }
  double variance(int ddof = 1) const;  // NaN when count <= ddof
  double std(int ddof = 1) const;
  // As pandas has them: bias-corrected sample skewness (NaN below 3 values) and excess kurtosis (below 4); NaN
  // when constant.
  double skew() const;
  double kurtosis() const;

 private:
  uint64_t count_ = 0;
  uint64_t infinite_ = 0;
  uint64_t zeros_ = 0;
  uint64_t negatives_ = 0;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
  double mean_ = 0;
  double m2_ = 0;  // sums of powers of the distance from the mean
  double m3_ = 0;
  double m4_ = 0;
};

}  // namespace penstock::explore
