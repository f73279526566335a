#include "store/schema.h"

#include <fmt/format.h>

#include <string>

#include "store/sqlite.h"
#include "store/views.h"

namespace penstock::store {

namespace {

// Times are microseconds since 1970 (UTC) everywhere.
constexpr Migration steps[] = {
    {1, R"sql(
-- Control plane: one JSON document a row (store/records.h).
CREATE TABLE record (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID;

-- Executions and their histories (store/journal.h).
CREATE TABLE machine (
  id INTEGER PRIMARY KEY,
  execution_prefix TEXT NOT NULL,        -- an execution's ARN is this, ':' and its name
  arn TEXT NOT NULL,
  retired INTEGER NOT NULL DEFAULT 0     -- 1: the state machine was deleted; its executions are no longer found
);
CREATE UNIQUE INDEX machine_prefix ON machine (execution_prefix) WHERE retired = 0;
CREATE TABLE execution (
  id INTEGER PRIMARY KEY,                -- grows in the order of starts
  machine INTEGER NOT NULL,
  name TEXT NOT NULL,
  status INTEGER NOT NULL,               -- store::ExecutionStatus
  started INTEGER NOT NULL,
  stopped INTEGER,
  last_row INTEGER,                      -- journal row of its last events, once it ended; see `frame` while it runs
  events INTEGER NOT NULL DEFAULT 0,     -- events recorded, once it ended
  details TEXT NOT NULL,                 -- JSON of the engine
  input TEXT NOT NULL,
  output TEXT,
  error TEXT,
  cause TEXT,
  remains BLOB                           -- what a redrive goes on from
);
CREATE UNIQUE INDEX execution_name ON execution (machine, name);
CREATE INDEX execution_status ON execution (machine, status);
CREATE INDEX execution_machine ON execution (machine);
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,                -- append-only
  execution INTEGER NOT NULL,
  previous INTEGER NOT NULL,             -- the execution's row before this one; 0 = none
  first_event INTEGER NOT NULL,
  events INTEGER NOT NULL,               -- how many
  bytes BLOB NOT NULL                    -- the events, encoded by the engine
);
-- State of running executions. Frame -1 is ours: its `last_row` and `events` stand for the execution's.
CREATE TABLE frame (
  execution INTEGER NOT NULL,
  frame INTEGER NOT NULL,
  last_row INTEGER,
  events INTEGER,
  bytes BLOB,
  PRIMARY KEY (execution, frame)
) WITHOUT ROWID;

-- Logs (store/log_lines.h).
CREATE TABLE log_group (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  retention_days INTEGER,
  tags TEXT NOT NULL                     -- JSON object
);
CREATE TABLE log_stream (
  id INTEGER PRIMARY KEY,
  log_group INTEGER NOT NULL,
  name TEXT NOT NULL,
  created INTEGER NOT NULL,
  first_event INTEGER,
  last_event INTEGER,
  last_ingestion INTEGER,
  bytes INTEGER NOT NULL DEFAULT 0,
  UNIQUE (log_group, name)
);
CREATE TABLE log_line (
  id INTEGER PRIMARY KEY,                -- in order of arrival
  stream INTEGER NOT NULL,
  time INTEGER NOT NULL,
  ingested INTEGER NOT NULL,
  message TEXT NOT NULL
);
CREATE INDEX log_line_time ON log_line (stream, time);

-- Metrics (store/metric_points.h).
CREATE TABLE metric_series (
  id INTEGER PRIMARY KEY,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  dimensions TEXT NOT NULL,              -- JSON object, keys sorted
  UNIQUE (namespace, name, dimensions)
);
CREATE TABLE metric_point (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL,
  time INTEGER NOT NULL,
  value REAL NOT NULL
);
CREATE INDEX metric_point_time ON metric_point (series, time);

-- What jobs read and wrote (store/artifacts.h).
CREATE TABLE artifact (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL,                     -- the job's ARN
  direction TEXT NOT NULL,               -- 'input' or 'output'
  name TEXT NOT NULL,
  uri TEXT NOT NULL,
  digest TEXT NOT NULL,                  -- 'sha256:<hex>'
  bytes INTEGER NOT NULL,
  recorded INTEGER NOT NULL
);
CREATE INDEX artifact_job ON artifact (job);
)sql"},
    {2, R"sql(
-- Objects (store/objects.h).
CREATE TABLE bucket (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  region TEXT NOT NULL,
  account TEXT NOT NULL,                 -- the owner
  created INTEGER NOT NULL,
  versioning INTEGER NOT NULL,           -- store::Bucket::Versioning
  settings TEXT NOT NULL                 -- JSON: policy, tags, encryption, ... by name
);
CREATE TABLE object (
  bucket INTEGER NOT NULL,
  key TEXT NOT NULL,
  revision INTEGER NOT NULL,             -- greater = newer
  version_id TEXT NOT NULL,
  marker INTEGER NOT NULL,               -- 1: a delete marker
  modified INTEGER NOT NULL,
  size INTEGER NOT NULL,
  etag TEXT NOT NULL,
  sha256 TEXT NOT NULL,                  -- hex
  content INTEGER NOT NULL,              -- 0: none
  attributes TEXT NOT NULL,              -- JSON: headers, metadata, checksums, encryption
  tags TEXT NOT NULL,                    -- JSON object
  PRIMARY KEY (bucket, key, revision DESC)
) WITHOUT ROWID;
CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  uses INTEGER NOT NULL,                 -- rows of object and part that name it
  size INTEGER NOT NULL,
  file TEXT,                             -- name below DATA/objects; NULL: it is in `bytes`
  bytes BLOB
);
CREATE UNIQUE INDEX content_file ON content (file) WHERE file IS NOT NULL;
CREATE TABLE upload (                    -- multipart uploads under way
  bucket INTEGER NOT NULL,
  key TEXT NOT NULL,
  id TEXT NOT NULL,
  created INTEGER NOT NULL,
  attributes TEXT NOT NULL,
  tags TEXT NOT NULL,
  PRIMARY KEY (bucket, key, id)
) WITHOUT ROWID;
CREATE TABLE part (
  upload TEXT NOT NULL,
  number INTEGER NOT NULL,
  size INTEGER NOT NULL,
  etag TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  modified INTEGER NOT NULL,
  content INTEGER NOT NULL,
  attributes TEXT NOT NULL,              -- JSON: checksums
  PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE garbage_file (name TEXT PRIMARY KEY) WITHOUT ROWID;  -- files no row names any more, to be removed
)sql"},
    {3, R"sql(
-- Log groups of different regions apart. Until now there was one of a name, whatever the region: it stays us-east-1's.
CREATE TABLE log_group_new (
  id INTEGER PRIMARY KEY,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  created INTEGER NOT NULL,
  retention_days INTEGER,
  tags TEXT NOT NULL,                    -- JSON object
  UNIQUE (region, name)
);
INSERT INTO log_group_new (id, region, name, created, retention_days, tags)
  SELECT id, 'us-east-1', name, created, retention_days, tags FROM log_group;
DROP TABLE log_group;
ALTER TABLE log_group_new RENAME TO log_group;
)sql"},
    {4, R"sql(
-- Child executions of map runs (store/journal.h).
CREATE TABLE map_child (
  run INTEGER NOT NULL,                  -- the engine's number of the map run
  execution INTEGER NOT NULL,
  first_item INTEGER NOT NULL,           -- counted from 0
  items INTEGER NOT NULL,                -- how many it has
  PRIMARY KEY (run, execution)
) WITHOUT ROWID;
)sql"},
    {5, R"sql(
-- Contents encrypted at rest (store/sealed_content.h): JSON, the data key's envelope and the digest of the sealed bytes.
ALTER TABLE content ADD COLUMN envelope TEXT;
)sql"},
    // The next step goes here: {6, R"sql(CREATE TABLE ...)sql"},
};

int64_t pragma(Connection& connection, const char* sql) {
  Statement statement = connection.prepare(sql);
  statement.step();
  return statement.integer(0);
}

int64_t newest_version() {
  return migrations().back().version;
}

}  // namespace

std::span<const Migration> migrations() {
  return steps;
}

Outcome<void> check_identity(Connection& connection, const std::string& file) {
  int64_t version = pragma(connection, "PRAGMA user_version");
  int64_t identity = pragma(connection, "PRAGMA application_id");
  bool empty = pragma(connection, "SELECT count(*) FROM sqlite_schema") == 0;
  if (empty && version == 0 && identity == 0) return {};
  if (identity != application_id) {
    return Error{"StoreCorrupt",
                 fmt::format("{} is an SQLite file, but not a Penstock store (application_id {}). Nothing was changed; "
                             "choose another data directory with --data",
                             file, identity),
                 500,
                 {}};
  }
  if (version > newest_version()) {
    return Error{"StoreNewer",
                 fmt::format("{} was written by a newer Penstock (schema {}, this one knows up to {}). Nothing was "
                             "changed; install the newer version",
                             file, version, newest_version()),
                 500,
                 {}};
  }
  return {};
}

int64_t schema_version(Connection& connection) {
  return pragma(connection, "PRAGMA user_version");
}

void migrate(Connection& connection) {
  int64_t version = schema_version(connection);
  std::string changes;
  for (const Migration& step : migrations()) {
    if (step.version > version) changes += fmt::format("{};PRAGMA user_version={};", step.sql, step.version);
  }
  changes += view_changes(connection);
  if (changes.empty()) return;
  connection.execute(
      fmt::format("BEGIN IMMEDIATE;{}PRAGMA application_id={};COMMIT;", changes, application_id).c_str());
}

}  // namespace penstock::store
