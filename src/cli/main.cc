#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/command.h"
#include "cli/command_line.h"
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

int run(int argc, char** argv, Session& session) {
  CLI::App app{"Penstock: from a notebook to a production pipeline", "penstock"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "penstock " PENSTOCK_VERSION);
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
  std::vector<std::string_view> names;
  for (const Command& command : penstock::cli::commands()) names.push_back(command.name);
  for (const auto& command : penstock::cli::kit_commands) names.push_back(command.name);
  return penstock::cli::run_command_line(
      app, argc, argv, names, [&] { return action(); }, session.terminal);
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
