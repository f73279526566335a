// Small dense symmetric problems (a side per feature), by Eigen; this is the only header that knows of it.
#pragma once

#include <span>
#include <vector>

namespace penstock::learn {

// The x of A x = b that is shortest among the best (A's eigenvalues below a share of 1e-12 of the largest count as 0);
// A is symmetric, size * size by rows, not negative.
std::vector<double> solve_symmetric(std::span<const double> matrix, std::span<const double> right);

// Eigenvalues descending, and the eigenvector of each (a row each, of length 1).
struct Eigenpairs {
  std::vector<double> values;
  std::vector<double> vectors;
};
Eigenpairs eigen_symmetric(std::span<const double> matrix, size_t size);

}  // namespace penstock::learn
