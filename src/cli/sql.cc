// penstock sql "select ...": what was recorded, as a table or as JSON.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/store_options.h"
#include "store/query.h"

namespace penstock::cli {

namespace {

constexpr size_t cell_characters_max = 80;  // of a table's cell; --json shows all

// One line, cut to what fits a table.
std::string cell(const Json& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string() ? std::string(value.as_string()) : to_string(value);
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  if (text.size() <= cell_characters_max) return text;
  size_t end = cell_characters_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a UTF-8 character
  return text.substr(0, end) + "...";
}

void print_table(Session& session, const store::QueryResult& result) {
  std::vector<std::vector<std::string>> table{result.columns};
  for (const std::vector<Json>& row : result.rows) {
    std::vector<std::string>& cells = table.emplace_back();
    for (const Json& value : row) cells.push_back(cell(value));
  }
  session.terminal.table(table);
}

void print_json(Session& session, const store::QueryResult& result) {
  Json rows = Json::array();
  for (const std::vector<Json>& row : result.rows) {
    Json object = Json::object();
    for (size_t column = 0; column < row.size(); ++column) object.set(result.columns[column], row[column]);
    rows.push_back(std::move(object));
  }
  session.terminal.line(to_pretty_string(rows));
}

}  // namespace

std::function<int()> configure_sql(CLI::App& app, Session& session) {
  auto data = declare_data_option(app);
  auto sql = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  app.add_option("query", *sql,
                 "one SELECT over runs, definitions, jobs, parameters, metrics, artifacts, drift (docs/schema.md)")
      ->required();
  app.add_flag("--json", *json, "rows as a JSON array, values in full");
  return [&session, data, sql, json] {
    Outcome<store::QueryResult> result = store::query(session.disk, *data, *sql);
    if (!result) return report(session, result.error());
    if (*json) {
      print_json(session, *result);
    } else {
      print_table(session, *result);
    }
    return 0;
  };
}

}  // namespace penstock::cli
