// `penstock graph FILE`: a definition's states, transitions and data as a picture.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/pipeline_file.h"
#include "define/graph_svg.h"

namespace penstock::cli {

std::function<int()> configure_graph(CLI::App& app, Session& session) {
  struct Options {
    std::string file;
    std::string output;
  };
  auto options = std::make_shared<Options>();
  app.add_option("file", options->file, "pipeline file (.yaml) or definition (.asl.json)")->required();
  app.add_option("-o,--output", options->output, "where the SVG goes; standard output without it");
  return [&session, options] {
    auto file = read_pipeline_file(session.disk, options->file);
    if (!file) return report(session, file.error());
    auto definition = parse_json(file->definition);
    if (!definition) return report(session, definition.error());
    if (definition->find("States") == nullptr)
      return report(session, Error{"InvalidDefinition",
                                   fmt::format("{} has no States; `penstock validate {}` says what a definition needs",
                                               options->file, options->file)});
    const std::string svg = define::graph_svg(*definition);
    if (options->output.empty()) {
      session.terminal.line(svg);
      return 0;
    }
    if (auto written = session.disk.write_file_atomically(options->output, svg); !written)
      return report(session, written.error());
    return 0;
  };
}

}  // namespace penstock::cli
