#include "core/monitor/preset.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace penstock::monitor {
namespace {

constexpr uint64_t evidently_small_rows_max = 1'000;  // up to here Evidently tests, beyond it measures distances
constexpr uint64_t evidently_few_values_max = 5;
constexpr double significance = 0.05;
constexpr double distance_threshold = 0.1;
constexpr double mlmax_threshold = 0.2;  // mlmax has none; a PSI of 0.2 is the usual "significant shift"
constexpr double nannyml_deviations = 3;

constexpr std::array preset_names = {
    std::pair{Preset::evidently, std::string_view("evidently")},
    std::pair{Preset::nannyml, std::string_view("nannyml")},
    std::pair{Preset::model_monitor, std::string_view("model-monitor")},
    std::pair{Preset::mlmax, std::string_view("mlmax")},
};

Method evidently_method(const Comparison& comparison) {
  const bool small = comparison.baseline_size <= evidently_small_rows_max;
  if (comparison.numeric && comparison.baseline_distinct > evidently_few_values_max)
    return small ? Method::ks : Method::wasserstein_norm;
  if (!small) return Method::js_base_e;
  return comparison.baseline_distinct > 2 ? Method::chi2_evidently : Method::z;
}

Method method_for(const Comparison& comparison, Preset preset) {
  switch (preset) {
    case Preset::evidently:
      return evidently_method(comparison);
    case Preset::nannyml:
      return Method::js_base_2;
    case Preset::model_monitor:
      return Method::linf_robust;
    case Preset::mlmax:
      return comparison.numeric ? Method::psi_mlmax : Method::psi;
  }
  return Method::psi;
}

// The threshold of a method that its preset gives no other.
double usual_threshold(Method method) {
  if (is_p_value(method)) return significance;
  return method == Method::psi || method == Method::psi_mlmax ? mlmax_threshold : distance_threshold;
}

bool alarms(const Rule& rule, double score) {
  if (std::isnan(score)) return false;
  if (score == rule.threshold) return rule.at_threshold;
  return is_p_value(rule.method) ? score < rule.threshold : score > rule.threshold;
}

}  // namespace

std::string_view name_of(Preset preset) {
  return std::find_if(preset_names.begin(), preset_names.end(),
                      [&](const auto& entry) { return entry.first == preset; })
      ->second;
}

std::optional<Preset> preset_named(std::string_view name) {
  for (const auto& [preset, its_name] : preset_names)
    if (its_name == name) return preset;
  return std::nullopt;
}

Rule rule_for(const Comparison& comparison, Preset preset, const Overrides& overrides,
              std::optional<double> reference_threshold) {
  const auto& chosen = comparison.numeric ? overrides.numeric_method : overrides.category_method;
  Rule rule;
  rule.method = chosen.value_or(method_for(comparison, preset));
  rule.threshold = usual_threshold(rule.method);
  if (preset == Preset::nannyml && rule.method == Method::js_base_2 && reference_threshold)
    rule.threshold = *reference_threshold;
  if (overrides.threshold) rule.threshold = *overrides.threshold;
  // Evidently: p <= 0.05 for Kolmogorov-Smirnov, p < 0.05 for counts, distance >= 0.1. NannyML and Model Monitor:
  // above.
  const bool inclusive = preset == Preset::evidently || preset == Preset::mlmax;
  rule.at_threshold = inclusive && (rule.method == Method::ks || !is_p_value(rule.method));
  return rule;
}

void judge(std::span<ColumnDrift> columns, Preset preset, const Overrides& overrides, Correction correction,
           std::span<const std::optional<double>> reference_thresholds) {
  std::vector<double> p_values;
  for (size_t i = 0; i < columns.size(); ++i) {
    ColumnDrift& column = columns[i];
    column.rule = rule_for(column.comparison, preset, overrides, reference_thresholds[i]);
    column.score = score_of(column.comparison, column.rule.method);
    const bool tests = column.score && is_p_value(column.rule.method);
    p_values.push_back(tests ? *column.score : std::nan(""));
  }
  const std::vector<double> adjusted = corrected(p_values, correction);
  for (size_t i = 0; i < columns.size(); ++i) {
    ColumnDrift& column = columns[i];
    column.adjusted.reset();
    if (!std::isnan(adjusted[i])) column.adjusted = adjusted[i];
    column.drifted = column.score && alarms(column.rule, column.adjusted.value_or(*column.score));
  }
}

double chunk_threshold(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double square = 0;
  for (const double value : values) square += (value - mean) * (value - mean);
  return mean + nannyml_deviations * std::sqrt(square / count);
}

}  // namespace penstock::monitor
