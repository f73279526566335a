#include "core/learn/recipe_suggestion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"

namespace penstock::learn {

namespace {

using explore::ColumnProfile;
using explore::ColumnType;

constexpr uint64_t classes_max = 20;     // of whole numbers; more are a quantity
constexpr uint64_t categories_max = 50;  // a column each
constexpr uint64_t identifier_rows_min = 50;

// A name or a value as YAML takes it, whatever is in it: a JSON string.
std::string quoted(std::string_view text) {
  return to_string(Json(text));
}

bool is_classification(const ColumnProfile& target) {
  switch (target.type) {
    case ColumnType::String:
    case ColumnType::Boolean:
      return true;
    case ColumnType::Integral:
      return target.distinct <= classes_max;
    default:
      return false;
  }
}

// Why a column is no feature; empty when it is one.
std::string left_out(const ColumnProfile& column) {
  if (column.type == ColumnType::Unknown || column.count == 0) return "it has no values";
  if (column.distinct <= 1) return "all its values are equal";
  const bool exact = column.type == ColumnType::String || column.type == ColumnType::Integral;
  if (exact && column.distinct == column.count && column.count >= identifier_rows_min)
    return "each value occurs once: an identifier";
  return "";
}

// The line of a column but for its name.
std::string transform_of(const ColumnProfile& column, bool many_classes) {
  const auto imputed = [&](const char* method) {
    return column.missing > 0 ? fmt::format(", impute: {}", method) : std::string();
  };
  switch (column.type) {
    case ColumnType::Boolean:
      return "transform: pass" + imputed("most_frequent");
    case ColumnType::Timestamp:
      return "transform: date, parts: [year, month_cycle, weekday_cycle, hour]" + imputed("most_frequent");
    case ColumnType::String:
      if (column.distinct <= categories_max) return "transform: onehot, unknown: ignore" + imputed("most_frequent");
      return (many_classes ? "transform: hash, buckets: 32" : "transform: target_mean") + imputed("most_frequent");
    default:
      return "transform: standard" + imputed("median");
  }
}

// Without a list the classes of a text are in order; of numbers the labels stay, so that those that are not 0, 1, ...
// need one.
std::string classes_of(const ColumnProfile& target) {
  if (target.type != ColumnType::Integral) return "";
  std::vector<double> values;
  for (const explore::ValueCount& value : target.top) values.push_back(value.number);
  std::ranges::sort(values);
  if (values.front() == 0 && values.back() == static_cast<double>(values.size() - 1)) return "";
  std::vector<std::string> texts;
  for (double value : values) texts.push_back(fmt::format("{:.0f}", value));
  return fmt::format(", classes: [{}]", fmt::join(texts, ", "));
}

}  // namespace

Outcome<RecipeSuggestion> suggest_recipe(const explore::Profile& profile, std::string_view target) {
  const ColumnProfile* labels = profile.find(target);
  if (!labels) {
    std::vector<std::string_view> names;
    for (const ColumnProfile& column : profile.columns) names.push_back(column.name);
    const auto nearest = nearest_word(target, names);
    return Error{.code = "NoSuchColumn",
                 .message = fmt::format("there is no column '{}'{}", target,
                                        nearest.empty() ? "" : fmt::format(": did you mean '{}'?", nearest))};
  }
  if (labels->distinct < 2)
    return Error{.code = "BadTarget",
                 .message = fmt::format("column '{}' has {}: there is nothing to predict", target,
                                        labels->distinct == 0 ? "no values" : "one value only")};
  const bool classes = is_classification(*labels);
  std::vector<std::pair<std::string, std::vector<std::string>>> lines;  // transform and names, in order of first use
  std::string comments;
  for (const ColumnProfile& column : profile.columns) {
    if (&column == labels) continue;
    if (const std::string reason = left_out(column); !reason.empty()) {
      comments += fmt::format("# {} is left out: {}.\n", quoted(column.name), reason);
      continue;
    }
    const std::string transform = transform_of(column, classes && labels->distinct > 2);
    auto line = std::ranges::find(lines, transform, &std::pair<std::string, std::vector<std::string>>::first);
    if (line == lines.end()) line = lines.insert(line, {transform, {}});
    line->second.push_back(quoted(column.name));
  }
  if (lines.empty())
    return Error{.code = "NoFeatures", .message = fmt::format("no column but '{}' says anything", target)};
  RecipeSuggestion suggestion;
  suggestion.problem = classes ? Problem::classification : Problem::regression;
  suggestion.yaml = fmt::format("# A first recipe for {} rows. Edit it as you learn more about the data.\n{}",
                                profile.rows, comments);
  suggestion.yaml += fmt::format("target: {{column: {}{}}}\n", quoted(target), classes ? classes_of(*labels) : "");
  if (labels->missing > 0) suggestion.yaml += fmt::format("rows: {{drop_missing: [{}]}}\n", quoted(target));
  suggestion.yaml +=
      fmt::format("split: {{by: random, test: 0.3, seed: 0{}}}\nfeatures:\n", classes ? ", stratify: true" : "");
  for (const auto& [transform, names] : lines)
    suggestion.yaml += fmt::format("  - {{columns: [{}], {}}}\n", fmt::join(names, ", "), transform);
  return suggestion;
}

}  // namespace penstock::learn
