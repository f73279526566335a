#include "core/learn/onnx_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>
#include <set>

#include "core/learn/onnx_numbers.h"
#include "core/learn/options.h"

namespace penstock::learn {
namespace {

using Type = OnnxGraph::Type;
constexpr std::string_view ml = "ai.onnx.ml";

Error not_exportable(std::string message) {
  return {.code = "NotExportable", .message = std::move(message)};
}

// Adds a recipe's steps, one column after the other.
class RecipeGraph {
 public:
  RecipeGraph(OnnxGraph& graph, const Preprocessor& preprocessor) : graph_(graph), preprocessor_(preprocessor) {}

  Outcome<RecipeNodes> add() {
    for (const auto& [name, expression] : preprocessor_.recipe().expressions)
      if (expression.columns().empty())
        return not_exportable(fmt::format("expression '{}' reads no column, so that a graph has no rows for it", name));
    for (const auto& [name, type] : preprocessor_.inputs()) add_column(name, type == explore::ColumnType::String);
    for (const Preprocessor::Step& step : preprocessor_.steps()) {
      auto added = add_step(step);
      if (!added) return added.error();
    }
    return RecipeNodes{.features = graph_.node("Concat", parts_, {OnnxGraph::attribute("axis", int64_t{1})}),
                       .inputs = std::move(inputs_)};
  }

 private:
  // A raw column becomes an input, one that an expression makes is computed of others.
  std::string add_column(const std::string& name, bool text) {
    if (const auto known = values_.find(name); known != values_.end()) return known->second;
    const auto& expressions = preprocessor_.recipe().expressions;
    const auto made = std::find_if(expressions.begin(), expressions.end(),
                                   [&](const auto& expression) { return expression.first == name; });
    if (made == expressions.end()) {
      inputs_.push_back(name);
      if (text) texts_.insert(name);
      return values_[name] = graph_.input(name, text ? Type::text : Type::float64, 1);
    }
    for (const std::string& column : made->second.columns()) add_column(column, false);
    std::string value =
        add_expression(graph_, made->second, [&](const std::string& column) { return values_[column]; });
    return values_[name] = std::move(value);
  }

  Outcome<void> add_step(const Preprocessor::Step& step) {
    column_ = step.column;
    value_ = values_[step.column];
    filled_text_ = std::nullopt;
    std::string indicator;
    if (!step.imputer.method.empty() && texts_.contains(column_)) {
      filled_text_ = std::string(step.imputer.fill.as_string());
      if (step.imputer.indicator) indicator = one_hot_of_texts({""});
    } else if (!step.imputer.method.empty()) {
      const std::string missing = graph_.node("IsNaN", {value_});
      if (step.imputer.indicator) indicator = graph_.cast(missing, Type::float64);
      value_ = graph_.node("Where", {missing, graph_.constant(json_number(step.imputer.fill)), value_});
    }
    auto added = std::visit([&](const auto& kind) { return add_kind(kind); }, step.transform);
    if (!added) return added;
    if (!indicator.empty()) parts_.push_back(indicator);
    return {};
  }

  Outcome<void> add_kind(const Pass&) {
    parts_.push_back(value_);
    return {};
  }
  Outcome<void> add_kind(const Scale& kind) {
    const std::string centred = graph_.node("Sub", {value_, graph_.constant(kind.center)});
    parts_.push_back(graph_.node("Div", {centred, graph_.constant(kind.scale)}));
    return {};
  }
  Outcome<void> add_kind(const MinMax& kind) {
    std::string scaled = graph_.node("Mul", {value_, graph_.constant(kind.factor)});
    scaled = graph_.node("Add", {scaled, graph_.constant(kind.offset)});
    if (kind.clip) {
      scaled = graph_.node("Max", {scaled, graph_.constant(kind.low)});
      scaled = graph_.node("Min", {scaled, graph_.constant(kind.high)});
    }
    parts_.push_back(scaled);
    return {};
  }
  Outcome<void> add_kind(const Bins& kind) {
    const int64_t count = static_cast<int64_t>(kind.edges.size());
    if (count == 0) {  // one bin for all
      const std::string none = graph_.node("Mul", {value_, graph_.constant(0)});
      parts_.push_back(kind.ordinal ? none : graph_.node("Add", {none, graph_.constant(1)}));
      return {};
    }
    const std::string above =
        graph_.cast(graph_.node("GreaterOrEqual", {value_, graph_.constant(kind.edges, {1, count})}), Type::float64);
    const int64_t axis = 1;
    const std::string bin = graph_.node("ReduceSum", {above, graph_.integers({&axis, 1})});
    if (kind.ordinal) {
      parts_.push_back(bin);
      return {};
    }
    std::vector<double> bins;
    for (int64_t i = 0; i <= count; ++i) bins.push_back(static_cast<double>(i));
    parts_.push_back(graph_.cast(graph_.node("Equal", {bin, graph_.constant(bins, {1, count + 1})}), Type::float64));
    return {};
  }
  Outcome<void> add_kind(const OneHot& kind) {
    std::vector<double> places(kind.feature_of.size() * kind.width), others(kind.width);
    for (size_t i = 0; i < kind.feature_of.size(); ++i)
      if (kind.feature_of[i] >= 0) places[i * kind.width + static_cast<size_t>(kind.feature_of[i])] = 1;
    if (kind.unknown == "other" && !others.empty()) others.back() = 1;
    return add_categories(kind.categories, places, others);
  }
  Outcome<void> add_kind(const Ordinal& kind) {
    std::vector<double> places;
    for (size_t i = 0; i < kind.categories.values.size(); ++i) places.push_back(static_cast<double>(i));
    return add_categories(kind.categories, places, {kind.unknown.value_or(-1)});
  }
  Outcome<void> add_kind(const TargetMean& kind) { return add_categories(kind.categories, kind.means, {kind.mean}); }
  Outcome<void> add_kind(const Hash&) {
    return not_exportable(fmt::format(
        "column '{}': transform 'hash' has no ONNX form, since ONNX has no operation on the bytes of a text", column_));
  }
  Outcome<void> add_kind(const Dates& kind) {
    for (const std::string& part : kind.parts) {
      const auto cycle = Dates::cycle_of(part);
      if (!cycle) {
        parts_.push_back(add_date_part(graph_, value_, part));
        continue;
      }
      const std::string place =
          graph_.node("Sub", {add_date_part(graph_, value_, cycle->part), graph_.constant(cycle->first)});
      const std::string angle = graph_.node("Mul", {place, graph_.constant(2 * std::numbers::pi / cycle->turn)});
      parts_.push_back(graph_.node("Sin", {angle}));
      parts_.push_back(graph_.node("Sin", {graph_.node("Add", {angle, graph_.constant(std::numbers::pi / 2)})}));
    }
    return {};
  }

  // Of texts: a column a name.
  std::string one_hot_of_texts(const std::vector<std::string>& names) {
    const std::string hot = graph_.node("OneHotEncoder", {value_},
                                        {OnnxGraph::attribute("cats_strings", std::span<const std::string>(names)),
                                         OnnxGraph::attribute("zeros", int64_t{1})},
                                        ml);
    const int64_t shape[] = {-1, static_cast<int64_t>(names.size())};
    return graph_.node("Reshape", {graph_.cast(hot, Type::float64), graph_.integers(shape)});
  }

  // A row of `rows` for each category, and `unknown` for a value that is none: one-hot times a matrix.
  Outcome<void> add_categories(const Categories& categories, std::vector<double> rows,
                               const std::vector<double>& unknown) {
    int64_t count = static_cast<int64_t>(categories.values.size());
    const int64_t width = static_cast<int64_t>(unknown.size());
    if (count == 0 || width == 0) return not_exportable(fmt::format("column '{}' has no category", column_));
    std::string hot;
    if (texts_.contains(column_)) {
      std::vector<std::string> names;
      for (const Category& category : categories.values) names.push_back(category.text);  // "" where missing
      const auto filled = std::find(names.begin(), names.end(), filled_text_.value_or(""));
      if (filled_text_ && filled != names.end()) {  // a missing text is one more category, which becomes the same
        const auto row = rows.begin() + (filled - names.begin()) * width;
        const std::vector<double> copy(row, row + width);
        rows.insert(rows.end(), copy.begin(), copy.end());
        names.emplace_back();
        ++count;
      }
      hot = one_hot_of_texts(names);
    } else {
      std::vector<double> numbers;
      for (const Category& category : categories.values)
        numbers.push_back(category.kind == Category::Kind::missing ? std::nan("") : category.number);
      hot = graph_.cast(graph_.node("Equal", {value_, graph_.constant(numbers, {1, count})}), Type::float64);
      if (categories.values.back().kind == Category::Kind::missing) {
        std::vector<double> last(static_cast<size_t>(count));
        last.back() = 1;
        const std::string missing = graph_.cast(graph_.node("IsNaN", {value_}), Type::float64);
        hot = graph_.node("Add", {hot, graph_.node("MatMul", {missing, graph_.constant(last, {1, count})})});
      }
    }
    const std::vector<double> ones(static_cast<size_t>(count), 1.0);
    const std::string known = graph_.node("MatMul", {hot, graph_.constant(ones, {count, 1})});
    const std::string rest = graph_.node("Sub", {graph_.constant(1), known});
    parts_.push_back(graph_.node("Add", {graph_.node("MatMul", {hot, graph_.constant(rows, {count, width})}),
                                         graph_.node("MatMul", {rest, graph_.constant(unknown, {1, width})})}));
    return {};
  }

  OnnxGraph& graph_;
  const Preprocessor& preprocessor_;
  std::map<std::string, std::string> values_;
  std::set<std::string> texts_;
  std::vector<std::string> parts_, inputs_;
  std::string column_, value_;
  std::optional<std::string> filled_text_;  // what takes the place of a missing text of the column
};

// From one score a row, or one a class, to `label` and `probabilities`.
void add_class_outputs(OnnxGraph& graph, const std::string& scores, size_t outputs) {
  const size_t classes = std::max<size_t>(2, outputs);
  if (outputs == 1) {
    const std::string positive = graph.node("Sigmoid", {scores});
    const std::string negative = graph.node("Sub", {graph.constant(1), positive});
    graph.node("Concat", {negative, positive}, {OnnxGraph::attribute("axis", int64_t{1})}, {}, "probabilities");
  } else {
    graph.node("Softmax", {scores}, {OnnxGraph::attribute("axis", int64_t{1})}, {}, "probabilities");
  }
  graph.node("ArgMax", {"probabilities"},
             {OnnxGraph::attribute("axis", int64_t{1}), OnnxGraph::attribute("keepdims", int64_t{1})}, {}, "label");
  graph.output("label", Type::int64, 1);
  graph.output("probabilities", Type::float64, classes);
}

}  // namespace

Outcome<RecipeNodes> add_recipe(OnnxGraph& graph, const Preprocessor& preprocessor) {
  return RecipeGraph(graph, preprocessor).add();
}

void add_linear(OnnxGraph& graph, const LinearModel& model, const std::string& features) {
  const size_t columns = model.columns();
  std::vector<double> turned(model.weights.size());  // features by outputs
  for (size_t k = 0; k < model.outputs; ++k)
    for (size_t j = 0; j < columns; ++j) turned[j * model.outputs + k] = model.weights[k * columns + j];
  const int64_t rows = static_cast<int64_t>(columns), outputs = static_cast<int64_t>(model.outputs);
  const std::string products = graph.node("MatMul", {features, graph.constant(turned, {rows, outputs})});
  const std::string shift = graph.constant(model.intercepts, {1, outputs});
  if (model.logistic) {
    add_class_outputs(graph, graph.node("Add", {products, shift}), model.outputs);
    return;
  }
  graph.node("Add", {products, shift}, {}, {}, "prediction");
  graph.output("prediction", Type::float64, 1);
}

namespace {

// The attributes of a TreeEnsembleRegressor, a place for each node of every tree.
struct TreeNodes {
  std::vector<int64_t> trees, ids, features, lefts, rights, missing_left;
  std::vector<float> values;
  std::vector<std::string> modes;
  std::vector<int64_t> target_trees, target_nodes, target_classes;
  std::vector<float> target_weights;
};

bool add_tree(TreeNodes& nodes, const Json& tree, int64_t number, int64_t target) {
  const std::vector<double> lefts = json_numbers(tree["left_children"]), rights = json_numbers(tree["right_children"]),
                            features = json_numbers(tree["split_indices"]),
                            values = json_numbers(tree["split_conditions"]);
  const Json& default_left = tree["default_left"];
  if (lefts.empty() || rights.size() != lefts.size() || features.size() != lefts.size() ||
      values.size() != lefts.size() || default_left.size() != lefts.size() || tree["categories"].size() > 0)
    return false;
  for (size_t i = 0; i < lefts.size(); ++i) {
    const bool leaf = lefts[i] < 0;
    const Json& to_left = default_left[i];
    nodes.trees.push_back(number);
    nodes.ids.push_back(static_cast<int64_t>(i));
    nodes.features.push_back(leaf ? 0 : static_cast<int64_t>(features[i]));
    nodes.values.push_back(leaf ? 0.0F : static_cast<float>(values[i]));
    nodes.modes.emplace_back(leaf ? "LEAF" : "BRANCH_LT");
    nodes.lefts.push_back(leaf ? 0 : static_cast<int64_t>(lefts[i]));
    nodes.rights.push_back(leaf ? 0 : static_cast<int64_t>(rights[i]));
    nodes.missing_left.push_back(!leaf && (to_left.is_boolean() ? to_left.as_boolean() : json_number(to_left) != 0));
    if (!leaf) continue;
    nodes.target_trees.push_back(number);
    nodes.target_nodes.push_back(static_cast<int64_t>(i));
    nodes.target_classes.push_back(target);
    nodes.target_weights.push_back(static_cast<float>(values[i]));
  }
  return true;
}

// XGBoost writes one number, or since release 3 a list of them in a text: "[4.99E-1]".
std::vector<double> base_scores(std::string_view text) {
  std::vector<double> scores;
  for (size_t at = 0; at < text.size();) {
    double score = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + text.size(), score);
    if (read.ec == std::errc()) scores.push_back(score);
    at = std::max(at + 1, static_cast<size_t>(read.ptr - text.data()));
  }
  return scores;
}

std::vector<OnnxGraph::Attribute> attributes_of(const TreeNodes& nodes, size_t outputs,
                                                const std::vector<float>& bases) {
  const auto integers = [](const char* name, const std::vector<int64_t>& values) {
    return OnnxGraph::attribute(name, std::span<const int64_t>(values));
  };
  const auto floats = [](const char* name, const std::vector<float>& values) {
    return OnnxGraph::attribute(name, std::span<const float>(values));
  };
  return {OnnxGraph::attribute("n_targets", static_cast<int64_t>(outputs)),
          OnnxGraph::attribute("aggregate_function", std::string_view("SUM")),
          OnnxGraph::attribute("post_transform", std::string_view("NONE")),
          floats("base_values", bases),
          integers("nodes_treeids", nodes.trees),
          integers("nodes_nodeids", nodes.ids),
          integers("nodes_featureids", nodes.features),
          floats("nodes_values", nodes.values),
          OnnxGraph::attribute("nodes_modes", std::span<const std::string>(nodes.modes)),
          integers("nodes_truenodeids", nodes.lefts),
          integers("nodes_falsenodeids", nodes.rights),
          integers("nodes_missing_value_tracks_true", nodes.missing_left),
          integers("target_treeids", nodes.target_trees),
          integers("target_nodeids", nodes.target_nodes),
          integers("target_ids", nodes.target_classes),
          floats("target_weights", nodes.target_weights)};
}

}  // namespace

Outcome<void> add_trees(OnnxGraph& graph, const Json& xgboost, const std::string& features) {
  const Json& learner = xgboost["learner"];
  const std::string_view objective = learner["objective"].text("name");
  if (learner["gradient_booster"].text("name") != "gbtree")
    return not_exportable("only XGBoost's booster gbtree has an ONNX form here");
  if (objective != "binary:logistic" && objective != "multi:softprob" && objective != "reg:squarederror")
    return not_exportable(fmt::format("XGBoost's objective '{}' has no ONNX form here", objective));
  const Json& parameters = learner["learner_model_param"];
  std::vector<double> bases = base_scores(parameters.text("base_score"));
  const std::vector<double> classes = base_scores(parameters.text("num_class"));
  const size_t outputs = objective == "multi:softprob" && !classes.empty() ? static_cast<size_t>(classes[0]) : 1;
  bases.resize(outputs, bases.empty() ? 0.5 : bases[0]);
  if (objective == "binary:logistic") bases[0] = std::log(bases[0] / (1 - bases[0]));
  const Json& model = learner["gradient_booster"]["model"];
  const std::vector<double> targets = json_numbers(model["tree_info"]);
  const Json& trees = model["trees"];
  if (!trees.is_array() || trees.size() == 0 || targets.size() != trees.size())
    return not_exportable("this XGBoost model holds no trees");
  TreeNodes nodes;
  for (size_t i = 0; i < trees.size(); ++i)
    if (!add_tree(nodes, trees[i], static_cast<int64_t>(i), static_cast<int64_t>(targets[i])))
      return not_exportable(fmt::format("tree {} has splits by category, which have no ONNX form here", i));
  const std::vector<float> starts(bases.begin(), bases.end());
  const std::string scores = graph.node("TreeEnsembleRegressor", {graph.cast(features, Type::float32)},
                                        attributes_of(nodes, outputs, starts), ml);
  if (objective == "reg:squarederror") {
    graph.cast(scores, Type::float64, "prediction");
    graph.output("prediction", Type::float64, 1);
    return {};
  }
  add_class_outputs(graph, graph.cast(scores, Type::float64), outputs);
  return {};
}

}  // namespace penstock::learn
