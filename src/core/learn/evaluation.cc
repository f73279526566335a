#include "core/learn/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/learn/frame.h"
#include "core/learn/metrics.h"
#include "core/learn/options.h"
#include "core/learn/order_statistics.h"

namespace penstock::learn {
namespace {

constexpr size_t curve_points_max = 1'000;  // more draw nothing new and make large files
constexpr size_t slices_max = 20;           // values of a column
constexpr size_t slice_rows_min = 30;       // fewer say nothing about a metric
constexpr size_t bins = 10;                 // of the calibration
constexpr size_t error_bins = 40;

using Named = std::vector<std::pair<std::string, double>>;

Json to_json(const Named& metrics) {
  Json json = Json::object();
  for (const auto& [name, value] : metrics) json.set(name, number_json(value));
  return json;
}

// The scores of class 1 of two.
std::vector<double> positive_scores(const EvaluationInput& input) {
  std::vector<double> scores(input.labels.size());
  for (size_t row = 0; row < scores.size(); ++row) scores[row] = input.scores[row * 2 + 1];
  return scores;
}

Named class_metrics(const EvaluationInput& input) {
  const Confusion confusion = Confusion::of(input.labels, input.predicted, input.classes);
  Named metrics = {{"accuracy", confusion.accuracy()},
                   {"balanced_accuracy", confusion.balanced_accuracy()},
                   {"matthews", confusion.matthews()},
                   {"log_loss", log_loss(input.labels, input.scores, input.classes)}};
  if (input.classes != 2) {
    metrics.emplace_back("roc_auc_ovr", multiclass_auc(input.labels, input.scores, input.classes));
    return metrics;
  }
  const std::vector<double> scores = positive_scores(input);
  const Ranking ranking(input.labels, scores);
  metrics.emplace_back("precision", confusion.precision(1));
  metrics.emplace_back("recall", confusion.recall(1));
  metrics.emplace_back("f1", confusion.f_beta(1, 1));
  metrics.emplace_back("roc_auc", ranking.roc_auc());
  metrics.emplace_back("roc_auc_from_labels", Ranking(input.labels, input.predicted).roc_auc());
  metrics.emplace_back("average_precision", ranking.average_precision());
  metrics.emplace_back("brier", brier_score(input.labels, scores));
  return metrics;
}

Named number_metrics(const EvaluationInput& input) {
  const RegressionMetrics m = regression_metrics(input.labels, input.scores);
  return {{"mae", m.mae},
          {"mse", m.mse},
          {"rmse", m.rmse},
          {"mape", m.mape},
          {"r2", m.r2},
          {"median_absolute_error", m.median_absolute_error},
          {"max_error", m.max_error},
          {"explained_variance", m.explained_variance}};
}

Named metrics_of(const EvaluationInput& input) {
  return input.classes == 0 ? number_metrics(input) : class_metrics(input);
}

Json report_line(double precision, double recall, double f1, double support) {
  return Json::object({{"precision", precision}, {"recall", recall}, {"f1-score", f1}, {"support", support}});
}

Json classification_report(const Confusion& confusion) {
  Json report = Json::object();
  double macro[3] = {}, weighted[3] = {};
  const double rows = confusion.total();
  // A class of the model that neither a label nor a prediction names is none of classification_report's either.
  const auto occurs = [&](size_t k) { return confusion.of_class(k) + confusion.as_class(k) > 0; };
  double classes = 0;
  for (size_t k = 0; k < confusion.classes; ++k) classes += occurs(k) ? 1 : 0;
  for (size_t k = 0; k < confusion.classes; ++k) {
    if (!occurs(k)) continue;
    const double values[3] = {confusion.precision(k), confusion.recall(k), confusion.f_beta(k, 1)};
    const double support = confusion.of_class(k);
    for (size_t i = 0; i < 3; ++i) {
      macro[i] += values[i] / classes;
      weighted[i] += values[i] * support / rows;
    }
    report.set(fmt::format("{}", k), report_line(values[0], values[1], values[2], support));
  }
  report.set("accuracy", confusion.accuracy());
  report.set("macro avg", report_line(macro[0], macro[1], macro[2], rows));
  report.set("weighted avg", report_line(weighted[0], weighted[1], weighted[2], rows));
  return report;
}

Json confusion_json(const Confusion& confusion) {
  Json rows = Json::array();
  for (size_t k = 0; k < confusion.classes; ++k)
    rows.push_back(numbers_json(std::span(confusion.counts).subspan(k * confusion.classes, confusion.classes)));
  return rows;
}

Json curve_json(const std::vector<CurvePoint>& points, const char* x, const char* y, const char* at) {
  std::vector<double> xs, ys, thresholds;
  const size_t count = std::min(points.size(), curve_points_max);
  for (size_t i = 0; i < count; ++i) {
    const size_t place = count == points.size() ? i : i * (points.size() - 1) / (count - 1);
    xs.push_back(points[place].x);
    ys.push_back(points[place].y);
    thresholds.push_back(points[place].threshold);
  }
  return Json::object({{x, numbers_json(xs)}, {y, numbers_json(ys)}, {at, numbers_json(thresholds)}});
}

Json curves_json(const EvaluationInput& input) {
  const std::vector<double> scores = positive_scores(input);
  const Ranking ranking(input.labels, scores);
  return Json::object({{"roc", curve_json(ranking.roc(), "false_positive_rate", "true_positive_rate", "threshold")},
                       {"precision_recall", curve_json(ranking.precision_recall(), "recall", "precision", "threshold")},
                       {"calibration", curve_json(calibration(input.labels, scores, bins), "mean_probability",
                                                  "share_positive", "rows")}});
}

// Of numbers: how the errors spread (the middle 98 % of them), and the labels' means by tenths of the predictions.
Json number_curves_json(const EvaluationInput& input) {
  std::vector<double> errors(input.labels.size());
  Rows order(input.labels.size());
  for (uint32_t row = 0; row < order.size(); ++row) {
    errors[row] = input.labels[row] - input.scores[row];
    order[row] = row;
  }
  const std::vector<double> sorted = sorted_present(errors);
  const std::vector<double> edges =
      even_spaced(linear_quantile(sorted, 0.01), linear_quantile(sorted, 0.99), error_bins + 1);
  std::vector<double> counts(error_bins);
  for (size_t i = 0; i < error_bins; ++i)
    counts[i] =
        static_cast<double>((i + 1 == error_bins ? std::upper_bound(sorted.begin(), sorted.end(), edges[i + 1])
                                                 : std::lower_bound(sorted.begin(), sorted.end(), edges[i + 1])) -
                            std::lower_bound(sorted.begin(), sorted.end(), edges[i]));
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t left, uint32_t right) { return input.scores[left] < input.scores[right]; });
  std::vector<double> predictions, labels, rows;
  for (size_t bin = 0; bin < bins; ++bin) {
    const size_t first = bin * order.size() / bins, last = (bin + 1) * order.size() / bins;
    if (first == last) continue;
    double prediction = 0, label = 0;
    for (size_t i = first; i < last; ++i) {
      prediction += input.scores[order[i]];
      label += input.labels[order[i]];
    }
    predictions.push_back(prediction / static_cast<double>(last - first));
    labels.push_back(label / static_cast<double>(last - first));
    rows.push_back(static_cast<double>(last - first));
  }
  return Json::object({{"errors", Json::object({{"edges", numbers_json(edges)}, {"rows", numbers_json(counts)}})},
                       {"calibration", Json::object({{"mean_prediction", numbers_json(predictions)},
                                                     {"mean_label", numbers_json(labels)},
                                                     {"rows", numbers_json(rows)}})}});
}

// The metrics that get an interval, and how a resample computes them.
struct Resampled {
  std::vector<std::string> names;
  std::function<std::vector<double>(std::span<const uint32_t>)> compute;
};

Resampled resampled_classes(const EvaluationInput& input, const Ranking* ranking) {
  Resampled resampled;
  resampled.names = {"accuracy", "balanced_accuracy", "precision", "recall", "f1", "matthews"};
  if (ranking) resampled.names.insert(resampled.names.end(), {"roc_auc", "average_precision"});
  resampled.compute = [&input, ranking](std::span<const uint32_t> weights) {
    Confusion confusion{.classes = input.classes, .counts = std::vector<double>(input.classes * input.classes)};
    for (size_t row = 0; row < weights.size(); ++row)
      confusion
          .counts[static_cast<size_t>(input.labels[row]) * input.classes + static_cast<size_t>(input.predicted[row])] +=
          weights[row];
    double precision = 0, recall = 0, f1 = 0;
    for (size_t k = input.classes == 2 ? 1 : 0; k < input.classes; ++k) {
      const double share = input.classes == 2 ? 1 : confusion.of_class(k) / confusion.total();
      precision += share * confusion.precision(k);
      recall += share * confusion.recall(k);
      f1 += share * confusion.f_beta(k, 1);
    }
    std::vector<double> values = {confusion.accuracy(), confusion.balanced_accuracy(), precision, recall, f1,
                                  confusion.matthews()};
    if (ranking) values.insert(values.end(), {ranking->roc_auc(weights), ranking->average_precision(weights)});
    return values;
  };
  return resampled;
}

Resampled resampled_numbers(const EvaluationInput& input) {
  Resampled resampled;
  resampled.names = {"mae", "mse", "rmse", "r2"};
  resampled.compute = [&input](std::span<const uint32_t> weights) {
    double absolute = 0, square = 0, sum = 0, squares = 0;
    const double rows = static_cast<double>(weights.size());
    for (size_t row = 0; row < weights.size(); ++row) {
      const double error = input.labels[row] - input.scores[row];
      absolute += weights[row] * std::abs(error);
      square += weights[row] * error * error;
      sum += weights[row] * input.labels[row];
    }
    for (size_t row = 0; row < weights.size(); ++row)
      squares += weights[row] * std::pow(input.labels[row] - sum / rows, 2);
    return std::vector<double>{absolute / rows, square / rows, std::sqrt(square / rows),
                               explained_share(square, squares)};
  };
  return resampled;
}

Json intervals_json(const EvaluationInput& input) {
  std::vector<double> scores;
  std::optional<Ranking> ranking;
  if (input.classes == 2) {
    scores = positive_scores(input);
    ranking.emplace(input.labels, scores);
  }
  const Resampled resampled =
      input.classes == 0 ? resampled_numbers(input) : resampled_classes(input, ranking ? &*ranking : nullptr);
  const auto intervals = bootstrap(input.labels.size(), input.resamples, input.seed, input.level, resampled.compute);
  Json json = Json::object();
  for (size_t i = 0; i < intervals.size(); ++i)
    json.set(resampled.names[i], Json::object({{"low", number_json(intervals[i].low)},
                                               {"high", number_json(intervals[i].high)},
                                               {"standard_deviation", number_json(intervals[i].deviation)}}));
  return json;
}

// Rows of a column's slices by name: its values, or the quarters of a number with many values.
std::map<std::string, Rows> slices_of(const explore::Column& column) {
  std::map<std::string, Rows> slices;
  const Codes codes = number_values(column);
  const bool by_value = !column.numeric() || codes.size() <= slices_max;
  const std::vector<double> sorted = by_value ? std::vector<double>() : sorted_present(column.numbers);
  for (uint32_t row = 0; row < column.rows; ++row) {
    const uint32_t code = codes.of_row[row];
    std::string name = "missing";
    if (code != Codes::missing && by_value) {
      name = column.numeric() ? fmt::format("{}", codes.numbers[code]) : std::string(codes.texts[code]);
    } else if (code != Codes::missing) {
      size_t quarter = 0;
      while (quarter < 3 && column.numbers[row] > linear_quantile(sorted, 0.25 * static_cast<double>(quarter + 1)))
        ++quarter;
      name =
          fmt::format("quarter {}: {} to {}", quarter + 1, linear_quantile(sorted, 0.25 * static_cast<double>(quarter)),
                      linear_quantile(sorted, 0.25 * static_cast<double>(quarter + 1)));
    }
    slices[name].push_back(row);
  }
  return slices;
}

Json slices_json(const EvaluationInput& input) {
  Json all = Json::array();
  const size_t width = std::max<size_t>(1, input.classes);
  for (const explore::Column& column : input.slices) {
    std::vector<std::pair<std::string, Rows>> slices;
    for (auto& [name, rows] : slices_of(column)) slices.emplace_back(name, std::move(rows));
    std::stable_sort(slices.begin(), slices.end(),
                     [](const auto& left, const auto& right) { return left.second.size() > right.second.size(); });
    if (slices.size() > slices_max) slices.resize(slices_max);
    for (const auto& [name, rows] : slices) {
      if (rows.size() < slice_rows_min) continue;
      std::vector<double> labels, scores, predicted;
      for (const uint32_t row : rows) {
        labels.push_back(input.labels[row]);
        predicted.push_back(input.predicted[row]);
        for (size_t k = 0; k < width; ++k) scores.push_back(input.scores[row * width + k]);
      }
      EvaluationInput slice;
      slice.labels = labels;
      slice.classes = input.classes;
      slice.scores = scores;
      slice.predicted = predicted;
      all.push_back(Json::object(
          {{"column", column.name}, {"value", name}, {"rows", rows.size()}, {"metrics", to_json(metrics_of(slice))}}));
    }
  }
  return all;
}

// What compares two models: the problem, its metrics, and of classes the report and the confusion matrix.
Json measure(const EvaluationInput& input) {
  Json result = Json::object({{"problem", input.classes == 0   ? "regression"
                                          : input.classes == 2 ? "binary"
                                                               : "multiclass"},
                              {"rows", input.labels.size()},
                              {"metrics", to_json(metrics_of(input))}});
  if (input.classes == 0) return result;
  const Confusion confusion = Confusion::of(input.labels, input.predicted, input.classes);
  result.set("report", classification_report(confusion));
  result.set("confusion_matrix", confusion_json(confusion));
  return result;
}

// What is reached without any feature: always the most frequent class with the classes' shares as probabilities (the
// first of equally frequent ones), or always the mean.
Json constant_json(const EvaluationInput& input) {
  const size_t rows = input.labels.size();
  EvaluationInput constant;
  constant.labels = input.labels;
  constant.classes = input.classes;
  std::vector<double> scores, predicted;
  double answer = 0;
  if (input.classes == 0) {
    answer = std::accumulate(input.labels.begin(), input.labels.end(), 0.0) / static_cast<double>(rows);
    scores.assign(rows, answer);
    constant.predicted = scores;
  } else {
    std::vector<double> shares(input.classes, 0);
    for (double label : input.labels) shares[static_cast<size_t>(label)] += 1;
    for (double& share : shares) share /= static_cast<double>(rows);
    answer = static_cast<double>(std::ranges::max_element(shares) - shares.begin());
    scores.reserve(rows * input.classes);
    for (size_t row = 0; row < rows; ++row) scores.insert(scores.end(), shares.begin(), shares.end());
    predicted.assign(rows, answer);
    constant.predicted = predicted;
  }
  constant.scores = scores;
  Json result = measure(constant);
  result.set("predicts", number_json(answer));
  return result;
}

}  // namespace

Json evaluate(const EvaluationInput& input) {
  Json result = measure(input);
  result.set("constant", constant_json(input));
  if (input.resamples > 0)
    result.set(
        "intervals",
        Json::object({{"level", input.level}, {"resamples", input.resamples}, {"metrics", intervals_json(input)}}));
  if (input.classes > 0) result.set("classes", std::vector<Json>(input.class_names.begin(), input.class_names.end()));
  if (input.classes == 2 && input.curves) result.set("curves", curves_json(input));
  if (input.classes == 0 && input.curves) result.set("curves", number_curves_json(input));
  if (!input.slices.empty()) result.set("slices", slices_json(input));
  return result;
}

Json to_mlmax_form(const Json& evaluation) {
  Json form = evaluation["report"].is_null() ? Json::object() : evaluation["report"];
  for (const JsonMember& member : evaluation["metrics"].members()) form.set(member.key, member.value);
  form.set("rows", evaluation["rows"]);
  return form;
}

namespace {

// Of these less is better; of the others more.
constexpr std::string_view errors[] = {"log_loss", "brier", "mae", "mse", "rmse", "mape", "median_absolute_error",
                                       "max_error"};

}  // namespace

Outcome<Json> compare_evaluations(const Json& before, const Json& now, double tolerance) {
  if (before.text("problem") != now.text("problem"))
    return Error{.code = "NotComparable",
                 .message = fmt::format("the earlier evaluation is of a {} problem, this one of a {} one",
                                        before.text("problem", "nameless"), now.text("problem"))};
  Json moved = Json::object();
  for (const JsonMember& member : now["metrics"].members()) {
    const Json* earlier = before["metrics"].find(member.key);
    if (!earlier || earlier->is_null() || member.value.is_null()) continue;
    const double difference = json_number(member.value) - json_number(*earlier);
    const bool less_is_better = std::ranges::find(errors, member.key) != std::end(errors);
    moved.set(member.key, Json::object({{"before", *earlier},
                                        {"now", member.value},
                                        {"difference", number_json(difference)},
                                        {"worse", (less_is_better ? difference : -difference) > tolerance}}));
  }
  return moved;
}

namespace {

Json monitored(const Json& evaluation, std::string_view name, const Json& value) {
  return Json::object(
      {{"value", value}, {"standard_deviation", evaluation["intervals"]["metrics"][name]["standard_deviation"]}});
}

// F-beta of class 1, from the report.
Json f_beta(const Json& report, double beta) {
  const bool occurs = !report["1"].is_null();
  const double precision = occurs ? json_number(report["1"]["precision"]) : 0;
  const double recall = occurs ? json_number(report["1"]["recall"]) : 0;
  const double below = beta * beta * precision + recall;
  return Json::object(
      {{"value", below == 0 ? 0.0 : (1 + beta * beta) * precision * recall / below}, {"standard_deviation", nullptr}});
}

Json rate(double part, double whole) {
  return Json::object({{"value", whole == 0 ? 0.0 : part / whole}, {"standard_deviation", nullptr}});
}

Json binary_form(const Json& evaluation) {
  const Json& metrics = evaluation["metrics"];
  const Json& matrix = evaluation["confusion_matrix"];
  const auto count = [&](size_t label, size_t predicted) { return json_number(matrix[label][predicted]); };
  Json form = Json::object();
  Json confusion = Json::object();
  for (size_t k = 0; k < 2; ++k)
    confusion.set(fmt::format("{}", k), Json::object({{"0", matrix[k][size_t{0}]}, {"1", matrix[k][size_t{1}]}}));
  form.set("confusion_matrix", std::move(confusion));
  for (const char* name : {"recall", "precision", "accuracy"})
    form.set(name, monitored(evaluation, name, metrics[name]));
  const double negatives = count(0, 0) + count(0, 1), positives = count(1, 0) + count(1, 1);
  form.set("true_positive_rate", rate(count(1, 1), positives));
  form.set("true_negative_rate", rate(count(0, 0), negatives));
  form.set("false_positive_rate", rate(count(0, 1), negatives));
  form.set("false_negative_rate", rate(count(1, 0), positives));
  form.set("auc", monitored(evaluation, "roc_auc", metrics["roc_auc"]));
  form.set("f0_5", f_beta(evaluation["report"], 0.5));
  form.set("f1", monitored(evaluation, "f1", metrics["f1"]));
  form.set("f2", f_beta(evaluation["report"], 2));
  const Json& roc = evaluation["curves"]["roc"];
  const Json& precision = evaluation["curves"]["precision_recall"];
  form.set("receiver_operating_characteristic_curve",
           Json::object({{"false_positive_rates", roc["false_positive_rate"]},
                         {"true_positive_rates", roc["true_positive_rate"]}}));
  form.set("precision_recall_curve",
           Json::object({{"precisions", precision["precision"]}, {"recalls", precision["recall"]}}));
  return form;
}

// The form's figures of the best constant answer beside the model's own, under Model Monitor's names.
void add_constant(Json& form, const Json& constant) {
  for (const JsonMember& member : constant.members())
    if (member.value.find("value")) form.set(member.key + "_best_constant_classifier", member.value);
}

Json multiclass_form(const Json& evaluation) {
  const Json& matrix = evaluation["confusion_matrix"];
  Json form = Json::object();
  Json confusion = Json::object();
  for (size_t k = 0; k < matrix.size(); ++k) {
    Json row = Json::object();
    for (size_t j = 0; j < matrix.size(); ++j) row.set(fmt::format("{}", j), matrix[k][j]);
    confusion.set(fmt::format("{}", k), std::move(row));
  }
  form.set("confusion_matrix", std::move(confusion));
  const Json& average = evaluation["report"]["weighted avg"];
  form.set("accuracy", monitored(evaluation, "accuracy", evaluation["metrics"]["accuracy"]));
  form.set("weighted_recall", monitored(evaluation, "recall", average["recall"]));
  form.set("weighted_precision", monitored(evaluation, "precision", average["precision"]));
  form.set("weighted_f1", monitored(evaluation, "f1", average["f1-score"]));
  return form;
}

}  // namespace

Json to_model_monitor_form(const Json& evaluation) {
  Json form = Json::object({{"version", Json::number("0.0")}});
  const std::string_view problem = evaluation.text("problem");
  if (problem == "binary") {
    Json metrics = binary_form(evaluation);
    add_constant(metrics, binary_form(evaluation["constant"]));
    form.set("binary_classification_metrics", std::move(metrics));
  } else if (problem == "multiclass") {
    Json metrics = multiclass_form(evaluation);
    add_constant(metrics, multiclass_form(evaluation["constant"]));
    form.set("multiclass_classification_metrics", std::move(metrics));
  } else {
    Json metrics = Json::object();
    for (const char* name : {"mae", "mse", "rmse", "r2"})
      metrics.set(name, monitored(evaluation, name, evaluation["metrics"][name]));
    form.set("regression_metrics", std::move(metrics));
  }
  return form;
}

}  // namespace penstock::learn
