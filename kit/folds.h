// Folds: a recipe and an algorithm tried on several divisions of the same rows, for `cv` and `backtest`. The recipe is
// fitted anew on each training part, so that nothing of a test part reaches its model.
#pragma once

#include <string>
#include <vector>

#include "core/learn/split.h"
#include "kit/prepared_data.h"
#include "kit/result.h"
#include "kit/training.h"

namespace penstock::kit {

// What both commands ask for.
struct FoldOptions {
  std::string data;
  std::string recipe;
  std::string predictions;  // a file for the predictions of every test part
  size_t only = 0;          // one fold alone, from 1; 0: all
  TrainingPlan plan;
  std::vector<std::string> settings;  // NAME=VALUE
  ReadOptions read;
  ResultOptions result;
};
void add_fold_options(CLI::App& app, FoldOptions& options);

// The rows to divide: raw data, cleaned by the recipe.
struct FoldData {
  learn::Recipe recipe;
  RawData raw;
  learn::CleanRows clean;
};
// `also`: a column that the folds are made by.
Outcome<FoldData> read_fold_data(Session& session, FoldOptions& options, const std::string& also);

// Trains and measures on each division; `divisions` are of places in `data.clean.rows`. Prints a line for each, and
// writes
// --predictions. Gives {rows, folds: [{fold, rows_train, rows_test, metrics}], mean, standard_deviation}.
Outcome<Json> run_folds(Session& session, const FoldOptions& options, FoldData& data,
                        const std::vector<learn::Split>& divisions, const std::vector<Json>& about);

}  // namespace penstock::kit
