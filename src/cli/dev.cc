// `penstock dev`: a server with a sample bucket and the example pipelines, and how to point clients at it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/process.h"
#include "cli/command.h"
#include "cli/pipeline_file.h"
#include "cli/pipeline_role.h"

namespace penstock::cli {

namespace {

struct DevOptions {
  uint16_t port = 4700;
  std::string data;
  std::string clock = "real";
};

// The examples folder of a checkout: beside build/, or where $PENSTOCK_EXAMPLES says.
std::string examples_folder(const Session& session) {
  if (const char* named = std::getenv("PENSTOCK_EXAMPLES"); named && *named) return named;
  return (std::filesystem::path(session.program).parent_path().parent_path() / "examples").string();
}

Outcome<void> create_examples(Session& session, Client& client, const std::string& account) {
  const std::string bucket = fmt::format("penstock-{}-{}", account, client.options().region);
  if (auto made = client.create_bucket(bucket); !made) return made;
  session.terminal.line(fmt::format("bucket     s3://{}", bucket));
  if (auto made = make_pipeline_role(client); !made) return made;
  session.terminal.line(fmt::format("role       {}", pipeline_role_arn(account)));
  const std::string folder = examples_folder(session);
  for (const char* name : {"census/training.yaml", "census/inference.yaml"}) {
    const std::string path = folder + "/" + name;
    if (!session.disk.exists(path)) {
      session.terminal.line(
          fmt::format("no examples in {}: set PENSTOCK_EXAMPLES to a checkout's examples folder", folder));
      return {};
    }
    auto file = read_pipeline_file(session.disk, path);
    if (!file) return file.error();
    auto made = client.call(
        "states", "CreateStateMachine",
        Json::object(
            {{"name", file->name}, {"definition", file->definition}, {"roleArn", pipeline_role_arn(account)}}));
    if (!made && made.error().code != "StateMachineAlreadyExists") return made.error();
    session.terminal.line(fmt::format("pipeline   {}    penstock run {}", file->name, path));
  }
  return {};
}

// Hands SIGINT and SIGTERM on to the server until it has ended; its exit status. All three signals must be blocked.
int wait_for(Child& server, const sigset_t& signals) {
  int number = 0;
  while (sigwait(&signals, &number) == 0 && number != SIGCHLD) server.signal(SIGTERM);
  return server.wait();
}

int develop(Session& session, const DevOptions& options) {
  const std::string data = options.data.empty() ? default_data_folder() : options.data;
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&signals, number);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  SystemProcess process;
  auto server = process.start(
      {session.program, "serve", "--port", std::to_string(options.port), "--data", data, "--clock", options.clock},
      true);
  if (!server) return report(session, server.error());
  auto line = (*server)->read_line();
  if (!line) return (*server)->wait();
  session.terminal.line(*line);
  setenv("PENSTOCK_DATA", data.c_str(), 1);
  unsetenv("AWS_ENDPOINT_URL");
  unsetenv("AWS_ACCESS_KEY_ID");
  auto client = session.client();
  auto account = client ? (*client)->account() : Outcome<std::string>(client.error());
  auto created = account ? create_examples(session, **client, *account) : Outcome<void>(account.error());
  if (!created) report(session, created.error());
  session.terminal.line(fmt::format("clients    eval \"$(PENSTOCK_DATA={} penstock env)\"", data));
  return wait_for(**server, signals);
}

}  // namespace

std::function<int()> configure_dev(CLI::App& app, Session& session) {
  auto options = std::make_shared<DevOptions>();
  app.add_option("--port", options->port, "0 takes any free port")->capture_default_str();
  app.add_option("--data", options->data, "data directory");
  app.add_option("--clock", options->clock, "real, or virtual: waits and schedules pass at once")
      ->check(CLI::IsMember({"real", "virtual"}))
      ->capture_default_str();
  return [&session, options] { return develop(session, *options); };
}

}  // namespace penstock::cli
