#include "store/views.h"

#include <fmt/format.h>

#include <string_view>

namespace penstock::store {

namespace {

struct Query {
  const char* name;
  const char* select;  // with the macros that `expand` knows
};

constexpr Query queries[] = {
    {"runs", R"sql(
SELECT e.id AS id, m.execution_prefix || ':' || e.name AS arn, m.arn AS pipeline, e.name AS name,
  CASE e.status WHEN 0 THEN 'RUNNING' WHEN 1 THEN 'SUCCEEDED' WHEN 2 THEN 'FAILED' WHEN 3 THEN 'TIMED_OUT'
    WHEN 4 THEN 'ABORTED' ELSE 'PENDING_REDRIVE' END AS status,
  iso{e.started} AS started, iso{e.stopped} AS stopped, (e.stopped - e.started) / 1e6 AS seconds,
  e.input AS input, e.output AS output, e.error AS error, e.cause AS cause,
  (SELECT r.value ->> '$.definitionDigest' FROM record r
    WHERE r.kind = 'states.revision' AND r.key = e.details ->> '$.revision') AS definition_digest
FROM execution e JOIN machine m ON m.id = e.machine)sql"},
    {"definitions", R"sql(
SELECT value ->> '$.machineArn' AS pipeline, key AS revision, value ->> '$.definitionDigest' AS digest,
  value ->> '$.roleArn' AS role, iso{value ->> '$.updated'} AS updated, value ->> '$.definition' AS definition
FROM record WHERE kind = 'states.revision')sql"},
    {"jobs", R"sql(
SELECT value ->> '$.arn' AS arn, value ->> '$.kind' AS kind, value ->> '$.name' AS name,
  value ->> '$.status' AS status, value ->> '$.secondary_status' AS secondary_status,
  run_of{nullif(value ->> '$.token', '')} AS run, value ->> '$.spec.image' AS image,
  value ->> '$.spec.instance_type' AS instance_type, value ->> '$.spec.instance_count' AS instance_count,
  iso{value ->> '$.created'} AS created, iso{value ->> '$.started'} AS started, iso{value ->> '$.ended'} AS ended,
  ((value ->> '$.ended') - (value ->> '$.started')) / 1e6 AS seconds,
  nullif(value ->> '$.failure_reason', '') AS failure_reason, value -> '$.request' AS request
FROM record WHERE kind = 'job')sql"},
    {"parameters", R"sql(
SELECT r.arn AS run, NULL AS job, 'input' AS source, p.key AS name, p.value AS value
FROM runs r, json_each(r.input) p WHERE json_type(r.input) = 'object'
UNION ALL
SELECT j.run, j.arn, 'hyperparameter', p.key, p.value FROM jobs j, json_each(j.request, '$.HyperParameters') p
UNION ALL
SELECT j.run, j.arn, 'environment', p.key, p.value FROM jobs j, json_each(j.request, '$.Environment') p
UNION ALL
SELECT j.run, j.arn, 'argument', p.value, n.value
FROM jobs j, json_each(j.request, '$.AppSpecification.ContainerArguments') p
  LEFT JOIN json_each(j.request, '$.AppSpecification.ContainerArguments') n
  ON n.key = p.key + 1 AND n.value NOT LIKE '--%'
WHERE p.value LIKE '--%')sql"},
    {"metrics", R"sql(
SELECT coalesce(s.dimensions ->> '$.TrainingJobName', s.dimensions ->> '$.ProcessingJobName') AS job,
  s.namespace AS namespace, s.name AS name, s.dimensions AS dimensions, iso{p.time} AS time, p.value AS value
FROM metric_point p JOIN metric_series s ON s.id = p.series)sql"},
    {"artifacts", R"sql(
SELECT a.job AS job, (SELECT j.run FROM jobs j WHERE j.arn = a.job) AS run, a.direction AS direction, a.name AS name,
  a.uri AS uri, a.digest AS digest, a.bytes AS bytes, iso{a.recorded} AS recorded
FROM artifact a)sql"},
    {"drift", R"sql(
SELECT r.value ->> '$.job' AS job, (SELECT j.run FROM jobs j WHERE j.arn = r.value ->> '$.job') AS run,
  r.value ->> '$.made' AS made, r.value ->> '$.preset' AS preset, r.value ->> '$.baseline' AS baseline,
  r.value ->> '$.data' AS data, c.value ->> '$.name' AS feature, c.value ->> '$.window' AS window,
  c.value ->> '$.method' AS method, c.value ->> '$.score' AS score, c.value ->> '$.threshold' AS threshold,
  c.value ->> '$.effect_size' AS effect_size, c.value ->> '$.psi' AS psi, c.value ->> '$.drifted' AS drifted
FROM record r, json_each(r.value, '$.columns') c WHERE r.kind = 'drift')sql"},
};

// iso{COLUMN}: a time as ISO 8601 in UTC with milliseconds, as the AWS CLI prints it; NULL stays NULL.
std::string iso_time(std::string_view column) {
  return fmt::format(
      "strftime('%Y-%m-%dT%H:%M:%S', ({0}) / 1000000, 'unixepoch') || printf('.%03dZ', ({0}) / 1000 % 1000)", column);
}

// run_of{TOKEN}: the run that started a job. The job's token is the run's ARN, '/' and the task's number.
std::string run_of_token(std::string_view token) {
  return fmt::format("rtrim(rtrim({}, '0123456789'), '/')", token);
}

// SQLite has no macros; a view's text holds what they stand for.
std::string expand(std::string_view select) {
  std::string sql;
  for (size_t brace = select.find('{'); brace != std::string_view::npos; brace = select.find('{')) {
    const bool is_time = select.substr(0, brace).ends_with("iso");
    const size_t name = is_time ? sizeof "iso" - 1 : sizeof "run_of" - 1;
    const size_t end = select.find('}');
    sql += select.substr(0, brace - name);
    const std::string_view argument = select.substr(brace + 1, end - brace - 1);
    sql += is_time ? iso_time(argument) : run_of_token(argument);
    select.remove_prefix(end + 1);
  }
  return sql.append(select);
}

}  // namespace

std::vector<View> views() {
  std::vector<View> all;
  for (const Query& query : queries) {
    all.push_back({query.name, fmt::format("CREATE VIEW {} AS{}", query.name, expand(query.select))});
  }
  return all;
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
