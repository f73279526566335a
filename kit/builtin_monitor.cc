// The Model Monitor analyzer (sagemaker-model-monitor-analyzer): statistics and suggested constraints of a baseline, or
// data checked against those of an earlier one, under the image's environment variables. What the AWS image does with
// Deequ's sketches is exact here, as far as the baseline's file is.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <unordered_map>

#include "base/encoding.h"
#include "base/time.h"
#include "core/explore/constraint_check.h"
#include "core/explore/constraints.h"
#include "core/explore/profile_json.h"
#include "core/monitor/distance.h"
#include "kit/builtin.h"
#include "kit/drift_result.h"
#include "kit/drift_summary.h"
#include "kit/profiling.h"
#include "kit/temporary.h"

namespace penstock::kit {

namespace {

using monitor::CategoryDistribution;
using monitor::NumericDistribution;

constexpr size_t memory_megabytes = 100;
constexpr double threshold_default = 0.1;

struct Settings {
  std::string source;
  std::string output;
  std::string baseline_statistics;
  std::string baseline_constraints;
  bool publish = false;
  ReadOptions read;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// dataset_format: {"csv": {"header": true}}, {"json": {"lines": true}} or {"parquet": {}}.
Outcome<ReadOptions> read_options() {
  ReadOptions read;
  const std::string text = variable("dataset_format");
  const auto format = parse_json(text.empty() ? R"({"csv":{"header":true}})" : text);
  if (!format || !format->is_object() || format->size() != 1)
    return client_error(fmt::format("dataset_format is not a JSON object with one format: {}", text));
  const auto& [name, settings] = format->members()[0];
  const std::string kind = to_lower(name);
  if (kind != "csv" && kind != "json" && kind != "parquet")
    return client_error(fmt::format("dataset_format {} is not read: it is csv, json (lines) or parquet", name));
  read.format = kind;
  if (const Json& header = settings["header"]; header.is_boolean()) read.header = header.as_boolean();
  return read;
}

Outcome<Settings> read_settings(const BuiltinJob& job) {
  for (const char* script : {"record_preprocessor_script", "post_analytics_processor_script"}) {
    if (!variable(script).empty())
      return client_error(fmt::format(
          "{} is a Python program, which penstock-kit does not run: preprocess in a job of its own", script));
  }
  if (const std::string kind = variable("analysis_type"); !kind.empty() && kind != "DATA_QUALITY")
    return client_error(fmt::format("analysis_type {} is not done by penstock-kit: it is DATA_QUALITY", kind));
  Settings out;
  // Without a private root the contract's folders lie elsewhere.
  const auto path = [&](const char* name, const char* otherwise) {
    std::string value = variable(name);
    if (value.empty()) value = otherwise;
    if (value.starts_with("file://")) value = value.substr(7);
    return value.starts_with("/opt/ml") ? job.base() + value.substr(7) : value;
  };
  out.source = path("dataset_source", "");
  if (out.source.empty()) return client_error("the environment has no dataset_source: the folder of the data");
  out.output = path("output_path", "/opt/ml/processing/output");
  out.baseline_statistics = path("baseline_statistics", "");
  out.baseline_constraints = path("baseline_constraints", "");
  out.publish = variable("publish_cloudwatch_metrics") == "Enabled";
  auto read = read_options();
  if (!read) return read.error();
  out.read = *std::move(read);
  return out;
}

Outcome<Json> read_document(Session& session, const std::string& path) {
  auto text = session.disk.read_file(path);
  if (!text) return client_error(text.error().message);
  auto json = parse_json(*text);
  if (!json) return client_error(fmt::format("{}: {}", path, json.error().message));
  return json;
}

// The distribution that statistics.json has of a feature: KLL's item of level l stands for 2^l values.
std::optional<NumericDistribution> numbers_in(const Json& feature) {
  const Json& data = feature["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"];
  std::vector<std::pair<double, uint64_t>> weighted;
  if (!data.is_array()) return std::nullopt;
  for (size_t level = 0; level < data.size() && level < 40; ++level) {
    if (!data[level].is_array()) continue;
    for (const Json& value : data[level].items())
      if (value.is_number()) weighted.emplace_back(value.as_double(), uint64_t{1} << level);
  }
  if (weighted.empty()) return std::nullopt;
  std::sort(weighted.begin(), weighted.end());
  explore::WideRuns runs;
  uint64_t sum = 0;
  for (const auto& [value, weight] : weighted) {
    sum += weight;
    if (!runs.numbers.empty() && runs.numbers.back() == value) {
      runs.ends.back() = sum;
      continue;
    }
    runs.numbers.push_back(value);
    runs.ends.push_back(sum);
  }
  NumericDistribution out;
  out.runs = std::move(runs);
  return out;
}

std::optional<CategoryDistribution> categories_in(const Json& feature) {
  const Json& buckets = feature["string_statistics"]["distribution"]["categorical"]["buckets"];
  if (!buckets.is_array() || buckets.size() == 0) return std::nullopt;
  std::vector<std::pair<std::string, uint64_t>> counts;
  for (const Json& bucket : buckets.items()) {
    if (!bucket["count"].is_number()) return std::nullopt;
    std::string value(bucket.text("value"));
    if (value == "True" || value == "False") value = to_lower(value);
    counts.emplace_back(std::move(value), static_cast<uint64_t>(bucket["count"].as_double()));
  }
  return monitor::distribution_of(std::move(counts), 0);
}

// monitoring_config.distribution_constraints, with the misspelling that older files have.
struct DriftSettings {
  bool compare = true;
  double numeric_threshold = threshold_default;
  double category_threshold = threshold_default;
  bool robust = true;
  bool chi_squared = false;
};

DriftSettings drift_settings(const Json& constraints) {
  const Json& config = constraints["monitoring_config"]["distribution_constraints"];
  DriftSettings out;
  out.compare = to_lower(std::string(config.text("perform_comparison", "Enabled"))) == "enabled";
  if (config["comparison_threshold"].is_number()) out.numeric_threshold = config["comparison_threshold"].as_double();
  out.category_threshold = out.numeric_threshold;
  if (config["categorical_comparison_threshold"].is_number())
    out.category_threshold = config["categorical_comparison_threshold"].as_double();
  out.robust = config.text("comparison_method", config.text("comparion_method", "Robust")) != "Simple";
  std::string method = variable("categorical_drift_method");
  if (method.empty()) method = config.text("categorical_drift_method", "LInfinity");
  out.chi_squared = method == "ChiSquared";
  return out;
}

uint64_t present_in(const Json& feature) {
  for (const char* kind : {"numerical_statistics", "string_statistics"}) {
    const Json& present = feature[kind]["common"]["num_present"];
    if (present.is_number()) return static_cast<uint64_t>(present.as_double());
  }
  return 0;
}

// How far a feature's data is from the baseline's; nothing where either has none.
std::optional<monitor::ColumnDrift> drift_of(const Json& feature, const monitor::BaselineColumn& data,
                                             const DriftSettings& settings) {
  monitor::ColumnDrift out;
  out.name = data.name;
  if (size_of(data.distribution) == 0) return std::nullopt;
  double simple = 0;
  if (const auto* numbers = std::get_if<NumericDistribution>(&data.distribution)) {
    const auto baseline = numbers_in(feature);
    if (!baseline) return std::nullopt;
    out.comparison = monitor::compare(*baseline, *numbers);
    simple = *out.comparison.linf_simple;
    out.rule = {settings.robust ? monitor::Method::linf_robust : monitor::Method::linf_simple,
                settings.numeric_threshold, false};
  } else {
    const auto baseline = categories_in(feature);
    if (!baseline || baseline->size() == 0) return std::nullopt;
    out.comparison = monitor::compare(*baseline, std::get<CategoryDistribution>(data.distribution));
    simple = *out.comparison.linf_simple;
    out.rule = {settings.chi_squared ? monitor::Method::chi2_deequ
                : settings.robust    ? monitor::Method::linf_robust
                                     : monitor::Method::linf_simple,
                settings.category_threshold, false};
  }
  // A sketch has fewer items than the baseline had rows.
  const uint64_t rows = std::max(present_in(feature), uint64_t{1});
  out.comparison.linf_robust =
      monitor::robust_distance(simple, rows, size_of(data.distribution), monitor::robust_c_default);
  out.score = score_of(out.comparison, out.rule.method);
  out.drifted =
      out.score && (is_p_value(out.rule.method) ? *out.score < out.rule.threshold : *out.score > out.rule.threshold);
  return out;
}

std::vector<monitor::ColumnDrift> drift_of_all(const Json& statistics, const monitor::Baseline& data,
                                               const DriftSettings& settings) {
  std::vector<monitor::ColumnDrift> out;
  if (!settings.compare || !statistics["features"].is_array()) return out;
  for (const Json& feature : statistics["features"].items()) {
    const monitor::BaselineColumn* column = data.find(feature.text("name"));
    if (column == nullptr) continue;
    if (auto found = drift_of(feature, *column, settings)) out.push_back(*std::move(found));
  }
  return out;
}

Outcome<std::vector<explore::Violation>> check(Session& session, const Settings& settings,
                                               explore::Constraints constraints) {
  ReadOptions read = settings.read;
  for (const auto& feature : constraints.features) {
    if (feature.type == explore::ColumnType::String) read.types.emplace_back(feature.name, feature.type);
  }
  auto reader = open_reader(session, settings.source, read);
  if (!reader) return reader.error();
  const TemporaryFolder folder(session.disk);
  explore::Spill spill(session.disk, folder.path(), memory_megabytes << 20);
  std::optional<explore::ConstraintCheck> checking;
  Outcome<void> started;
  const auto begin = [&] {
    auto made = explore::ConstraintCheck::make(constraints, spill);
    started = made ? Outcome<void>{} : Outcome<void>(made.error());
    if (made) checking.emplace(*std::move(made));
  };
  auto done = stream(session, **reader, begin, [&](const Table& batch) -> Outcome<void> {
    return started ? checking->add(batch.columns) : started;
  });
  if (!done) return done.error();
  return checking->finish();
}

// What CloudWatch would show: a file that the AWS platform publishes from a job, by the names that its image gives.
std::string metric_lines(const explore::Profile& profile, const std::vector<monitor::ColumnDrift>& drift,
                         std::string_view time) {
  std::string out;
  const auto add = [&](std::string_view name, const std::string& feature, const char* kind, Json value) {
    append_json(out, Json::object({{"MetricName", fmt::format("feature_{}_{}", name, feature)},
                                   {"Timestamp", time},
                                   {"Dimensions", Json::array()},
                                   {kind, std::move(value)}}));
    out += '\n';
  };
  for (const auto& column : profile.columns) {
    add("non_null", column.name, "Value", column.count);
    if (!column.numbers || column.type == explore::ColumnType::Timestamp || !std::isfinite(column.numbers->sum))
      continue;
    add("data", column.name, "StatisticValues",
        Json::object({{"SampleCount", column.count - column.numbers->infinite},
                      {"Sum", column.numbers->sum},
                      {"Minimum", column.numbers->min},
                      {"Maximum", column.numbers->max}}));
  }
  for (const auto& column : drift)
    add("baseline_drift", column.name, "Value", explore::json_number(column.score.value_or(0)));
  return out;
}

Outcome<void> write_json(const BuiltinJob& job, const std::string& path, const Json& value) {
  return job.session().disk.write_file_atomically(path, to_pretty_string(value) + "\n");
}

// The violations of the constraints and of the distributions, in one file; how many.
Outcome<size_t> monitor_data(const BuiltinJob& job, const Settings& settings, const explore::Profile& profile,
                             const monitor::Baseline& data) {
  auto document = read_document(job.session(), settings.baseline_constraints);
  if (!document) return document.error();
  auto constraints = explore::parse_constraints(*document);
  if (!constraints) return client_error(constraints.error().message);
  const bool publish = settings.publish && constraints->emit_metrics;
  const bool evaluate = constraints->evaluate;
  auto violations = check(job.session(), settings, *std::move(constraints));
  if (!violations) return client_error(violations.error().message);
  std::vector<monitor::ColumnDrift> drift;
  if (!settings.baseline_statistics.empty()) {
    auto statistics = read_document(job.session(), settings.baseline_statistics);
    if (!statistics) return statistics.error();
    drift = drift_of_all(*statistics, data, drift_settings(*document));
  }
  Json json = explore::violations_json(*violations);
  for (const auto& column : drift) {
    if (!column.drifted || !evaluate) continue;
    json.mutable_at("violations").push_back(violation_json(column));
  }
  if (auto written = write_json(job, settings.output + "/constraint_violations.json", json); !written)
    return written.error();
  const std::string time = to_iso8601_seconds(job.session().clock.now());
  if (publish) {
    const std::string folder = job.base() + "/output/metrics/cloudwatch";
    if (auto made = job.session().disk.make_folders(folder); !made) return made.error();
    const auto written = job.session().disk.write_file_atomically(folder + "/cloudwatch_metrics.jsonl",
                                                                  metric_lines(profile, drift, time));
    if (!written) return written.error();
  }
  DriftResult result;
  result.baseline = settings.baseline_statistics;
  result.data = settings.source;
  result.preset = monitor::Preset::model_monitor;
  result.columns = std::move(drift);
  result.made = time;
  if (auto left = leave_drift_record(job.session(), result); !left) return left.error();
  return json["violations"].size();
}

}  // namespace

Outcome<void> analyze_data_quality(const BuiltinJob& job) {
  const auto settings = read_settings(job);
  if (!settings) return settings.error();
  Session& session = job.session();
  ProfilingOptions profiling;
  profiling.read = settings->read;
  profiling.profile.relations = false;
  profiling.profile.sketches = true;
  const auto profile = profile_data(session, settings->source, profiling);
  if (!profile) return client_error(profile.error().message);
  SummaryOptions summary;
  summary.read = settings->read;
  const auto columns = read_summary(session, settings->source, summary);
  if (!columns) return client_error(columns.error().message);
  const auto data = whole(*columns);
  if (!data) return client_error(data.error().message);
  if (auto made = session.disk.make_folders(settings->output); !made) return made;
  if (auto written = write_json(job, settings->output + "/statistics.json", explore::statistics_json(*profile));
      !written)
    return written;
  const Json suggested = explore::constraints_json(explore::suggest_constraints(*profile));
  if (auto written = write_json(job, settings->output + "/constraints.json", suggested); !written) return written;
  size_t violations = 0;
  if (!settings->baseline_constraints.empty()) {
    const auto found = monitor_data(job, *settings, *profile, *data);
    if (!found) return found.error();
    violations = *found;
  }
  const std::string message =
      violations == 0
          ? "Completed: Job completed successfully with no violations."
          : fmt::format("CompletedWithViolations: Job completed successfully with {} violations.", violations);
  job.line(message);
  return session.disk.write_file_atomically(job.base() + "/output/message", message);
}

}  // namespace penstock::kit
