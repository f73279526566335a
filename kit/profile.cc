// `profile DATA`: what is in a data set.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "core/explore/profile_json.h"
#include "core/explore/profiler.h"
#include "kit/command.h"
#include "kit/profile_report.h"
#include "kit/profiling.h"
#include "kit/reader.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

struct Options {
  std::string data;
  std::string html;
  std::string statistics;
  ProfilingOptions profiling;
  ResultOptions result;
};

int profile(Session& session, const Options& options) {
  ProfilingOptions profiling = options.profiling;
  profiling.profile.sketches = !options.statistics.empty();
  auto profile = profile_data(session, options.data, profiling);
  if (!profile) return report(session, profile.error());
  if (!options.statistics.empty()) {
    const std::string text = to_pretty_string(explore::statistics_json(*profile)) + "\n";
    auto written = session.disk.write_file_atomically(options.statistics, text);
    if (!written) return report(session, written.error());
  }
  if (!options.html.empty()) {
    const std::string name = std::filesystem::path(options.data).filename().string();
    auto written =
        session.disk.write_file_atomically(options.html, profile_report(*profile, name.empty() ? options.data : name));
    if (!written) return report(session, written.error());
  }
  if (!options.result.json.empty()) {
    auto written = write_result(session, options.result, explore::profile_json(*profile));
    if (!written) return report(session, written.error());
  }
  if (!options.result.quiet()) print_profile(session, *profile);
  return 0;
}

}  // namespace

Action configure_profile(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("data", options->data, "a file, a folder, a glob or an s3:// address")->required()->type_name("DATA");
  app.add_option("--target", options->profiling.profile.target,
                 "the column to be predicted: others are checked for leaks")
      ->type_name("COLUMN");
  app.add_option("--html", options->html, "write a report for a browser")->type_name("FILE");
  app.add_option("--statistics", options->statistics, "write statistics.json in Model Monitor's schema")
      ->type_name("FILE");
  app.add_option("--spearman-rows", options->profiling.profile.spearman_rows,
                 "ranks are correlated over all rows up to so many, else over a uniform sample")
      ->type_name("N")
      ->capture_default_str();
  add_profiling_options(app, options->profiling);
  add_result_options(app, options->result);
  return [options, &session] { return profile(session, *options); };
}

}  // namespace penstock::kit
