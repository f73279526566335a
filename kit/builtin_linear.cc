// The linear-learner image: its hyperparameters, channels train, validation and test, log lines and model files. It
// finds the optimum of the same objective by L-BFGS, so that what steers stochastic gradient descent is checked and has
// no effect.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/encoding.h"
#include "core/learn/metrics.h"
#include "kit/builtin.h"
#include "kit/builtin_data.h"
#include "kit/model.h"

namespace penstock::kit {

namespace {

using Kind = Hyperparameter::Kind;
using std::string_view;

constexpr string_view predictors[] = {"binary_classifier", "multiclass_classifier", "regressor"};
constexpr string_view losses[] = {"auto", "logistic", "squared_loss", "softmax_loss"};
constexpr string_view automatic[] = {"auto", "true", "false"};
// So small a penalty keeps the optimum of separable classes finite.
constexpr double penalty_min = 1e-6;

// Developer guide, "Linear learner hyperparameters".
constexpr Hyperparameter known[] = {
    {.name = "predictor_type", .kind = Kind::choice, .required = true, .choices = predictors},
    {.name = "num_classes", .kind = Kind::integer, .min = 3, .max = 1'000'000},
    {.name = "feature_dim"},
    {.name = "loss", .kind = Kind::choice, .choices = losses, .otherwise = "auto"},
    {.name = "l1", .otherwise = "0"},
    {.name = "wd", .otherwise = "0"},
    {.name = "use_bias", .kind = Kind::choice, .choices = automatic, .otherwise = "true"},
    {.name = "normalize_data", .kind = Kind::choice, .choices = automatic, .otherwise = "auto"},
    {.name = "positive_example_weight_mult", .otherwise = "1.0"},
    {.name = "balance_multiclass_weights", .kind = Kind::choice, .choices = automatic, .otherwise = "false"},
    // Of gradient descent, of its many models in parallel, and of choosing among them.
    {.name = "mini_batch_size"},
    {.name = "epochs", .kind = Kind::integer, .min = 1},
    {.name = "learning_rate"},
    {.name = "optimizer"},
    {.name = "momentum"},
    {.name = "beta_1"},
    {.name = "beta_2"},
    {.name = "bias_lr_mult"},
    {.name = "bias_wd_mult"},
    {.name = "use_lr_scheduler"},
    {.name = "lr_scheduler_step"},
    {.name = "lr_scheduler_factor"},
    {.name = "lr_scheduler_minimum_lr"},
    {.name = "num_models"},
    {.name = "num_calibration_samples"},
    {.name = "num_point_for_scaler"},
    {.name = "init_method"},
    {.name = "init_scale"},
    {.name = "init_sigma"},
    {.name = "init_bias"},
    {.name = "early_stopping_patience"},
    {.name = "early_stopping_tolerance"},
    {.name = "normalize_label"},
    {.name = "unbias_data"},
    {.name = "unbias_label"},
    {.name = "accuracy_top_k"},
    {.name = "binary_classifier_model_selection_criteria"},
    {.name = "target_recall"},
    {.name = "target_precision"},
    {.name = "f_beta"},
    {.name = "_tuning_objective_metric"},
};

// Means and standard deviations that the training rows are brought to 0 and 1 with; folded back into the weights.
struct Scale {
  std::vector<double> means;
  std::vector<double> deviations;
};

Scale scale_of(const TrainingRows& rows) {
  Scale out;
  out.means.assign(rows.columns, 0);
  out.deviations.assign(rows.columns, 0);
  const auto count = static_cast<double>(rows.rows);
  for (size_t i = 0; i < rows.values.size(); ++i) out.means[i % rows.columns] += rows.values[i] / count;
  for (size_t i = 0; i < rows.values.size(); ++i) {
    const double from_mean = rows.values[i] - out.means[i % rows.columns];
    out.deviations[i % rows.columns] += from_mean * from_mean / count;
  }
  for (double& deviation : out.deviations) deviation = deviation > 0 ? std::sqrt(deviation) : 1;
  return out;
}

void apply(const Scale& scale, TrainingRows& rows) {
  for (size_t i = 0; i < rows.values.size(); ++i)
    rows.values[i] = (rows.values[i] - scale.means[i % rows.columns]) / scale.deviations[i % rows.columns];
}

// The weights for rows that are not scaled.
void fold_back(const Scale& scale, learn::LinearModel& model) {
  const size_t columns = model.columns();
  for (size_t output = 0; output < model.outputs; ++output) {
    for (size_t i = 0; i < columns; ++i) {
      double& weight = model.weights[output * columns + i];
      weight /= scale.deviations[i];
      model.intercepts[output] -= weight * scale.means[i];
    }
  }
}

Outcome<size_t> class_count(const Hyperparameters& given, const TrainingRows& rows) {
  const bool binary = given.text("predictor_type") == "binary_classifier";
  if (!binary && !given.has("num_classes")) return client_error("'num_classes' is a required property");
  const auto classes = binary ? size_t{2} : static_cast<size_t>(given.integer("num_classes"));
  std::set<double> seen;
  for (const double label : rows.labels) {
    if (label < 0 || label != std::floor(label) || label >= static_cast<double>(classes))
      return client_error(fmt::format("Labels must be the integers 0 to {}: there is {}", classes - 1, label));
    seen.insert(label);
  }
  if (seen.size() != classes)
    return client_error(
        fmt::format("The training data has {} of the {} classes: each needs a row", seen.size(), classes));
  return classes;
}

// How much each row counts: classes are balanced, or the positive one weighted.
std::vector<double> row_weights(const Hyperparameters& given, const TrainingRows& rows, size_t classes) {
  std::vector<double> counts(classes, 0);
  for (const double label : rows.labels) counts[static_cast<size_t>(label)] += 1;
  const std::string positive = given.text("positive_example_weight_mult");
  const bool balanced = classes > 2 ? given.flag("balance_multiclass_weights") : positive == "balanced";
  const double factor = given.real("positive_example_weight_mult", 1);
  std::vector<double> weights;
  for (const double label : rows.labels) {
    const double count = counts[static_cast<size_t>(label)];
    const double even = static_cast<double>(rows.rows) / (static_cast<double>(classes) * count);
    weights.push_back(balanced ? even : classes == 2 && label == 1 ? factor : 1);
  }
  return weights;
}

Outcome<learn::LinearModel> fit(const Hyperparameters& given, const learn::Matrix& features, const TrainingRows& rows) {
  const auto count = static_cast<double>(rows.rows);
  const double l1 = std::max(0.0, given.real("l1", 0));
  const double l2 = std::max(0.0, given.real("wd", 0));
  const bool bias = given.text("use_bias") != "false";
  if (given.text("predictor_type") == "regressor") {
    learn::RegressionOptions options;
    options.intercept = bias;
    // learn's penalty of ridge is of the whole, that of the elastic net per row.
    options.alpha = l1 > 0 ? l1 + l2 : l2 * count;
    options.l1_ratio = l1 > 0 ? l1 / (l1 + l2) : 0;
    return learn::fit_regression(features, rows.labels, options);
  }
  const auto classes = class_count(given, rows);
  if (!classes) return classes.error();
  const double penalty = std::max(penalty_min, l1 + l2);
  learn::LogisticOptions options;
  options.regularization = 1 / (count * penalty);
  options.l1_ratio = l1 > 0 ? l1 / (l1 + l2) : 0;
  options.intercept = bias;
  options.iterations_max = 1'000;
  auto model = learn::fit_logistic(features, rows.labels, row_weights(given, rows, *classes), options);
  if (!model) return model;
  for (size_t i = 0; i < *classes; ++i) model->classes.push_back(fmt::format("{}", i));
  return model;
}

void print(const BuiltinJob& job, string_view where, string_view metric, string_view kind, double value) {
  job.line(fmt::format("#quality_metric: host={}, {} {} <{}>={}", job.host(), where, metric, kind, value));
}

void print_regression(const BuiltinJob& job, const std::string& channel, const learn::LinearModel& model,
                      const learn::Matrix& features, const std::vector<double>& labels) {
  const auto found = learn::regression_metrics(labels, model.scores(features));
  print(job, channel, "mse_objective", "loss", found.mse);
  if (channel == "train") return;
  print(job, channel, "mse", "loss", found.mse);
  print(job, channel, "rmse", "loss", found.rmse);
  print(job, channel, "mae", "loss", found.mae);
}

void print_classes(const BuiltinJob& job, const std::string& channel, const learn::LinearModel& model,
                   const learn::Matrix& features, const std::vector<double>& labels) {
  const size_t classes = model.class_count();
  const std::vector<double> probabilities = model.probabilities(features);
  const bool binary = classes == 2;
  print(job, channel, binary ? "binary_classification_cross_entropy_objective" : "multiclass_cross_entropy_objective",
        "loss", learn::log_loss(labels, probabilities, classes));
  if (channel == "train") return;
  std::vector<double> predicted;
  std::vector<double> positive;
  for (size_t at = 0; at < probabilities.size(); at += classes) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(at);
    predicted.push_back(static_cast<double>(std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row));
    positive.push_back(row[1]);
  }
  const auto confusion = learn::Confusion::of(labels, predicted, classes);
  print(job, channel, binary ? "binary_classification_accuracy" : "multiclass_accuracy", "score", confusion.accuracy());
  if (!binary) return;
  print(job, channel, "precision", "score", confusion.precision(1));
  print(job, channel, "recall", "score", confusion.recall(1));
  print(job, channel, "roc_auc_score", "score", learn::Ranking(labels, positive).roc_auc());
}

Outcome<void> measure(const BuiltinJob& job, const std::string& channel, const learn::LinearModel& model,
                      const TrainingRows& rows) {
  if (rows.columns != model.columns())
    return client_error(
        fmt::format("the {} channel has {} features, the train channel {}", channel, rows.columns, model.columns()));
  const auto outside = [&](double label) {
    return label < 0 || label != std::floor(label) || label >= static_cast<double>(model.class_count());
  };
  if (model.logistic && std::any_of(rows.labels.begin(), rows.labels.end(), outside))
    return client_error(fmt::format("the {} channel has a label that the train channel does not have", channel));
  const auto features = learn::Matrix::dense(rows.rows, rows.columns, rows.values);
  if (model.logistic)
    print_classes(job, channel, model, features, rows.labels);
  else
    print_regression(job, channel, model, features, rows.labels);
  return {};
}

// model_algo-1 has the arrays by the names that linear-learner's MXNet file has; model.json is what `penstock-kit
// infer` reads.
Outcome<void> write(const BuiltinJob& job, const Hyperparameters& given, learn::LinearModel linear) {
  Json arrays = linear.to_json();
  arrays.set("predictor_type", given.text("predictor_type"));
  if (auto written = job.write_model("model_algo-1", to_pretty_string(arrays) + "\n"); !written) return written;
  Model model;
  model.algorithm = linear.logistic ? "logistic" : "linear";
  model.classes = linear.classes;
  model.features = linear.features;
  model.regression = !linear.logistic;
  model.parameters = std::move(linear);
  OutputFiles files(job.session().disk);
  if (auto written = write_model(files, job.model_folder(), model, Json::object({{"image", "linear-learner"}}));
      !written)
    return written;
  return files.commit();
}

}  // namespace

Outcome<void> train_linear_learner(const BuiltinJob& job) {
  const auto given = Hyperparameters::check(job.hyperparameters(), known, Hyperparameters::Words::schema);
  if (!given) return given.error();
  const Channel* train = job.channel("train");
  if (train == nullptr) return client_error("'train' is a required property");
  const RowsOptions options{.content_type = "application/x-recordio-protobuf"};
  auto rows = read_rows(job, *train, options);
  if (!rows) return rows.error();
  const std::string dimension = given->text("feature_dim", "auto");
  if (dimension != "auto" && dimension != fmt::format("{}", rows->columns))
    return client_error(
        fmt::format("feature_dim is {} but the training data has {} features", dimension, rows->columns));
  const TrainingRows unscaled = *rows;
  const bool scaled = given->text("normalize_data") != "false";
  const Scale scale = scale_of(*rows);
  if (scaled) apply(scale, *rows);
  auto model = fit(*given, learn::Matrix::dense(rows->rows, rows->columns, rows->values), *rows);
  if (!model) return client_error(model.error().message);
  if (scaled) fold_back(scale, *model);
  for (size_t i = 0; i < rows->columns; ++i) model->features.push_back(fmt::format("f{}", i));
  if (auto measured = measure(job, "train", *model, unscaled); !measured) return measured;
  for (const char* name : {"validation", "test"}) {
    const Channel* channel = job.channel(name);
    if (channel == nullptr) continue;
    const auto further = read_rows(job, *channel, options);
    if (!further) return further.error();
    if (auto measured = measure(job, name, *model, *further); !measured) return measured;
  }
  return write(job, *given, *std::move(model));
}

}  // namespace penstock::kit
