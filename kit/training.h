// Training by an algorithm's name and options, for `train`, `cv` and `backtest`.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kit/model.h"

namespace penstock::kit {

struct TrainingPlan {
  std::string algorithm = "logistic";
  // Options of the algorithm: see `algorithm_options`, and for xgboost every parameter of XGBoost.
  std::vector<std::pair<std::string, std::string>> options;
};

// Adds options given as NAME=VALUE.
Outcome<void> parse_settings(const std::vector<std::string>& settings, TrainingPlan& plan);

struct LabelledRows {
  const learn::Matrix& features;
  const std::vector<double>& labels;  // empty for kmeans and pca
};

struct TrainedModel {
  Model model;
  Json about;  // options, and what training measured: goes into model.json and --json
};

std::vector<std::string_view> algorithm_names();
// "C (1.0): inverse strength of the penalty; ..." of every algorithm, for --help and errors.
std::string algorithm_options();
// Labels mean classes when the algorithm or XGBoost's objective says so; `classes` names them, may be empty.
Outcome<TrainedModel> train_model(const TrainingPlan& plan, const LabelledRows& rows,
                                  const std::optional<LabelledRows>& validation,
                                  const std::vector<std::string>& feature_names,
                                  const std::vector<std::string>& classes);
// What the plan needs to have in memory beside the rows it trains on, in bytes: XGBoost makes its own copy of them. 0
// for algorithms that go through the rows in order.
uint64_t memory_to_train(const TrainingPlan& plan, size_t rows, size_t columns);
// Whether such a plan trains on labels, and whether these are classes.
bool needs_labels(const TrainingPlan& plan);

}  // namespace penstock::kit
