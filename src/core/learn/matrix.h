// A matrix of rows by features for the algorithms: dense by rows, or sparse by rows (CSR) where most values are 0, as
// they are after one-hot encoding. The products run over the values that are there.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/learn/numpy_random.h"

namespace penstock::learn {

class Matrix {
 public:
  Matrix() = default;
  Matrix(Matrix&&) = default;
  Matrix& operator=(Matrix&&) = default;

  // Values by rows; values.size() == rows * columns.
  static Matrix dense(size_t rows, size_t columns, std::vector<double> values);
  // Row i has the entries [offsets[i], offsets[i + 1]).
  static Matrix sparse(size_t columns, std::vector<uint64_t> offsets, std::vector<uint32_t> indices,
                       std::vector<double> values);

  // The same of values that lie in `memory`, which the matrix keeps. No rows can be added to it.
  struct Parts {
    std::span<const double> values;
    std::span<const uint64_t> offsets;   // of a sparse matrix; else empty
    std::span<const uint32_t> indices;   // likewise
    std::shared_ptr<const void> memory;  // null: the matrix's own
  };
  static Matrix over(size_t rows, size_t columns, Parts parts);
  const Parts& parts() const { return parts_; }

  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  bool is_sparse() const { return sparse_; }
  double at(size_t row, size_t column) const;
  // The row's values, in `buffer` when they do not lie together.
  std::span<const double> row(size_t row, std::vector<double>& buffer) const;
  // The same rows, sparse when at most a third of the values are not 0.
  Matrix compact() &&;
  Matrix take(const Rows& rows) const;
  // Adds rows of as many columns, kept as the first ones are: dense or sparse. To a matrix without columns: becomes
  // `more`.
  void append(Matrix&& more);
  // Forgets all rows; those that are added next are still kept as the first ones were.
  void drop_rows();

  // out = X w + intercept of the rows from `first` on, as many as `out` has; weights has columns().
  void multiply(size_t first, std::span<const double> weights, double intercept, std::span<double> out) const;
  // out += X' r over the rows from `first` on, as many as `residuals` has; out has columns().
  void add_transposed(size_t first, std::span<const double> residuals, std::span<double> out) const;
  // The same over all rows, and out = X' r.
  void multiply(std::span<const double> weights, double intercept, std::span<double> out) const;
  void multiply_transposed(std::span<const double> residuals, std::span<double> out) const;
  // Makes room for so many rows, as full as those that are there.
  void reserve(size_t rows);
  // Calls f(column, value) for the entries of a row (all of them when dense).
  template <class F>
  void for_row(size_t row, F&& f) const {
    if (sparse_) {
      for (uint64_t k = parts_.offsets[row]; k < parts_.offsets[row + 1]; ++k) f(parts_.indices[k], parts_.values[k]);
    } else {
      for (size_t column = 0; column < columns_; ++column) f(column, parts_.values[row * columns_ + column]);
    }
  }

 private:
  // After each change of the vectors.
  void look_at_own() { parts_ = {.values = values_, .offsets = offsets_, .indices = indices_, .memory = nullptr}; }

  size_t rows_ = 0;
  size_t columns_ = 0;
  bool sparse_ = false;
  Parts parts_;  // what all reading goes by
  // Its own, unless the parts lie elsewhere.
  std::vector<double> values_;
  std::vector<uint64_t> offsets_;
  std::vector<uint32_t> indices_;
};

}  // namespace penstock::learn
