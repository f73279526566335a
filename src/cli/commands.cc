#include <fmt/format.h>

#include "cli/command.h"

namespace penstock::cli {

std::function<int()> configure_version(CLI::App& app, Session& session);

namespace {

// Every command, in the order that `penstock --help` shows them.
constexpr Command all[] = {
    {"version", "print the version", configure_version},
};

}  // namespace

std::span<const Command> commands() { return all; }

std::function<int()> configure_version(CLI::App&, Session& session) {
  return [&session] {
    session.terminal.line("penstock " PENSTOCK_VERSION);
    return 0;
  };
}

Outcome<std::unique_ptr<Client>> Session::client() {
  auto options = read_client_options(disk);
  if (!options) return options.error();
  return std::make_unique<Client>(network, clock, *std::move(options));
}

int report(Session& session, const Error& error) {
  session.terminal.error(fmt::format("penstock: {}{}{}", error.code, error.message.empty() ? "" : ": ", error.message));
  return 1;
}

}  // namespace penstock::cli
