#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/learn/dense_solve.h"
#include "core/learn/linear_model.h"
#include "core/learn/options.h"
#include "core/learn/order_statistics.h"

namespace penstock::learn {
namespace {

constexpr size_t columns_max = 20'000;  // the products of all pairs of columns are kept: 3.2 GB at most

// The data's moments about its means: everything that squared loss needs.
struct Moments {
  std::vector<double> means;
  double label_mean = 0;
  std::vector<double> products;  // columns * columns: of centred columns
  std::vector<double> with_label;
  double label_square = 0;
};

std::vector<double> column_means(const Matrix& features) {
  std::vector<double> ones(features.rows(), 1 / static_cast<double>(features.rows()));
  std::vector<double> means(features.columns());
  features.multiply_transposed(ones, means);
  return means;
}

// Adds X' X; of dense rows centred first, of sparse rows as they are.
void add_products(const Matrix& features, const std::vector<double>& means, std::vector<double>& products) {
  const size_t columns = features.columns();
  std::vector<double> centred(columns);
  for (size_t row = 0; row < features.rows(); ++row) {
    if (features.is_sparse()) {
      features.for_row(row, [&](size_t i, double left) {
        features.for_row(row, [&](size_t j, double right) { products[i * columns + j] += left * right; });
      });
      continue;
    }
    features.for_row(row, [&](size_t j, double value) { centred[j] = value - means[j]; });
    for (size_t i = 0; i < columns; ++i) {
      const double left = centred[i];
      double* const out = products.data() + i * columns;
      for (size_t j = 0; j <= i; ++j) out[j] += left * centred[j];
    }
  }
}

Moments moments_of(const Matrix& features, const std::vector<double>& labels, bool intercept) {
  const size_t columns = features.columns();
  const double rows = static_cast<double>(features.rows());
  Moments moments;
  moments.means = intercept ? column_means(features) : std::vector<double>(columns, 0.0);
  moments.label_mean = intercept ? pairwise_sum(labels) / rows : 0;
  moments.products.assign(columns * columns, 0.0);
  add_products(features, moments.means, moments.products);
  for (size_t i = 0; i < columns; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double& product = moments.products[i * columns + j];
      if (features.is_sparse()) product -= rows * moments.means[i] * moments.means[j];
      moments.products[j * columns + i] = product;
    }
  std::vector<double> centred(labels);
  for (double& label : centred) label -= moments.label_mean;
  moments.with_label.resize(columns);
  features.multiply_transposed(centred, moments.with_label);
  for (const double label : centred) moments.label_square += label * label;
  return moments;
}

// Ridge and least squares: the normal equations, then one refinement by the residuals of the data itself.
std::vector<double> solve_squares(const Matrix& features, const std::vector<double>& labels, const Moments& moments,
                                  double alpha) {
  const size_t columns = features.columns();
  std::vector<double> matrix = moments.products;
  for (size_t j = 0; j < columns; ++j) matrix[j * columns + j] += alpha;

  std::vector<double> weights = solve_symmetric(matrix, moments.with_label);
  std::vector<double> residuals(features.rows()), side(columns);
  double shift = moments.label_mean;
  for (size_t j = 0; j < columns; ++j) shift -= weights[j] * moments.means[j];
  features.multiply(weights, shift, residuals);
  for (size_t row = 0; row < residuals.size(); ++row) residuals[row] = labels[row] - residuals[row];
  features.multiply_transposed(residuals, side);
  const double sum = pairwise_sum(residuals);
  for (size_t j = 0; j < columns; ++j) side[j] -= moments.means[j] * sum + alpha * weights[j];
  const std::vector<double> correction = solve_symmetric(matrix, side);
  for (size_t j = 0; j < columns; ++j) weights[j] += correction[j];
  return weights;
}

// ElasticNet's coordinate descent on the moments; stops by its duality gap as scikit-learn does.
std::vector<double> descend(const Moments& moments, double rows, const RegressionOptions& options, size_t& iterations,
                            bool& converged) {
  const size_t columns = moments.means.size();
  const double l1 = options.alpha * options.l1_ratio * rows, l2 = options.alpha * (1 - options.l1_ratio) * rows;
  std::vector<double> weights(columns), fitted(columns);  // fitted = products * weights
  const double tolerance = options.tolerance * moments.label_square;
  for (iterations = 0; iterations < options.iterations_max && !converged; ++iterations) {
    double largest_change = 0, largest_weight = 0;
    for (size_t j = 0; j < columns; ++j) {
      const double own = moments.products[j * columns + j];
      if (own == 0) continue;
      const double before = weights[j];
      const double pull = moments.with_label[j] - fitted[j] + own * before;
      weights[j] = std::copysign(std::max(std::abs(pull) - l1, 0.0), pull) / (own + l2);
      const double change = weights[j] - before;
      if (change != 0)
        for (size_t i = 0; i < columns; ++i) fitted[i] += change * moments.products[j * columns + i];
      largest_change = std::max(largest_change, std::abs(change));
      largest_weight = std::max(largest_weight, std::abs(weights[j]));
    }
    if (largest_weight != 0 && largest_change / largest_weight > options.tolerance) continue;
    double dual = 0, square = 0, absolute = 0, along = 0, fit = 0;
    for (size_t j = 0; j < columns; ++j) {
      dual = std::max(dual, std::abs(moments.with_label[j] - fitted[j] - l2 * weights[j]));
      square += weights[j] * weights[j];
      absolute += std::abs(weights[j]);
      along += weights[j] * moments.with_label[j];
      fit += weights[j] * fitted[j];
    }
    const double residual = moments.label_square + fit - 2 * along;
    const double scale = dual > l1 ? l1 / dual : 1;
    const double gap = 0.5 * residual * (dual > l1 ? 1 + scale * scale : 2) + l1 * absolute -
                       scale * (moments.label_square - along) + 0.5 * l2 * (1 + scale * scale) * square;
    converged = gap < tolerance;
  }
  return weights;
}

}  // namespace

Outcome<LinearModel> fit_regression(const Matrix& features, const std::vector<double>& labels,
                                    const RegressionOptions& options) {
  if (features.columns() > columns_max)
    return Error{.code = "BadData",
                 .message = fmt::format("{} features, at most {} are possible", features.columns(), columns_max)};
  const Moments moments = moments_of(features, labels, options.intercept);
  LinearModel model;
  model.iterations = 1;
  if (options.alpha > 0 && options.l1_ratio > 0) {
    model.converged = false;
    model.weights = descend(moments, static_cast<double>(features.rows()), options, model.iterations, model.converged);
  } else {
    model.weights = solve_squares(features, labels, moments, options.alpha);
  }
  double intercept = moments.label_mean;
  for (size_t j = 0; j < model.weights.size(); ++j) intercept -= model.weights[j] * moments.means[j];
  model.intercepts = {options.intercept ? intercept : 0};
  return model;
}

Json LinearModel::to_json() const {
  const std::vector<Json> class_names(classes.begin(), classes.end()), names(features.begin(), features.end());
  return Json::object({{"logistic", logistic},
                       {"outputs", outputs},
                       {"weights", numbers_json(weights)},
                       {"intercepts", numbers_json(intercepts)},
                       {"classes", class_names},
                       {"features", names},
                       {"iterations", iterations},
                       {"converged", converged}});
}

Outcome<LinearModel> LinearModel::from_json(const Json& json) {
  LinearModel model;
  const auto logistic = read_flag(json, "logistic", false);
  const auto outputs = read_count(json, "outputs", 0);
  const auto classes = read_texts(json, "classes");
  const auto names = read_texts(json, "features");
  const auto iterations = read_count(json, "iterations", 0);
  const auto converged = read_flag(json, "converged", true);
  model.weights = json_numbers(json["weights"]);
  model.intercepts = json_numbers(json["intercepts"]);
  if (!logistic || !outputs || !classes || !names || !iterations || !converged || *outputs == 0 ||
      model.intercepts.size() != *outputs || model.weights.empty() || model.weights.size() % *outputs != 0)
    return Error{.code = "BadModel",
                 .message = "this is no linear model: 'outputs', 'weights' and 'intercepts' do not fit"};
  model.logistic = *logistic;
  model.outputs = *outputs;
  model.classes = *classes;
  model.features = *names;
  model.iterations = *iterations;
  model.converged = *converged;
  return model;
}

}  // namespace penstock::learn
