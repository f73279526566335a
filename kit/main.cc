#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string_view>

#include "base/encoding.h"
#include "cli/kit_commands.h"
#include "kit/command.h"

namespace {

using penstock::kit::Command;
using penstock::kit::Session;

std::string summary_of(std::string_view name) {
  for (const auto& command : penstock::cli::kit_commands) {
    if (command.name == name) return command.summary;
  }
  return "";
}

int unknown_command(Session& session, std::string_view word) {
  std::vector<std::string_view> names;
  for (const Command& command : penstock::kit::commands()) names.push_back(command.name);
  const auto nearest = penstock::nearest_word(word, names);
  session.terminal.error(nearest.empty()
                             ? fmt::format("penstock-kit: unknown command '{}': see penstock-kit --help", word)
                             : fmt::format("penstock-kit: unknown command '{}': did you mean '{}'?", word, nearest));
  return 2;
}

int run(int argc, char** argv, Session& session) {
  CLI::App app{"Penstock's data kit: explore, prepare, learn and watch data", "penstock-kit"};
  app.require_subcommand(1);
  penstock::kit::Action action;
  for (const Command& command : penstock::kit::commands()) {
    CLI::App* sub = app.add_subcommand(command.name, summary_of(command.name));
    const auto configured = command.configure(*sub, session);
    sub->callback([&action, configured] { action = configured; });
  }
  const auto is_named = [&](const Command& command) { return std::string_view(command.name) == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && std::ranges::none_of(penstock::kit::commands(), is_named)) {
    return unknown_command(session, argv[1]);
  }
  try {  // CLI11 reports by exception
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  return action();
}

}  // namespace

int main(int argc, char** argv) {
  penstock::SystemDisk disk;
  penstock::SystemClock clock;
  penstock::SystemRandom random;
  penstock::SystemNetwork network;
  penstock::Terminal terminal;
  Session session{disk, clock, random, network, terminal};
  return run(argc, argv, session);
}
