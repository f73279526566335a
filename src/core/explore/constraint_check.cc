#include "core/explore/constraint_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "core/explore/number_values.h"
#include "core/explore/regex.h"
#include "core/explore/text_values.h"
#include "core/explore/value_text.h"

namespace penstock::explore {

namespace {

constexpr size_t example_rows = 5;
constexpr size_t example_bytes = 60;

// The beginning of a value, in whole characters.
std::string beginning_of(std::string_view value) {
  size_t size = std::min(value.size(), example_bytes);
  while (size > 0 && size < value.size() && (value[size] & 0xc0) == 0x80) --size;
  return std::string(value.substr(0, size));
}

// Rows that break a constraint.
struct Breaches {
  uint64_t count = 0;
  std::vector<uint64_t> rows;
  std::string example;  // the first such value

  void add(uint64_t row, std::string_view value) {
    if (++count == 1) example = beginning_of(value);
    if (rows.size() < example_rows) rows.push_back(row);
  }
};

bool is_missing(const Column& column, size_t row) {
  if (column.type == ColumnType::String) return !column.present.empty() && column.present[row] == 0;
  return std::isnan(column.numbers[row]);
}

// A value as constraints.json writes it.
std::string text_of(const Column& column, size_t row) {
  if (column.type == ColumnType::String) return std::string(column.strings[row]);
  const double value = column.numbers[row];
  if (column.type == ColumnType::Boolean) return value != 0 ? "True" : "False";
  if (column.type == ColumnType::Timestamp) return format_timestamp(value);
  return fmt::format("{}", value);
}

// A value as a number of the expected type, or nothing when it is none.
std::optional<double> number_of(const Column& column, size_t row, ColumnType expected) {
  if (column.type != ColumnType::String) {
    const bool time = column.type == ColumnType::Timestamp;
    if (time != (expected == ColumnType::Timestamp)) return std::nullopt;
    return column.numbers[row];
  }
  if (expected == ColumnType::Timestamp) return parse_timestamp(column.strings[row]);
  if (expected == ColumnType::Boolean) {
    const auto value = parse_boolean(column.strings[row]);
    return value ? std::optional<double>(*value) : std::nullopt;
  }
  const auto number = parse_number(column.strings[row]);
  return number ? std::optional<double>(number->value) : std::nullopt;
}

bool compare(double left, std::string_view comparison, double right) {
  if (comparison == "<") return left < right;
  if (comparison == "<=") return left <= right;
  if (comparison == ">") return left > right;
  if (comparison == ">=") return left >= right;
  return comparison == "==" ? left == right : left != right;
}

// A text among numbers (or times) compares as the number that it says; one that says none breaks the comparison.
bool compare_numbers(const Column& left, std::string_view comparison, const Column& right, size_t row) {
  const ColumnType type = left.type == ColumnType::String ? right.type : left.type;
  const auto one = number_of(left, row, type);
  const auto other = number_of(right, row, type);
  return one && other && compare(*one, comparison, *other);
}

struct FeatureState {
  FeatureState(FeatureConstraints given, Spill& spill) : wanted(std::move(given)), numbers(spill), texts(spill) {
    domain.insert(wanted.domain.begin(), wanted.domain.end());
  }
  FeatureConstraints wanted;
  std::unordered_set<std::string> domain;
  std::optional<Regex> regex;
  NumberValues numbers;
  TextValues texts;
  bool seen = false;
  uint64_t present = 0;
  uint64_t missing = 0;
  Breaches type, values, range, shape;
};

bool expects_number(ColumnType type) {
  return type != ColumnType::String && type != ColumnType::Unknown;
}

std::string percent_text(uint64_t part, uint64_t all) {
  return fmt::format("{}", all ? 100.0 * static_cast<double>(part) / static_cast<double>(all) : 100.0);
}

}  // namespace

struct ConstraintCheck::State {
  State(Constraints given, Spill& shared) : constraints(std::move(given)), spill(shared) {}

  void look_at(const Column& column, FeatureState& feature);
  void look_at_value(const Column& column, size_t row, FeatureState& feature);
  Outcome<void> count_values(const Column& column, FeatureState& feature);
  void compare_columns(std::span<const Column> columns);
  Outcome<void> judge(FeatureState& feature);
  void judge_rows();
  Outcome<void> judge_unique(FeatureState& feature);
  void report(const FeatureState& feature, std::string check, std::string description,
              const Breaches* breaches = nullptr);

  Constraints constraints;
  Spill& spill;
  std::vector<FeatureState> features;
  std::vector<Breaches> comparisons;
  std::vector<bool> compared;
  std::vector<std::string> extra;
  bool started = false;
  uint64_t rows = 0;
  std::vector<Violation> violations;
};

ConstraintCheck::ConstraintCheck(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConstraintCheck::ConstraintCheck(ConstraintCheck&&) noexcept = default;
ConstraintCheck::~ConstraintCheck() = default;

Outcome<ConstraintCheck> ConstraintCheck::make(Constraints constraints, Spill& spill) {
  auto state = std::make_unique<State>(std::move(constraints), spill);
  for (const FeatureConstraints& wanted : state->constraints.features) {
    FeatureState& feature = state->features.emplace_back(wanted, spill);
    if (wanted.regex.empty()) continue;
    auto regex = Regex::compile(wanted.regex);
    if (!regex) return Error{"BadRegex", fmt::format("column '{}': {}", wanted.name, regex.error().message)};
    feature.regex = *std::move(regex);
  }
  state->comparisons.resize(state->constraints.comparisons.size());
  state->compared.resize(state->comparisons.size());
  return ConstraintCheck(std::move(state));
}

uint64_t ConstraintCheck::rows() const {
  return state_->rows;
}

Outcome<void> ConstraintCheck::add(std::span<const Column> columns) {
  State& state = *state_;
  for (const Column& column : columns) {
    const auto feature =
        std::ranges::find_if(state.features, [&](const FeatureState& one) { return one.wanted.name == column.name; });
    if (feature == state.features.end()) {
      if (!state.started) state.extra.push_back(column.name);
      continue;
    }
    feature->seen = true;
    state.look_at(column, *feature);
    if (!feature->wanted.unique) continue;
    if (auto counted = state.count_values(column, *feature); !counted) return counted;
  }
  state.compare_columns(columns);
  state.started = true;
  if (!columns.empty()) state.rows += columns[0].rows;
  return {};
}

void ConstraintCheck::State::look_at(const Column& column, FeatureState& feature) {
  for (size_t row = 0; row < column.rows; ++row) {
    if (is_missing(column, row)) {
      ++feature.missing;
    } else {
      ++feature.present;
      look_at_value(column, row, feature);
    }
  }
}

void ConstraintCheck::State::look_at_value(const Column& column, size_t row, FeatureState& feature) {
  const FeatureConstraints& wanted = feature.wanted;
  if (expects_number(wanted.type)) {
    const auto value = number_of(column, row, wanted.type);
    const bool fits = value && (wanted.type != ColumnType::Integral || *value == std::floor(*value));
    if (!fits) feature.type.add(rows + row + 1, text_of(column, row));
    if (!value) return;
    if ((wanted.non_negative && *value < 0) || (wanted.min && *value < *wanted.min) ||
        (wanted.max && *value > *wanted.max)) {
      feature.range.add(rows + row + 1, text_of(column, row));
    }
  }
  if (feature.domain.empty() && !feature.regex) return;
  const std::string text = text_of(column, row);
  if (!feature.domain.empty() && !feature.domain.contains(text)) feature.values.add(rows + row + 1, text);
  if (feature.regex && !feature.regex->matches(text)) feature.shape.add(rows + row + 1, text);
}

Outcome<void> ConstraintCheck::State::count_values(const Column& column, FeatureState& feature) {
  if (column.type != ColumnType::String) return feature.numbers.add(column.numbers);
  std::vector<TextHash> hashes(column.rows);
  std::vector<uint16_t> codes(column.rows);
  for (size_t row = 0; row < column.rows; ++row) hashes[row] = hash_text(column.strings[row]);
  return feature.texts.add(column, hashes, codes);
}

void ConstraintCheck::State::compare_columns(std::span<const Column> columns) {
  const auto find = [&](const std::string& name) {
    return std::ranges::find_if(columns, [&](const Column& column) { return column.name == name; });
  };
  for (size_t i = 0; i < comparisons.size(); ++i) {
    const Comparison& wanted = constraints.comparisons[i];
    const auto left = find(wanted.left);
    const auto right = find(wanted.right);
    if (left == columns.end() || right == columns.end()) continue;
    compared[i] = true;
    const bool texts = left->type == ColumnType::String && right->type == ColumnType::String;
    for (size_t row = 0; row < left->rows; ++row) {
      if (is_missing(*left, row) || is_missing(*right, row)) continue;
      const bool holds = texts ? compare(left->strings[row].compare(right->strings[row]), wanted.comparison, 0)
                               : compare_numbers(*left, wanted.comparison, *right, row);
      if (!holds)
        comparisons[i].add(rows + row + 1, fmt::format("{} and {}", text_of(*left, row), text_of(*right, row)));
    }
  }
}

void ConstraintCheck::State::report(const FeatureState& feature, std::string check, std::string description,
                                    const Breaches* breaches) {
  Violation& violation = violations.emplace_back();
  violation.feature = feature.wanted.name;
  violation.check = std::move(check);
  violation.description = std::move(description);
  if (!breaches) return;
  violation.count = breaches->count;
  violation.rows = breaches->rows;
}

Outcome<void> ConstraintCheck::State::judge(FeatureState& feature) {
  const FeatureConstraints& wanted = feature.wanted;
  if (!feature.seen) {
    report(feature, "missing_column_check",
           fmt::format("There are missing columns in current dataset. Missing column: {}", wanted.name));
    return {};
  }
  const uint64_t all = feature.present + feature.missing;
  const auto fitting = [&](const Breaches& breaches) { return feature.present - breaches.count; };
  const auto share = [&](const Breaches& breaches) {
    return feature.present ? static_cast<double>(fitting(breaches)) / static_cast<double>(feature.present) : 1;
  };
  if (share(feature.type) < wanted.type_share) {
    report(feature, "data_type_check",
           fmt::format("Data type match requirement is not met. Expected data type: {}, Expected match: {}%. Observed: "
                       "Only {}% of "
                       "data is {}.",
                       type_name(wanted.type), wanted.type_share * 100,
                       percent_text(fitting(feature.type), feature.present), type_name(wanted.type)),
           &feature.type);
  }
  const double completeness = all ? static_cast<double>(feature.present) / static_cast<double>(all) : 1;
  if (wanted.completeness && completeness < *wanted.completeness) {
    report(feature, "completeness_check",
           fmt::format("Value: {} meets the constraint requirement? No: completeness of at least {} was expected",
                       completeness, *wanted.completeness));
    violations.back().count = feature.missing;
  }
  if (share(feature.values) < wanted.domain_share) {
    report(
        feature, "categorical_values_check",
        fmt::format(
            "Categorical values requirement is not met. Expected match: {}%. Observed: Only {}% of data is in the "
            "domain; '{}' is not",
            wanted.domain_share * 100, percent_text(fitting(feature.values), feature.present), feature.values.example),
        &feature.values);
  }
  if (feature.range.count > 0) {
    report(feature, "range_check",
           fmt::format("{} values lie outside the expected range, the first is {}", feature.range.count,
                       feature.range.example),
           &feature.range);
  }
  if (feature.shape.count > 0) {
    report(feature, "regex_check",
           fmt::format("{} values do not match {}, the first is '{}'", feature.shape.count, wanted.regex,
                       feature.shape.example),
           &feature.shape);
  }
  return wanted.unique ? judge_unique(feature) : Outcome<void>{};
}

void ConstraintCheck::State::judge_rows() {
  const auto& least = constraints.rows_min;
  const auto& most = constraints.rows_max;
  if (rows >= least.value_or(0) && (!most || rows <= *most)) return;
  std::string expected = fmt::format("at least {}", least.value_or(0));
  if (most) expected = least ? fmt::format("{} to {}", *least, *most) : fmt::format("at most {}", *most);
  violations.push_back({"", "row_count_check", fmt::format("{} rows, where {} were expected", rows, expected), 0, {}});
}

Outcome<void> ConstraintCheck::State::judge_unique(FeatureState& feature) {
  uint64_t copies = 0;
  std::string example;
  auto numbers = feature.numbers.visit([&](std::span<const CountedNumber> values) {
    for (const auto& [value, count] : values) {
      if (count > 1 && copies == 0) example = fmt::format("{}", value);
      copies += count - 1;
    }
  });
  if (!numbers) return numbers;
  auto texts = feature.texts.visit([&](std::string_view value, uint64_t count) {
    if (count > 1 && copies == 0) example = beginning_of(value);
    copies += count - 1;
  });
  if (!texts) return texts;
  if (copies > 0) {
    report(feature, "uniqueness_check", fmt::format("{} values come again, for example {}", copies, example));
    violations.back().count = copies;
  }
  return {};
}

Outcome<std::vector<Violation>> ConstraintCheck::finish() {
  State& state = *state_;
  const Constraints& wanted = state.constraints;
  if (wanted.evaluate) state.judge_rows();
  for (FeatureState& feature : state.features) {
    if (!feature.wanted.evaluate) continue;
    if (auto judged = state.judge(feature); !judged) return judged.error();
  }
  for (const std::string& name : state.extra) {
    if (wanted.extra_columns_allowed || !wanted.evaluate) break;
    state.violations.push_back({name,
                                "extra_column_check",
                                fmt::format("There are extra columns in current dataset. Extra column: {}", name),
                                0,
                                {}});
  }
  for (size_t i = 0; wanted.evaluate && i < state.comparisons.size(); ++i) {
    const Comparison& one = wanted.comparisons[i];
    const Breaches& breaches = state.comparisons[i];
    if (!state.compared[i]) {
      state.violations.push_back({one.left,
                                  "missing_column_check",
                                  fmt::format("{} and {} cannot be compared: a column is missing", one.left, one.right),
                                  0,
                                  {}});
    } else if (breaches.count > 0) {
      state.violations.push_back({one.left, "comparison_check",
                                  fmt::format("{} {} {} does not hold in {} rows, the first has {}", one.left,
                                              one.comparison, one.right, breaches.count, breaches.example),
                                  breaches.count, breaches.rows});
    }
  }
  return std::move(state.violations);
}

Json violations_json(std::span<const Violation> violations) {
  Json list = Json::array();
  for (const Violation& violation : violations) {
    Json rows = Json::array();
    for (const uint64_t row : violation.rows) rows.push_back(row);
    list.push_back(Json::object({{"feature_name", violation.feature},
                                 {"constraint_check_type", violation.check},
                                 {"description", violation.description},
                                 {"penstock", Json::object({{"count", violation.count}, {"rows", std::move(rows)}})}}));
  }
  return Json::object({{"violations", std::move(list)}});
}

}  // namespace penstock::explore
