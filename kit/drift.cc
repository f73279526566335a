#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/large_pages.h"
#include "base/time.h"
#include "kit/command.h"
#include "kit/drift_report.h"
#include "kit/drift_result.h"
#include "kit/drift_summary.h"
#include "kit/reader.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

constexpr int exit_drift = 3;

struct Options {
  std::string baseline;
  std::string data;
  std::vector<std::string> merged;
  std::string preset = "evidently";
  std::string numeric_method;
  std::string categorical_method;
  double threshold = 0;
  bool has_threshold = false;
  std::string correction = "none";
  std::string fail_on = "column";
  std::string html;
  std::string violations;
  std::string save_baseline;
  std::string window = "month";
  SummaryOptions summary;
  QualityOptions quality;
  ResultOptions result;
};

monitor::Correction correction_named(const std::string& name) {
  if (name == "bonferroni") return monitor::Correction::bonferroni;
  return name == "benjamini-hochberg" ? monitor::Correction::benjamini_hochberg : monitor::Correction::none;
}

monitor::Overrides overrides_of(const Options& options) {
  monitor::Overrides out;
  out.numeric_method = monitor::method_named(options.numeric_method);
  out.category_method = monitor::method_named(options.categorical_method);
  if (options.has_threshold) out.threshold = options.threshold;
  return out;
}

// Columns that were compared one by one, to be judged together.
struct Compared {
  std::vector<monitor::ColumnDrift> columns;
  std::vector<std::optional<double>> thresholds;  // NannyML's, by column

  void add(const monitor::BaselineColumn& baseline, const monitor::Distribution& data) {
    monitor::ColumnDrift found;
    found.name = baseline.name;
    found.comparison = monitor::compare(baseline.distribution, data);
    columns.push_back(std::move(found));
    thresholds.push_back(baseline.chunk_threshold);
  }
  std::vector<monitor::ColumnDrift> judged(const Options& options) {
    judge(columns, *monitor::preset_named(options.preset), overrides_of(options), correction_named(options.correction),
          thresholds);
    return std::move(columns);
  }
};

// The columns of both, with those of the windows; one after the other, so that not all are in memory at once.
Outcome<void> compare_columns(Summary& baseline, Summary& data, const Options& options, DriftResult& out) {
  Compared all;
  std::vector<Compared> windows(data.windows.size());
  for (const SummaryColumn& column : baseline.columns) {
    SummaryColumn* const same = data.find(column.name);
    if (same == nullptr) continue;
    const auto of_baseline = column.take();
    if (!of_baseline) return of_baseline.error();
    const auto of_data = same->take();
    if (!of_data) return of_data.error();
    all.add(*of_baseline, of_data->distribution);
    for (size_t i = 0; i < windows.size(); ++i) {
      const monitor::BaselineColumn* in_window = data.windows[i].second.find(column.name);
      if (in_window != nullptr) windows[i].add(*of_baseline, in_window->distribution);
    }
  }
  out.columns = all.judged(options);
  for (size_t i = 0; i < windows.size(); ++i) {
    const auto& [name, window] = data.windows[i];
    out.windows.push_back({name, window.rows, windows[i].judged(options)});
  }
  return {};
}

Outcome<DriftResult> compare_sets(Summary& baseline, Summary& data, const Options& options) {
  DriftResult out;
  out.baseline = options.baseline;
  out.data = options.data;
  out.baseline_rows = baseline.rows;
  out.data_rows = data.rows + data.rows_without_time;
  out.preset = *monitor::preset_named(options.preset);
  out.correction = correction_named(options.correction);
  const auto is_skipped = [](const Summary& summary, const std::string& name) {
    return std::any_of(summary.skipped.begin(), summary.skipped.end(),
                       [&](const auto& entry) { return entry.first == name; });
  };
  for (const auto& [name, why] : data.skipped) {
    if (why == no_value && baseline.find(name) != nullptr)
      out.empty_columns.push_back(name);
    else
      out.skipped.emplace_back(name, why);
  }
  for (const auto& [name, why] : baseline.skipped) {
    if (!is_skipped(data, name))
      out.skipped.emplace_back(name, why == no_value ? fmt::format("in the baseline: {}", why) : why);
  }
  for (const auto& column : baseline.columns) {
    if (data.find(column.name) == nullptr && !is_skipped(data, column.name) && column.name != options.summary.time)
      out.missing_columns.push_back(column.name);
  }
  for (const auto& column : data.columns) {
    if (baseline.find(column.name) == nullptr && !is_skipped(baseline, column.name))
      out.extra_columns.push_back(column.name);
  }
  out.time = options.summary.time;
  if (auto compared = compare_columns(baseline, data, options, out); !compared) return compared.error();
  for (const auto& [location, rows] : {std::pair(options.baseline, out.baseline_rows), {options.data, out.data_rows}}) {
    if (rows == 0) return Error{"NothingToCompare", fmt::format("{} has no rows", location)};
  }
  if (out.columns.empty() && !out.missing_columns.empty() && !out.extra_columns.empty()) {
    return Error{"NothingToCompare", fmt::format("no column of {} is in {}: {} against {}", options.baseline,
                                                 options.data, out.missing_columns[0], out.extra_columns[0])};
  }
  return out;
}

// 0.012346, 1.4e-09, and nothing for a dash.
std::string short_number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}

void print_columns(Session& session, const DriftResult& result) {
  Terminal& terminal = session.terminal;
  std::vector<std::vector<std::string>> rows = {
      {"COLUMN", "TYPE", "METHOD", "SCORE", "THRESHOLD", "EFFECT", "PSI", "MISSING", "DRIFT"}};
  for (const monitor::ColumnDrift& column : result.columns) {
    const monitor::Comparison& found = column.comparison;
    const double total = static_cast<double>(found.data_size + found.data_missing);
    rows.push_back({column.name, found.numeric ? "numeric" : "categorical", std::string(name_of(column.rule.method)),
                    short_number(column.adjusted ? column.adjusted : column.score), short_number(column.rule.threshold),
                    short_number(effect_size_of(found, column.rule.method)), short_number(found.psi),
                    total == 0 ? "-" : fmt::format("{:.1f} %", 100 * static_cast<double>(found.data_missing) / total),
                    column.drifted ? "yes" : "no"});
  }
  terminal.table(rows);
}

void print_quality(Session& session, const Quality& quality) {
  const auto print = [&](const std::string& name, const QualityMetrics& metrics) {
    std::string line = fmt::format("  {:<12} {:>9} rows", name, metrics.rows);
    for (const auto& [metric, value] : metrics.values) line += fmt::format("   {} {:.4f}", metric, value);
    session.terminal.line(line);
  };
  session.terminal.line(fmt::format("Quality against the ground truth ({} rows have no label, {} labels no row):",
                                    quality.without_truth, quality.without_prediction));
  print("all", quality.all);
  for (const auto& [name, metrics] : quality.windows) print(name, metrics);
}

void print_summary(Session& session, const DriftResult& result) {
  Terminal& terminal = session.terminal;
  print_columns(session, result);
  for (const std::string& name : result.missing_columns)
    terminal.line(fmt::format("{}: in the baseline, not in the data", name));
  for (const std::string& name : result.empty_columns)
    terminal.line(fmt::format("{}: the baseline has values, the data has none", name));
  for (const std::string& name : result.extra_columns)
    terminal.line(fmt::format("{}: in the data, not in the baseline", name));
  for (const auto& [name, why] : result.skipped) terminal.line(fmt::format("{}: left out: {}", name, why));
  for (const DriftWindow& window : result.windows) {
    std::string line = fmt::format("{:<12} {:>9} rows, {} of {} columns drifted", window.name, window.rows,
                                   drifted_in(window.columns), window.columns.size());
    std::string names;
    for (const monitor::ColumnDrift& column : window.columns)
      if (column.drifted) names += (names.empty() ? ": " : ", ") + column.name;
    terminal.line(line + names);
  }
  if (result.quality) print_quality(session, *result.quality);
  const std::string found =
      fmt::format("{} of {} columns drifted ({:.0f} %), {} rows against {}: preset {}{}", result.drifted(),
                  result.columns.size(), 100 * result.share(), result.data_rows, result.baseline_rows,
                  name_of(result.preset), result.dataset_drifted() ? ": the data set drifted" : "");
  terminal.line(terminal.paint(result.drifted() > 0 ? Terminal::Colour::yellow : Terminal::Colour::green, found));
}

Outcome<void> write_files(Session& session, const Options& options, const DriftResult& result) {
  if (auto written = write_result(session, options.result, to_json(result)); !written) return written;
  if (!options.html.empty()) {
    if (auto written = session.disk.write_file_atomically(options.html, drift_report(result)); !written) return written;
  }
  if (options.violations.empty()) return {};
  return session.disk.write_file_atomically(options.violations, to_pretty_string(violations_json(result)) + "\n");
}

int exit_status(const Options& options, const DriftResult& result) {
  if (options.fail_on == "never") return 0;
  const size_t gone = result.missing_columns.size() + result.empty_columns.size();
  const bool drifted = options.fail_on == "dataset" ? result.dataset_drifted() : result.drifted() + gone > 0;
  return drifted ? exit_drift : 0;
}

// The baseline, with what is merged into it; saved if the options say so.
Outcome<Summary> whole_baseline(Session& session, const Options& options) {
  SummaryOptions of_baseline = options.summary;
  of_baseline.chunk_thresholds = options.preset == "nannyml" || !options.save_baseline.empty();
  auto summary = read_baseline(session, options.baseline, of_baseline);
  if (!summary || (options.merged.empty() && options.save_baseline.empty())) return summary;
  auto baseline = whole(*summary);
  if (!baseline) return baseline.error();
  for (const std::string& location : options.merged) {
    auto other = read_baseline(session, location, of_baseline);
    if (!other) return other.error();
    const auto taken = whole(*other);
    if (!taken) return taken.error();
    if (auto merged = merge_into(*baseline, *taken); !merged) return merged.error();
  }
  if (!options.save_baseline.empty()) {
    const auto saved = session.disk.write_file_atomically(options.save_baseline, to_bytes(*baseline));
    if (!saved) return saved.error();
  }
  return summary_of(*std::move(baseline));
}

// What the baseline skips for what it is need not be read at all.
SummaryOptions without_skipped(SummaryOptions options, const Summary& baseline) {
  for (const auto& [name, why] : baseline.skipped) {
    const auto& categorical = options.categorical;
    const bool is_named = std::find(categorical.begin(), categorical.end(), name) != categorical.end();
    if (why != no_value && name != options.time && !is_named) options.read.left_out.push_back(name);
  }
  return options;
}

// The data to judge: rows, or the distributions that an earlier run saved of them.
Outcome<Summary> data_of(Session& session, const Options& options, const Summary& baseline) {
  if (!is_saved_baseline(session, options.data))
    return read_summary(session, options.data, without_skipped(options.summary, baseline));
  if (!options.summary.time.empty() || !options.quality.ground_truth.empty()) {
    return Error{"NoRows", fmt::format("{} is a saved baseline, which has no rows: --time and --ground-truth need the "
                                       "data itself",
                                       options.data)};
  }
  return read_baseline(session, options.data, options.summary);
}

int drift(Session& session, Options& options) {
  if (options.data.empty() && options.save_baseline.empty()) {
    session.terminal.error("penstock-kit: drift needs DATA to compare, or --save-baseline to keep the baseline");
    return 2;
  }
  keep_freed_memory();  // each column's distributions take the memory of those before
  options.summary.window = *window_named(options.window);
  options.quality.window = options.summary.window;
  options.quality.time = options.summary.time;
  const bool with_truth = !options.quality.ground_truth.empty();
  if (with_truth && options.quality.id.empty()) {
    session.terminal.error("penstock-kit: --ground-truth needs --id COLUMN, which rows and labels have in common");
    return 2;
  }
  if (!options.quality.id.empty()) options.summary.left_out.push_back(options.quality.id);
  auto baseline = whole_baseline(session, options);
  if (!baseline) return report(session, baseline.error());
  if (options.data.empty()) {
    session.terminal.line(fmt::format("baseline of {} columns and {} rows: {}", baseline->columns.size(),
                                      baseline->rows, options.save_baseline));
    return 0;
  }
  auto data = data_of(session, options, *baseline);
  if (!data) return report(session, data.error());
  auto compared = compare_sets(*baseline, *data, options);
  if (!compared) return report(session, compared.error());
  DriftResult result = *std::move(compared);
  result.made = to_iso8601_seconds(session.clock.now());
  if (with_truth) {
    auto quality = read_quality(session, options.data, options.summary.read, options.quality);
    if (!quality) return report(session, quality.error());
    result.quality = *std::move(quality);
  }
  if (const auto written = write_files(session, options, result); !written) return report(session, written.error());
  if (const auto left = leave_drift_record(session, result); !left) return report(session, left.error());
  if (!options.result.quiet()) print_summary(session, result);
  return exit_status(options, result);
}

std::vector<std::string> method_names(bool numeric) {
  using monitor::Method;
  std::vector<Method> methods = {
      Method::psi,        Method::psi_evidently,       Method::js_base_e,         Method::js_base_2,
      Method::kl,         Method::hellinger_evidently, Method::hellinger_nannyml, Method::linf_simple,
      Method::linf_robust};
  if (numeric)
    methods.insert(methods.end(), {Method::psi_mlmax, Method::ks, Method::wasserstein, Method::wasserstein_norm});
  else
    methods.insert(methods.end(), {Method::chi2, Method::chi2_evidently, Method::chi2_deequ, Method::z});
  std::vector<std::string> names;
  for (const Method method : methods) names.emplace_back(name_of(method));
  return names;
}

void add_judgement_options(CLI::App& app, Options& options) {
  app.add_option("--preset", options.preset, "whose defaults decide")
      ->check(CLI::IsMember({"evidently", "nannyml", "model-monitor", "mlmax"}))
      ->capture_default_str();
  app.add_option("--numeric-method", options.numeric_method, "decide numeric columns by this statistic")
      ->check(CLI::IsMember(method_names(true)));
  app.add_option("--categorical-method", options.categorical_method, "decide categorical columns by this statistic")
      ->check(CLI::IsMember(method_names(false)));
  app.add_option_function<double>(
      "--threshold",
      [&options](double value) {
        options.threshold = value;
        options.has_threshold = true;
      },
      "a column has drifted from this value on (p-values: below it)");
  app.add_option("--correction", options.correction, "of p-values, for the number of columns")
      ->check(CLI::IsMember({"none", "bonferroni", "benjamini-hochberg"}))
      ->capture_default_str();
  app.add_option(
         "--fail-on", options.fail_on,
         "exit status 3 when a column has drifted, is missing or empty, when half of the columns have, or never")
      ->check(CLI::IsMember({"column", "dataset", "never"}))
      ->capture_default_str();
}

}  // namespace

Action configure_drift(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("baseline", options->baseline, "the data to compare with, or a saved baseline")
      ->required()
      ->type_name("BASELINE");
  app.add_option("data", options->data, "the data to judge, or its saved baseline")->type_name("DATA");
  add_judgement_options(app, *options);
  app.add_option("--categorical", options->summary.categorical, "numeric columns whose values are names")
      ->delimiter(',');
  app.add_option("--leave-out", options->summary.left_out, "columns not to compare")->delimiter(',');
  app.add_option("--time", options->summary.time, "also compare window by window of this column")->type_name("COLUMN");
  app.add_option("--window", options->window, "how long a window is; value: one for each value of the column")
      ->check(CLI::IsMember({"hour", "day", "week", "month", "quarter", "year", "value"}))
      ->capture_default_str();
  app.add_option("--ground-truth", options->quality.ground_truth,
                 "labels that arrived later: the columns --id and --label");
  app.add_option("--id", options->quality.id, "the column that rows and labels have in common")->type_name("COLUMN");
  app.add_option("--prediction", options->quality.prediction, "the data's column of predictions")
      ->capture_default_str()
      ->type_name("COLUMN");
  app.add_option("--label", options->quality.label, "the ground truth's column of labels")
      ->capture_default_str()
      ->type_name("COLUMN");
  app.add_option("--save-baseline", options->save_baseline, "keep the baseline in this file")->type_name("FILE");
  app.add_option("--merge", options->merged, "further baselines (or data) that belong to the baseline")
      ->type_name("BASELINE");
  app.add_option("--html", options->html, "write a report")->type_name("FILE");
  app.add_option("--violations", options->violations, "write Model Monitor's constraint_violations.json")
      ->type_name("FILE");
  add_read_options(app, options->summary.read);
  add_result_options(app, options->result);
  return [options, &session] { return drift(session, *options); };
}

}  // namespace penstock::kit
