// penstock doctor: is everything in the data directory as it was written?
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/store_options.h"
#include "store/check.h"

namespace penstock::cli {

std::shared_ptr<const std::string> declare_data_option(CLI::App& app) {
  auto data = std::make_shared<std::string>(default_data_folder());
  app.add_option("--data", *data, "data directory of the server")->capture_default_str();
  return data;
}

namespace {

int doctor(Session& session, const std::string& data) {
  Outcome<store::StoreReport> report = store::check_store(session.disk, session.clock, session.random, data);
  if (!report) return cli::report(session, report.error());
  session.terminal.line(fmt::format("{}/penstock.db: schema {}, {:.1f} MB, {} executions, {} object contents", data,
                                    report->schema, static_cast<double>(report->bytes) / 1e6, report->executions,
                                    report->contents));
  for (const std::string& problem : report->problems)
    session.terminal.line(session.terminal.paint(Terminal::Colour::red, problem));
  if (report->problems.empty()) {
    session.terminal.line("all is well: the store is sound, every object's content is as it was put");
    return 0;
  }
  session.terminal.error(
      fmt::format("penstock: {} problem{} found. Keep the directory as it is, and restore a backup into another one",
                  report->problems.size(), report->problems.size() == 1 ? "" : "s"));
  return 1;
}

}  // namespace

std::function<int()> configure_doctor(CLI::App& app, Session& session) {
  auto data = declare_data_option(app);
  return [&session, data] { return doctor(session, *data); };
}

}  // namespace penstock::cli
