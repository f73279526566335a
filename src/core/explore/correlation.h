// Correlation and association between columns: Pearson and Spearman as pandas' DataFrame.corr has them (every pair over
// the rows where both have a value), Cramér's V as scipy.stats.contingency.association without correction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/explore/column.h"

namespace penstock::explore {

// Columns beyond these take part in no pair: what takes the square of their number must stay bounded.
inline constexpr size_t correlated_columns_max = 200;
inline constexpr size_t associated_columns_max = 60;
inline constexpr size_t levels_max = 100;  // a text column with more distinct values is no category

// A symmetric matrix of coefficients; NaN where a pair has none (a constant column, fewer than two rows).
struct PairMatrix {
  size_t columns = 0;
  std::vector<double> values;
  double at(size_t one, size_t other) const { return values[one * columns + other]; }
};

// Sums of products over batches, about each column's first mean, so that no digits cancel.
class PearsonSums {
 public:
  explicit PearsonSums(size_t columns);
  // One batch: all spans of the same length, NaN and infinities left out pair by pair.
  void add(std::span<const std::span<const double>> columns);
  PairMatrix matrix() const;

 private:
  struct Pair {
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  };
  void add_complete(size_t one, size_t other, size_t rows);
  void add_where_both(size_t one, size_t other, size_t rows);

  size_t columns_;
  bool started_ = false;
  std::vector<double> shifts_;
  std::vector<Pair> pairs_;  // of one < other, and each column with itself
  std::vector<std::vector<double>> shifted_;
  std::vector<bool> complete_;
  std::vector<double> sums_, squares_;  // of the batch
};

// Ranks from 1 with ties averaged, NaN staying NaN.
std::vector<double> average_ranks(std::span<const double> values);

// Over whole columns. Pairs in which a column has missing values are ranked anew over their common rows.
PairMatrix spearman(std::span<const std::span<const double>> columns);

// A uniform random sample of rows (reservoir sampling, seeded: the same data give the same sample), all rows while
// there are at most `rows_max`.
class RowSample {
 public:
  RowSample(size_t columns, size_t rows_max) : rows_max_(rows_max), columns_(columns) {}
  void add(std::span<const std::span<const double>> columns);
  const std::vector<std::vector<double>>& columns() const { return columns_; }
  size_t rows() const { return columns_.empty() ? 0 : columns_[0].size(); }

 private:
  size_t rows_max_;
  uint64_t seen_ = 0;
  uint64_t state_ = 0x853c49e6748fea9bULL;
  std::vector<std::vector<double>> columns_;
};

// Counts of every pair of levels of two categorical columns.
class Contingency {
 public:
  Contingency() : counts_(levels_max * levels_max) {}
  // Codes of levels_max and above are missing.
  void add(std::span<const uint16_t> one, std::span<const uint16_t> other);
  // NaN when a column has fewer than two levels where both are present.
  double cramers_v() const;

 private:
  std::vector<uint32_t> counts_;
};

// How much of a numeric column's variance the levels of a category explain (eta squared): a leak suspect near 1.
class LevelMoments {
 public:
  void add(std::span<const uint16_t> codes, std::span<const double> values);
  double eta_squared() const;

 private:
  struct Level {
    double n = 0, mean = 0, m2 = 0;
  };
  std::vector<Level> levels_ = std::vector<Level>(levels_max);
};

}  // namespace penstock::explore
