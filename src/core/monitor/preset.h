// Presets: which statistic decides about a column, and from what value on it counts as drift, as Evidently, NannyML,
// SageMaker Model Monitor and mlmax have it by default.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/monitor/comparison.h"
#include "core/monitor/contingency.h"

namespace penstock::monitor {

enum class Preset { evidently, nannyml, model_monitor, mlmax };
std::string_view name_of(Preset preset);
std::optional<Preset> preset_named(std::string_view name);

// When a score means drift: a p-value below (or at) the threshold, a distance above (or at) it.
struct Rule {
  Method method = Method::ks;
  double threshold = 0.05;
  bool at_threshold = false;  // a score equal to the threshold is drift, too
};

// What the user decided instead of the preset; nothing for what the preset decides.
struct Overrides {
  std::optional<Method> numeric_method;
  std::optional<Method> category_method;
  std::optional<double> threshold;  // of whichever method
};

// The rule of a column. `reference_threshold` is NannyML's upper threshold from chunks of the reference, where known
// (else 0.1).
Rule rule_for(const Comparison& comparison, Preset preset, const Overrides& overrides,
              std::optional<double> reference_threshold);

// A column of a data set, compared and judged.
struct ColumnDrift {
  std::string name;
  Comparison comparison;
  Rule rule;
  std::optional<double> score;     // nothing: the method is not defined for this column (no values)
  std::optional<double> adjusted;  // the p-value after the correction for the number of columns
  bool drifted = false;
};

// Fills in rule, score, adjusted and drifted of columns whose comparison is there. `reference_thresholds` has a place
// for each column.
void judge(std::span<ColumnDrift> columns, Preset preset, const Overrides& overrides, Correction correction,
           std::span<const std::optional<double>> reference_thresholds);

// Evidently's dataset drift: the share of drifted columns reaches this.
inline constexpr double dataset_drift_share = 0.5;

// NannyML's upper threshold: mean + 3 standard deviations (of the population) of the values of the reference's chunks;
// nothing where it would reach `limit` (NannyML then has none).
double chunk_threshold(std::span<const double> values);

}  // namespace penstock::monitor
