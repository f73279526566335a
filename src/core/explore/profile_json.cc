#include "core/explore/profile_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/explore/value_text.h"

namespace penstock::explore {

namespace {

// A number of the column as people read it: a time as ISO 8601, a boolean as true or false.
Json value_json(ColumnType type, double value) {
  if (type == ColumnType::Timestamp && std::isfinite(value)) return format_timestamp(value);
  if (type == ColumnType::Boolean) return Json(value != 0);
  return json_number(value);
}

Json measure_json(ColumnType type, double value) {
  return type == ColumnType::Timestamp && std::isfinite(value) ? Json(format_timestamp(value)) : json_number(value);
}

Json histogram_json(ColumnType type, const Histogram& histogram) {
  Json edges = Json::array();
  Json counts = Json::array();
  for (const double edge : histogram.edges) edges.push_back(measure_json(type, edge));
  for (const uint64_t count : histogram.counts) counts.push_back(count);
  return Json::object({{"edges", std::move(edges)}, {"counts", std::move(counts)}});
}

void set_numbers(Json& json, ColumnType type, const NumberProfile& numbers) {
  json.set("min", measure_json(type, numbers.min));
  json.set("max", measure_json(type, numbers.max));
  json.set("mean", measure_json(type, numbers.mean));
  json.set("std", json_number(numbers.std));  // of times, in seconds
  json.set("skew", json_number(numbers.skew));
  json.set("kurtosis", json_number(numbers.kurtosis));
  if (type != ColumnType::Timestamp) json.set("sum", json_number(numbers.sum));
  Json quantiles = Json::object();
  for (const auto& [level, value] : numbers.quantiles) {
    quantiles.set(fmt::format("{}", level), measure_json(type, value));
  }
  json.set("quantiles", std::move(quantiles));
  json.set("histogram", histogram_json(type, numbers.histogram));
  json.set("zeros", numbers.zeros);
  json.set("negatives", numbers.negatives);
  json.set("infinite", numbers.infinite);
}

void set_texts(Json& json, const TextProfile& texts) {
  json.set("length", Json::object({{"min", texts.length_min}, {"max", texts.length_max}, {"mean", texts.length_mean}}));
  Json patterns = Json::array();
  for (const ValueCount& pattern : texts.patterns) {
    patterns.push_back(Json::object({{"pattern", pattern.text}, {"count", pattern.count}}));
  }
  json.set("patterns", std::move(patterns));
  json.set("numbers", texts.numbers);
  json.set("padded", texts.padded);
  json.set("non_ascii", texts.non_ascii);
}

Json top_json(const ColumnProfile& column) {
  Json top = Json::array();
  for (const ValueCount& value : std::span(column.top).first(std::min(top_shown, column.top.size()))) {
    Json shown = column.type == ColumnType::String ? Json(value.text) : value_json(column.type, value.number);
    top.push_back(Json::object({{"value", std::move(shown)}, {"count", value.count}}));
  }
  return top;
}

Json column_json(const ColumnProfile& column) {
  Json json = Json::object({{"type", type_name(column.type)},
                            {"count", column.count},
                            {"missing", column.missing},
                            {"distinct", column.distinct}});
  // The same members for every column, so that a reader need not ask.
  for (const char* name : {"min", "max", "mean", "std", "skew", "kurtosis", "quantiles", "histogram"}) {
    json.set(name, Json());
  }
  if (column.numbers) set_numbers(json, column.type, *column.numbers);
  if (column.texts) set_texts(json, *column.texts);
  json.set("top", top_json(column));
  return json;
}

Json relations_json(const Relations& relations) {
  Json columns = Json::array();
  Json matrix = Json::array();
  for (size_t i = 0; i < relations.names.size(); ++i) {
    columns.push_back(relations.names[i]);
    Json row = Json::array();
    for (size_t j = 0; j < relations.names.size(); ++j) row.push_back(json_number(relations.matrix.at(i, j)));
    matrix.push_back(std::move(row));
  }
  return Json::object({{"columns", std::move(columns)}, {"rows", relations.rows}, {"matrix", std::move(matrix)}});
}

Json common_json(const ColumnProfile& column) {
  return Json::object({{"num_present", column.count}, {"num_missing", column.missing}});
}

Json numerical_statistics(const ColumnProfile& column) {
  const NumberProfile& numbers = *column.numbers;
  Json buckets = Json::array();
  for (size_t i = 0; i < numbers.buckets.counts.size(); ++i) {
    buckets.push_back(Json::object({{"lower_bound", json_number(numbers.buckets.edges[i])},
                                    {"upper_bound", json_number(numbers.buckets.edges[i + 1])},
                                    {"count", static_cast<double>(numbers.buckets.counts[i])}}));
  }
  // Model Monitor gives the population's standard deviation, and a KLL sketch, whose first level stands for one value
  // an item: here values at equal ranks.
  Json sample = Json::array();
  for (const double value : numbers.sketch) sample.push_back(json_number(value));
  Json items = Json::array();
  items.push_back(std::move(sample));
  const auto count = static_cast<double>(column.count - numbers.infinite);
  const double population = count > 1 ? numbers.std * std::sqrt((count - 1) / count) : 0;
  return Json::object(
      {{"common", common_json(column)},
       {"mean", json_number(numbers.mean)},
       {"sum", json_number(numbers.sum)},
       {"std_dev", json_number(population)},
       {"min", json_number(numbers.min)},
       {"max", json_number(numbers.max)},
       {"distribution",
        Json::object(
            {{"kll", Json::object({{"buckets", std::move(buckets)},
                                   {"sketch", Json::object({{"parameters", Json::object({{"c", 0.64}, {"k", 2048.0}})},
                                                            {"data", std::move(items)}})}})}})}});
}

Json string_statistics(const ColumnProfile& column) {
  Json buckets = Json::array();
  for (const ValueCount& value : column.top) {
    std::string text = value.text;
    if (column.type == ColumnType::Boolean) text = value.number != 0 ? "True" : "False";
    if (column.type == ColumnType::Timestamp) text = format_timestamp(value.number);
    buckets.push_back(Json::object({{"value", text}, {"count", value.count}}));
  }
  return Json::object(
      {{"common", common_json(column)},
       {"distinct_count", static_cast<double>(column.distinct)},
       {"distribution", Json::object({{"categorical", Json::object({{"buckets", std::move(buckets)}})}})}});
}

}  // namespace

Json json_number(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json profile_json(const Profile& profile) {
  std::vector<JsonMember> columns;
  for (const ColumnProfile& column : profile.columns) columns.push_back({column.name, column_json(column)});
  Json alerts = Json::array();
  for (const Alert& alert : profile.alerts) {
    Json names = Json::array();
    for (const std::string& name : alert.columns) names.push_back(name);
    alerts.push_back(Json::object({{"kind", alert.kind}, {"columns", std::move(names)}, {"message", alert.message}}));
  }
  Json json = Json::object({{"version", 1}, {"rows", profile.rows}, {"duplicates", profile.duplicates}});
  if (!profile.target.empty()) json.set("target", profile.target);
  json.set("columns", Json::object(std::move(columns)));
  json.set("correlations", Json::object({{"pearson", relations_json(profile.pearson)},
                                         {"spearman", relations_json(profile.spearman)},
                                         {"cramers_v", relations_json(profile.cramers_v)}}));
  json.set("alerts", std::move(alerts));
  return json;
}

Json statistics_json(const Profile& profile) {
  Json features = Json::array();
  for (const ColumnProfile& column : profile.columns) {
    const bool number = column.type == ColumnType::Integral || column.type == ColumnType::Fractional;
    Json feature = Json::object(
        {{"name", column.name},
         {"inferred_type", number || column.type == ColumnType::Unknown ? type_name(column.type) : "String"}});
    if (number && column.numbers) {
      feature.set("numerical_statistics", numerical_statistics(column));
    } else if (column.type != ColumnType::Unknown) {
      feature.set("string_statistics", string_statistics(column));
    }
    feature.set("penstock", column_json(column));
    features.push_back(std::move(feature));
  }
  return Json::object(
      {{"version", 0.0}, {"dataset", Json::object({{"item_count", profile.rows}})}, {"features", std::move(features)}});
}

}  // namespace penstock::explore
