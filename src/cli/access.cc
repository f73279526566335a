// penstock access: what IAM denied, or would have denied (serve --iam enforce|log).
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/store_options.h"
#include "store/query.h"

namespace penstock::cli {

namespace {

constexpr const char* denials_query = "select value from record where kind = 'iam.denial' order by key";

int show_denials(Session& session, const std::string& data, bool json) {
  Outcome<store::QueryResult> result = store::query(session.disk, data, denials_query);
  if (!result) return report(session, result.error());
  Json all = Json::array();
  std::vector<std::vector<std::string>> table{{"WHO", "ACTION", "RESOURCE", "SINCE", "REFUSED"}};
  for (const std::vector<Json>& row : result->rows) {
    Outcome<Json> denial = parse_json(row.front().as_string());
    if (!denial) return report(session, denial.error());
    const bool enforced = *denial->find("enforced") == Json(true);
    table.push_back({std::string(denial->text("who")), std::string(denial->text("action")),
                     std::string(denial->text("resource")), std::string(denial->text("time")),
                     enforced ? "yes" : "no"});
    all.push_back(std::move(*denial));
  }
  if (json) {
    session.terminal.line(to_pretty_string(all));
  } else {
    session.terminal.table(table);
  }
  return 0;
}

}  // namespace

std::function<int()> configure_access(CLI::App& app, Session& session) {
  auto data = declare_data_option(app);
  auto what = std::make_shared<std::string>("denials");
  auto json = std::make_shared<bool>(false);
  app.add_option("what", *what, "denials: what no policy allowed, each once")
      ->check(CLI::IsMember({"denials"}))
      ->capture_default_str();
  app.add_flag("--json", *json, "as JSON, with the message of each");
  return [&session, data, what, json] { return show_denials(session, *data, *json); };
}

}  // namespace penstock::cli
