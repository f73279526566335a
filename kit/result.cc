#include "kit/result.h"

#include <CLI/CLI.hpp>
#include <cmath>

namespace penstock::kit {

void add_result_options(CLI::App& app, ResultOptions& options) {
  app.add_option("--json", options.json, "write the whole result as JSON to this file, or to standard output for -")
      ->type_name("FILE|-");
}

Outcome<void> write_result(Session& session, const ResultOptions& options, const Json& result) {
  if (options.json.empty()) return {};
  const std::string text = to_pretty_string(result) + "\n";
  if (options.quiet()) {
    session.terminal.out(text);
    return {};
  }
  return session.disk.write_file_atomically(options.json, text);
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

}  // namespace penstock::kit
