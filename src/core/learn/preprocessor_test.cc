#include "core/learn/preprocessor.h"

#include <gtest/gtest.h>

#include <cmath>

namespace penstock::learn {
namespace {

Column numbers(const char* name, const std::vector<double>& values) {
  return {.name = name,
          .type = explore::ColumnType::Fractional,
          .rows = values.size(),
          .numbers = values,
          .strings = {},
          .present = {}};
}

Recipe recipe_of(std::string_view yaml) {
  auto recipe = parse_recipe(*yaml_to_json(yaml));
  EXPECT_TRUE(recipe.ok()) << recipe.error().message;
  return std::move(*recipe);
}

const std::vector<double> x = {1, 2, 3, 4, 100, 5};
const std::vector<double> y = {0, 1, 0, 1, 1, 0};

TEST(Preprocessor, TheTestPartDoesNotReachTheState) {
  const Recipe recipe = recipe_of("target: y\nfeatures: [{columns: [x], transform: standard}]\n");
  Frame frame({numbers("x", x), numbers("y", y)});
  const Rows train = {0, 1, 2, 3};
  const auto fitted = Preprocessor::fit(recipe, frame, train);
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;
  const Json step = fitted->preprocessor.state()["steps"][size_t{0}];
  EXPECT_EQ(step["center"].as_double(), 2.5);  // without the 100
  const auto features = fitted->preprocessor.apply(frame, {4});
  EXPECT_EQ(features->blocks[0].numbers[0], (100 - 2.5) / std::sqrt(1.25));
}

TEST(Preprocessor, AStateThatIsReadDoesTheSame) {
  const Recipe recipe = recipe_of(
      "target: y\nfeatures:\n"
      "- {columns: [x], transform: bins, count: 3}\n- {columns: [x], transform: min_max, clip: true}\n"
      "- {columns: [x], transform: robust}\n- {columns: [x], transform: onehot, unknown: other, min_count: 1}\n"
      "- {columns: [x], transform: ordinal, unknown: -1}\n- {columns: [x], transform: target_mean, folds: 2}\n"
      "- {columns: [x], transform: hash, buckets: 3}\n- {columns: [x], transform: date, parts: [year, hour_cycle]}\n"
      "- {columns: [x], impute: {method: mean, indicator: true}}\n");
  Frame frame({numbers("x", x), numbers("y", y)});
  const Rows all = {0, 1, 2, 3, 4, 5};
  const auto fitted = Preprocessor::fit(recipe, frame, all);
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;
  const Json state = fitted->preprocessor.state();
  const auto loaded = Preprocessor::load(*parse_json(to_string(state)));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(to_string(loaded->state()), to_string(state));
  const auto ours = fitted->preprocessor.apply(frame, all), theirs = loaded->apply(frame, all);
  ASSERT_TRUE(theirs.ok()) << theirs.error().message;
  ASSERT_EQ(ours->width(), theirs->width());
  ASSERT_EQ(ours->width(), ours->names.size());
  for (size_t i = 0; i < ours->blocks.size(); ++i) {
    EXPECT_EQ(ours->blocks[i].numbers, theirs->blocks[i].numbers);
    EXPECT_EQ(ours->blocks[i].hot, theirs->blocks[i].hot);
  }
}

TEST(Preprocessor, WhatIsNoStateIsRefused) {
  EXPECT_EQ(Preprocessor::load(*parse_json("{}")).error().code, "BadState");
  EXPECT_EQ(Preprocessor::load(*parse_json(R"({"kind":"penstock-preprocessor","format":9})")).error().message,
            "the state has format 9, this version reads 1");
  const Recipe recipe = recipe_of("features: [{columns: [x], transform: bins, count: 3}]\n");
  Frame frame({numbers("x", x)});
  Json state = Preprocessor::fit(recipe, frame, {0, 1, 2, 3})->preprocessor.state();
  state.set("features", Json::array());
  EXPECT_EQ(Preprocessor::load(state).error().message, "the state names 0 features, its steps make 3");
}

// Without a method nothing is filled, so that there is no feature of what was missing either.
TEST(Preprocessor, AnImputerWithoutAMethodMakesNoFeature) {
  const Recipe recipe = recipe_of("features: [{columns: [x], impute: {method: mean, indicator: true}}]\n");
  Frame frame({numbers("x", x)});
  Json state = Preprocessor::fit(recipe, frame, {0, 1, 2, 3})->preprocessor.state();
  state.mutable_at("steps").mutable_at(0).mutable_at("impute").set("method", "");
  EXPECT_EQ(Preprocessor::load(state).error().message, "the state names 2 features, its steps make 1");
}

TEST(Features, SparseAndDenseAreTheSameMatrix) {
  Features features;
  features.rows = 3;
  features.blocks = {Block::one_hot(9, {8, -1, 0}), Block::of_numbers({0.5, 0, -2})};
  const Matrix sparse = features.matrix();
  EXPECT_TRUE(sparse.is_sparse());
  EXPECT_EQ(sparse.at(0, 8), 1);
  EXPECT_EQ(sparse.at(0, 9), 0.5);
  EXPECT_EQ(sparse.at(1, 0), 0);
  EXPECT_EQ(sparse.at(2, 0), 1);
  std::string lines;
  FeatureLines(features, nullptr).append(lines, 0, 2);
  EXPECT_EQ(lines, "0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,0.5\n0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n");
}

}  // namespace
}  // namespace penstock::learn
