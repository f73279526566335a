#include <CLI/CLI.hpp>
#include <new>
#include <string_view>

#include "cli/command_line.h"
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

// Runs a command; where memory ends before the command could see it come, that is said.
int run_within_memory(const penstock::kit::Action& action, Session& session) {
  try {
    return action();
  } catch (const std::bad_alloc&) {
    session.terminal.error(
        "penstock-kit: there is no memory left: give the command less data, or more memory (a lower --memory makes "
        "some "
        "use temporary files)");
    return 1;
  }
}

int run(int argc, char** argv, Session& session) {
  CLI::App app{"Penstock's data kit: explore, prepare, learn and watch data", "penstock-kit"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "penstock-kit " PENSTOCK_VERSION);
  penstock::kit::Action action;
  for (const Command& command : penstock::kit::commands()) {
    CLI::App* sub = app.add_subcommand(command.name, summary_of(command.name));
    const auto configured = command.configure(*sub, session);
    sub->callback([&action, configured] { action = configured; });
  }
  std::vector<std::string_view> names;
  for (const Command& command : penstock::kit::commands()) names.push_back(command.name);
  return penstock::cli::run_command_line(
      app, argc, argv, names, [&] { return run_within_memory(action, session); }, session.terminal);
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
