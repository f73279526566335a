#include "kit/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "base/encoding.h"
#include "core/learn/frame.h"
#include "core/learn/options.h"
#include "kit/xgboost_parameters.h"

namespace penstock::kit {

namespace {

Error bad_option(std::string message) {
  return {.code = "BadOption", .message = std::move(message)};
}

constexpr const char* class_weight_meaning = "none; balanced; or a weight a class, such as 0:1,1:5 (else 1)";

struct OptionText {
  std::string_view name;
  std::string_view meaning;
};

struct Algorithm {
  std::string_view name;
  bool labels;
  std::vector<OptionText> options;
};

const std::vector<Algorithm>& algorithms() {
  static const std::vector<Algorithm> all = {
      {"logistic",
       true,
       {{"C", "1.0: inverse strength of the penalty"},
        {"l1_ratio", "0: 0 is an L2 penalty, 1 an L1 penalty, between is an elastic net"},
        {"class_weight", class_weight_meaning},
        {"fit_intercept", "true"},
        {"max_iter", "100"},
        {"tol", "1e-4: the largest component of the gradient to stop at"}}},
      {"linear",
       true,
       {{"alpha", "0: strength of the penalty; 0 is least squares"},
        {"l1_ratio", "0: 0 is ridge, 1 the lasso, between is an elastic net"},
        {"fit_intercept", "true"},
        {"max_iter", "1000"},
        {"tol", "1e-4"}}},
      {"xgboost",
       true,
       {{"num_round", "100"},
        {"early_stopping_rounds", "0: rounds without a better validation metric to stop after"},
        {"class_weight", class_weight_meaning},
        {"...", "every parameter of XGBoost under its own name; nthread is 1 unless given"}}},
      {"kmeans", false, {{"k", "8"}, {"n_init", "10"}, {"max_iter", "300"}, {"tol", "1e-4"}, {"seed", "0"}}},
      {"pca", false, {{"components", "2"}}},
  };
  return all;
}

const Algorithm* find_algorithm(std::string_view name) {
  for (const Algorithm& algorithm : algorithms())
    if (algorithm.name == name) return &algorithm;
  return nullptr;
}

// The options as typed values; the first wrong one is kept as the error.
class Options {
 public:
  explicit Options(const std::vector<std::pair<std::string, std::string>>& all) : all_(all) {}

  std::string text(std::string_view name, std::string_view otherwise) const {
    for (const auto& [key, value] : all_)
      if (key == name) return value;
    return std::string(otherwise);
  }
  double number(std::string_view name, double otherwise, double least) {
    const std::string given = text(name, "");
    if (given.empty()) return otherwise;
    double value = 0;
    const auto end = std::from_chars(given.data(), given.data() + given.size(), value);
    if (end.ec != std::errc() || end.ptr != given.data() + given.size() || !(value >= least))
      fail(fmt::format("option {}={}: a number from {} on is needed", name, given, least));
    return value;
  }
  size_t count(std::string_view name, size_t otherwise, double least = 0) {
    const double value = number(name, static_cast<double>(otherwise), least);
    if (value != std::floor(value) || value > 1e9)
      fail(fmt::format("option {}={}: a whole number is needed", name, value));
    return failed_.empty() ? static_cast<size_t>(value) : otherwise;
  }
  bool flag(std::string_view name, bool otherwise) {
    const std::string given = text(name, otherwise ? "true" : "false");
    if (given != "true" && given != "false" && given != "1" && given != "0")
      fail(fmt::format("option {}={}: true or false is needed", name, given));
    return given == "true" || given == "1";
  }
  void fail(std::string message) {
    if (failed_.empty()) failed_ = std::move(message);
  }
  Outcome<void> checked() const { return failed_.empty() ? Outcome<void>() : Outcome<void>(bad_option(failed_)); }

 private:
  const std::vector<std::pair<std::string, std::string>>& all_;
  std::string failed_;
};

// "0:1,1:5" as weights by class; nothing when it is no such text.
std::optional<std::map<double, double>> parse_class_weights(std::string_view text) {
  std::map<double, double> weights;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;; ++at) {
    double label = 0, weight = 0;
    const auto of_label = std::from_chars(at, end, label);
    if (of_label.ec != std::errc() || of_label.ptr == end || *of_label.ptr != ':') return std::nullopt;
    const auto of_weight = std::from_chars(of_label.ptr + 1, end, weight);
    if (of_weight.ec != std::errc() || !(weight >= 0) || !std::isfinite(weight)) return std::nullopt;
    weights[label] = weight;
    at = of_weight.ptr;
    if (at == end) return weights;
    if (*at != ',') return std::nullopt;
  }
}

// How much each row counts, as scikit-learn's class_weight; empty: all alike.
Outcome<std::vector<double>> row_weights(const Options& options, const std::vector<double>& labels) {
  const std::string asked = options.text("class_weight", "none");
  if (asked == "none") return std::vector<double>();
  std::map<double, double> by_class;
  for (const double label : labels) ++by_class[label];
  if (asked == "balanced") {
    const double rows = static_cast<double>(labels.size()), classes = static_cast<double>(by_class.size());
    for (auto& [label, weight] : by_class) weight = rows / (classes * weight);
  } else {
    const auto given = parse_class_weights(asked);
    if (!given) return bad_option(fmt::format("option class_weight={}: {}", asked, class_weight_meaning));
    for (const auto& [label, weight] : *given)
      if (!by_class.contains(label))
        return bad_option(fmt::format("option class_weight={}: no row has class {}", asked, label));
    for (auto& [label, weight] : by_class) weight = given->contains(label) ? given->at(label) : 1;
  }
  std::vector<double> weights;
  weights.reserve(labels.size());
  for (const double label : labels) weights.push_back(by_class[label]);
  return weights;
}

Outcome<TrainedModel> train_logistic(Options options, const LabelledRows& rows) {
  learn::LogisticOptions asked;
  asked.regularization = options.number("C", asked.regularization, 1e-300);
  asked.l1_ratio = options.number("l1_ratio", 0, 0);
  if (asked.l1_ratio > 1) options.fail("option l1_ratio: at most 1");
  asked.intercept = options.flag("fit_intercept", true);
  asked.iterations_max = options.count("max_iter", asked.iterations_max, 1);
  asked.tolerance = options.number("tol", asked.tolerance, 0);
  if (auto checked = options.checked(); !checked) return checked.error();
  const auto weights = row_weights(options, rows.labels);
  if (!weights) return weights.error();
  auto fitted = learn::fit_logistic(rows.features, rows.labels, *weights, asked);
  if (!fitted) return fitted.error();
  TrainedModel trained;
  trained.about = Json::object({{"iterations", fitted->iterations}, {"converged", fitted->converged}});
  trained.model.parameters = std::move(*fitted);
  return trained;
}

Outcome<TrainedModel> train_linear(Options options, const LabelledRows& rows) {
  learn::RegressionOptions asked;
  asked.alpha = options.number("alpha", 0, 0);
  asked.l1_ratio = options.number("l1_ratio", 0, 0);
  if (asked.l1_ratio > 1) options.fail("option l1_ratio: at most 1");
  asked.intercept = options.flag("fit_intercept", true);
  asked.iterations_max = options.count("max_iter", asked.iterations_max, 1);
  asked.tolerance = options.number("tol", asked.tolerance, 0);
  if (auto checked = options.checked(); !checked) return checked.error();
  auto fitted = learn::fit_regression(rows.features, rows.labels, asked);
  if (!fitted) return fitted.error();
  TrainedModel trained;
  trained.about = Json::object({{"iterations", fitted->iterations}, {"converged", fitted->converged}});
  trained.model.parameters = std::move(*fitted);
  trained.model.regression = true;
  return trained;
}

// XGBoost would leave out a misspelt parameter.
Outcome<void> check_names(const std::vector<std::pair<std::string, std::string>>& options) {
  std::vector<std::string_view> known(xgboost_parameters.begin(), xgboost_parameters.end());
  known.insert(known.end(), {"num_round", "early_stopping_rounds", "class_weight"});
  for (const auto& [name, value] : options) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const auto nearest = nearest_word(name, known);
    return bad_option(fmt::format("XGBoost has no parameter '{}'{}", name,
                                  nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
  }
  return {};
}

Outcome<TrainedModel> train_xgboost(Options options, const TrainingPlan& plan, const LabelledRows& rows,
                                    const std::optional<LabelledRows>& validation,
                                    const std::vector<std::string>& names, const std::vector<std::string>& classes) {
  XgboostModel::Training training{.parameters = {}, .rounds = 100, .early_stopping_rounds = 0, .feature_names = names};
  training.rounds = options.count("num_round", training.rounds, 1);
  training.early_stopping_rounds = options.count("early_stopping_rounds", 0);
  if (auto checked = options.checked(); !checked) return checked.error();
  if (training.early_stopping_rounds > 0 && !validation)
    return bad_option("early_stopping_rounds needs --validation rows to watch");
  const double most = *std::max_element(rows.labels.begin(), rows.labels.end());
  const bool binary = std::all_of(rows.labels.begin(), rows.labels.end(), [](double y) { return y == 0 || y == 1; });
  std::string objective = options.text("objective", "");
  if (objective.empty())
    objective = classes.size() > 2 ? "multi:softprob" : binary ? "binary:logistic" : "reg:squarederror";
  if (objective == "multi:softmax") objective = "multi:softprob";  // the same model, with its probabilities
  training.parameters = {{"objective", objective}, {"nthread", options.text("nthread", "1")}};
  if (objective == "multi:softprob")
    training.parameters.emplace_back("num_class", options.text("num_class", fmt::format("{}", most + 1)));
  if (options.text("seed", "").empty()) training.parameters.emplace_back("seed", "0");
  if (auto known = check_names(plan.options); !known) return known.error();
  for (const auto& [name, value] : plan.options)
    if (name != "num_round" && name != "early_stopping_rounds" && name != "objective" && name != "nthread" &&
        name != "num_class" && name != "class_weight")
      training.parameters.emplace_back(name, value);
  static const std::vector<double> alike;
  std::optional<XgboostModel::Data> held;
  if (validation)
    held.emplace(XgboostModel::Data{.features = validation->features, .labels = validation->labels, .weights = alike});
  const bool classes_known = objective.starts_with("binary:") || objective.starts_with("multi:");
  if (!classes_known && options.text("class_weight", "none") != "none")
    return bad_option(fmt::format("option class_weight is for classes, objective {} has none", objective));
  const auto weights = row_weights(options, rows.labels);
  if (!weights) return weights.error();
  XgboostModel::History history;
  auto boosted = XgboostModel::train({.features = rows.features, .labels = rows.labels, .weights = *weights}, held,
                                     training, history);
  if (!boosted) return boosted.error();
  TrainedModel trained;
  trained.model.regression = objective != "binary:logistic" && objective != "multi:softprob";
  Json metrics = Json::object();
  for (const auto& [metric, values] : history.metrics) metrics.set(metric, learn::numbers_json(values));
  trained.about = Json::object({{"objective", objective}, {"best_round", history.best_round}, {"history", metrics}});
  trained.model.parameters = std::move(*boosted);
  return trained;
}

Outcome<TrainedModel> train_kmeans(Options options, const LabelledRows& rows) {
  learn::KmeansOptions asked;
  asked.clusters = options.count("k", asked.clusters, 1);
  asked.starts = options.count("n_init", asked.starts, 1);
  asked.rounds_max = options.count("max_iter", asked.rounds_max, 1);
  asked.tolerance = options.number("tol", asked.tolerance, 0);
  asked.seed = static_cast<uint32_t>(options.count("seed", 0));
  if (auto checked = options.checked(); !checked) return checked.error();
  auto fitted = learn::fit_kmeans(rows.features, asked);
  if (!fitted) return fitted.error();
  TrainedModel trained;
  trained.about = Json::object({{"inertia", fitted->inertia}, {"rounds", fitted->rounds}});
  trained.model.parameters = std::move(*fitted);
  return trained;
}

Outcome<TrainedModel> train_pca(Options options, const LabelledRows& rows) {
  const size_t components = options.count("components", 2, 1);
  if (auto checked = options.checked(); !checked) return checked.error();
  auto fitted = learn::fit_pca(rows.features, components);
  if (!fitted) return fitted.error();
  TrainedModel trained;
  trained.about = Json::object({{"explained_variance_ratio", learn::numbers_json(fitted->shares)}});
  trained.model.parameters = std::move(*fitted);
  return trained;
}

Outcome<void> check_names(const Algorithm& algorithm, const TrainingPlan& plan) {
  if (algorithm.name == "xgboost") return {};
  std::vector<std::string_view> known;
  for (const OptionText& option : algorithm.options) known.push_back(option.name);
  for (const auto& [name, value] : plan.options)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return bad_option(fmt::format("algorithm {} has no option '{}'{}; it has: {}", algorithm.name, name,
                                    learn::suggestion(name, known), fmt::join(known, ", ")));
  return {};
}

}  // namespace

Outcome<void> parse_settings(const std::vector<std::string>& settings, TrainingPlan& plan) {
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      return Error{.code = "BadUsage", .message = fmt::format("--set {}: NAME=VALUE is needed", setting)};
    plan.options.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  return {};
}

std::vector<std::string_view> algorithm_names() {
  std::vector<std::string_view> names;
  for (const Algorithm& algorithm : algorithms()) names.push_back(algorithm.name);
  return names;
}

std::string algorithm_options() {
  std::string text;
  for (const Algorithm& algorithm : algorithms()) {
    text += fmt::format("{}:\n", algorithm.name);
    for (const OptionText& option : algorithm.options) text += fmt::format("  {:<22}{}\n", option.name, option.meaning);
  }
  return text;
}

uint64_t memory_to_train(const TrainingPlan& plan, size_t rows, size_t columns) {
  // A number as it is handed over, and in XGBoost's rows with its column.
  constexpr uint64_t bytes_a_value = sizeof(float) + 8;
  return plan.algorithm == "xgboost" ? bytes_a_value * rows * columns : 0;
}

bool needs_labels(const TrainingPlan& plan) {
  const Algorithm* algorithm = find_algorithm(plan.algorithm);
  return algorithm && algorithm->labels;
}

Outcome<TrainedModel> train_model(const TrainingPlan& plan, const LabelledRows& rows,
                                  const std::optional<LabelledRows>& validation,
                                  const std::vector<std::string>& feature_names,
                                  const std::vector<std::string>& classes) {
  const Algorithm* algorithm = find_algorithm(plan.algorithm);
  if (!algorithm)
    return bad_option(fmt::format("there is no algorithm '{}'{}; there are: {}", plan.algorithm,
                                  learn::suggestion(plan.algorithm, algorithm_names()),
                                  fmt::join(algorithm_names(), ", ")));
  if (auto checked = check_names(*algorithm, plan); !checked) return checked.error();
  if (plan.algorithm != "xgboost") {
    if (auto checked = check_present(rows.features, feature_names); !checked) return checked.error();
  }
  const Options options(plan.options);
  auto trained = plan.algorithm == "logistic" ? train_logistic(options, rows)
                 : plan.algorithm == "linear" ? train_linear(options, rows)
                 : plan.algorithm == "kmeans" ? train_kmeans(options, rows)
                 : plan.algorithm == "pca"    ? train_pca(options, rows)
                                              : train_xgboost(options, plan, rows, validation, feature_names, classes);
  if (!trained) return trained;
  trained->model.algorithm = plan.algorithm;
  trained->model.features = feature_names;
  trained->model.classes = classes;
  Json given = Json::object();
  for (const auto& [name, value] : plan.options) given.set(name, value);
  trained->about.set("options", std::move(given));
  trained->about.set("rows_train", rows.features.rows());
  return trained;
}

}  // namespace penstock::kit
