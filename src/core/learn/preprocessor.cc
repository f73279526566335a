#include "core/learn/preprocessor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/learn/options.h"

namespace penstock::learn {
namespace {

constexpr int format = 1;
constexpr const char* kind_of_state = "penstock-preprocessor";

Error bad_state(std::string message) {
  return {.code = "BadState", .message = std::move(message)};
}

const std::vector<std::pair<std::string_view, explore::ColumnType>> type_names = {
    {"unknown", explore::ColumnType::Unknown},       {"integral", explore::ColumnType::Integral},
    {"fractional", explore::ColumnType::Fractional}, {"boolean", explore::ColumnType::Boolean},
    {"timestamp", explore::ColumnType::Timestamp},   {"string", explore::ColumnType::String}};

std::string_view type_name(explore::ColumnType type) {
  for (const auto& [name, of_name] : type_names)
    if (of_name == type) return name;
  return "unknown";
}

// The columns of one step, by name or by type.
Outcome<std::vector<std::string>> columns_of(const FeatureRule& rule, const Recipe& recipe, const Frame& frame) {
  std::vector<std::string> names = rule.columns;
  for (const std::string& name : names)
    if (auto found = frame.find(name); !found) return found.error();
  for (const std::string& name : rule.except)
    if (auto found = frame.find(name); !found) return found.error();
  if (rule.columns_of_type.empty()) return names;
  for (const Column& column : frame.columns()) {
    const bool date = column.type == explore::ColumnType::Timestamp;
    const std::string_view type = date ? "date" : column.numeric() ? "numeric" : "text";
    const bool other_use = (recipe.target && recipe.target->column == column.name) ||
                           std::find(rule.except.begin(), rule.except.end(), column.name) != rule.except.end();
    if (type == rule.columns_of_type && !other_use) names.push_back(column.name);
  }
  if (names.empty())
    return Error{.code = "BadData", .message = fmt::format("'columns: {}': the data has none", rule.columns_of_type)};
  return names;
}

// Numbers of the column's values at those rows, by value ascending, as numpy.unique numbers classes and groups.
Outcome<std::vector<uint32_t>> number_groups(Frame& frame, const std::string& name, const Rows& rows) {
  const auto column = frame.find(name);
  if (!column) return column.error();
  if (auto brought = frame.bring(**column); !brought) return brought.error();
  const Codes& codes = frame.codes(**column);
  std::vector<bool> used(codes.size());
  for (const uint32_t row : rows) {
    if (codes.of_row[row] == Codes::missing)
      return Error{.code = "BadData",
                   .message = fmt::format("column '{}' has no value in row {}, the split needs one", name, row + 1)};
    used[codes.of_row[row]] = true;
  }
  std::vector<uint32_t> order(codes.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t left, uint32_t right) {
    return codes.texts.empty() ? codes.numbers[left] < codes.numbers[right] : codes.texts[left] < codes.texts[right];
  });
  std::vector<uint32_t> number_of(codes.size());
  uint32_t next = 0;
  for (const uint32_t code : order)
    if (used[code]) number_of[code] = next++;
  std::vector<uint32_t> numbers(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) numbers[i] = number_of[codes.of_row[rows[i]]];
  return numbers;
}

// From places in `rows` to rows of the frame.
Split in_frame(Split split, const Rows& rows) {
  for (Rows* part : {&split.train, &split.test})
    for (uint32_t& place : *part) place = rows[place];
  return split;
}

Outcome<std::vector<const Column*>> find_all(const Frame& frame, const std::vector<std::string>& names) {
  std::vector<const Column*> columns;
  for (const std::string& name : names) {
    const auto column = frame.find(name);
    if (!column) return column.error();
    columns.push_back(*column);
  }
  return columns;
}

// The classes of a text target that the recipe does not list: those of the training rows, ascending.
Outcome<std::vector<std::string>> find_classes(Frame& frame, const Column& column, const Rows& rows) {
  const auto values = take_values(frame, column, rows);
  if (!values) return values.error();
  std::vector<std::string> classes;
  for (const Category& category : Categories::of(*values).values)
    if (category.kind == Category::Kind::text) classes.push_back(category.text);
  return classes;
}

// Drops the rows that miss a value in one of the columns. Returns how many.
Outcome<size_t> drop_missing(Frame& frame, const std::vector<const Column*>& columns, Rows& rows) {
  std::vector<uint8_t> lacks(frame.rows());
  for (const Column* column : columns) {
    if (auto brought = frame.bring(*column); !brought) return brought.error();
    if (column->numeric()) {
      for (size_t row = 0; row < lacks.size(); ++row) lacks[row] |= std::isnan(column->numbers[row]) ? 1 : 0;
    } else {
      const std::vector<uint32_t>& codes = frame.codes(*column).of_row;
      for (size_t row = 0; row < lacks.size(); ++row) lacks[row] |= codes[row] == Codes::missing ? 1 : 0;
    }
  }
  return std::erase_if(rows, [&](uint32_t row) { return lacks[row] != 0; });
}

Outcome<CleanRows> clean_by(const Recipe& recipe, const std::vector<std::string>& in_use, Frame& frame,
                            DistinctRows& seen) {
  CleanRows clean;
  clean.rows.resize(frame.rows());
  std::iota(clean.rows.begin(), clean.rows.end(), 0U);
  if (recipe.drop_missing.on) {
    const auto columns = find_all(frame, recipe.drop_missing.columns.empty() ? in_use : recipe.drop_missing.columns);
    if (!columns) return columns.error();
    const auto dropped = drop_missing(frame, *columns, clean.rows);
    if (!dropped) return dropped.error();
    clean.missing = *dropped;
  }
  if (recipe.drop_duplicates.on) {
    const auto columns =
        find_all(frame, recipe.drop_duplicates.columns.empty() ? in_use : recipe.drop_duplicates.columns);
    if (!columns) return columns.error();
    auto kept = seen.add(frame, *columns, clean.rows);
    if (!kept) return kept.error();
    clean.duplicates = clean.rows.size() - kept->size();
    clean.rows = std::move(*kept);
  }
  return clean;
}

// Looks at all rows, without a branch for each: mostly they do.
bool follow_each_other(const Rows& rows) {
  const auto count = static_cast<uint32_t>(rows.size());
  uint32_t differences = 0;
  for (uint32_t i = 0; i < count; ++i) differences |= rows[i] ^ (rows[0] + i);
  return differences == 0;
}

}  // namespace

Outcome<Values> take_values(Frame& frame, const Column& column, const Rows& rows) {
  if (auto brought = frame.bring(column); !brought) return brought.error();
  Values values;
  values.column = &column;
  const bool in_order = follow_each_other(rows);
  const size_t first = rows.empty() ? 0 : rows[0];
  if (column.numeric()) {
    if (in_order) {
      values.numbers = column.numbers.subspan(first, rows.size());
      return values;
    }
    std::vector<double> chosen(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) chosen[i] = column.numbers[rows[i]];
    values.own(std::move(chosen));
    return values;
  }
  const Codes& codes = frame.codes(column);
  values.texts = codes.texts;
  if (in_order) {
    values.codes = std::span(codes.of_row).subspan(first, rows.size());
  } else {
    std::vector<uint32_t> chosen(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) chosen[i] = codes.of_row[rows[i]];
    values.own(std::move(chosen));
  }
  // A column without any value is taken for whatever the transform needs.
  if (column.type == explore::ColumnType::Unknown) values.own(std::vector<double>(rows.size(), std::nan("")));
  return values;
}

Outcome<void> Preprocessor::add_expressions(const Recipe& recipe, Frame& frame) {
  for (const auto& [name, expression] : recipe.expressions) {
    auto numbers = expression.evaluate(frame);
    if (!numbers)
      return Error{.code = numbers.error().code,
                   .message = fmt::format("expression '{}': {}", name, numbers.error().message)};
    if (auto added = frame.add(name, std::move(*numbers)); !added) return added.error();
  }
  return {};
}

Outcome<std::vector<std::string>> Preprocessor::columns_in_use(const Recipe& recipe, const Frame& frame) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const FeatureRule& rule : recipe.features) {
    const auto columns = columns_of(rule, recipe, frame);
    if (!columns) return columns.error();
    for (const std::string& name : *columns) add(name);
  }
  if (recipe.target && frame.has(recipe.target->column)) add(recipe.target->column);
  return names;
}

Outcome<CleanRows> Preprocessor::clean_rows(const Recipe& recipe, Frame& frame) {
  const auto in_use = columns_in_use(recipe, frame);
  if (!in_use) return in_use.error();
  DistinctRows seen;
  auto clean = clean_by(recipe, *in_use, frame, seen);
  if (clean && clean->rows.empty()) return no_row_left(frame.rows(), *clean);
  return clean;
}

Error no_row_left(uint64_t rows, const CleanRows& clean) {
  return {.code = "BadData",
          .message = fmt::format("no row is left of {}: {} miss a value, {} are duplicates", rows, clean.missing,
                                 clean.duplicates)};
}

Outcome<CleanRows> Preprocessor::clean_part(Frame& frame, DistinctRows& seen) const {
  std::vector<std::string> in_use;
  for (const auto& [name, type] : inputs_) in_use.push_back(name);
  if (recipe_.target && frame.has(recipe_.target->column)) in_use.push_back(recipe_.target->column);
  return clean_by(recipe_, in_use, frame, seen);
}

Outcome<Split> Preprocessor::split_rows(const Recipe& recipe, Frame& frame, const Rows& rows) {
  const SplitRule& rule = recipe.split;
  Outcome<Split> split = Split{.train = {}, .test = {}};
  switch (rule.by) {
    case SplitRule::By::none:
      return Split{.train = rows, .test = {}};
    case SplitRule::By::random:
      if (rule.stratify.empty()) {
        split = random_split(rows.size(), rule.test, rule.seed);
      } else {
        const auto classes = number_groups(frame, rule.stratify, rows);
        if (!classes) return classes.error();
        split = stratified_split(*classes, rule.test, rule.seed);
      }
      break;
    case SplitRule::By::group: {
      const auto groups = number_groups(frame, rule.column, rows);
      if (!groups) return groups.error();
      split = group_split(*groups, rule.test, rule.seed);
      break;
    }
    case SplitRule::By::time: {
      const auto times = times_of(frame, rule.column, rows);
      if (!times) return times.error();
      split = time_split(*times, rule.test);
      break;
    }
  }
  if (!split) return split;
  return in_frame(std::move(*split), rows);
}

Outcome<std::vector<double>> Preprocessor::times_of(Frame& frame, const std::string& name, const Rows& rows) {
  const auto column = frame.find(name);
  if (!column) return column.error();
  if (!(*column)->numeric())
    return Error{
        .code = "BadData",
        .message = fmt::format("column '{}' holds text, moments or numbers are needed to order rows by it", name)};
  if (auto brought = frame.bring(**column); !brought) return brought.error();
  std::vector<double> times(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) times[i] = (*column)->numbers[rows[i]];
  return times;
}

Outcome<std::vector<uint32_t>> Preprocessor::groups_of(Frame& frame, const std::string& column, const Rows& rows) {
  return number_groups(frame, column, rows);
}

Outcome<Preprocessor::Fitted> Preprocessor::fit(const Recipe& recipe, Frame& frame, const Rows& rows) {
  Fitted fitted;
  Preprocessor& made = fitted.preprocessor;
  made.recipe_ = recipe;
  made.rows_fitted_ = rows.size();
  if (recipe.target) {
    const auto target = frame.find(recipe.target->column);
    if (!target) return target.error();
    made.classes_ = recipe.target->classes;
    if (made.classes_.empty() && !(*target)->numeric()) {
      auto classes = find_classes(frame, **target, rows);
      if (!classes) return classes.error();
      made.classes_ = std::move(*classes);
    }
    auto labels = made.labels(frame, rows);
    if (!labels) return labels.error();
    fitted.labels = std::move(*labels);
  }
  for (size_t i = 0; i < recipe.features.size(); ++i) {
    const FeatureRule& rule = recipe.features[i];
    const auto columns = columns_of(rule, recipe, frame);
    if (!columns) return columns.error();
    for (const std::string& name : *columns) {
      auto added = made.fit_step(rule, name, frame, rows, fitted);
      if (!added && added.error().code == "BadOption")  // which does not say where it stands
        return Error{.code = "BadOption",
                     .message = fmt::format("step {} of 'features', '{}' of column '{}': {}", i + 1, rule.transform,
                                            name, added.error().message)};
      if (!added) return added.error();
    }
  }
  return fitted;
}

Outcome<void> Preprocessor::fit_step(const FeatureRule& rule, const std::string& name, Frame& frame, const Rows& rows,
                                     Fitted& fitted) {
  const Column& column = **frame.find(name);
  auto values = take_values(frame, column, rows);
  if (!values) return values.error();
  auto imputer = Imputer::fit(rule.options["impute"], *values);
  if (!imputer) return imputer.error();
  if (auto filled = imputer->apply(*values); !filled) return filled.error();
  static const std::vector<double> no_target;
  const FitInput input{.values = *values,
                       .target = fitted.labels ? fitted.labels->values : no_target,
                       .classes = classes_.size(),
                       .options = rule.options};
  auto transform = fit_transform(rule.transform, input);
  if (!transform) return transform.error();
  auto* mean = std::get_if<TargetMean>(&*transform);
  fitted.out_of_fold.push_back(mean ? std::move(mean->training) : std::vector<double>());
  for (const std::string& suffix : std::visit([](const auto& kind) { return kind.suffixes(); }, *transform))
    names_.push_back(name + suffix);
  if (imputer->indicator) names_.push_back(name + "_missing");
  if (std::none_of(inputs_.begin(), inputs_.end(), [&](const auto& known) { return known.first == name; }))
    inputs_.emplace_back(name, column.type);
  steps_.push_back({.column = name, .imputer = std::move(*imputer), .transform = std::move(*transform)});
  return {};
}

Outcome<void> Preprocessor::apply_step(const Step& step, Frame& frame, const Rows& rows,
                                       std::span<const double> out_of_fold, Features& features) {
  const auto column = frame.find(step.column);
  if (!column) return column.error();
  auto values = take_values(frame, **column, rows);
  if (!values) return values.error();
  auto indicator = step.imputer.apply(*values);
  if (!indicator) return indicator.error();
  if (!out_of_fold.empty()) {
    features.blocks.push_back(Block::of_numbers({out_of_fold.begin(), out_of_fold.end()}));
  } else {
    const auto applied =
        std::visit([&](const auto& kind) { return kind.apply(*values, features.blocks); }, step.transform);
    if (!applied) return applied.error();
  }
  if (*indicator) features.blocks.push_back(std::move(**indicator));
  return {};
}

Outcome<Features> Preprocessor::apply(Frame& frame, const Rows& rows) const {
  Features features;
  features.rows = rows.size();
  features.names = names_;
  for (const Step& step : steps_)
    if (auto applied = apply_step(step, frame, rows, {}, features); !applied) return applied.error();
  return features;
}

Outcome<Features> Preprocessor::Fitted::training_features(Frame& frame, const Rows& rows, size_t first) const {
  Features features;
  features.rows = rows.size();
  features.names = preprocessor.names_;
  for (size_t i = 0; i < preprocessor.steps_.size(); ++i) {
    std::span<const double> means = out_of_fold[i];
    if (!means.empty()) means = means.subspan(first, rows.size());
    if (auto applied = apply_step(preprocessor.steps_[i], frame, rows, means, features); !applied)
      return applied.error();
  }
  return features;
}

Outcome<std::optional<Labels>> Preprocessor::labels(Frame& frame, const Rows& rows, uint64_t first_row) const {
  if (!recipe_.target || !frame.has(recipe_.target->column)) return std::optional<Labels>();
  const Column& column = **frame.find(recipe_.target->column);
  Labels labels;
  labels.classes = classes_;
  const auto taken = take_values(frame, column, rows);
  if (!taken) return taken.error();
  const Values& values = *taken;
  if (classes_.empty()) {
    if (auto checked = need_numbers(values, "pass (of the target)"); !checked) return checked.error();
    if (auto checked = need_present(values, "pass (of the target)"); !checked) return checked.error();
    labels.values.assign(values.numbers.begin(), values.numbers.end());
    return std::optional(std::move(labels));
  }
  Categories known;
  for (const std::string& name : classes_)
    known.values.push_back({.kind = Category::Kind::text, .number = 0, .text = name});
  const std::vector<int32_t> places = known.places(values);
  labels.values.resize(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (places[i] < 0)
      return Error{.code = "BadData",
                   .message = fmt::format("the target '{}' has in row {} a value that is none of its classes: {}",
                                          column.name, first_row + rows[i] + 1, fmt::join(classes_, ", "))};
    labels.values[i] = places[i];
  }
  return std::optional(std::move(labels));
}

Json Preprocessor::state() const {
  Json inputs = Json::array();
  for (const auto& [name, type] : inputs_) inputs.push_back(Json::object({{"name", name}, {"type", type_name(type)}}));
  Json steps = Json::array();
  for (const Step& step : steps_) {
    Json state = Json::object({{"column", step.column}});
    if (!step.imputer.method.empty()) state.set("impute", step.imputer.state());
    std::visit(
        [&](const auto& kind) {
          state.set("transform", std::decay_t<decltype(kind)>::name);
          const Json own = kind.state();  // the members are a view into it
          for (const JsonMember& member : own.members()) state.set(member.key, member.value);
        },
        step.transform);
    steps.push_back(std::move(state));
  }
  return Json::object({{"kind", kind_of_state},
                       {"format", format},
                       {"recipe", recipe_.source},
                       {"rows_fitted", rows_fitted_},
                       {"classes", std::vector<Json>(classes_.begin(), classes_.end())},
                       {"inputs", std::move(inputs)},
                       {"steps", std::move(steps)},
                       {"features", std::vector<Json>(names_.begin(), names_.end())}});
}

Outcome<Preprocessor> Preprocessor::load(const Json& state) {
  if (state.text("kind") != kind_of_state) return bad_state("this is no state of penstock-kit preprocess fit");
  if (state["format"].is_null() || json_number(state["format"]) != format)
    return bad_state(fmt::format("the state has format {}, this version reads {}", to_string(state["format"]), format));
  auto recipe = parse_recipe(state["recipe"]);
  if (!recipe) return recipe.error();
  Preprocessor loaded;
  loaded.recipe_ = std::move(*recipe);
  const auto classes = read_texts(state, "classes");
  if (!classes) return bad_state(classes.error().message);
  loaded.classes_ = *classes;
  const auto names = read_texts(state, "features");
  if (!names) return bad_state(names.error().message);
  loaded.names_ = *names;
  if (!state["steps"].is_array() || !state["inputs"].is_array())
    return bad_state("the state lacks 'steps' or 'inputs'");
  for (const Json& input : state["inputs"].items())
    for (const auto& [name, type] : type_names)
      if (input.text("type") == name) loaded.inputs_.emplace_back(input.text("name"), type);
  size_t features = 0;
  for (const Json& step : state["steps"].items()) {
    auto transform = load_transform(step);
    if (!transform) return bad_state(transform.error().message);
    features += std::visit([](const auto& kind) { return kind.suffixes().size(); }, *transform);
    loaded.steps_.push_back({.column = std::string(step.text("column")),
                             .imputer = Imputer::load(step["impute"]),
                             .transform = std::move(*transform)});
    if (loaded.steps_.back().imputer.indicator) ++features;
  }
  if (features != loaded.names_.size())
    return bad_state(fmt::format("the state names {} features, its steps make {}", loaded.names_.size(), features));
  loaded.rows_fitted_ = read_count(state, "rows_fitted", 0).ok() ? *read_count(state, "rows_fitted", 0) : 0;
  return loaded;
}

}  // namespace penstock::learn
