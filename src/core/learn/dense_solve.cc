#include "core/learn/dense_solve.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

namespace penstock::learn {
namespace {

using SymmetricMatrix = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
constexpr double rank_share = 1e-12;

}  // namespace

std::vector<double> solve_symmetric(std::span<const double> matrix, std::span<const double> right) {
  const Eigen::Index size = static_cast<Eigen::Index>(right.size());
  const Eigen::MatrixXd left = SymmetricMatrix(matrix.data(), size, size);
  const Eigen::Map<const Eigen::VectorXd> side(right.data(), size);
  std::vector<double> result(right.size());
  Eigen::Map<Eigen::VectorXd> out(result.data(), size);
  const Eigen::LDLT<Eigen::MatrixXd> factors(left);
  const Eigen::VectorXd pivots = factors.vectorD();
  if (size > 0 && factors.info() == Eigen::Success && pivots.minCoeff() > rank_share * pivots.maxCoeff()) {
    out = factors.solve(side);
    return result;
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(left);
  const double least = size > 0 ? rank_share * solver.eigenvalues().maxCoeff() : 0;
  Eigen::VectorXd coordinates = solver.eigenvectors().transpose() * side;
  for (Eigen::Index i = 0; i < size; ++i)
    coordinates[i] = solver.eigenvalues()[i] > least ? coordinates[i] / solver.eigenvalues()[i] : 0;
  out = solver.eigenvectors() * coordinates;
  return result;
}

Eigenpairs eigen_symmetric(std::span<const double> matrix, size_t size) {
  const Eigen::Index count = static_cast<Eigen::Index>(size);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      Eigen::MatrixXd(SymmetricMatrix(matrix.data(), count, count)));
  Eigenpairs pairs;
  for (Eigen::Index i = count; i-- > 0;) {
    pairs.values.push_back(solver.eigenvalues()[i]);
    for (Eigen::Index j = 0; j < count; ++j) pairs.vectors.push_back(solver.eigenvectors()(j, i));
  }
  return pairs;
}

}  // namespace penstock::learn
