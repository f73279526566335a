#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "kit/command.h"
#include "kit/reader.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

struct Options {
  std::string data;
  ReadOptions read;
  ResultOptions result;
};

int profile(Session& session, const Options& options) {
  auto table = read_table(session, options.data, options.read);
  if (!table) return report(session, table.error());
  Json columns = Json::object();
  for (const explore::Column& column : table->columns) {
    columns.set(column.name, Json::object({{"count", column.rows}}));
  }
  const Json result = Json::object({{"rows", table->rows}, {"columns", std::move(columns)}});
  if (auto written = write_result(session, options.result, result); !written) return report(session, written.error());
  return 0;
}

}  // namespace

Action configure_profile(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("data", options->data, "a file, a folder, a glob or an s3:// address")->required()->type_name("DATA");
  add_read_options(app, options->read);
  add_result_options(app, options->result);
  return [options, &session] { return profile(session, *options); };
}

}  // namespace penstock::kit
