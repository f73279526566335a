#include "store/views.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace penstock::store {

namespace {

// A time in a view: ISO 8601 in UTC with milliseconds, as the AWS CLI prints it; NULL stays NULL. Durations are
// seconds.
#define ISO_TIME(column) \
  "strftime('%Y-%m-%dT%H:%M:%S', (" column ") / 1000000, 'unixepoch') || printf('.%03dZ', (" column ") / 1000 % 1000)"

// The run that started a job: the job's token is the run's ARN, '/' and the task's number.
#define RUN_OF_TOKEN(token) "rtrim(rtrim(" token ", '0123456789'), '/')"

constexpr View all_views[] = {
    {"runs",
     "CREATE VIEW runs AS SELECT e.id AS id, m.execution_prefix || ':' || e.name AS arn, m.arn AS pipeline, e.name "
     "AS name, "
     "CASE e.status WHEN 0 THEN 'RUNNING' WHEN 1 THEN 'SUCCEEDED' WHEN 2 THEN 'FAILED' WHEN 3 THEN 'TIMED_OUT' "
     "WHEN 4 THEN 'ABORTED' ELSE 'PENDING_REDRIVE' END AS status, " ISO_TIME("e.started") " AS started, " ISO_TIME(
         "e.stopped") " AS stopped, (e.stopped - e.started) / 1e6 AS seconds, e.input AS input, e.output AS "
                      "output, e.error AS error, "
                      "e.cause AS cause FROM execution e JOIN machine m ON m.id = e.machine"},
    {"jobs",
     "CREATE VIEW jobs AS SELECT value ->> '$.arn' AS arn, value ->> '$.kind' AS kind, value ->> '$.name' AS name, "
     "value ->> '$.status' AS status, value ->> '$.secondary_status' AS secondary_status, " RUN_OF_TOKEN(
         "nullif(value ->> '$.token', '')") " AS run, value ->> '$.spec.image' AS image, "
                                            "value ->> '$.spec.instance_type' AS instance_type, value ->> "
                                            "'$.spec.instance_count' AS instance_count, " ISO_TIME(
                                                "value ->> "
                                                "'$.created'") " AS created, " ISO_TIME("value ->> '$.started'") " AS "
                                                                                                                 "start"
                                                                                                                 "ed,"
                                                                                                                 " " ISO_TIME(
                                                                                                                     "v"
                                                                                                                     "a"
                                                                                                                     "l"
                                                                                                                     "u"
                                                                                                                     "e"
                                                                                                                     " "
                                                                                                                     "-"
                                                                                                                     ">"
                                                                                                                     ">"
                                                                                                                     " "
                                                                                                                     "'"
                                                                                                                     "$"
                                                                                                                     "."
                                                                                                                     "e"
                                                                                                                     "n"
                                                                                                                     "d"
                                                                                                                     "e"
                                                                                                                     "d"
                                                                                                                     "'") " AS"
                                                                                                                          " en"
                                                                                                                          "ded"
                                                                                                                          ", "
                                                                                                                          "(("
                                                                                                                          "val"
                                                                                                                          "ue "
                                                                                                                          "->>"
                                                                                                                          " '$"
                                                                                                                          ".en"
                                                                                                                          "ded"
                                                                                                                          "') "
                                                                                                                          "- "
                                                                                                                          "(va"
                                                                                                                          "lue"
                                                                                                                          " ->"
                                                                                                                          "> "
                                                                                                                          "'$."
                                                                                                                          "sta"
                                                                                                                          "rte"
                                                                                                                          "d')"
                                                                                                                          ") "
                                                                                                                          "/ "
                                                                                                                          "1e6"
                                                                                                                          " AS"
                                                                                                                          " se"
                                                                                                                          "con"
                                                                                                                          "ds,"
                                                                                                                          " "
                                                                                                                          "nul"
                                                                                                                          "lif"
                                                                                                                          "(va"
                                                                                                                          "lue"
                                                                                                                          " ->"
                                                                                                                          "> "
                                                                                                                          "'$."
                                                                                                                          "fai"
                                                                                                                          "lur"
                                                                                                                          "e_"
                                                                                                                          "rea"
                                                                                                                          "son"
                                                                                                                          "', "
                                                                                                                          "'')"
                                                                                                                          " AS"
                                                                                                                          " fa"
                                                                                                                          "ilu"
                                                                                                                          "re_"
                                                                                                                          "rea"
                                                                                                                          "son"
                                                                                                                          ", "
                                                                                                                          "val"
                                                                                                                          "ue "
                                                                                                                          "-> "
                                                                                                                          "'$."
                                                                                                                          "req"
                                                                                                                          "ues"
                                                                                                                          "t' "
                                                                                                                          "AS "
                                                                                                                          "req"
                                                                                                                          "ues"
                                                                                                                          "t "
                                                                                                                          "FRO"
                                                                                                                          "M "
                                                                                                                          "rec"
                                                                                                                          "ord"
                                                                                                                          " WH"
                                                                                                                          "ERE"
                                                                                                                          " ki"
                                                                                                                          "nd "
                                                                                                                          "= "
                                                                                                                          "'jo"
                                                                                                                          "b"
                                                                                                                          "'"},
    {"parameters",
     "CREATE VIEW parameters AS "
     "SELECT r.arn AS run, NULL AS job, 'input' AS source, p.key AS name, p.value AS value FROM runs r, "
     "json_each(r.input) p "
     "WHERE json_type(r.input) = 'object' UNION ALL "
     "SELECT j.run, j.arn, 'hyperparameter', p.key, p.value FROM jobs j, json_each(j.request, '$.HyperParameters') "
     "p UNION ALL "
     "SELECT j.run, j.arn, 'environment', p.key, p.value FROM jobs j, json_each(j.request, '$.Environment') p "
     "UNION ALL "
     "SELECT j.run, j.arn, 'argument', p.value, n.value FROM jobs j, json_each(j.request, "
     "'$.AppSpecification.ContainerArguments') p LEFT JOIN json_each(j.request, "
     "'$.AppSpecification.ContainerArguments') n "
     "ON n.key = p.key + 1 AND n.value NOT LIKE '--%' WHERE p.value LIKE '--%'"},
    {"metrics",
     "CREATE VIEW metrics AS SELECT coalesce(s.dimensions ->> '$.TrainingJobName', s.dimensions ->> "
     "'$.ProcessingJobName') AS job, "
     "s.namespace AS namespace, s.name AS name, s.dimensions AS dimensions, " ISO_TIME(
         "p.time") " AS time, p.value AS value "
                   "FROM metric_point p JOIN metric_series s ON s.id = p.series"},
    {"artifacts",
     "CREATE VIEW artifacts AS SELECT a.job AS job, (SELECT j.run FROM jobs j WHERE j.arn = a.job) AS run, "
     "a.direction AS direction, "
     "a.name AS name, a.uri AS uri, a.digest AS digest, a.bytes AS bytes, " ISO_TIME(
         "a.recorded") " AS recorded FROM artifact a"},
    {"drift",
     "CREATE VIEW drift AS SELECT r.value ->> '$.job' AS job, (SELECT j.run FROM jobs j WHERE j.arn = r.value ->> "
     "'$.job') AS run, r.value ->> '$.made' AS made, r.value ->> '$.preset' AS preset, r.value ->> '$.baseline' AS "
     "baseline, r.value ->> '$.data' AS data, c.value ->> '$.name' AS feature, c.value ->> '$.window' AS window, "
     "c.value ->> '$.method' AS method, c.value ->> '$.score' AS score, c.value ->> '$.threshold' AS threshold, "
     "c.value ->> '$.effect_size' AS effect_size, c.value ->> '$.psi' AS psi, c.value ->> '$.drifted' AS drifted "
     "FROM record r, json_each(r.value, '$.columns') c WHERE r.kind = 'drift'"},
};

#undef ISO_TIME
#undef RUN_OF_TOKEN

}  // namespace

std::span<const View> views() {
  return all_views;
}

std::string view_changes(Connection& connection) {
  std::string changes;
  for (const View& view : views()) {
    Statement statement = connection.prepare("SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?1");
    statement.bind(1, std::string_view(view.name));
    if (statement.step() && statement.text(0) == view.sql) continue;
    changes += fmt::format("DROP VIEW IF EXISTS {};{};", view.name, view.sql);
  }
  return changes;
}

}  // namespace penstock::store
