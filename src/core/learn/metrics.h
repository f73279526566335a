// Metrics as scikit-learn defines them (the function is named at each), for classes numbered 0, 1, ... and for numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/learn/numpy_random.h"

namespace penstock::learn {

// Counts of true class by predicted class (confusion_matrix), classes * classes by rows.
struct Confusion {
  size_t classes = 0;
  std::vector<double> counts;

  static Confusion of(std::span<const double> labels, std::span<const double> predicted, size_t classes);
  double at(size_t label, size_t predicted) const { return counts[label * classes + predicted]; }
  double of_class(size_t label) const;      // rows of that class
  double as_class(size_t predicted) const;  // rows predicted to be of it
  double total() const;
  double accuracy() const;               // accuracy_score
  double balanced_accuracy() const;      // balanced_accuracy_score
  double precision(size_t label) const;  // precision_score; 0 when nothing is predicted to be of the class
  double recall(size_t label) const;
  double f_beta(size_t label, double beta) const;  // fbeta_score
  double matthews() const;                         // matthews_corrcoef
};

// One threshold of a curve over falling scores.
struct CurvePoint {
  double x = 0, y = 0, threshold = 0;
};

// Rows by falling score, which all curves and areas of two classes are made of; sorted once.
class Ranking {
 public:
  // Labels are 0 or 1, scores are not NaN.
  Ranking(std::span<const double> labels, std::span<const double> scores);

  // `weights` count each row so many times (a resample); empty: once. roc_auc_score, NaN when a class has no row;
  // average_precision_score, 0 without a row of class 1.
  double roc_auc(std::span<const uint32_t> weights = {}) const;
  double average_precision(std::span<const uint32_t> weights = {}) const;
  // roc_curve(drop_intermediate=True): false and true positive rates; the first point has an infinite threshold.
  std::vector<CurvePoint> roc() const;
  // precision_recall_curve: x recall, y precision, by rising thresholds; the last point (0, 1) has an infinite one.
  std::vector<CurvePoint> precision_recall() const;

 private:
  // Calls f(true positives, false positives, score) at the end of each group of equal scores.
  void walk(std::span<const uint32_t> weights, const std::function<void(double, double, double)>& f) const;
  Rows order_;
  std::span<const double> labels_;
  std::span<const double> scores_;
};

// Probabilities: classes a row; log_loss (clipped at the machine's epsilon), brier_score_loss of class 1 of two
// classes.
double log_loss(std::span<const double> labels, std::span<const double> probabilities, size_t classes);
double brier_score(std::span<const double> labels, std::span<const double> positive);
// calibration_curve(n_bins=bins, strategy='uniform'): x mean probability, y share of class 1, threshold the rows in the
// bin.
std::vector<CurvePoint> calibration(std::span<const double> labels, std::span<const double> positive, size_t bins);
// roc_auc_score(multi_class='ovr', average='macro').
double multiclass_auc(std::span<const double> labels, std::span<const double> probabilities, size_t classes);

struct RegressionMetrics {
  double mae = 0, mse = 0, rmse = 0, mape = 0, r2 = 0, median_absolute_error = 0, max_error = 0, explained_variance = 0;
};
// r2 of less than two rows is NaN.
RegressionMetrics regression_metrics(std::span<const double> labels, std::span<const double> predicted);
// 1 - rest / variation; of labels that do not vary 1 when nothing is left, else 0 (force_finite=True).
double explained_share(double rest, double variation);

// A percentile interval of a metric over resamples with replacement: `metric` gets how often each row is drawn.
struct IntervalOfMetric {
  double low = 0, high = 0, deviation = 0;
};
std::vector<IntervalOfMetric> bootstrap(
    size_t rows, size_t resamples, uint32_t seed, double level,
    const std::function<std::vector<double>(std::span<const uint32_t> weights)>& metrics);

}  // namespace penstock::learn
