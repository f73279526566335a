#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/encoding.h"
#include "cli/command.h"
#include "cli/kit.h"
#include "cli/kit_commands.h"

namespace {

using penstock::cli::Command;
using penstock::cli::Session;

std::string program_path(const char* called_as) {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : std::string(called_as);
}

// "unknown command 'sreve': did you mean 'serve'?"
int unknown_command(Session& session, std::string_view word) {
  std::vector<std::string_view> names;
  for (const Command& command : penstock::cli::commands()) {
    if (!command.hidden) names.push_back(command.name);
  }
  for (const auto& command : penstock::cli::kit_commands) names.push_back(command.name);
  const auto nearest = penstock::nearest_word(word, names);
  session.terminal.error(nearest.empty()
                             ? fmt::format("penstock: unknown command '{}': see penstock --help", word)
                             : fmt::format("penstock: unknown command '{}': did you mean '{}'?", word, nearest));
  return 2;
}

int run(int argc, char** argv, Session& session) {
  CLI::App app{"Penstock: from a notebook to a production pipeline", "penstock"};
  app.require_subcommand(1);
  std::function<int()> action;
  for (const Command& command : penstock::cli::commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    if (command.hidden) sub->group("");
    const auto configured = command.configure(*sub, session);
    sub->callback([&action, configured] { action = configured; });
  }
  // For --help only: penstock-kit reads their options.
  for (const auto& command : penstock::cli::kit_commands) {
    app.add_subcommand(command.name, command.summary)->group("Data (penstock-kit)");
  }
  if (argc > 1 && penstock::cli::is_kit_command(argv[1])) return penstock::cli::become_kit(session, argv);
  const auto is_named = [&](const Command& command) { return std::string_view(command.name) == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && std::ranges::none_of(penstock::cli::commands(), is_named)) {
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
  Session session{disk, clock, random, network, terminal, program_path(argv[0])};
  return run(argc, argv, session);
}
