#include "core/learn/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/learn/options.h"
#include "core/learn/transform.h"

namespace penstock::learn {
namespace {

Error bad_recipe(std::string message) {
  return {.code = "BadRecipe", .message = std::move(message)};
}

Outcome<std::optional<Target>> parse_target(const Json& source) {
  if (source.is_null()) return std::optional<Target>();
  if (source.is_string()) return std::optional(Target{.column = std::string(source.as_string()), .classes = {}});
  if (auto checked = check_keys(source, {"column", "classes"}, "'target'"); !checked) return checked.error();
  auto column = read_text(source, "column", "");
  if (!column) return column.error();
  if (column->empty()) return bad_recipe("'target' names no column");
  auto classes = read_texts(source, "classes");
  if (!classes) return classes.error();
  if (classes->size() == 1) return bad_recipe("'target' has one class, at least two are needed");
  if (std::set<std::string>(classes->begin(), classes->end()).size() != classes->size())
    return bad_recipe("'target' names a class twice");
  return std::optional(Target{.column = std::move(*column), .classes = std::move(*classes)});
}

Outcome<RowRule> parse_row_rule(const Json& source, std::string_view key) {
  const Json& value = source[key];
  if (value.is_null()) return RowRule{};
  if (value.is_boolean()) return RowRule{.on = value.as_boolean(), .columns = {}};
  auto columns = read_texts(source, key);
  if (!columns) return bad_recipe(fmt::format("'{}' is true, false or a list of columns", key));
  return RowRule{.on = true, .columns = std::move(*columns)};
}

Outcome<SplitRule> parse_split(const Json& source, const std::optional<Target>& target) {
  if (source.is_null()) return SplitRule{};
  if (auto checked = check_keys(source, {"by", "test", "seed", "stratify", "column"}, "'split'"); !checked)
    return checked.error();
  SplitRule rule;
  const auto by = read_choice(source, "by", {"random", "time", "group"});
  if (!by) return by.error();
  rule.by = *by == "random" ? SplitRule::By::random : *by == "time" ? SplitRule::By::time : SplitRule::By::group;
  const auto test = read_number(source, "test", rule.test);
  if (!test) return test.error();
  if (!(*test > 0 && *test < 1)) return bad_recipe("'split: test' is a share of the rows, between 0 and 1");
  rule.test = *test;
  const auto seed = read_count(source, "seed", 0);
  if (!seed) return seed.error();
  if (*seed > 0xffffffffU) return bad_recipe("'split: seed' is at most 4294967295, as numpy takes it");
  rule.seed = static_cast<uint32_t>(*seed);
  auto column = read_text(source, "column", "");
  if (!column) return column.error();
  rule.column = std::move(*column);
  if ((rule.by == SplitRule::By::random) != rule.column.empty())
    return bad_recipe(rule.column.empty() ? "'split' by time or group needs 'column'"
                                          : "'split' by random has no 'column'; did you mean 'stratify'?");
  const Json& stratify = source["stratify"];
  if (stratify.is_string()) {
    rule.stratify = stratify.as_string();
  } else if (stratify.is_boolean() && stratify.as_boolean()) {
    if (!target) return bad_recipe("'split: stratify: true' needs a 'target'");
    rule.stratify = target->column;
  }
  if (!rule.stratify.empty() && rule.by != SplitRule::By::random)
    return bad_recipe("'stratify' goes with 'by: random' only");
  return rule;
}

Outcome<FeatureRule> parse_feature(const Json& source, size_t number) {
  const auto in_step = [&](const Error& error) {
    return Error{.code = error.code, .message = fmt::format("step {} of 'features': {}", number, error.message)};
  };
  if (!source.is_object())
    return in_step(bad_recipe("a mapping is needed, such as {columns: [a], transform: standard}"));
  FeatureRule rule;
  auto transform = read_text(source, "transform", "pass");
  if (!transform) return in_step(transform.error());
  rule.transform = std::move(*transform);
  if (auto checked = check_transform(rule.transform, source); !checked) return in_step(checked.error());
  auto except = read_texts(source, "except");
  if (!except) return in_step(except.error());
  rule.except = std::move(*except);
  const Json& columns = source["columns"];
  if (columns.is_string() &&
      (columns.as_string() == "numeric" || columns.as_string() == "text" || columns.as_string() == "date")) {
    rule.columns_of_type = columns.as_string();
  } else {
    auto names = read_texts(source, "columns");
    if (!names) return in_step(names.error());
    if (names->empty()) return in_step(bad_recipe("'columns' names no column"));
    if (!rule.except.empty()) return in_step(bad_recipe("'except' goes with 'columns: numeric', 'text' or 'date'"));
    rule.columns = std::move(*names);
  }
  rule.options = source;
  return rule;
}

Outcome<std::vector<std::pair<std::string, Expression>>> parse_expressions(const Json& source) {
  std::vector<std::pair<std::string, Expression>> expressions;
  if (source.is_null()) return expressions;
  if (!source.is_object()) return bad_recipe("'expressions' is a mapping of new columns to expressions");
  for (const JsonMember& member : source.members()) {
    const Json& text = member.value;
    if (!text.is_string() && !text.is_number())
      return bad_recipe(fmt::format("the expression of '{}' is {}, a text is needed", member.key, to_string(text)));
    auto expression = Expression::parse(text.is_string() ? text.as_string() : text.lexeme());
    if (!expression) return expression.error();
    expressions.emplace_back(member.key, std::move(*expression));
  }
  return expressions;
}

}  // namespace

Outcome<Recipe> parse_recipe(const Json& source) {
  if (!source.is_object()) return bad_recipe("a recipe is a mapping with 'features'");
  if (auto checked = check_keys(source, {"target", "rows", "split", "expressions", "features", "keep"}, "the recipe");
      !checked)
    return checked.error();
  Recipe recipe;
  recipe.source = source;
  auto target = parse_target(source["target"]);
  if (!target) return target.error();
  recipe.target = std::move(*target);
  if (auto checked = check_keys(source["rows"], {"drop_missing", "drop_duplicates"}, "'rows'"); !checked)
    return checked.error();
  auto missing = parse_row_rule(source["rows"], "drop_missing");
  if (!missing) return missing.error();
  recipe.drop_missing = std::move(*missing);
  auto duplicates = parse_row_rule(source["rows"], "drop_duplicates");
  if (!duplicates) return duplicates.error();
  recipe.drop_duplicates = std::move(*duplicates);
  auto split = parse_split(source["split"], recipe.target);
  if (!split) return split.error();
  recipe.split = std::move(*split);
  auto expressions = parse_expressions(source["expressions"]);
  if (!expressions) return expressions.error();
  recipe.expressions = std::move(*expressions);
  const Json& features = source["features"];
  if (!features.is_array() || features.size() == 0) return bad_recipe("'features' is a list of at least one step");
  for (size_t i = 0; i < features.size(); ++i) {
    auto rule = parse_feature(features[i], i + 1);
    if (!rule) return rule.error();
    if (recipe.target &&
        std::find(rule->columns.begin(), rule->columns.end(), recipe.target->column) != rule->columns.end())
      return bad_recipe(fmt::format("step {} of 'features' makes a feature of the target '{}': that leaks the answer",
                                    i + 1, recipe.target->column));
    recipe.features.push_back(std::move(*rule));
  }
  auto keep = read_texts(source, "keep");
  if (!keep) return keep.error();
  recipe.keep = std::move(*keep);
  return recipe;
}

}  // namespace penstock::learn
