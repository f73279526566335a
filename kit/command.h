// Command: one `penstock-kit NAME` (and, by the same name, `penstock NAME`).
//
// To add one: its name and summary in src/cli/kit_commands.h; a file kit/NAME.cc with `configure_NAME`, which declares
// options on a CLI11 app and gives back the action; one line in kit/commands.cc. In the action, `read_table` or
// `open_reader` (reader.h) give the data, `write_result` (result.h) writes what --json asked for, and Session::terminal
// prints the summary for a person. Exit status: 0 done and nothing found; 1 the command failed; 2 wrong usage; 3 done
// and something found (violations, leaks, drift).
#pragma once

#include <functional>
#include <span>

#include "base/clock.h"
#include "base/disk.h"
#include "base/network.h"
#include "base/outcome.h"
#include "base/random.h"
#include "base/terminal.h"

namespace CLI {
class App;
}

namespace penstock::kit {

// What every command works with.
struct Session {
  Disk& disk;
  Clock& clock;
  Random& random;
  Network& network;
  Terminal& terminal;
};

using Action = std::function<int()>;

struct Command {
  const char* name;
  Action (*configure)(CLI::App& app, Session& session);
};

// Every command, in the order of cli::kit_commands.
std::span<const Command> commands();

// Prints the error for a person; returns exit status 1.
int report(Session& session, const Error& error);

}  // namespace penstock::kit
