#include "store/check.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "store/objects_sqlite.h"
#include "store/schema.h"
#include "store/sqlite.h"

namespace penstock::store {

namespace {

int64_t number(Connection& connection, const char* sql) {
  Statement row = connection.prepare(sql);
  row.step();
  return row.integer(0);
}

// A query that counts rows which cannot be if all is well.
struct Rule {
  const char* breach;
  const char* count;
};

constexpr Rule rules[] = {
    {"running executions without their state",
     "SELECT count(*) FROM execution e WHERE e.status = 0 AND NOT EXISTS (SELECT 1 FROM frame f WHERE f.execution = "
     "e.id AND f.frame = -1)"},
    {"states of executions that do not run",
     "SELECT count(*) FROM frame f WHERE f.frame = -1 AND NOT EXISTS (SELECT 1 FROM execution e WHERE e.id = "
     "f.execution AND e.status = 0)"},
    {"histories that do not end where their execution says",
     "SELECT count(*) FROM execution e WHERE e.status <> 0 AND e.events > 0 AND NOT EXISTS (SELECT 1 FROM journal j "
     "WHERE j.id = e.last_row AND j.execution = e.id AND j.first_event + j.events = e.events + 1)"},
    {"history rows that do not follow the one before",
     "SELECT count(*) FROM journal j WHERE j.first_event > 1 AND NOT EXISTS (SELECT 1 FROM journal p WHERE p.id = "
     "j.previous AND p.execution = j.execution AND p.first_event + p.events = j.first_event)"},
    {"log lines of no stream",
     "SELECT count(*) FROM log_line l WHERE NOT EXISTS (SELECT 1 FROM log_stream s WHERE s.id = l.stream)"},
    {"metric points of no series",
     "SELECT count(*) FROM metric_point p WHERE NOT EXISTS (SELECT 1 FROM metric_series s WHERE s.id = p.series)"},
    {"records that are not JSON", "SELECT count(*) FROM record WHERE NOT json_valid(value)"},
};

void check_integrity(Connection& connection, StoreReport& report) {
  Statement row = connection.prepare("PRAGMA integrity_check");
  while (row.step()) {
    if (row.text(0) != "ok") report.problems.push_back(fmt::format("store: {}", row.text(0)));
  }
}

std::map<std::string, std::string> schema_texts(Connection& connection) {
  std::map<std::string, std::string> texts;
  Statement row = connection.prepare(
      "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'");
  while (row.step()) texts.emplace(row.text(0), row.text(1));
  return texts;
}

void check_schema(Connection& connection, StoreReport& report) {
  Connection fresh(internal::open_handle(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  migrate(fresh);
  std::map<std::string, std::string> wanted = schema_texts(fresh);
  std::map<std::string, std::string> found = schema_texts(connection);
  for (const auto& [name, text] : wanted) {
    auto place = found.find(name);
    if (place == found.end()) {
      report.problems.push_back(fmt::format("store: {} is missing", name));
    } else if (place->second != text) {
      report.problems.push_back(fmt::format("store: {} is not as schema {} has it", name, report.schema));
    }
  }
}

void check_rows(Connection& connection, StoreReport& report) {
  for (const Rule& rule : rules) {
    int64_t count = number(connection, rule.count);
    if (count > 0) report.problems.push_back(fmt::format("store: {} {}", count, rule.breach));
  }
}

void check_database(Connection& connection, StoreReport& report) {
  report.schema = schema_version(connection);
  report.bytes = number(connection, "PRAGMA page_count") * number(connection, "PRAGMA page_size");
  check_integrity(connection, report);
  check_schema(connection, report);
  if (!report.problems.empty()) return;  // what follows would read damaged pages
  check_rows(connection, report);
  report.executions = number(connection, "SELECT count(*) FROM execution");
  report.contents = number(connection, "SELECT count(*) FROM content");
}

}  // namespace

Outcome<StoreReport> check_store(Disk& disk, const Clock& clock, Random& random, const std::string& folder) {
  Outcome<std::unique_ptr<Database>> database = Database::open_read_only(disk, folder);
  if (!database) return database.error();
  StoreReport report;
  std::string file = folder + "/penstock.db";
  try {
    // A connection of its own: a damaged page is a finding here, not a reason to stop.
    Connection connection(internal::open_handle(file, SQLITE_OPEN_READONLY));
    check_database(connection, report);
  } catch (const internal::SqliteFailure& failure) {
    report.problems.push_back(internal::to_error(failure, file).message);
  }
  if (!report.problems.empty()) return report;
  SqliteObjects objects(**database, disk, clock, random, folder, {});  // digests are checked without keys
  for (std::string& problem : objects.check()) report.problems.push_back("objects: " + std::move(problem));
  return report;
}

}  // namespace penstock::store
