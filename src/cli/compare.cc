// `penstock compare RUN RUN`: what two runs of pipelines differ in: definition, parameters, inputs, outputs, metrics.
// The same definition on the same parameters and inputs with other outputs is not reproducible, and is said to be so.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>

#include "base/encoding.h"
#include "cli/command.h"
#include "cli/store_options.h"
#include "store/query.h"

namespace penstock::cli {

namespace {

constexpr int outputs_differ = 3;  // exit status, as a gate that is closed

struct CompareOptions {
  std::string first, second;
  bool json = false;
};

struct RecordedRun {
  std::string arn, name;
  // What was recorded of it, by kind and by name: definition, parameter, input, output, metric. The run's own name is
  // "*" in names and values, since jobs and places are named after it.
  std::map<std::string, std::map<std::string, std::string>> facts;
};

std::string as_sql(std::string_view text) {
  return "'" + replace_all(std::string(text), "'", "''") + "'";
}

std::string shown(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? std::string(value.as_string()) : to_string(value);
}

// The kinds of facts in the order of a reader's interest, each with a query of (name, value) in which {} is the run's
// ARN.
constexpr std::pair<const char*, const char*> fact_queries[] = {
    {"definition", "select 'digest', definition_digest from runs where arn = {}"},
    {"parameter",
     "select coalesce((select j.name from jobs j where j.arn = p.job) || ' ', '') || p.source || ' ' || p.name, "
     "p.value from parameters p where p.run = {}"},
    {"input",  // from outside: what an earlier job of the run wrote is no cause but an effect
     "select j.name || ' ' || a.name || ' ' || a.uri, a.digest from artifacts a join jobs j on j.arn = a.job "
     "where a.direction = 'input' and a.run = {} and not exists (select 1 from artifacts o where o.run = a.run and "
     "o.direction = 'output' and o.uri = a.uri)"},
    {"output",
     "select j.name || ' ' || a.name || ' ' || a.uri, a.digest from artifacts a join jobs j on j.arn = a.job "
     "where a.direction = 'output' and a.run = {}"},
    {"metric",
     "select j.name || ' ' || m.name, m.value from metrics m join jobs j on j.name = m.job where j.run = {} "
     "order by m.time"},
};

Outcome<RecordedRun> read_run(Session& session, const std::string& data, const std::string& reference) {
  const std::string which =
      reference == "@latest" ? "" : fmt::format("where name = {0} or arn = {0} ", as_sql(reference));
  auto found =
      store::query(session.disk, data, fmt::format("select arn, name from runs {}order by id desc limit 1", which));
  if (!found) return found.error();
  if (found->rows.empty())
    return Error{.code = "NoSuchRun",
                 .message = fmt::format("no run has the name or ARN '{}' (penstock list shows them)", reference)};
  RecordedRun run{shown(found->rows[0][0]), shown(found->rows[0][1]), {}};
  for (const auto& [kind, select] : fact_queries) {
    auto facts = store::query(session.disk, data, fmt::format(fmt::runtime(select), as_sql(run.arn)));
    if (!facts) return facts.error();
    for (const std::vector<Json>& row : facts->rows)
      run.facts[kind][replace_all(shown(row[0]), run.name, "*")] = replace_all(shown(row[1]), run.name, "*");
  }
  return run;
}

// {kind: {name: [first, second]}} of what differs; null where one of the two has none.
Json differences(const RecordedRun& first, const RecordedRun& second) {
  Json all = Json::object();
  for (const auto& [kind, select] : fact_queries) {
    std::map<std::string, std::pair<Json, Json>> sides;
    const auto read = [&](const RecordedRun& run, Json std::pair<Json, Json>::*side) {
      if (const auto found = run.facts.find(kind); found != run.facts.end())
        for (const auto& [name, value] : found->second) sides[name].*side = Json(value);
    };
    read(first, &std::pair<Json, Json>::first);
    read(second, &std::pair<Json, Json>::second);
    Json different = Json::object();
    for (const auto& [name, values] : sides)
      if (!(values.first == values.second)) different.set(name, std::vector<Json>{values.first, values.second});
    if (different.size() > 0) all.set(kind, std::move(different));
  }
  return all;
}

int compare(Session& session, const std::string& data, const CompareOptions& options) {
  const auto first = read_run(session, data, options.first);
  if (!first) return report(session, first.error());
  const auto second = read_run(session, data, options.second);
  if (!second) return report(session, second.error());
  const Json different = differences(*first, *second);
  const bool same_causes = !different.find("definition") && !different.find("parameter") && !different.find("input");
  const bool same_effects = !different.find("output") && !different.find("metric");
  if (options.json) {
    session.terminal.line(to_pretty_string(Json::object({{"first", first->arn},
                                                         {"second", second->arn},
                                                         {"reproducible", same_causes ? Json(same_effects) : Json()},
                                                         {"differences", different}})));
    return same_effects ? 0 : outputs_differ;
  }
  std::vector<std::vector<std::string>> table = {{"WHAT", "NAME", first->name, second->name}};
  for (const JsonMember& kind : different.members())
    for (const JsonMember& fact : kind.value.members())
      table.push_back({kind.key, fact.key, shown(fact.value[size_t{0}]), shown(fact.value[size_t{1}])});
  if (table.size() > 1) session.terminal.table(table);
  if (same_causes && same_effects)
    session.terminal.line("reproducible: the same definition, parameters and inputs gave the same outputs and metrics");
  else if (same_causes)
    session.terminal.line(
        "NOT REPRODUCIBLE: the same definition, parameters and inputs gave other outputs or metrics. Look for a seed "
        "that is not set, a date or a name in an output, an order that is not fixed");
  return same_effects ? 0 : outputs_differ;
}

}  // namespace

std::function<int()> configure_compare(CLI::App& app, Session& session) {
  auto data = declare_data_option(app);
  auto options = std::make_shared<CompareOptions>();
  app.add_option("first", options->first, "a run: its name, its ARN, or @latest")->required();
  app.add_option("second", options->second, "another run")->required();
  app.add_flag("--json", options->json, "all differences, as JSON");
  app.footer("Exit status 3 when outputs or metrics differ.");
  return [&session, data, options] { return compare(session, *data, *options); };
}

}  // namespace penstock::cli
