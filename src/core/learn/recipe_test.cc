#include "core/learn/recipe.h"

#include <gtest/gtest.h>

namespace penstock::learn {
namespace {

std::string error_of(std::string_view yaml) {
  const auto json = yaml_to_json(yaml);
  if (!json) return json.error().message;
  const auto recipe = parse_recipe(*json);
  return recipe.ok() ? "" : recipe.error().message;
}

TEST(Recipe, YamlKeepsWhatIsQuotedAsText) {
  const auto json = yaml_to_json("a: 1.50\nb: '1.50'\nc: yes\nd: true\ne: [x, ~]\nf: {g: -3}\n");
  EXPECT_EQ(to_string(*json), R"({"a":1.50,"b":"1.50","c":"yes","d":true,"e":["x",null],"f":{"g":-3}})");
}

TEST(Recipe, YamlThatIsWrongHasItsLine) {
  EXPECT_EQ(error_of("a: 1\na: 2\n"), "line 2, column 1: the key 'a' is there twice");
  EXPECT_EQ(error_of("a: !python/object x\n").substr(0, 8), "line 1, ");
  EXPECT_EQ(error_of("a: [1,\n").substr(0, 5), "line ");
  EXPECT_EQ(error_of("a: &a [*a]\n"), "line 1, column 4: the values are nested too deeply");
}

TEST(Recipe, WhatIsWrongIsNamed) {
  EXPECT_EQ(error_of("features: [{columns: a}]\nsplitt: {}\n"),
            "the recipe has no option 'splitt'; did you mean 'split'?; it has: target, rows, split, expressions, "
            "features, keep");
  EXPECT_EQ(error_of("features: [{columns: a}]\nsplit: {by: random, column: t}\n"),
            "'split' by random has no 'column'; did you mean 'stratify'?");
  EXPECT_EQ(error_of("features: [{columns: a, transform: bins, strategy: x}, {transform: pass}]\n"),
            "step 2 of 'features': 'columns' names no column");
  EXPECT_EQ(error_of("target: {column: y, classes: [a, a]}\nfeatures: [{columns: a}]\n"),
            "'target' names a class twice");
}

TEST(Recipe, IsRead) {
  const auto recipe = parse_recipe(*yaml_to_json(
      "target: {column: y, classes: [no, yes]}\nrows: {drop_missing: [a]}\nsplit: {by: time, column: t, test: 0.2}\n"
      "expressions: {b: a * 2}\nfeatures: [{columns: [a, b]}, {columns: text, except: [c], transform: onehot}]\n"));
  ASSERT_TRUE(recipe.ok()) << recipe.error().message;
  EXPECT_EQ(recipe->target->classes, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(recipe->drop_missing.columns, std::vector<std::string>{"a"});
  EXPECT_FALSE(recipe->drop_duplicates.on);
  EXPECT_EQ(recipe->split.by, SplitRule::By::time);
  EXPECT_EQ(recipe->features[1].columns_of_type, "text");
}

}  // namespace
}  // namespace penstock::learn
