#include "store/views.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace penstock::store {

namespace {

// Times in views are ISO 8601 texts in UTC with milliseconds, as the AWS CLI prints them; durations are seconds.
constexpr View all_views[] = {
    {"runs",
     "CREATE VIEW runs AS SELECT e.id AS id, m.execution_prefix || ':' || e.name AS arn, m.arn AS pipeline, e.name AS "
     "name, "
     "CASE e.status WHEN 0 THEN 'RUNNING' WHEN 1 THEN 'SUCCEEDED' WHEN 2 THEN 'FAILED' WHEN 3 THEN 'TIMED_OUT' "
     "WHEN 4 THEN 'ABORTED' ELSE 'PENDING_REDRIVE' END AS status, "
     "strftime('%Y-%m-%dT%H:%M:%S', e.started / 1000000, 'unixepoch') || printf('.%03dZ', e.started / 1000 % 1000) AS "
     "started, "
     "strftime('%Y-%m-%dT%H:%M:%S', e.stopped / 1000000, 'unixepoch') || printf('.%03dZ', e.stopped / 1000 % 1000) AS "
     "stopped, "
     "(e.stopped - e.started) / 1e6 AS seconds, e.input AS input, e.output AS output, e.error AS error, e.cause AS "
     "cause "
     "FROM execution e JOIN machine m ON m.id = e.machine"},
};

}  // namespace

std::span<const View> views() {
  return all_views;
}

void refresh_views(Connection& connection) {
  std::string changes;
  for (const View& view : views()) {
    Statement statement = connection.prepare("SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?1");
    statement.bind(1, std::string_view(view.name));
    if (statement.step() && statement.text(0) == view.sql) continue;
    changes += fmt::format("DROP VIEW IF EXISTS {};{};", view.name, view.sql);
  }
  if (!changes.empty()) connection.execute(("BEGIN IMMEDIATE;" + changes + "COMMIT;").c_str());
}

}  // namespace penstock::store
