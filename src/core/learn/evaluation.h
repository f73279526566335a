// Evaluation of predictions against labels: every metric, curve, interval and slice as one JSON value, and the two
// forms of it that other tools read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/explore/column.h"

namespace penstock::learn {

struct EvaluationInput {
  std::span<const double> labels;     // classes 0, 1, ... or numbers
  size_t classes = 0;                 // 0: regression
  std::span<const double> scores;     // probabilities, `classes` a row; or the predicted numbers
  std::span<const double> predicted;  // the likeliest classes; of regression the same as `scores`
  std::vector<std::string> class_names;
  size_t resamples = 200;  // of the bootstrap; 0: no intervals
  double level = 0.95;     // of the intervals
  uint32_t seed = 0;
  bool curves = true;
  std::vector<explore::Column> slices;  // columns of the same rows; metrics are repeated for their values
};

// {problem, rows, metrics, report, confusion_matrix, constant, intervals, curves, slices}. `report` is scikit-learn's
// classification_report(output_dict=True) with the classes' numbers as names. `constant` is {predicts, metrics, ...} of
// the best answer that looks at no feature, which a model has to beat: the most frequent class, or the mean.
Json evaluate(const EvaluationInput& input);

// evaluation.json as mlmax writes it: the classification report with accuracy and roc_auc beside it (regression: the
// metrics).
Json to_mlmax_form(const Json& evaluation);
// How a model's metrics moved from an earlier evaluation of the same problem: {METRIC: {before, now, difference,
// worse}} of the metrics that both have. Worse: further from the better end by more than `tolerance` (in the metric's
// unit). Error "NotComparable" when the problems differ.
Outcome<Json> compare_evaluations(const Json& before, const Json& now, double tolerance);
// Model Monitor's model quality file: {binary_classification_metrics | multiclass_classification_metrics |
// regression_metrics: {confusion_matrix, accuracy: {value, standard_deviation}, ...}}; the deviations are the
// bootstrap's.
Json to_model_monitor_form(const Json& evaluation);

}  // namespace penstock::learn
