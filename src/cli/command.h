// Command: one `penstock NAME`. The list of all is in commands.cc; a command declares its options on a CLI11 app and
// gives back what to run. Exit status: 0 done, 1 it failed (or the execution did), 2 wrong usage.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "aws/client/client.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/network.h"
#include "base/outcome.h"
#include "base/random.h"
#include "base/terminal.h"

namespace CLI {
class App;
}

namespace penstock::cli {

using aws::Client;
using aws::ClientOptions;
using aws::default_data_folder;
using aws::read_client_options;

// What every command works with.
struct Session {
  Disk& disk;
  Clock& clock;
  Random& random;
  Network& network;
  Terminal& terminal;
  std::string program;  // path of this executable

  // A client for the server that the environment names.
  Outcome<std::unique_ptr<Client>> client();
};

struct Command {
  const char* name;
  const char* summary;
  // Declares options on `app` and returns the action, which runs after the command line was read.
  std::function<int()> (*configure)(CLI::App& app, Session& session);
  bool hidden = false;  // for the program's own use
};

std::span<const Command> commands();

// Prints the error and its hint; returns exit status 1.
int report(Session& session, const Error& error);

}  // namespace penstock::cli
