// The linear-learner image: its hyperparameters, channels train, validation and test, log lines and model files. It
// finds the optimum of the same objective by L-BFGS, so that what steers stochastic gradient descent is checked and has
// no effect.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "base/encoding.h"
#include "core/learn/metrics.h"
#include "kit/builtin.h"
#include "kit/builtin_data.h"
#include "kit/builtin_linear_loss.h"
#include "kit/model.h"

namespace penstock::kit {

namespace {

using Kind = Hyperparameter::Kind;
using std::string_view;

constexpr string_view predictors[] = {"binary_classifier", "multiclass_classifier", "regressor"};
constexpr string_view losses[] = {"auto",
                                  "logistic",
                                  "softmax_loss",
                                  "squared_loss",
                                  "absolute_loss",
                                  "hinge_loss",
                                  "eps_insensitive_squared_loss",
                                  "eps_insensitive_absolute_loss",
                                  "quantile_loss",
                                  "huber_loss"};
constexpr string_view of_binary[] = {"auto", "logistic", "hinge_loss"};
constexpr string_view of_multiclass[] = {"auto", "softmax_loss"};
constexpr string_view criteria[] = {
    "accuracy",           "f1",           "f_beta", "precision_at_target_recall", "recall_at_target_precision",
    "cross_entropy_loss", "loss_function"};
constexpr string_view optimizers[] = {"auto", "adam", "adagrad", "sgd", "rmsprop"};
constexpr string_view starts[] = {"uniform", "normal"};
constexpr string_view automatic[] = {"auto", "true", "false"};
// So small a penalty keeps the optimum of separable classes finite.
constexpr double penalty_min = 1e-6;
constexpr double below_one = 0.9999999999999999;

// Developer guide, "Linear learner hyperparameters".
constexpr Hyperparameter known[] = {
    {.name = "predictor_type", .kind = Kind::choice, .required = true, .choices = predictors},
    {.name = "num_classes", .kind = Kind::integer, .min = 3, .max = 1'000'000},
    {.name = "feature_dim", .kind = Kind::integer, .min = 1, .automatic = true},
    {.name = "loss", .kind = Kind::choice, .choices = losses, .otherwise = "auto"},
    {.name = "l1", .kind = Kind::real, .min = 0, .otherwise = "auto", .automatic = true},
    {.name = "wd", .kind = Kind::real, .min = 0, .otherwise = "auto", .automatic = true},
    {.name = "use_bias", .kind = Kind::choice, .choices = automatic, .otherwise = "true"},
    {.name = "normalize_data", .kind = Kind::choice, .choices = automatic, .otherwise = "true"},
    {.name = "positive_example_weight_mult", .otherwise = "1.0"},
    {.name = "balance_multiclass_weights", .kind = Kind::choice, .choices = automatic, .otherwise = "false"},
    {.name = "margin", .kind = Kind::real, .min = 0, .above_min = true, .otherwise = "1.0"},
    {.name = "quantile", .kind = Kind::real, .min = 0, .max = below_one, .above_min = true, .otherwise = "0.5"},
    {.name = "loss_insensitivity", .kind = Kind::real, .min = 0, .above_min = true, .otherwise = "0.01"},
    {.name = "huber_delta", .kind = Kind::real, .min = 0, .above_min = true, .otherwise = "1.0"},
    {.name = "accuracy_top_k", .kind = Kind::integer, .min = 1, .otherwise = "3"},
    {.name = "f_beta", .kind = Kind::real, .min = 0, .above_min = true, .otherwise = "1.0"},
    // Of gradient descent, of its many models in parallel, and of choosing among them.
    {.name = "mini_batch_size", .kind = Kind::integer, .min = 1},
    {.name = "epochs", .kind = Kind::integer, .min = 1},
    {.name = "learning_rate", .kind = Kind::real, .min = 0, .above_min = true, .automatic = true},
    {.name = "optimizer", .kind = Kind::choice, .choices = optimizers},
    {.name = "momentum", .kind = Kind::real, .min = 0, .max = 1, .automatic = true},
    {.name = "beta_1", .kind = Kind::real, .min = 0, .max = 1, .automatic = true},
    {.name = "beta_2", .kind = Kind::real, .min = 0, .max = 1, .automatic = true},
    {.name = "bias_lr_mult", .kind = Kind::real, .min = 0, .above_min = true, .automatic = true},
    {.name = "bias_wd_mult", .kind = Kind::real, .min = 0, .automatic = true},
    {.name = "use_lr_scheduler", .kind = Kind::choice, .choices = automatic},
    {.name = "lr_scheduler_step", .kind = Kind::integer, .min = 1, .automatic = true},
    {.name = "lr_scheduler_factor", .kind = Kind::real, .min = 0, .max = 1, .above_min = true, .automatic = true},
    {.name = "lr_scheduler_minimum_lr", .kind = Kind::real, .min = 0, .automatic = true},
    {.name = "num_models", .kind = Kind::integer, .min = 1, .automatic = true},
    {.name = "num_calibration_samples", .kind = Kind::integer, .min = 1, .automatic = true},
    {.name = "num_point_for_scaler", .kind = Kind::integer, .min = 1},
    {.name = "init_method", .kind = Kind::choice, .choices = starts},
    {.name = "init_scale", .kind = Kind::real, .min = 0},
    {.name = "init_sigma", .kind = Kind::real, .min = 0},
    {.name = "init_bias", .kind = Kind::real},
    {.name = "early_stopping_patience", .kind = Kind::integer, .min = 1},
    {.name = "early_stopping_tolerance", .kind = Kind::real, .min = 0},
    {.name = "normalize_label", .kind = Kind::choice, .choices = automatic},
    {.name = "unbias_data", .kind = Kind::choice, .choices = automatic},
    {.name = "unbias_label", .kind = Kind::choice, .choices = automatic},
    {.name = "binary_classifier_model_selection_criteria", .kind = Kind::choice, .choices = criteria},
    {.name = "target_recall", .kind = Kind::real, .min = 0, .max = 1},
    {.name = "target_precision", .kind = Kind::real, .min = 0, .max = 1},
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

// The losses that a kind of predictor has; "auto" is the first of its own.
Outcome<void> check_loss(const Hyperparameters& given) {
  const std::string loss = given.text("loss");
  const std::string predictor = given.text("predictor_type");
  const auto is_in = [&](const auto& names) { return std::ranges::find(names, loss) != std::end(names); };
  const bool of_classes = is_in(of_binary) || is_in(of_multiclass);
  const bool fits = predictor == "binary_classifier"       ? is_in(of_binary)
                    : predictor == "multiclass_classifier" ? is_in(of_multiclass)
                                                           : loss == "auto" || !of_classes;
  if (fits) return {};
  return client_error(fmt::format("loss '{}' is not a loss of predictor_type '{}'", loss, predictor));
}

LinearLoss loss_of(const Hyperparameters& given, LinearLoss::Kind kind) {
  return {.kind = kind,
          .quantile = given.real("quantile"),
          .delta = given.real("huber_delta"),
          .insensitivity = given.real("loss_insensitivity"),
          .margin = given.real("margin")};
}

Outcome<learn::LinearModel> fit(const Hyperparameters& given, const learn::Matrix& features, const TrainingRows& rows) {
  const auto count = static_cast<double>(rows.rows);
  const double l1 = std::max(0.0, given.real("l1", 0));
  const double l2 = std::max(0.0, given.real("wd", 0));
  const bool bias = given.text("use_bias") != "false";
  if (const auto kind = loss_named(given.text("loss"))) {
    LinearLossFit options{.loss = loss_of(given, *kind), .row_weights = {}, .l1 = l1, .l2 = l2, .intercept = bias};
    if (*kind != LinearLoss::Kind::hinge) return fit_loss(features, rows.labels, options);
    const auto classes = class_count(given, rows);
    if (!classes) return classes.error();
    options.row_weights = row_weights(given, rows, *classes);
    options.l2 = std::max(penalty_min, l2);
    learn::LinearModel model = fit_loss(features, rows.labels, options);
    model.classes = {"0", "1"};
    return model;
  }
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

double mean_loss(const LinearLoss& loss, const std::vector<double>& labels, const std::vector<double>& scores) {
  double sum = 0;
  for (size_t row = 0; row < labels.size(); ++row) sum += loss.of(labels[row], scores[row]);
  return sum / static_cast<double>(labels.size());
}

void print_regression(const BuiltinJob& job, const std::string& channel, const Hyperparameters& given,
                      const std::vector<double>& scores, const std::vector<double>& labels) {
  const auto found = learn::regression_metrics(labels, scores);
  const std::string name = given.text("loss");
  if (const auto kind = loss_named(name)) {
    print(job, channel, name + "_objective", "loss", mean_loss(loss_of(given, *kind), labels, scores));
  } else {
    print(job, channel, "mse_objective", "loss", found.mse);
  }
  if (channel == "train") return;
  print(job, channel, "mse", "loss", found.mse);
  print(job, channel, "rmse", "loss", found.rmse);
  print(job, channel, "mae", "loss", found.mae);
  print(job, channel, "absolute_loss", "loss", found.mae);
}

// How often the label is among the likeliest classes, and how high it stands (1 / log2(1 + its rank), on average).
void print_ranks(const BuiltinJob& job, const std::string& channel, size_t top,
                 const std::vector<double>& probabilities, const std::vector<double>& labels) {
  const size_t classes = probabilities.size() / labels.size();
  double among = 0;
  double gain = 0;
  for (size_t row = 0; row < labels.size(); ++row) {
    const auto of_row = std::span(probabilities).subspan(row * classes, classes);
    const double own = of_row[static_cast<size_t>(labels[row])];
    const auto rank = 1 + std::ranges::count_if(of_row, [&](double other) { return other > own; });
    if (static_cast<size_t>(rank) <= top) among += 1;
    gain += 1 / std::log2(1 + static_cast<double>(rank));
  }
  const auto rows = static_cast<double>(labels.size());
  print(job, channel, "multiclass_top_k_accuracy", "score", among / rows);
  print(job, channel, "dcg", "score", gain / rows);
}

void print_classes(const BuiltinJob& job, const std::string& channel, const Hyperparameters& given,
                   const learn::LinearModel& model, const learn::Matrix& features, const std::vector<double>& labels) {
  const size_t classes = model.class_count();
  const std::vector<double> probabilities = model.probabilities(features);
  const bool binary = classes == 2;
  if (given.text("loss") == "hinge_loss") {
    print(job, channel, "hinge_loss_objective", "loss",
          mean_loss(loss_of(given, LinearLoss::Kind::hinge), labels, model.scores(features)));
  } else {
    print(job, channel, binary ? "binary_classification_cross_entropy_objective" : "multiclass_cross_entropy_objective",
          "loss", learn::log_loss(labels, probabilities, classes));
  }
  if (channel == "train") return;
  std::vector<double> predicted;
  std::vector<double> positive;
  for (size_t at = 0; at < probabilities.size(); at += classes) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(at);
    predicted.push_back(static_cast<double>(std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row));
    positive.push_back(row[1]);
  }
  const auto confusion = learn::Confusion::of(labels, predicted, classes);
  const double beta = given.real("f_beta");
  print(job, channel, binary ? "binary_classification_accuracy" : "multiclass_accuracy", "score", confusion.accuracy());
  if (binary) {
    print(job, channel, "precision", "score", confusion.precision(1));
    print(job, channel, "recall", "score", confusion.recall(1));
    print(job, channel, "binary_f_beta", "score", confusion.f_beta(1, beta));
    print(job, channel, "roc_auc_score", "score", learn::Ranking(labels, positive).roc_auc());
    return;
  }
  const auto macro = [&](const auto& of_class) {
    double sum = 0;
    for (size_t label = 0; label < classes; ++label) sum += of_class(label) / static_cast<double>(classes);
    return sum;
  };
  print(job, channel, "macro_precision", "score", macro([&](size_t label) { return confusion.precision(label); }));
  print(job, channel, "macro_recall", "score", macro([&](size_t label) { return confusion.recall(label); }));
  print(job, channel, "macro_f_beta", "score", macro([&](size_t label) { return confusion.f_beta(label, beta); }));
  print_ranks(job, channel, static_cast<size_t>(given.integer("accuracy_top_k")), probabilities, labels);
}

Outcome<void> measure(const BuiltinJob& job, const std::string& channel, const Hyperparameters& given,
                      const learn::LinearModel& model, const TrainingRows& rows) {
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
    print_classes(job, channel, given, model, features, rows.labels);
  else
    print_regression(job, channel, given, model.scores(features), rows.labels);
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
  if (const auto fits = check_loss(*given); !fits) return fits;
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
  if (auto measured = measure(job, "train", *given, *model, unscaled); !measured) return measured;
  for (const char* name : {"validation", "test"}) {
    const Channel* channel = job.channel(name);
    if (channel == nullptr) continue;
    const auto further = read_rows(job, *channel, options);
    if (!further) return further.error();
    if (auto measured = measure(job, name, *given, *model, *further); !measured) return measured;
  }
  return write(job, *given, *std::move(model));
}

}  // namespace penstock::kit
