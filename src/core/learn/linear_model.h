// Linear models: logistic regression (two classes or more), and linear regression with or without penalties. What is
// minimized and when it stops are scikit-learn's: LogisticRegression, LinearRegression, Ridge, Lasso, ElasticNet.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/learn/matrix.h"

namespace penstock::learn {

struct LinearModel {
  bool logistic = false;
  size_t outputs = 1;                 // rows of weights: 1 for two classes and for regression, else one a class
  std::vector<double> weights;        // by output, then feature
  std::vector<double> intercepts;     // by output
  std::vector<std::string> classes;   // names of 0, 1, ...; of a logistic model
  std::vector<std::string> features;  // names
  size_t iterations = 0;
  bool converged = true;

  size_t columns() const { return outputs == 0 ? 0 : weights.size() / outputs; }
  size_t class_count() const { return logistic ? std::max<size_t>(outputs, 2) : 0; }
  // The linear scores of each row, `outputs` a row.
  std::vector<double> scores(const Matrix& features) const;
  // Of a logistic model: the probability of each class, class_count() a row.
  std::vector<double> probabilities(const Matrix& features) const;

  Json to_json() const;
  static Outcome<LinearModel> from_json(const Json& json);
};

struct LogisticOptions {
  double regularization = 1.0;  // C: the inverse strength of the penalty
  double l1_ratio = 0;          // 0: L2 (by L-BFGS); 1: L1; between: elastic net (by OWL-QN)
  bool intercept = true;
  size_t iterations_max = 100;
  double tolerance = 1e-4;
};
// Labels are classes 0, 1, ...; each class has a row, else an error (code "BadData"). `weights` of the rows, or empty.
Outcome<LinearModel> fit_logistic(const Matrix& features, const std::vector<double>& labels,
                                  const std::vector<double>& weights, const LogisticOptions& options);

struct RegressionOptions {
  double alpha = 0;     // strength of the penalty; 0: least squares (the shortest solution when there are many)
  double l1_ratio = 0;  // 0: Ridge's penalty alpha |w|^2; above: ElasticNet's, per row
  bool intercept = true;
  size_t iterations_max = 1000;  // of the coordinate descent for l1_ratio > 0
  double tolerance = 1e-4;
};
Outcome<LinearModel> fit_regression(const Matrix& features, const std::vector<double>& labels,
                                    const RegressionOptions& options);

}  // namespace penstock::learn
