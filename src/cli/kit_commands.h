// The commands of penstock-kit, the executable beside penstock that links the data libraries: penstock starts it for
// them (`penstock profile ...` is `penstock-kit profile ...`), so that the server needs none of those libraries.
#pragma once

#include <array>

namespace penstock::cli {

struct KitCommand {
  const char* name;
  const char* summary;
};

// In the order that both programs' --help show them; kit/commands.cc has a function for each.
constexpr std::array kit_commands = {
    KitCommand{"profile", "what is in a data set: types, distributions, correlations, alerts"},
    KitCommand{"constraints", "a data set's assumptions: suggest them, check new data against them"},
    KitCommand{"leakage", "what a split gives away: shared rows, future rows, fits on test rows"},
    KitCommand{"preprocess", "raw rows to features by a recipe, the same for training and inference"},
    KitCommand{"train", "a model from prepared rows: logistic and linear regression, XGBoost, k-means, PCA"},
    KitCommand{"evaluate", "a model's quality on test rows: metrics, curves, intervals, slices"},
    KitCommand{"infer", "a model's predictions of prepared rows"},
    KitCommand{"export", "a model, with its recipe, as an ONNX file"},
    KitCommand{"cv", "a recipe and an algorithm measured on k folds"},
    KitCommand{"backtest", "a recipe and an algorithm measured on rolling windows of time"},
    KitCommand{"drift", "how far data has moved from a baseline: tests, distances, series, report"},
    KitCommand{"builtin", "inside a job: trains as SageMaker's own algorithm of that name does"},
};

}  // namespace penstock::cli
