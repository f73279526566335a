// penstock access: what IAM denied, or would have denied (serve --iam enforce|log), and the smallest policies for a
// run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/encoding.h"
#include "cli/command.h"
#include "cli/store_options.h"
#include "core/access/least_privilege.h"
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

std::string sql_text(std::string_view text) {
  return "'" + replace_all(std::string(text), "'", "''") + "'";
}

// The execution of that name or ARN that started last.
Outcome<std::pair<std::string, std::string>> find_run(Session& session, const std::string& data,
                                                      const std::string& given) {
  auto found =
      store::query(session.disk, data,
                   fmt::format("select arn, name from runs where name = {0} or arn = {0} order by id desc limit 1",
                               sql_text(given)));
  if (!found) return found.error();
  if (found->rows.empty()) return Error{"NoSuchExecution", fmt::format("there is no execution '{}'", given)};
  return std::pair(std::string(found->rows[0][0].as_string()), std::string(found->rows[0][1].as_string()));
}

int show_least_privilege(Session& session, const std::string& data, const std::string& given) {
  auto run = find_run(session, data, given);
  if (!run) return report(session, run.error());
  auto found = store::query(session.disk, data,
                            fmt::format("select value from record where kind = 'iam.use' and json_extract(value, "
                                        "'$.source') in (select {0} union select arn from jobs where run = {0})",
                                        sql_text(run->first)));
  if (!found) return report(session, found.error());
  std::vector<access::Use> uses;
  for (const std::vector<Json>& row : found->rows) {
    Outcome<Json> record = parse_json(row.front().as_string());
    if (!record) return report(session, record.error());
    for (const Json& use : (*record)["uses"].items()) {
      uses.push_back({std::string(use.text("role")), std::string(use.text("action")), std::string(use.text("resource")),
                      std::string(use.text("service"))});
    }
  }
  if (uses.empty()) {
    return report(session,
                  {"NothingRecorded", fmt::format("nothing is recorded of {}: it did nothing by a role, or ran with "
                                                  "--iam off, or is older than the last thousand runs and jobs",
                                                  run->first)});
  }
  session.terminal.line(to_pretty_string(access::least_privilege(uses, run->second)));
  return 0;
}

}  // namespace

std::function<int()> configure_access(CLI::App& app, Session& session) {
  auto data = declare_data_option(app);
  auto what = std::make_shared<std::string>("denials");
  auto execution = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  app.add_option("what", *what,
                 "denials: what no policy allowed, each once; least-privilege: the smallest policy of each role with "
                 "which an execution can be run again")
      ->check(CLI::IsMember({"denials", "least-privilege"}))
      ->capture_default_str();
  app.add_option("execution", *execution, "of least-privilege: its name or ARN");
  app.add_flag("--json", *json, "denials as JSON, with the message of each");
  return [&session, data, what, execution, json] {
    if (*what == "denials") return show_denials(session, *data, *json);
    if (execution->empty())
      return report(session, {"MissingExecution", "least-privilege needs the name or ARN of an execution"});
    return show_least_privilege(session, *data, *execution);
  };
}

}  // namespace penstock::cli
