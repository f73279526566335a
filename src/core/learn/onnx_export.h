// The parts of a scoring graph: a fitted recipe's way from raw columns to features, and a model's way from features to
// what it predicts. Scores are those of `penstock-kit infer`, tested with onnxruntime.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/learn/linear_model.h"
#include "core/learn/onnx.h"
#include "core/learn/preprocessor.h"

namespace penstock::learn {

// A recipe in a graph: the value of its features, and the names of the inputs.
struct RecipeNodes {
  std::string features;
  std::vector<std::string> inputs;
};

// Adds an input (rows by 1) for each raw column, a text for a column of texts ("" where missing), else a double (NaN
// where missing; moments in seconds since 1970). Rows are not dropped; a category that training did not see becomes
// what `unknown: ignore` makes of it. An error (code "NotExportable") for the transform hash.
Outcome<RecipeNodes> add_recipe(OnnxGraph& graph, const Preprocessor& preprocessor);

// Adds the outputs: `label` and `probabilities` of classes, or `prediction`.
void add_linear(OnnxGraph& graph, const LinearModel& model, const std::string& features);

// Of XGBoost's JSON model: objectives binary:logistic, multi:softprob, reg:squarederror and gbtree. Adds the same
// outputs.
Outcome<void> add_trees(OnnxGraph& graph, const Json& xgboost, const std::string& features);

}  // namespace penstock::learn
