// The XGBoost image (sagemaker-xgboost): its hyperparameters, channels train and validation, log lines and model file.
// Training itself is XGBoost's C API of the pinned release.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/encoding.h"
#include "kit/builtin.h"
#include "kit/builtin_data.h"
#include "kit/xgboost.h"

namespace penstock::kit {

namespace {

using Kind = Hyperparameter::Kind;
using std::string_view;

constexpr string_view boosters[] = {"gbtree", "gblinear", "dart"};
constexpr string_view tree_methods[] = {"auto", "exact", "approx", "hist"};
constexpr string_view updaters[] = {"grow_colmaker", "grow_histmaker", "grow_quantile_histmaker",
                                    "sync",          "refresh",        "prune",
                                    "shotgun",       "coord_descent"};
constexpr string_view process_types[] = {"default", "update"};
constexpr string_view grow_policies[] = {"depthwise", "lossguide"};
constexpr string_view predictors[] = {"auto", "cpu_predictor"};
constexpr string_view samplings[] = {"uniform", "gradient_based"};
constexpr string_view sample_types[] = {"uniform", "weighted"};
constexpr string_view normalize_types[] = {"tree", "forest"};
constexpr string_view distributions[] = {"normal", "logistic", "extreme"};
constexpr string_view objectives[] = {
    "binary:logistic",     "binary:logitraw", "binary:hinge", "count:poisson",     "multi:softmax",
    "multi:softprob",      "rank:pairwise",   "rank:ndcg",    "rank:map",          "reg:linear",
    "reg:squarederror",    "reg:logistic",    "reg:gamma",    "reg:absoluteerror", "reg:pseudohubererror",
    "reg:squaredlogerror", "reg:tweedie",     "survival:aft", "survival:cox"};
// XGBoost's own, and (from `accuracy` on) those that the image adds.
constexpr string_view metrics[] = {"auc",
                                   "aucpr",
                                   "error",
                                   "logloss",
                                   "mae",
                                   "map",
                                   "mape",
                                   "merror",
                                   "mlogloss",
                                   "mphe",
                                   "ndcg",
                                   "rmse",
                                   "rmsle",
                                   "poisson-nloglik",
                                   "gamma-nloglik",
                                   "gamma-deviance",
                                   "tweedie-nloglik",
                                   "cox-nloglik",
                                   "aft-nloglik",
                                   "accuracy",
                                   "balanced_accuracy",
                                   "f1",
                                   "f1_binary",
                                   "f1_macro",
                                   "mse",
                                   "precision",
                                   "precision_macro",
                                   "recall",
                                   "recall_macro",
                                   "r2"};
constexpr string_view own_metrics[] = {"accuracy",  "balanced_accuracy", "f1",     "f1_binary",    "f1_macro", "mse",
                                       "precision", "precision_macro",   "recall", "recall_macro", "r2"};
constexpr string_view maximized[] = {
    "auc",          "aucpr",     "map",      "ndcg",      "accuracy",        "balanced_accuracy",
    "f1",           "f1_binary", "f1_macro", "precision", "precision_macro", "recall",
    "recall_macro", "r2"};

// Developer guide, "XGBoost hyperparameters"; ranges as the image checks them.
constexpr Hyperparameter known[] = {
    {.name = "num_round", .kind = Kind::integer, .required = true, .min = 1},
    {.name = "csv_weights", .kind = Kind::integer, .min = 0, .max = 1},
    {.name = "early_stopping_rounds", .kind = Kind::integer, .min = 1},
    {.name = "booster", .kind = Kind::choice, .choices = boosters},
    {.name = "verbosity", .kind = Kind::integer, .min = 0, .max = 3},
    {.name = "nthread", .kind = Kind::integer, .min = 1},
    {.name = "eta", .kind = Kind::real, .min = 0, .max = 1},
    {.name = "gamma", .kind = Kind::real, .min = 0},
    {.name = "max_depth", .kind = Kind::integer, .min = 0},
    {.name = "min_child_weight", .kind = Kind::real, .min = 0},
    {.name = "max_delta_step", .kind = Kind::real, .min = 0},
    {.name = "subsample", .kind = Kind::real, .min = 0, .max = 1, .above_min = true},
    {.name = "sampling_method", .kind = Kind::choice, .choices = samplings},
    {.name = "colsample_bytree", .kind = Kind::real, .min = 0, .max = 1, .above_min = true},
    {.name = "colsample_bylevel", .kind = Kind::real, .min = 0, .max = 1, .above_min = true},
    {.name = "colsample_bynode", .kind = Kind::real, .min = 0, .max = 1, .above_min = true},
    {.name = "lambda", .kind = Kind::real, .min = 0},
    {.name = "alpha", .kind = Kind::real, .min = 0},
    {.name = "tree_method", .kind = Kind::choice, .choices = tree_methods},
    {.name = "sketch_eps", .kind = Kind::real, .min = 0, .max = 1, .above_min = true},
    {.name = "scale_pos_weight", .kind = Kind::real, .min = 0, .above_min = true},
    {.name = "updater", .kind = Kind::list, .choices = updaters},
    {.name = "dsplit", .kind = Kind::text},
    {.name = "refresh_leaf", .kind = Kind::integer, .min = 0, .max = 1},
    {.name = "process_type", .kind = Kind::choice, .choices = process_types},
    {.name = "grow_policy", .kind = Kind::choice, .choices = grow_policies},
    {.name = "max_leaves", .kind = Kind::integer, .min = 0},
    {.name = "max_bin", .kind = Kind::integer, .min = 0},
    {.name = "predictor", .kind = Kind::choice, .choices = predictors},
    {.name = "monotone_constraints", .kind = Kind::text},
    {.name = "interaction_constraints", .kind = Kind::text},
    {.name = "sample_type", .kind = Kind::choice, .choices = sample_types},
    {.name = "normalize_type", .kind = Kind::choice, .choices = normalize_types},
    {.name = "rate_drop", .kind = Kind::real, .min = 0, .max = 1},
    {.name = "one_drop", .kind = Kind::integer, .min = 0, .max = 1},
    {.name = "skip_drop", .kind = Kind::real, .min = 0, .max = 1},
    {.name = "lambda_bias", .kind = Kind::real, .min = 0, .max = 1},
    {.name = "tweedie_variance_power", .kind = Kind::real, .min = 1, .max = 2, .above_min = true},
    {.name = "huber_slope", .kind = Kind::real, .min = 0},
    {.name = "objective", .kind = Kind::choice, .choices = objectives, .otherwise = "reg:squarederror"},
    {.name = "num_class", .kind = Kind::integer, .min = 2},
    {.name = "base_score", .kind = Kind::real, .min = 0},
    {.name = "eval_metric", .kind = Kind::list, .choices = metrics},
    {.name = "seed", .kind = Kind::integer, .min = -2147483647, .max = 2147483647},
    {.name = "num_parallel_tree", .kind = Kind::integer, .min = 1},
    {.name = "save_model_on_termination", .kind = Kind::flag},
    {.name = "aft_loss_distribution", .kind = Kind::choice, .choices = distributions},
    {.name = "aft_loss_distribution_scale", .kind = Kind::real, .min = 0, .above_min = true},
    {.name = "deterministic_histogram", .kind = Kind::flag},
    {.name = "_tuning_objective_metric", .kind = Kind::text},
};
// What steers the image and is no parameter of XGBoost; or was one of a release before the pinned one.
constexpr string_view not_for_xgboost[] = {"num_round",
                                           "csv_weights",
                                           "early_stopping_rounds",
                                           "eval_metric",
                                           "dsplit",
                                           "save_model_on_termination",
                                           "_tuning_objective_metric",
                                           "predictor",
                                           "sketch_eps",
                                           "deterministic_histogram"};

template <size_t count>
bool is_one_of(const string_view (&names)[count], string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// The matrices and the booster of one training, freed at the end; a failed call leaves XGBoost's words in `problem`.
class Training {
 public:
  explicit Training(const Xgboost& api) : api_(api) {}
  ~Training() {
    if (booster_ != nullptr) api_.booster_free(booster_);
    for (DMatrixHandle matrix : matrices_) api_.dmatrix_free(matrix);
  }
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  Outcome<void> add(const char* name, const TrainingRows& rows) {
    const std::vector<float> values(rows.values.begin(), rows.values.end());
    DMatrixHandle matrix = nullptr;
    if (auto made = check(api_.dmatrix_from_mat(values.data(), rows.rows, rows.columns, std::nanf(""), &matrix)); !made)
      return made;
    matrices_.push_back(matrix);
    names_.push_back(name);
    labels_.push_back(&rows.labels);
    const std::vector<float> labels(rows.labels.begin(), rows.labels.end());
    if (auto set = check(api_.dmatrix_set_float_info(matrix, "label", labels.data(), labels.size())); !set) return set;
    if (rows.weights.empty()) return {};
    const std::vector<float> weights(rows.weights.begin(), rows.weights.end());
    return check(api_.dmatrix_set_float_info(matrix, "weight", weights.data(), weights.size()));
  }

  Outcome<void> create() { return check(api_.booster_create(matrices_.data(), matrices_.size(), &booster_)); }
  Outcome<void> set(const std::string& name, const std::string& value) {
    return check(api_.booster_set_param(booster_, name.c_str(), value.c_str()));
  }
  Outcome<void> update(int round) { return check(api_.booster_update(booster_, round, matrices_[0])); }

  // "[0]\ttrain-rmse:0.5\tvalidation-rmse:0.6", and the image's own metrics after it.
  Outcome<std::string> evaluate(int round, const std::vector<std::string>& own) {
    const char* said = nullptr;
    const int failed = api_.booster_eval(booster_, round, matrices_.data(), names_.data(), matrices_.size(), &said);
    if (auto done = check(failed); !done) return done.error();
    std::string line = said;
    for (size_t i = 0; !own.empty() && i < matrices_.size(); ++i) {
      auto predictions = predict(i);
      if (!predictions) return predictions.error();
      for (const std::string& metric : own)
        line += fmt::format("\t{}-{}:{:.5f}", names_[i], metric, own_metric(metric, *predictions, *labels_[i]));
    }
    return line;
  }

  Outcome<std::string> model() {
    bst_ulong size = 0;
    const char* bytes = nullptr;
    if (auto saved = check(api_.booster_save_buffer(booster_, R"({"format":"ubj"})", &size, &bytes)); !saved)
      return saved.error();
    return std::string(bytes, size);
  }

 private:
  struct Predictions {
    size_t width = 1;  // values a row: classes
    std::vector<float> values;
  };

  // XGBoost's message is the client's error where it is about the data or a parameter.
  Outcome<void> check(int failed) const {
    if (failed == 0) return {};
    std::string message = api_.last_error();
    message.resize(std::min(message.size(), message.find("\nStack trace")));
    for (const char* words :
         {"label", "Label", "num_class", "Invalid Parameter", "Invalid parameter", "objective", "feature"}) {
      if (message.find(words) != std::string::npos) return client_error(message);
    }
    return Error{"AlgorithmError", fmt::format("XGB train call failed with exception:\n {}", message)};
  }

  Outcome<Predictions> predict(size_t matrix) const {
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    constexpr const char* config =
        R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true})";
    if (auto done = check(api_.booster_predict(booster_, matrices_[matrix], config, &shape, &dimensions, &values));
        !done)
      return done.error();
    Predictions out;
    bst_ulong size = 1;
    for (bst_ulong i = 0; i < dimensions; ++i) size *= shape[i];
    out.width = dimensions > 1 ? shape[1] : 1;
    out.values.assign(values, values + size);
    return out;
  }

  // A class of each row: the likeliest, the one that multi:softmax says, or 1 from 0.5 on.
  static std::vector<int64_t> classes_of(const Predictions& predictions, bool binary) {
    std::vector<int64_t> classes;
    for (size_t at = 0; at < predictions.values.size(); at += predictions.width) {
      const auto row = predictions.values.begin() + static_cast<std::ptrdiff_t>(at);
      if (predictions.width > 1)
        classes.push_back(std::max_element(row, row + static_cast<std::ptrdiff_t>(predictions.width)) - row);
      else
        classes.push_back(binary ? (*row >= 0.5F ? 1 : 0) : static_cast<int64_t>(std::lround(*row)));
    }
    return classes;
  }

  static double own_metric(const std::string& name, const Predictions& predictions, const std::vector<double>& labels) {
    if (name == "mse" || name == "r2") return of_numbers(name, predictions, labels);
    const bool binary =
        std::all_of(labels.begin(), labels.end(), [](double label) { return label == 0 || label == 1; });
    const std::vector<int64_t> classes = classes_of(predictions, binary);
    struct Count {
      double predicted = 0;
      double actual = 0;
      double both = 0;
    };
    std::map<int64_t, Count> counts;
    double right = 0;
    for (size_t i = 0; i < labels.size(); ++i) {
      const auto actual = static_cast<int64_t>(labels[i]);
      counts[classes[i]].predicted += 1;
      counts[actual].actual += 1;
      if (classes[i] != actual) continue;
      counts[actual].both += 1;
      right += 1;
    }
    if (name == "accuracy") return right / static_cast<double>(labels.size());
    // The plain names are about class 1 of two, the others averages over the classes.
    const bool of_one = name == "f1_binary" || name == "precision" || name == "recall";
    double sum = 0;
    double averaged = 0;
    for (const auto& [label, count] : counts) {
      if (of_one && label != 1) continue;
      averaged += 1;
      const double precision = count.predicted == 0 ? 0 : count.both / count.predicted;
      const double recall = count.actual == 0 ? 0 : count.both / count.actual;
      if (name.starts_with("f1"))
        sum += 2 * count.both / (count.predicted + count.actual);
      else
        sum += name.starts_with("precision") ? precision : recall;
    }
    return averaged == 0 ? 0 : sum / averaged;
  }

  static double of_numbers(const std::string& name, const Predictions& predictions, const std::vector<double>& labels) {
    const auto rows = static_cast<double>(labels.size());
    double mean = 0;
    for (const double label : labels) mean += label / rows;
    double square = 0;
    double spread = 0;
    for (size_t i = 0; i < labels.size(); ++i) {
      const double error = labels[i] - static_cast<double>(predictions.values[i * predictions.width]);
      square += error * error;
      spread += (labels[i] - mean) * (labels[i] - mean);
    }
    return name == "mse" ? square / rows : 1 - square / spread;
  }

  const Xgboost& api_;
  BoosterHandle booster_ = nullptr;
  std::vector<DMatrixHandle> matrices_;
  std::vector<const char*> names_;
  std::vector<const std::vector<double>*> labels_;
};

// Which metrics XGBoost computes and which the image adds; the metric that a tuning job looks at is among them.
struct EvalMetrics {
  std::vector<std::string> of_xgboost;
  std::vector<std::string> own;
};

EvalMetrics eval_metrics(const Hyperparameters& given) {
  EvalMetrics out;
  std::vector<std::string> names;
  const std::string listed = given.text("eval_metric");
  for (const string_view name : split(listed, ',')) {
    if (!trim(name).empty()) names.emplace_back(trim(name));
  }
  const std::string tuned = given.text("_tuning_objective_metric");  // "validation:f1"
  if (const size_t colon = tuned.find(':'); colon != std::string::npos) {
    const std::string name = tuned.substr(colon + 1);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  for (const std::string& name : names) (is_one_of(own_metrics, name) ? out.own : out.of_xgboost).push_back(name);
  return out;
}

Outcome<void> set_parameters(Training& training, const Hyperparameters& given, const EvalMetrics& metrics_wanted) {
  for (const auto& [name, value] : given.all()) {
    if (is_one_of(not_for_xgboost, name)) continue;
    const bool renamed = name == "objective" && value == "reg:linear";
    if (auto set = training.set(name, renamed ? "reg:squarederror" : value); !set) return set;
  }
  for (const std::string& metric : metrics_wanted.of_xgboost) {
    if (auto set = training.set("eval_metric", metric); !set) return set;
  }
  // Only the image's own ones: XGBoost's default would be in the way.
  if (metrics_wanted.of_xgboost.empty() && !metrics_wanted.own.empty())
    return training.set("disable_default_eval_metric", "1");
  return {};
}

Outcome<void> check_dependencies(const Hyperparameters& given) {
  const std::string objective = given.text("objective");
  if (objective.starts_with("multi:") && !given.has("num_class"))
    return client_error("Require input for parameter 'num_class' for multi-classification");
  const std::string metric = given.text("eval_metric");
  for (const string_view name : split(metric, ',')) {
    if (trim(name) == "auc" && !objective.starts_with("binary:") && !objective.starts_with("rank:"))
      return client_error("Metric 'auc' can only be applied for classification and ranking problems.");
  }
  if (given.has("csv_weights") && given.integer("csv_weights") == 1 && objective.starts_with("rank:"))
    return client_error("csv_weights cannot be used with a ranking objective");
  return {};
}

// The last "name:value" of a line is what early stopping looks at: the last metric of the last data set.
double last_value(const std::string& line) {
  const size_t colon = line.rfind(':');
  return colon == std::string::npos ? std::nan("") : std::strtod(line.c_str() + colon + 1, nullptr);
}

// "validation-auc" of the last entry: more is better for some.
bool more_is_better(const std::string& line) {
  const size_t tab = line.rfind('\t');
  const size_t dash = line.find('-', tab);
  std::string name = line.substr(dash + 1, line.rfind(':') - dash - 1);
  return is_one_of(maximized, name.substr(0, name.find('@')));
}

// With five decimals, as the image prints it; SageMaker's logs show a tab as #011, and the metrics' regular expressions
// are written for that.
std::string as_logged(const std::string& line) {
  std::string out;
  for (const string_view part : split(line, '\t')) {
    const size_t colon = part.rfind(':');
    if (out.empty() || colon == string_view::npos)
      out += part;
    else
      out += fmt::format("#011{}:{:.5f}", part.substr(0, colon), last_value(std::string(part)));
  }
  return out;
}

// Trains round by round, and gives the model: of the best round if it stopped early.
Outcome<std::string> run_rounds(const BuiltinJob& job, Training& training, const Hyperparameters& given,
                                const std::vector<std::string>& own) {
  const int64_t patience = given.integer("early_stopping_rounds");
  std::string best_model;
  double best = 0;
  int best_round = 0;
  for (int round = 0; round < given.integer("num_round"); ++round) {
    if (auto updated = training.update(round); !updated) return updated.error();
    const auto line = training.evaluate(round, own);
    if (!line) return line.error();
    job.line(as_logged(*line));
    if (patience == 0) continue;
    const double value = last_value(*line);
    const bool better = round == 0 || (more_is_better(*line) ? value > best : value < best);
    if (better) {
      auto model = training.model();
      if (!model) return model;
      best_model = *std::move(model);
      best = value;
      best_round = round;
    } else if (round - best_round >= patience) {
      job.info(fmt::format("Stopping. Best iteration: {}", best_round));
      return best_model;
    }
  }
  return patience > 0 ? Outcome<std::string>(best_model) : training.model();
}

}  // namespace

Outcome<void> train_xgboost(const BuiltinJob& job) {
  const auto given = Hyperparameters::check(job.hyperparameters(), known, Hyperparameters::Words::xgboost);
  if (!given) return given.error();
  if (auto checked = check_dependencies(*given); !checked) return checked;
  if (job.hosts() > 1)
    return client_error(
        "penstock-kit trains XGBoost on one host: set InstanceCount to 1 (it uses all cores of the machine)");
  const Channel* train = job.channel("train");
  if (train == nullptr) return client_error("Missing required channel: train");
  const RowsOptions options{.content_type = "text/libsvm",
                            .labels = true,
                            .weights = given->integer("csv_weights") == 1,
                            .absent = std::nan("")};
  const auto rows = read_rows(job, *train, options);
  if (!rows) return rows.error();
  job.info(fmt::format("Single node training. Train matrix has {} rows and {} columns", rows->rows, rows->columns));
  Outcome<TrainingRows> validation = TrainingRows{};
  if (const Channel* channel = job.channel("validation")) {
    RowsOptions of_validation = options;
    of_validation.weights = false;
    validation = read_rows(job, *channel, of_validation);
    if (!validation) return validation.error();
    job.info(fmt::format("Validation matrix has {} rows", validation->rows));
    // Sparse rows may lack the last columns of either.
    if (validation->columns != rows->columns)
      return client_error(fmt::format("the validation channel has {} features, the train channel {}",
                                      validation->columns, rows->columns));
  }
  const auto api = open_xgboost();
  if (!api) return api.error();
  Training training(*api);
  if (auto added = training.add("train", *rows); !added) return added;
  if (validation->rows > 0) {
    if (auto added = training.add("validation", *validation); !added) return added;
  }
  if (auto created = training.create(); !created) return created;
  const EvalMetrics wanted = eval_metrics(*given);
  if (auto set = set_parameters(training, *given, wanted); !set) return set;
  const auto model = run_rounds(job, training, *given, wanted.own);
  if (!model) return model.error();
  return job.write_model("xgboost-model", *model);
}

}  // namespace penstock::kit
