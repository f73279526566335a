#include "kit/drift_quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "kit/result.h"

namespace penstock::kit {

namespace {

using explore::Column;
using explore::ColumnType;

bool is_missing(const Column& column, size_t row) {
  if (column.numeric()) return std::isnan(column.numbers[row]);
  return column.type == ColumnType::Unknown || (!column.present.empty() && column.present[row] == 0);
}

std::string text_of(const Column& column, size_t row) {
  if (!column.numeric()) return std::string(column.strings[row]);
  if (column.type == ColumnType::Boolean) return column.numbers[row] == 0 ? "false" : "true";
  return fmt::format("{}", column.numbers[row]);
}

Outcome<const Column*> find_column(const Table& table, const std::string& name, const std::string& location) {
  if (const Column* column = table.find(name)) return column;
  return Error{"NoColumn", fmt::format("{} has no column '{}'", location, name)};
}

// A prediction and its label, by row.
struct Pair {
  size_t prediction = 0;  // row of the data
  size_t label = 0;       // row of the ground truth
};

// Are the labels classes? Texts and booleans are; whole numbers of few different values, too.
bool are_classes(const Column& labels) {
  if (!labels.numeric() || labels.type == ColumnType::Boolean) return true;
  std::set<double> distinct;
  for (const double value : labels.numbers) {
    if (std::isnan(value)) continue;
    if (value != std::floor(value)) return false;
    distinct.insert(value);
    if (distinct.size() > classes_max) return false;
  }
  return true;
}

// Scores between 0 and 1 for labels 0 and 1: a prediction of 1 from one half on.
bool are_scores(const Column& predictions, const Column& labels) {
  if (!predictions.numeric() || predictions.type == ColumnType::Boolean || !labels.numeric()) return false;
  bool between = false;
  for (const double value : predictions.numbers) {
    if (value < 0 || value > 1) return false;
    between = between || (value > 0 && value < 1);
  }
  return between && std::all_of(labels.numbers.begin(), labels.numbers.end(),
                                [](double value) { return std::isnan(value) || value == 0 || value == 1; });
}

// How often each class was predicted, was true, and both.
struct ClassCount {
  double predicted = 0;
  double actual = 0;
  double both = 0;
};

double ratio(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

class Metrics {
 public:
  Metrics(const Column& predictions, const Column& labels)
      : predictions_(predictions),
        labels_(labels),
        scores_(are_scores(predictions, labels)),
        classes_(are_classes(labels) &&
                 (scores_ || are_classes(predictions) || !predictions.numeric() || !labels.numeric())) {}

  bool classes() const { return classes_; }

  QualityMetrics of(const std::vector<Pair>& pairs) const {
    QualityMetrics out;
    out.rows = pairs.size();
    if (!pairs.empty()) out.values = classes_ ? of_classes(pairs) : of_numbers(pairs);
    return out;
  }

 private:
  std::string predicted_class(size_t row) const {
    if (scores_) return predictions_.numbers[row] >= 0.5 ? "1" : "0";
    return text_of(predictions_, row);
  }

  std::vector<std::pair<std::string, double>> of_classes(const std::vector<Pair>& pairs) const {
    std::map<std::string, ClassCount> counts;
    double right = 0;
    for (const Pair& pair : pairs) {
      const std::string predicted = predicted_class(pair.prediction);
      const std::string actual = text_of(labels_, pair.label);
      counts[predicted].predicted += 1;
      counts[actual].actual += 1;
      if (predicted != actual) continue;
      counts[actual].both += 1;
      right += 1;
    }
    double precision = 0;
    double recall = 0;
    double f1 = 0;
    const bool binary = counts.size() == 2;
    double averaged = 0;
    for (auto at = binary ? std::next(counts.begin()) : counts.begin(); at != counts.end(); ++at) {
      const ClassCount& count = at->second;
      precision += ratio(count.both, count.predicted);
      recall += ratio(count.both, count.actual);
      f1 += ratio(2 * count.both, count.predicted + count.actual);
      averaged += 1;
    }
    return {{"accuracy", right / static_cast<double>(pairs.size())},
            {"precision", precision / averaged},
            {"recall", recall / averaged},
            {"f1", f1 / averaged}};
  }

  std::vector<std::pair<std::string, double>> of_numbers(const std::vector<Pair>& pairs) const {
    const auto rows = static_cast<double>(pairs.size());
    double absolute = 0;
    double square = 0;
    double mean = 0;
    for (const Pair& pair : pairs) {
      const double error = predictions_.numbers[pair.prediction] - labels_.numbers[pair.label];
      absolute += std::abs(error);
      square += error * error;
      mean += labels_.numbers[pair.label] / rows;
    }
    double spread = 0;
    for (const Pair& pair : pairs) {
      const double from_mean = labels_.numbers[pair.label] - mean;
      spread += from_mean * from_mean;
    }
    return {
        {"mae", absolute / rows}, {"rmse", std::sqrt(square / rows)}, {"r2", spread == 0 ? 0 : 1 - square / spread}};
  }

  const Column& predictions_;
  const Column& labels_;
  bool scores_;
  bool classes_;
};

// The rows of the truth by id: the last of equal ids.
std::unordered_map<std::string, size_t> rows_by_id(const Column& ids, const Column& labels, Quality& quality) {
  std::unordered_map<std::string, size_t> rows;
  for (size_t row = 0; row < ids.rows; ++row) {
    if (is_missing(ids, row) || is_missing(labels, row)) continue;
    const bool is_new = rows.insert_or_assign(text_of(ids, row), row).second;
    if (!is_new) ++quality.repeated_ids;
  }
  return rows;
}

Json to_json(const QualityMetrics& metrics) {
  Json out = Json::object({{"rows", metrics.rows}});
  for (const auto& [name, value] : metrics.values) out.set(name, number(value));
  return out;
}

}  // namespace

Outcome<Quality> read_quality(Session& session, const std::string& data, const ReadOptions& read,
                              const QualityOptions& options) {
  ReadOptions of_data = read;
  of_data.columns = {options.id, options.prediction};
  if (!options.time.empty() && options.time != options.id) of_data.columns.push_back(options.time);
  ReadOptions of_truth;
  of_truth.columns = {options.id, options.label};
  auto predicted = read_table(session, data, of_data);
  if (!predicted) return predicted.error();
  auto truth = read_table(session, options.ground_truth, of_truth);
  if (!truth) return truth.error();
  const auto ids = find_column(*predicted, options.id, data);
  const auto predictions = find_column(*predicted, options.prediction, data);
  const auto labels = find_column(*truth, options.label, options.ground_truth);
  const auto truth_ids = find_column(*truth, options.id, options.ground_truth);
  for (const auto* found : {&ids, &predictions, &labels, &truth_ids}) {
    if (!*found) return found->error();
  }
  Quality out;
  out.data_rows = predicted->rows;
  out.truth_rows = truth->rows;
  const auto label_rows = rows_by_id(**truth_ids, **labels, out);
  const Column* time = options.time.empty() ? nullptr : predicted->find(options.time);
  std::vector<Pair> pairs;
  std::map<std::string, std::vector<Pair>> windows;
  std::set<size_t> used;
  for (size_t row = 0; row < predicted->rows; ++row) {
    const auto found = is_missing(**ids, row) ? label_rows.end() : label_rows.find(text_of(**ids, row));
    if (found == label_rows.end()) {
      ++out.without_truth;
      continue;
    }
    used.insert(found->second);
    if (is_missing(**predictions, row)) continue;
    pairs.push_back({row, found->second});
    if (time == nullptr) continue;
    if (const auto name = window_of(options.window, *time, row)) windows[*name].push_back(pairs.back());
  }
  out.without_prediction = label_rows.size() - used.size();
  const Metrics metrics(**predictions, **labels);
  out.classes = metrics.classes();
  if (!out.classes && !((*predictions)->numeric() && (*labels)->numeric()))
    return Error{"BadData", fmt::format("predictions '{}' and labels '{}' are neither classes nor numbers alike",
                                        options.prediction, options.label)};
  out.all = metrics.of(pairs);
  for (const auto& [name, of_window] : windows) out.windows.emplace_back(name, metrics.of(of_window));
  return out;
}

Json to_json(const Quality& quality) {
  Json out = Json::object({{"problem", quality.classes ? "classification" : "regression"},
                           {"data_rows", quality.data_rows},
                           {"truth_rows", quality.truth_rows},
                           {"without_truth", quality.without_truth},
                           {"without_prediction", quality.without_prediction},
                           {"repeated_ids", quality.repeated_ids},
                           {"all", to_json(quality.all)}});
  if (quality.windows.empty()) return out;
  Json windows = Json::array();
  for (const auto& [name, metrics] : quality.windows) {
    Json window = Json::object({{"window", name}});
    const Json values = to_json(metrics);
    for (const auto& [key, value] : values.members()) window.set(key, value);
    windows.push_back(std::move(window));
  }
  out.set("windows", std::move(windows));
  return out;
}

}  // namespace penstock::kit
