// `penstock validate`: checks definitions without a server: all findings at once, each with code and JSON pointer.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>

#include "base/limits.h"
#include "cli/command.h"
#include "cli/pipeline_file.h"
#include "core/pipeline/advice.h"
#include "core/pipeline/definition_digest.h"
#include "core/pipeline/program.h"
#include "core/pipeline/substitutions.h"

namespace penstock::cli {

namespace {

struct ValidateOptions {
  std::vector<std::string> files;
  bool express = false;
};

int validate(Session& session, const std::string& path, bool express) {
  auto file = read_pipeline_file(session.disk, path);
  if (!file) return report(session, file.error());
  pipeline::CompileOptions options;
  options.type = express ? pipeline::MachineType::express : pipeline::MachineType::standard;
  const pipeline::StandIns stand_ins = pipeline::with_stand_ins(file->definition);
  auto compiled = pipeline::compile(stand_ins.definition, options);
  const auto definition = parse_json(stand_ins.definition, {limits::json_depth_max});
  if (definition) std::ranges::move(pipeline::advice(*definition), std::back_inserter(compiled.diagnostics));
  for (const auto& diagnostic : compiled.diagnostics) {
    const bool error = diagnostic.severity == pipeline::Diagnostic::Severity::error;
    session.terminal.line(fmt::format(
        "{}: {} {}: {} at {}", path,
        session.terminal.paint(error ? Terminal::Colour::red : Terminal::Colour::yellow, error ? "error" : "warning"),
        diagnostic.code, diagnostic.message, diagnostic.location));
  }
  if (!compiled.program) return 1;
  std::vector<std::string> names;
  if (definition) {
    for (const PlaceholderUse& use : find_placeholders(*definition)) names.push_back(use.name);
  }
  session.terminal.line(fmt::format(
      "{}: valid{}{}{}{}\n  definition {}", path, names.empty() ? "" : "; placeholders: ", fmt::join(names, ", "),
      stand_ins.names.empty() ? "" : "; to be substituted when it is deployed: ", fmt::join(stand_ins.names, ", "),
      pipeline::definition_digest(file->definition)));
  return 0;
}

}  // namespace

std::function<int()> configure_validate(CLI::App& app, Session& session) {
  auto options = std::make_shared<ValidateOptions>();
  app.add_option("files", options->files, "pipeline files (.yaml) or definitions (.asl.json, .asl.yaml)")->required();
  app.add_flag("--express", options->express, "by the rules of Express workflows");
  return [&session, options] {
    int status = 0;
    for (const std::string& path : options->files) status = std::max(status, validate(session, path, options->express));
    return status;
  };
}

}  // namespace penstock::cli
