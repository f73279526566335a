#include "core/explore/constraints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/explore/profile_json.h"
#include "core/explore/value_text.h"

namespace penstock::explore {

namespace {

constexpr uint64_t domain_max = 50;           // more distinct values are no domain
constexpr uint64_t values_a_level_min = 2;    // a domain's values come again: else the next file has others
constexpr uint64_t regex_rows_min = 20;       // fewer rows show no shape
constexpr size_t pattern_shown_max = 24;      // characters of a shape; a longer one is no rule
constexpr size_t whole_text_bytes_max = 200;  // the profile cuts longer values

// The one shape of a column's texts as a regular expression that all of them match: "AA-99999" as
// "^[A-Z]{2}-[0-9]{5}$". Of longer texts the shape tells no counts. Empty for shapes that say little.
std::string regex_of(const TextProfile& texts) {
  const std::string& pattern = texts.patterns[0].text;
  if (pattern.find_first_of("9A") == std::string_view::npos || pattern.size() > pattern_shown_max) return "";
  const bool counts = texts.length_min == pattern.size() && texts.length_max == pattern.size();
  const std::string letter = texts.non_ascii > 0 ? "[a-z\\x{80}-\\x{10FFFF}]" : "[a-z]";
  std::string regex = "^";
  for (size_t at = 0; at < pattern.size();) {
    size_t end = at;
    while (end < pattern.size() && pattern[end] == pattern[at]) ++end;
    const char shape = pattern[at];
    if (shape == '9') {
      regex += "[0-9]";
    } else if (shape == 'A') {
      regex += "[A-Z]";
    } else if (shape == 'a') {
      regex += letter;
    } else {
      if (std::string_view("\\.^$|()[]{}*+?").find(shape) != std::string_view::npos) regex += '\\';
      regex += shape;
    }
    if (!counts) {
      regex += '+';
    } else if (end - at > 1) {
      regex += fmt::format("{{{}}}", end - at);
    }
    at = end;
  }
  return regex + "$";
}

std::string shown_value(const ColumnProfile& column, const ValueCount& value) {
  if (column.type == ColumnType::Boolean) return value.number != 0 ? "True" : "False";
  return value.text;
}

FeatureConstraints suggest_for(const ColumnProfile& column) {
  FeatureConstraints feature;
  feature.name = column.name;
  feature.type = column.type;
  if (column.total() > 0)
    feature.completeness = static_cast<double>(column.count) / static_cast<double>(column.total());
  // Infinite values lie in no range.
  if (column.numbers && column.type != ColumnType::Boolean && column.numbers->infinite == 0) {
    feature.min = column.numbers->min;
    feature.max = column.numbers->max;
    feature.non_negative = column.type != ColumnType::Timestamp && column.numbers->min >= 0;
  }
  const bool exact = column.type == ColumnType::String || column.type == ColumnType::Integral;
  feature.unique = exact && column.count > 1 && column.distinct == column.count;
  if (column.type == ColumnType::String || column.type == ColumnType::Boolean) {
    const bool whole = std::ranges::all_of(
        column.top, [](const ValueCount& value) { return value.text.size() < whole_text_bytes_max; });
    if (whole && column.distinct > 0 && column.distinct <= domain_max &&
        column.distinct * values_a_level_min <= column.count) {
      for (const ValueCount& value : column.top) feature.domain.push_back(shown_value(column, value));
      std::ranges::sort(feature.domain);
    } else if (column.texts && column.texts->patterns.size() == 1 && column.count >= regex_rows_min) {
      feature.regex = regex_of(*column.texts);
    }
  }
  return feature;
}

Json bound_json(ColumnType type, double value) {
  return type == ColumnType::Timestamp ? Json(format_timestamp(value)) : json_number(value);
}

bool is_folded(ColumnType type) {
  return type == ColumnType::Boolean || type == ColumnType::Timestamp;
}

Json own_json(const FeatureConstraints& feature) {
  Json own = Json::object();
  if (is_folded(feature.type)) own.set("type", type_name(feature.type));
  if (feature.min) own.set("min", bound_json(feature.type, *feature.min));
  if (feature.max) own.set("max", bound_json(feature.type, *feature.max));
  if (feature.unique) own.set("unique", true);
  if (!feature.regex.empty()) own.set("regex", feature.regex);
  return own;
}

Json feature_json(const FeatureConstraints& feature) {
  Json json = Json::object(
      {{"name", feature.name}, {"inferred_type", is_folded(feature.type) ? "String" : type_name(feature.type)}});
  if (feature.completeness) json.set("completeness", *feature.completeness);
  if (feature.type == ColumnType::Integral || feature.type == ColumnType::Fractional) {
    json.set("num_constraints", Json::object({{"is_non_negative", feature.non_negative}}));
  }
  if (!feature.domain.empty()) {
    Json domain = Json::array();
    for (const std::string& value : feature.domain) domain.push_back(value);
    json.set("string_constraints", Json::object({{"domains", std::move(domain)}}));
  }
  if (Json own = own_json(feature); own.size() > 0) json.set("penstock", std::move(own));
  return json;
}

// Model Monitor's documents have the share that must fit (1.0) and, newer, the share that may differ (0.1).
double share_of(double threshold) {
  return threshold >= 0.5 ? threshold : 1 - threshold;
}

class Parser {
 public:
  Outcome<Constraints> parse(const Json& json) {
    const Json& config = json["monitoring_config"];
    type_share_ = number_of(config, "datatype_check_threshold", 1, "monitoring_config");
    domain_share_ = number_of(config, "domain_content_threshold", 1, "monitoring_config");
    result_.evaluate = switch_of(config, "evaluate_constraints", true, "monitoring_config");
    result_.emit_metrics = switch_of(config, "emit_metrics", true, "monitoring_config");
    if (!json["features"].is_array()) return wrong("features", "an array of features");
    for (const Json& feature : json["features"].items()) parse_feature(feature);
    parse_own(json["penstock"]);
    if (!failure_.empty()) return Error{"BadConstraints", failure_};
    return std::move(result_);
  }

 private:
  Error wrong(std::string_view where, std::string_view expected) {
    if (failure_.empty()) failure_ = fmt::format("{}: {} was expected", where, expected);
    return Error{"BadConstraints", failure_};
  }

  double number_of(const Json& json, const char* key, double otherwise, const std::string& where) {
    const Json* value = json.find(key);
    if (!value || value->is_null()) return otherwise;
    if (value->is_number() && std::isfinite(value->as_double())) return value->as_double();
    (void)wrong(where + "." + key, "a number");
    return otherwise;
  }

  bool flag_of(const Json& json, const char* key, const std::string& where) {
    const Json* value = json.find(key);
    if (!value || value->is_null()) return false;
    if (value->is_boolean()) return value->as_boolean();
    (void)wrong(where + "." + key, "true or false");
    return false;
  }

  // "Enabled" or "Disabled".
  bool switch_of(const Json& json, const char* key, bool otherwise, const std::string& where) {
    const Json* value = json.find(key);
    if (!value || value->is_null()) return otherwise;
    if (value->is_string() && value->as_string() == "Enabled") return true;
    if (value->is_string() && value->as_string() == "Disabled") return false;
    (void)wrong(where + "." + key, "Enabled or Disabled");
    return otherwise;
  }

  // A number, or of times an ISO 8601 text.
  std::optional<double> bound_of(const Json& json, const char* key, const std::string& where) {
    const Json* value = json.find(key);
    if (!value || value->is_null()) return std::nullopt;
    if (value->is_number() && std::isfinite(value->as_double())) return value->as_double();
    const auto time = value->is_string() ? parse_timestamp(value->as_string()) : std::nullopt;
    if (!time) (void)wrong(where + "." + key, "a number or an ISO 8601 time");
    return time;
  }

  ColumnType type_of(std::string_view name, const std::string& where) {
    for (const ColumnType type : {ColumnType::Integral, ColumnType::Fractional, ColumnType::Boolean,
                                  ColumnType::Timestamp, ColumnType::String, ColumnType::Unknown}) {
      if (type_name(type) == name) return type;
    }
    (void)wrong(where, "Integral, Fractional, String, Boolean, Timestamp or Unknown");
    return ColumnType::Unknown;
  }

  void parse_feature(const Json& json) {
    FeatureConstraints feature;
    feature.name = std::string(json.text("name"));
    const std::string where = fmt::format("features '{}'", feature.name);
    if (feature.name.empty()) (void)wrong("features", "a name for each");
    const Json& own = json["penstock"];
    feature.type = type_of(own.text("type", json.text("inferred_type", "Unknown")), where + ".inferred_type");
    if (const Json* value = json.find("completeness"); value && value->is_number() && std::isfinite(value->as_double()))
      feature.completeness = value->as_double();
    feature.non_negative = flag_of(json["num_constraints"], "is_non_negative", where);
    feature.min = bound_of(own, "min", where);
    feature.max = bound_of(own, "max", where);
    feature.unique = flag_of(own, "unique", where);
    feature.regex = std::string(own.text("regex"));
    if (const Json* domains = json["string_constraints"].find("domains"); domains && domains->is_array()) {
      for (const Json& value : domains->items()) {
        feature.domain.push_back(value.is_string() ? std::string(value.as_string()) : to_string(value));
      }
    }
    // The SDK's sample has the snake_case name and a nested object.
    const Json& overrides = json["monitoringConfigOverrides"].is_object() ? json["monitoringConfigOverrides"]
                                                                          : json["monitoring_config_overrides"];
    feature.type_share = share_of(number_of(overrides, "datatype_check_threshold", type_share_, where));
    feature.domain_share = share_of(number_of(overrides, "domain_content_threshold", domain_share_, where));
    feature.evaluate = switch_of(overrides, "evaluate_constraints", result_.evaluate, where);
    result_.features.push_back(std::move(feature));
  }

  void parse_own(const Json& own) {
    const auto rows_of = [&](const char* key) -> std::optional<uint64_t> {
      const Json* value = own["rows"].find(key);
      if (!value || value->is_null()) return std::nullopt;
      const auto number = value->is_number() ? value->as_integer() : std::nullopt;
      if (!number || *number < 0) (void)wrong(std::string("penstock.rows.") + key, "a number of rows");
      return static_cast<uint64_t>(number.value_or(0));
    };
    result_.rows_min = rows_of("min");
    result_.rows_max = rows_of("max");
    result_.extra_columns_allowed = flag_of(own, "extra_columns_allowed", "penstock");
    if (!own["comparisons"].is_array()) return;
    constexpr std::array<std::string_view, 6> operators = {"<", "<=", ">", ">=", "==", "!="};
    for (const Json& one : own["comparisons"].items()) {
      Comparison comparison{std::string(one.text("left")), std::string(one.text("operator")),
                            std::string(one.text("right"))};
      if (comparison.left.empty() || comparison.right.empty() ||
          std::ranges::find(operators, comparison.comparison) == operators.end()) {
        (void)wrong("penstock.comparisons", R"({"left": COLUMN, "operator": one of < <= > >= == !=, "right": COLUMN})");
      }
      result_.comparisons.push_back(std::move(comparison));
    }
  }

  Constraints result_;
  std::string failure_;
  double type_share_ = 1;
  double domain_share_ = 1;
};

}  // namespace

Constraints suggest_constraints(const Profile& profile) {
  Constraints constraints;
  for (const ColumnProfile& column : profile.columns) constraints.features.push_back(suggest_for(column));
  for (const ColumnOrder& order : profile.orders)
    constraints.comparisons.push_back({order.left, order.equal ? "==" : "<=", order.right});
  constraints.rows_min = 1;
  return constraints;
}

Json constraints_json(const Constraints& constraints) {
  Json features = Json::array();
  for (const FeatureConstraints& feature : constraints.features) features.push_back(feature_json(feature));
  Json comparisons = Json::array();
  for (const Comparison& one : constraints.comparisons) {
    comparisons.push_back(Json::object({{"left", one.left}, {"operator", one.comparison}, {"right", one.right}}));
  }
  Json rows = Json::object();
  if (constraints.rows_min) rows.set("min", *constraints.rows_min);
  if (constraints.rows_max) rows.set("max", *constraints.rows_max);
  Json distribution = Json::object({{"perform_comparison", "Enabled"},
                                    {"comparison_threshold", 0.1},
                                    {"comparison_method", "Robust"},
                                    {"categorical_comparison_threshold", 0.1},
                                    {"categorical_drift_method", "LInfinity"}});
  return Json::object({{"version", 0.0},
                       {"features", std::move(features)},
                       {"monitoring_config", Json::object({{"evaluate_constraints", "Enabled"},
                                                           {"emit_metrics", "Enabled"},
                                                           {"datatype_check_threshold", 1.0},
                                                           {"domain_content_threshold", 1.0},
                                                           {"distribution_constraints", std::move(distribution)}})},
                       {"penstock", Json::object({{"rows", std::move(rows)},
                                                  {"comparisons", std::move(comparisons)},
                                                  {"extra_columns_allowed", constraints.extra_columns_allowed}})}});
}

Outcome<Constraints> parse_constraints(const Json& json) {
  return Parser().parse(json);
}

}  // namespace penstock::explore
