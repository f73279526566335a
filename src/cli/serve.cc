// penstock serve: the server.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "aws/client/client.h"
#include "cli/command.h"
#include "server/instance.h"
#include "server/stop_signal.h"

namespace penstock::cli {

namespace {

struct ServeOptions {
  uint16_t port = 4700;
  std::string bind = "127.0.0.1";
  std::string data = default_data_folder();
  std::string root_key;
  std::string account;
  std::string clock = "real";
  std::string iam = "enforce";
  bool encrypt_at_rest = false;
  int64_t virtual_days = 31;
};

int serve(Session& session, const ServeOptions& given) {
  server::Instance::Options options;
  options.port = given.port;
  options.bind = given.bind;
  options.data = given.data;
  options.account = given.account;
  options.virtual_clock = given.clock == "virtual";
  options.virtual_days = given.virtual_days;
  options.program = session.program;
  using Iam = server::Instance::Iam;
  options.encrypt_at_rest = given.encrypt_at_rest;
  options.iam = given.iam == "enforce" ? Iam::enforce : given.iam == "log" ? Iam::log : Iam::off;
  if (!given.root_key.empty()) {
    size_t colon = given.root_key.find(':');
    if (colon == std::string::npos) return report(session, {"InvalidRootKey", "--root-key is given as ID:SECRET"});
    options.root_key = access::KeyPair{given.root_key.substr(0, colon), given.root_key.substr(colon + 1)};
  }
  server::StopSignal signal;
  auto instance = server::Instance::start(session.disk, session.clock, session.random, std::move(options));
  if (!instance) return report(session, instance.error());
  auto written = session.disk.write_file_atomically(given.data + "/endpoint", (*instance)->endpoint() + "\n");
  if (!written) return report(session, written.error());
  session.terminal.line("ready " + (*instance)->endpoint());
  signal.wait();
  (*instance)->stop();
  return 0;
}

}  // namespace

std::function<int()> configure_serve(CLI::App& app, Session& session);

std::function<int()> configure_serve(CLI::App& app, Session& session) {
  auto options = std::make_shared<ServeOptions>();
  app.add_option("--port", options->port, "port to listen on; 0 takes any free one")->capture_default_str();
  app.add_option("--bind", options->bind, "address to listen on; others than 127.0.0.1 let other machines in")
      ->capture_default_str();
  app.add_option("--data", options->data, "data directory")->capture_default_str();
  app.add_option("--root-key", options->root_key, "root key pair as ID:SECRET (default: made at the first start)");
  app.add_option("--account", options->account, "account number, 12 digits (default: 123456789012)");
  app.add_option("--clock", options->clock, "'virtual' skips waiting times")
      ->check(CLI::IsMember({"real", "virtual"}))
      ->capture_default_str();
  app.add_option("--iam", options->iam,
                 "calls that no policy allows: 'enforce' refuses them, 'log' records them, 'off' lets them pass")
      ->check(CLI::IsMember({"enforce", "log", "off"}))
      ->capture_default_str();
  app.add_flag("--encrypt-at-rest", options->encrypt_at_rest,
               "encrypt every new object on the disk, also where neither it nor its bucket asks for that");
  app.add_option("--virtual-days", options->virtual_days,
                 "how many days a schedule runs on with --clock virtual after it was last changed")
      ->check(CLI::Range(0, 3'650))
      ->capture_default_str();
  return [options, &session] { return serve(session, *options); };
}

}  // namespace penstock::cli
