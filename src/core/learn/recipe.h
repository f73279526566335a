// Recipe: what `penstock-kit preprocess` is asked to do with a data set, as people write it in YAML:
//
//   target: {column: income, classes: [" - 50000.", " 50000+."]}     # classes become 0, 1, ...; left out: numbers as
//   they are rows: {drop_missing: true, drop_duplicates: true}                # true: by the columns in use; or a list
//   of columns split: {by: random, test: 0.3, seed: 0, stratify: false}         # by: random | time | group (with
//   column: NAME) expressions: {net gains: "`capital gains` - `capital losses`"}   # new columns (expression.h)
//   features:                                                        # in the order of the features
//     - {columns: [age], transform: bins, count: 10, impute: median} # transforms and their options: transform.h
//     - {columns: numeric, except: [age], transform: standard}       # numeric, text, date: all columns of that type
//   keep: [sex]                                                      # written beside the features, for evaluation by
//   slice
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/learn/expression.h"

namespace penstock::learn {

struct Target {
  std::string column;
  std::vector<std::string> classes;
};

// Which columns a rule about rows looks at.
struct RowRule {
  bool on = false;
  std::vector<std::string> columns;  // empty: those that features and target use
};

struct SplitRule {
  enum class By { none, random, time, group } by = By::none;
  double test = 0.3;
  uint32_t seed = 0;
  std::string stratify;  // a column; empty: not stratified
  std::string column;    // of by time or by group
};

struct FeatureRule {
  std::vector<std::string> columns;
  std::string columns_of_type;  // "numeric", "text", "date" instead of names
  std::vector<std::string> except;
  std::string transform;
  Json options;
};

struct Recipe {
  std::optional<Target> target;
  RowRule drop_missing;
  RowRule drop_duplicates;
  SplitRule split;
  std::vector<std::pair<std::string, Expression>> expressions;
  std::vector<FeatureRule> features;
  std::vector<std::string> keep;
  Json source;  // as it was read, for the state
};

// Errors (codes "BadRecipe", "BadOption", "BadExpression") say which step and what was meant.
Outcome<Recipe> parse_recipe(const Json& source);
// YAML as JSON: plain scalars that are numbers, true, false or null become those, quoted ones are texts. Duplicate
// keys, tags and wrong syntax are errors (code "BadYaml") with line and column.
Outcome<Json> yaml_to_json(std::string_view text);

}  // namespace penstock::learn
