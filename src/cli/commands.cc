#include <fmt/format.h>

#include "cli/command.h"

namespace penstock::cli {

std::function<int()> configure_dev(CLI::App& app, Session& session);
std::function<int()> configure_serve(CLI::App& app, Session& session);
std::function<int()> configure_run(CLI::App& app, Session& session);
std::function<int()> configure_deploy(CLI::App& app, Session& session);
std::function<int()> configure_watch(CLI::App& app, Session& session);
std::function<int()> configure_logs(CLI::App& app, Session& session);
std::function<int()> configure_describe(CLI::App& app, Session& session);
std::function<int()> configure_list(CLI::App& app, Session& session);
std::function<int()> configure_stop(CLI::App& app, Session& session);
std::function<int()> configure_redrive(CLI::App& app, Session& session);
std::function<int()> configure_validate(CLI::App& app, Session& session);
std::function<int()> configure_graph(CLI::App& app, Session& session);
std::function<int()> configure_jsonata(CLI::App& app, Session& session);
std::function<int()> configure_env(CLI::App& app, Session& session);
std::function<int()> configure_sql(CLI::App& app, Session& session);
std::function<int()> configure_compare(CLI::App& app, Session& session);
std::function<int()> configure_access(CLI::App& app, Session& session);
std::function<int()> configure_doctor(CLI::App& app, Session& session);
std::function<int()> configure_backup(CLI::App& app, Session& session);
std::function<int()> configure_completion(CLI::App& app, Session& session);
std::function<int()> configure_version(CLI::App& app, Session& session);
std::function<int()> configure_supervise(CLI::App& app, Session& session);

namespace {

// Every command, in the order that `penstock --help` shows them.
constexpr Command all[] = {
    {"dev", "a server with a sample bucket and the example pipelines", configure_dev},
    {"serve", "run the server", configure_serve},
    {"run", "run a pipeline: check its placeholders, upload, start, watch", configure_run},
    {"deploy", "create or update the stack of a folder: template, parameters, files", configure_deploy},
    {"watch", "follow an execution to its end", configure_watch},
    {"logs", "what the jobs of an execution wrote", configure_logs},
    {"describe", "an execution, its steps, input and output", configure_describe},
    {"list", "executions, newest first", configure_list},
    {"stop", "stop an execution and its jobs", configure_stop},
    {"redrive", "go on from the step that failed", configure_redrive},
    {"validate", "check definitions, without a server", configure_validate},
    {"graph", "a definition as a picture: states, transitions, data", configure_graph},
    {"jsonata", "evaluate a JSONata expression", configure_jsonata},
    {"env", "exports that point AWS clients at the server", configure_env},
    {"sql", "query what was recorded: runs, definitions, jobs, parameters, metrics, artifacts, drift", configure_sql},
    {"compare", "what two runs differ in; whether they are reproducible", configure_compare},
    {"access", "what IAM denied, or would have denied", configure_access},
    {"doctor", "check the store and every object against its digest", configure_doctor},
    {"backup", "copy a store, running or not, into one archive", configure_backup},
    {"completion", "shell completion", configure_completion},
    {"version", "print the version", configure_version},
    {"supervise", "run one job", configure_supervise, true},
};

}  // namespace

std::span<const Command> commands() {
  return all;
}

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
