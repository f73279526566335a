#include "kit/drift_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "kit/result.h"

namespace penstock::kit {

namespace {

using monitor::ColumnDrift;
using monitor::Comparison;
using monitor::CountTest;

Json to_json(const std::optional<double>& value) {
  return value ? number(*value) : Json();
}

Json to_json(const std::optional<CountTest>& test) {
  if (!test) return Json();
  Json out = Json::object({{"statistic", number(test->statistic)}, {"p_value", number(test->p_value)}});
  if (test->freedom > 0) out.set("degrees_of_freedom", test->freedom);
  out.set("effect_size", number(test->effect_size));
  return out;
}

Json to_json(const std::optional<monitor::Moments>& moments) {
  if (!moments) return Json();
  return Json::object({{"mean", number(moments->mean)}, {"std", number(moments->std_dev)}});
}

Json to_json(const monitor::Bins& bins) {
  Json out = Json::object();
  const auto list = [&out](const char* name, const auto& values) {
    Json items = Json::array();
    for (const auto& value : values) items.push_back(Json(value));
    out.set(name, std::move(items));
  };
  if (bins.labels.empty())
    list("edges", bins.edges);
  else
    list("labels", bins.labels);
  list("baseline", bins.baseline);
  list("data", bins.data);
  return out;
}

// Which rule decided, and what it found.
void set_decision(Json& out, const ColumnDrift& column) {
  out.set("drifted", column.drifted);
  out.set("method", std::string(name_of(column.rule.method)));
  out.set("score", to_json(column.score));
  if (column.adjusted) out.set("adjusted_p_value", number(*column.adjusted));
  if (const auto effect = effect_size_of(column.comparison, column.rule.method))
    out.set("effect_size", number(*effect));
  out.set("threshold", column.rule.threshold);
}

Json to_json(const ColumnDrift& column) {
  const Comparison& found = column.comparison;
  Json out = Json::object({{"type", found.numeric ? "numeric" : "categorical"}});
  set_decision(out, column);
  out.set("psi_mlmax", to_json(found.psi_mlmax));
  out.set("psi_mlmax_quantiles", to_json(found.psi_quantiles));
  out.set("psi", to_json(found.psi));
  out.set("psi_evidently", to_json(found.psi_evidently));
  out.set("ks", to_json(found.ks));
  out.set("chi2", to_json(found.chi2));
  out.set("chi2_evidently", to_json(found.chi2_evidently));
  out.set("chi2_deequ", to_json(found.chi2_deequ));
  out.set("z", to_json(found.z));
  out.set("js_base_e", to_json(found.js_base_e));
  out.set("js_base_2", to_json(found.js_base_2));
  out.set("kl", to_json(found.kl));
  out.set("hellinger_evidently", to_json(found.hellinger_evidently));
  out.set("hellinger_nannyml", to_json(found.hellinger_nannyml));
  out.set("total_variation", to_json(found.total_variation));
  out.set("wasserstein", to_json(found.wasserstein));
  out.set("wasserstein_norm", to_json(found.wasserstein_norm));
  out.set("linf_simple", to_json(found.linf_simple));
  out.set("linf_robust", to_json(found.linf_robust));
  out.set("cohens_d", to_json(found.cohens_d));
  const auto side = [](uint64_t count, uint64_t missing, uint64_t distinct, const auto& moments) {
    Json of_side = Json::object({{"count", count}, {"missing", missing}, {"distinct", distinct}});
    const Json values = to_json(moments);
    if (values.is_object())
      for (const auto& [key, value] : values.members()) of_side.set(key, value);
    return of_side;
  };
  out.set("baseline",
          side(found.baseline_size, found.baseline_missing, found.baseline_distinct, found.baseline_moments));
  out.set("data", side(found.data_size, found.data_missing, found.data_distinct, found.data_moments));
  out.set("bins", to_json(found.bins));
  return out;
}

// A window's columns: what decided, and the two that one compares over time.
Json brief_json(const ColumnDrift& column) {
  Json out = Json::object();
  set_decision(out, column);
  out.set("psi", to_json(column.comparison.psi));
  out.set("js_base_2", to_json(column.comparison.js_base_2));
  return out;
}

Json summary_json(const std::vector<ColumnDrift>& columns, Json& out) {
  const size_t drifted = drifted_in(columns);
  out.set("columns_compared", columns.size());
  out.set("columns_drifted", drifted);
  out.set("share_drifted", columns.empty() ? 0.0 : static_cast<double>(drifted) / static_cast<double>(columns.size()));
  return out;
}

Json names_json(const std::vector<std::string>& names) {
  Json out = Json::array();
  for (const std::string& name : names) out.push_back(name);
  return out;
}

Json violation(std::string_view feature, std::string_view check, std::string description) {
  return Json::object(
      {{"feature_name", feature}, {"constraint_check_type", check}, {"description", std::move(description)}});
}

// Model Monitor's words, out of which its users read the two numbers.
std::string description_of(const ColumnDrift& column) {
  const double score = column.adjusted.value_or(column.score.value_or(0));
  if (!is_p_value(column.rule.method))
    return fmt::format("Baseline drift distance: {} exceeds threshold: {}", score, column.rule.threshold);
  const auto effect = effect_size_of(column.comparison, column.rule.method);
  return fmt::format("Baseline drift p-value: {} of {} is below threshold: {}, effect size: {}", score,
                     name_of(column.rule.method), column.rule.threshold, effect.value_or(0));
}

}  // namespace

Json violation_json(const ColumnDrift& column) {
  return violation(column.name, "baseline_drift_check", description_of(column));
}

namespace {

void append_record(const ColumnDrift& column, const std::string& window, Json& columns) {
  Json row = brief_json(column);
  row.set("name", column.name);
  if (!window.empty()) row.set("window", window);
  columns.push_back(std::move(row));
}

}  // namespace

Outcome<void> leave_drift_record(Session& session, const DriftResult& result) {
  const char* variable = std::getenv("SAGEMAKER_BASE_DIR");
  const std::string base = variable != nullptr && *variable != '\0' ? variable : "/opt/ml";
  if (!session.disk.exists(base + "/config/processingjobconfig.json")) return {};
  Json columns = Json::array();
  for (const ColumnDrift& column : result.columns) append_record(column, "", columns);
  for (const DriftWindow& window : result.windows)
    for (const ColumnDrift& column : window.columns) append_record(column, window.name, columns);
  const Json record = Json::object({{"made", result.made},
                                    {"baseline", result.baseline},
                                    {"data", result.data},
                                    {"preset", std::string(name_of(result.preset))},
                                    {"columns", std::move(columns)}});
  return session.disk.write_file_atomically(base + "/output/drift.json", to_string(record));
}

size_t drifted_in(const std::vector<ColumnDrift>& columns) {
  return static_cast<size_t>(
      std::count_if(columns.begin(), columns.end(), [](const ColumnDrift& column) { return column.drifted; }));
}

size_t DriftResult::drifted() const {
  return drifted_in(columns);
}

double DriftResult::share() const {
  return columns.empty() ? 0 : static_cast<double>(drifted()) / static_cast<double>(columns.size());
}

bool DriftResult::dataset_drifted() const {
  return share() >= monitor::dataset_drift_share;
}

std::string_view name_of(monitor::Correction correction) {
  switch (correction) {
    case monitor::Correction::bonferroni:
      return "bonferroni";
    case monitor::Correction::benjamini_hochberg:
      return "benjamini-hochberg";
    case monitor::Correction::none:
      break;
  }
  return "none";
}

Json to_json(const DriftResult& result) {
  Json out = Json::object({{"baseline", result.baseline},
                           {"data", result.data},
                           {"made", result.made},
                           {"preset", std::string(name_of(result.preset))},
                           {"correction", std::string(name_of(result.correction))},
                           {"baseline_rows", result.baseline_rows},
                           {"data_rows", result.data_rows}});
  summary_json(result.columns, out);
  out.set("dataset_drift", result.dataset_drifted());
  out.set("missing_columns", names_json(result.missing_columns));
  out.set("empty_columns", names_json(result.empty_columns));
  out.set("extra_columns", names_json(result.extra_columns));
  Json skipped = Json::object();
  for (const auto& [name, why] : result.skipped) skipped.set(name, why);
  out.set("skipped_columns", std::move(skipped));
  Json columns = Json::object();
  for (const ColumnDrift& column : result.columns) columns.set(column.name, to_json(column));
  out.set("columns", std::move(columns));
  if (!result.time.empty()) {
    Json windows = Json::array();
    for (const DriftWindow& window : result.windows) {
      Json of_window = Json::object({{"window", window.name}, {"rows", window.rows}});
      summary_json(window.columns, of_window);
      Json of_columns = Json::object();
      for (const ColumnDrift& column : window.columns) of_columns.set(column.name, brief_json(column));
      of_window.set("columns", std::move(of_columns));
      windows.push_back(std::move(of_window));
    }
    out.set("time", result.time);
    out.set("windows", std::move(windows));
  }
  if (result.quality) out.set("quality", to_json(*result.quality));
  return out;
}

Json violations_json(const DriftResult& result) {
  Json violations = Json::array();
  for (const ColumnDrift& column : result.columns)
    if (column.drifted) violations.push_back(violation_json(column));
  const size_t in_both = result.columns.size() + result.empty_columns.size();
  const size_t in_baseline = in_both + result.missing_columns.size();
  const size_t in_data = in_both + result.extra_columns.size();
  for (const std::string& name : result.missing_columns)
    violations.push_back(violation(
        name, "missing_column_check",
        fmt::format("There are missing columns in current dataset. Number of columns in current dataset: {}, Number of "
                    "columns in baseline constraints: {}",
                    in_data, in_baseline)));
  for (const std::string& name : result.empty_columns)
    violations.push_back(violation(name, "completeness_check", "The data has no value of this column."));
  for (const std::string& name : result.extra_columns)
    violations.push_back(violation(
        name, "extra_column_check",
        fmt::format("There are extra columns in current dataset. Number of columns in current dataset: {}, Number of "
                    "columns in baseline constraints: {}",
                    in_data, in_baseline)));
  return Json::object({{"violations", std::move(violations)}});
}

}  // namespace penstock::kit
