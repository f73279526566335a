// Preprocessor: a recipe fitted on training rows. It turns raw rows into features, the same way for training and
// inference, and is saved as one JSON text (format 1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/learn/distinct_rows.h"
#include "core/learn/recipe.h"
#include "core/learn/split.h"
#include "core/learn/transform.h"

namespace penstock::learn {

// The target of some rows. With classes the numbers are their places, 0, 1, ...
struct Labels {
  std::vector<double> values;
  std::vector<std::string> classes;  // empty: the numbers are what they are (regression, or 0 and 1)
};

// What was dropped to make the clean rows.
struct CleanRows {
  Rows rows;  // ascending
  size_t missing = 0;
  size_t duplicates = 0;
};

// The error (code "BadData") when nothing is left of so many rows.
Error no_row_left(uint64_t rows, const CleanRows& clean);

class Preprocessor {
 public:
  struct Fitted;

  // Adds the recipe's expressions to the frame. Once per frame, before all else.
  static Outcome<void> add_expressions(const Recipe& recipe, Frame& frame);
  // The columns that features and target read, in the order of the recipe, each once. Columns the frame lacks are
  // errors, except a target that is absent.
  static Outcome<std::vector<std::string>> columns_in_use(const Recipe& recipe, const Frame& frame);
  // Rows without missing values and duplicates (the first of equal rows stays), as far as the recipe asks.
  static Outcome<CleanRows> clean_rows(const Recipe& recipe, Frame& frame);
  // The same for one part of more data, by the columns that this was fitted on. `seen` are the rows of the parts
  // before; no row may be left.
  Outcome<CleanRows> clean_part(Frame& frame, DistinctRows& seen) const;
  // The recipe's split of those rows; all of them are the training part when it has none.
  static Outcome<Split> split_rows(const Recipe& recipe, Frame& frame, const Rows& rows);

  // The column's numbers (moments) at those rows, to order them by; its values there, numbered by value ascending.
  static Outcome<std::vector<double>> times_of(Frame& frame, const std::string& column, const Rows& rows);
  static Outcome<std::vector<uint32_t>> groups_of(Frame& frame, const std::string& column, const Rows& rows);

  // Fits on `rows` of the frame alone.
  static Outcome<Fitted> fit(const Recipe& recipe, Frame& frame, const Rows& rows);
  Outcome<Features> apply(Frame& frame, const Rows& rows) const;
  // nullopt when the recipe has no target or the frame lacks its column. A class that is not known is an error, which
  // counts the frame's rows from `first_row` on.
  Outcome<std::optional<Labels>> labels(Frame& frame, const Rows& rows, uint64_t first_row = 0) const;

  const Recipe& recipe() const { return recipe_; }
  const std::vector<std::string>& feature_names() const { return names_; }
  // Columns that `apply` reads and their types.
  const std::vector<std::pair<std::string, explore::ColumnType>>& inputs() const { return inputs_; }

  Json state() const;
  // An error (code "BadState") for what is not such a state.
  static Outcome<Preprocessor> load(const Json& state);

  // One column's way to its features.
  struct Step {
    std::string column;
    Imputer imputer;
    Transform transform;
  };
  const std::vector<Step>& steps() const { return steps_; }

 private:
  Outcome<void> fit_step(const FeatureRule& rule, const std::string& name, Frame& frame, const Rows& rows,
                         Fitted& fitted);
  static Outcome<void> apply_step(const Step& step, Frame& frame, const Rows& rows, std::span<const double> out_of_fold,
                                  Features& features);

  Recipe recipe_;
  std::vector<std::string> classes_;
  std::vector<Step> steps_;
  std::vector<std::string> names_;
  std::vector<std::pair<std::string, explore::ColumnType>> inputs_;
  size_t rows_fitted_ = 0;
};

struct Preprocessor::Fitted {
  Preprocessor preprocessor;
  std::optional<Labels> labels;                  // of the rows it was fitted on
  std::vector<std::vector<double>> out_of_fold;  // of those rows, by step: what target_mean says of them; else empty

  // The features of some of the rows it was fitted on: `rows` of a frame, which were rows `first` and following of the
  // fit. As `apply`, but with target means out of fold.
  Outcome<Features> training_features(Frame& frame, const Rows& rows, size_t first) const;
};

// The column's values at those rows; they view the frame's memory when the rows follow each other.
Outcome<Values> take_values(Frame& frame, const Column& column, const Rows& rows);

}  // namespace penstock::learn
