#include "core/learn/matrix.h"

#include <algorithm>

#include "base/assert.h"

namespace penstock::learn {

Matrix Matrix::dense(size_t rows, size_t columns, std::vector<double> values) {
  PENSTOCK_ASSERT(values.size() == rows * columns);
  Matrix matrix;
  matrix.rows_ = rows;
  matrix.columns_ = columns;
  matrix.values_ = std::move(values);
  matrix.look_at_own();
  return matrix;
}

Matrix Matrix::sparse(size_t columns, std::vector<uint64_t> offsets, std::vector<uint32_t> indices,
                      std::vector<double> values) {
  PENSTOCK_ASSERT(!offsets.empty() && offsets.back() == values.size() && indices.size() == values.size());
  Matrix matrix;
  matrix.rows_ = offsets.size() - 1;
  matrix.columns_ = columns;
  matrix.sparse_ = true;
  matrix.values_ = std::move(values);
  matrix.offsets_ = std::move(offsets);
  matrix.indices_ = std::move(indices);
  matrix.look_at_own();
  return matrix;
}

Matrix Matrix::over(size_t rows, size_t columns, Parts parts) {
  Matrix matrix;
  matrix.rows_ = rows;
  matrix.columns_ = columns;
  matrix.sparse_ = !parts.offsets.empty();
  matrix.parts_ = std::move(parts);
  return matrix;
}

double Matrix::at(size_t row, size_t column) const {
  if (!sparse_) return parts_.values[row * columns_ + column];
  for (uint64_t k = parts_.offsets[row]; k < parts_.offsets[row + 1]; ++k)
    if (parts_.indices[k] == column) return parts_.values[k];
  return 0;
}

std::span<const double> Matrix::row(size_t row, std::vector<double>& buffer) const {
  if (!sparse_) return {parts_.values.data() + row * columns_, columns_};
  buffer.assign(columns_, 0);
  for (uint64_t k = parts_.offsets[row]; k < parts_.offsets[row + 1]; ++k) buffer[parts_.indices[k]] = parts_.values[k];
  return buffer;
}

Matrix Matrix::compact() && {
  const auto filled = static_cast<size_t>(
      std::count_if(parts_.values.begin(), parts_.values.end(), [](double value) { return value != 0; }));
  if (sparse_ || filled > parts_.values.size() / 3) return std::move(*this);
  std::vector<uint64_t> offsets = {0};
  std::vector<uint32_t> indices;
  std::vector<double> values;
  offsets.reserve(rows_ + 1);
  indices.reserve(filled);
  values.reserve(filled);
  for (size_t i = 0; i < rows_; ++i) {
    for (uint32_t column = 0; column < columns_; ++column) {
      const double value = parts_.values[i * columns_ + column];
      if (value == 0) continue;
      indices.push_back(column);
      values.push_back(value);
    }
    offsets.push_back(values.size());
  }
  return sparse(columns_, std::move(offsets), std::move(indices), std::move(values));
}

Matrix Matrix::take(const Rows& rows) const {
  std::vector<double> values;
  if (!sparse_) {
    values.reserve(rows.size() * columns_);
    for (const uint32_t row : rows)
      values.insert(values.end(), parts_.values.begin() + static_cast<ptrdiff_t>(row * columns_),
                    parts_.values.begin() + static_cast<ptrdiff_t>((row + 1) * columns_));
    return dense(rows.size(), columns_, std::move(values));
  }
  std::vector<uint64_t> offsets = {0};
  std::vector<uint32_t> indices;
  for (const uint32_t row : rows) {
    for (uint64_t k = parts_.offsets[row]; k < parts_.offsets[row + 1]; ++k) {
      indices.push_back(parts_.indices[k]);
      values.push_back(parts_.values[k]);
    }
    offsets.push_back(values.size());
  }
  return sparse(columns_, std::move(offsets), std::move(indices), std::move(values));
}

void Matrix::append(Matrix&& more) {
  if (columns_ == 0) {
    *this = std::move(more);
    return;
  }
  PENSTOCK_ASSERT(columns_ == more.columns_ && !parts_.memory);
  if (sparse_ && more.sparse_) {
    const uint64_t before = offsets_.back();
    const Parts& added = more.parts_;
    indices_.insert(indices_.end(), added.indices.begin(), added.indices.end());
    values_.insert(values_.end(), added.values.begin(), added.values.end());
    for (size_t i = 1; i < added.offsets.size(); ++i) offsets_.push_back(before + added.offsets[i]);
  } else if (sparse_) {
    for (size_t i = 0; i < more.rows_; ++i) {
      more.for_row(i, [&](size_t column, double value) {
        if (value == 0) return;
        indices_.push_back(static_cast<uint32_t>(column));
        values_.push_back(value);
      });
      offsets_.push_back(values_.size());
    }
  } else {
    const size_t first = values_.size();
    values_.resize(first + more.rows_ * columns_);
    for (size_t i = 0; i < more.rows_; ++i)
      more.for_row(i, [&](size_t column, double value) { values_[first + i * columns_ + column] = value; });
  }
  rows_ += more.rows_;
  look_at_own();
}

void Matrix::drop_rows() {
  PENSTOCK_ASSERT(!parts_.memory);
  rows_ = 0;
  values_.clear();
  indices_.clear();
  offsets_.resize(sparse_ ? 1 : 0);
  look_at_own();
}

void Matrix::reserve(size_t rows) {
  if (rows <= rows_ || rows_ == 0) return;
  const double more = static_cast<double>(rows) / static_cast<double>(rows_);
  const auto entries = static_cast<size_t>(static_cast<double>(values_.size()) * more);
  values_.reserve(entries);
  if (sparse_) {
    indices_.reserve(entries);
    offsets_.reserve(rows + 1);
  }
  look_at_own();
}

void Matrix::multiply(size_t first, std::span<const double> weights, double intercept, std::span<double> out) const {
  PENSTOCK_ASSERT(weights.size() == columns_ && first + out.size() <= rows_);
  for (size_t i = 0; i < out.size(); ++i) {
    double sum = 0;
    if (sparse_) {
      const uint64_t end = parts_.offsets[first + i + 1];
      for (uint64_t k = parts_.offsets[first + i]; k < end; ++k) sum += parts_.values[k] * weights[parts_.indices[k]];
    } else {
      // Four sums in step: their order is fixed, and the processor need not wait for one.
      const double* row = parts_.values.data() + (first + i) * columns_;
      double sums[4] = {0, 0, 0, 0};
      size_t j = 0;
      for (; j + 4 <= columns_; j += 4)
        for (size_t lane = 0; lane < 4; ++lane) sums[lane] += row[j + lane] * weights[j + lane];
      for (; j < columns_; ++j) sum += row[j] * weights[j];
      sum += (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
    out[i] = sum + intercept;
  }
}

void Matrix::add_transposed(size_t first, std::span<const double> residuals, std::span<double> out) const {
  PENSTOCK_ASSERT(first + residuals.size() <= rows_ && out.size() == columns_);
  for (size_t i = 0; i < residuals.size(); ++i) {
    const double residual = residuals[i];
    if (sparse_) {
      const uint64_t end = parts_.offsets[first + i + 1];
      for (uint64_t k = parts_.offsets[first + i]; k < end; ++k) out[parts_.indices[k]] += parts_.values[k] * residual;
    } else {
      const double* row = parts_.values.data() + (first + i) * columns_;
      for (size_t j = 0; j < columns_; ++j) out[j] += row[j] * residual;
    }
  }
}

void Matrix::multiply(std::span<const double> weights, double intercept, std::span<double> out) const {
  PENSTOCK_ASSERT(out.size() == rows_);
  multiply(0, weights, intercept, out);
}

void Matrix::multiply_transposed(std::span<const double> residuals, std::span<double> out) const {
  PENSTOCK_ASSERT(residuals.size() == rows_);
  std::fill(out.begin(), out.end(), 0.0);
  add_transposed(0, residuals, out);
}

}  // namespace penstock::learn
