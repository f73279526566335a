#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/learn/lbfgs.h"
#include "core/learn/linear_model.h"
#include "core/learn/logistic_terms.h"

namespace penstock::learn {
namespace {

constexpr size_t rows_at_once = 256;

double sigmoid(double x) {
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1 + e);
}

// What the objectives share: the data, the rows' weights (which sum to 1), and the L2 penalty's strength.
struct Problem {
  const Matrix& features;
  const std::vector<double>& labels;
  std::vector<double> weights;
  double l2;
  bool intercept;
};

// The mean loss of two classes and half the squared weights; the point is the weights, then the intercept. One pass
// over the data: a block of rows is still in the cache when its residuals go back to the gradient.
double binary_loss(const Problem& problem, std::span<const double> point, std::span<double> gradient) {
  const size_t columns = problem.features.columns(), rows = problem.features.rows();
  const auto weights = point.first(columns);
  const double intercept = problem.intercept ? point[columns] : 0;
  const auto slopes = gradient.first(columns);
  std::fill(slopes.begin(), slopes.end(), 0.0);
  std::array<double, rows_at_once> margins, exponentials, logarithms;
  double loss = 0, sum = 0;
  for (size_t first = 0; first < rows; first += rows_at_once) {
    const size_t count = std::min(rows_at_once, rows - first);
    const std::span<double> block(margins.data(), count);
    problem.features.multiply(first, weights, intercept, block);
    logistic_terms(block, exponentials, logarithms);
    for (size_t i = 0; i < count; ++i) {
      const double label = problem.labels[first + i], weight = problem.weights[first + i], margin = block[i];
      const double e = exponentials[i];
      loss += weight * (logarithms[i] + std::max(margin, 0.0) - label * margin);
      block[i] = weight * ((margin >= 0 ? 1 : e) / (1 + e) - label);
      sum += block[i];
    }
    problem.features.add_transposed(first, block, slopes);
  }
  double square = 0;
  for (size_t j = 0; j < columns; ++j) {
    gradient[j] += problem.l2 * weights[j];
    square += weights[j] * weights[j];
  }
  if (problem.intercept) gradient[columns] = sum;
  return loss + 0.5 * problem.l2 * square;
}

// Turns a row's scores into probabilities; returns log(sum(exp)).
double softmax(std::span<double> scores) {
  const double most = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - most);
  for (double& score : scores) score /= sum;
  return most + std::log(sum);
}

// The mean loss of `classes` classes; the point is each class's weights, then the intercepts.
double multinomial_loss(const Problem& problem, size_t classes, std::span<const double> point,
                        std::span<double> gradient) {
  const size_t columns = problem.features.columns(), rows = problem.features.rows();
  std::vector<double> margins(rows * classes), column(rows);
  for (size_t k = 0; k < classes; ++k) {
    problem.features.multiply(point.subspan(k * columns, columns), problem.intercept ? point[classes * columns + k] : 0,
                              column);
    for (size_t row = 0; row < rows; ++row) margins[row * classes + k] = column[row];
  }
  double loss = 0;
  for (size_t row = 0; row < rows; ++row) {
    const std::span<double> scores(margins.data() + row * classes, classes);
    const size_t label = static_cast<size_t>(problem.labels[row]);
    const double own = scores[label];
    loss += problem.weights[row] * (softmax(scores) - own);
    scores[label] -= 1;
  }
  double square = 0;
  for (size_t k = 0; k < classes; ++k) {
    double sum = 0;
    for (size_t row = 0; row < rows; ++row) sum += column[row] = problem.weights[row] * margins[row * classes + k];
    const std::span<double> own = gradient.subspan(k * columns, columns);
    problem.features.multiply_transposed(column, own);
    for (size_t j = 0; j < columns; ++j) {
      own[j] += problem.l2 * point[k * columns + j];
      square += point[k * columns + j] * point[k * columns + j];
    }
    if (problem.intercept) gradient[classes * columns + k] = sum;
  }
  return loss + 0.5 * problem.l2 * square;
}

Outcome<std::vector<size_t>> count_classes(const std::vector<double>& labels) {
  std::vector<size_t> counts;
  for (size_t row = 0; row < labels.size(); ++row) {
    const double label = labels[row];
    if (!(label >= 0 && label == std::floor(label) && label < 10'000))
      return Error{
          .code = "BadData",
          .message = fmt::format("the label of row {} is {}: classes are whole numbers from 0 on", row + 1, label)};
    const size_t place = static_cast<size_t>(label);
    if (place >= counts.size()) counts.resize(place + 1);
    ++counts[place];
  }
  if (counts.size() < 2)
    return Error{.code = "BadData", .message = "every row has class 0: at least two classes are needed"};
  for (size_t k = 0; k < counts.size(); ++k)
    if (counts[k] == 0)
      return Error{.code = "BadData",
                   .message = fmt::format("no row has class {}, but there is a class {}", k, counts.size() - 1)};
  return counts;
}

}  // namespace

Outcome<LinearModel> fit_logistic(const Matrix& features, const std::vector<double>& labels,
                                  const std::vector<double>& weights, const LogisticOptions& options) {
  const auto counts = count_classes(labels);
  if (!counts) return counts.error();
  const size_t classes = counts->size(), columns = features.columns(), rows = features.rows();
  Problem problem{.features = features,
                  .labels = labels,
                  .weights = weights.empty() ? std::vector<double>(rows, 1.0) : weights,
                  .l2 = 0,
                  .intercept = options.intercept};
  double total = 0;
  for (const double weight : problem.weights) total += weight;
  for (double& weight : problem.weights) weight /= total;
  const double strength = 1 / (options.regularization * total);
  problem.l2 = strength * (1 - options.l1_ratio);
  const size_t outputs = classes == 2 ? 1 : classes;
  const Objective objective = [&](std::span<const double> point, std::span<double> gradient) {
    return classes == 2 ? binary_loss(problem, point, gradient) : multinomial_loss(problem, classes, point, gradient);
  };
  std::vector<double> start(outputs * (columns + (options.intercept ? 1 : 0)));
  const MinimizeOptions stop{.iterations_max = options.iterations_max, .gradient_max = options.tolerance};
  std::vector<double> penalties(start.size(), 0.0);
  std::fill_n(penalties.begin(), outputs * columns, strength * options.l1_ratio);
  const Minimum minimum = options.l1_ratio > 0 ? minimize_l1(objective, std::move(start), penalties, stop)
                                               : minimize(objective, std::move(start), stop);
  LinearModel model;
  model.logistic = true;
  model.outputs = outputs;
  const auto middle = minimum.point.begin() + static_cast<ptrdiff_t>(outputs * columns);
  model.weights.assign(minimum.point.begin(), middle);
  model.intercepts.assign(middle, minimum.point.end());
  model.intercepts.resize(outputs);
  model.iterations = minimum.iterations;
  model.converged = minimum.converged;
  return model;
}

std::vector<double> LinearModel::scores(const Matrix& rows) const {
  std::vector<double> all(rows.rows() * outputs), one(rows.rows());
  for (size_t k = 0; k < outputs; ++k) {
    rows.multiply(std::span(weights).subspan(k * columns(), columns()), intercepts[k], one);
    for (size_t row = 0; row < one.size(); ++row) all[row * outputs + k] = one[row];
  }
  return all;
}

std::vector<double> LinearModel::probabilities(const Matrix& rows) const {
  std::vector<double> values = scores(rows);
  if (outputs > 1) {
    for (size_t row = 0; row < rows.rows(); ++row) (void)softmax({values.data() + row * outputs, outputs});
    return values;
  }
  std::vector<double> both(values.size() * 2);
  for (size_t row = 0; row < values.size(); ++row) {
    both[2 * row + 1] = sigmoid(values[row]);
    both[2 * row] = 1 - both[2 * row + 1];
  }
  return both;
}

}  // namespace penstock::learn
