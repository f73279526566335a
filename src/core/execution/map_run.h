// MapRun: a map run's record: what UpdateMapRun may change, how it ended, and how many items it has of each status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "core/pipeline/map_run.h"
#include "store/journal.h"
#include "store/records.h"

namespace penstock::execution {

// Of items, or of the executions that have them.
struct MapRunCounts {
  int64_t pending = 0, running = 0, succeeded = 0, failed = 0, timed_out = 0, aborted = 0;
  int64_t results_written = 0, failures_not_redrivable = 0, pending_redrive = 0;

  // Those that did not end well, which count against the tolerance.
  int64_t unsuccessful() const { return failed + timed_out + aborted; }
  int64_t total() const { return pending + running + succeeded + unsuccessful() + pending_redrive; }
  // The one that counts the status; `running` for PENDING_REDRIVE, too.
  int64_t& of(store::ExecutionStatus status);
};

struct MapRun {
  enum class Status { running, succeeded, failed, aborted };

  std::string arn, execution_arn;
  int64_t execution = 0;  // store::ExecutionId of the parent
  int64_t id = 0;         // pipeline::MapRunId in there
  Status status = Status::running;
  Time started;
  std::optional<Time> stopped;
  bool express = false;
  int64_t concurrency = 0;  // 0: no bound of its own
  pipeline::Tolerance tolerance;
  int64_t redrives = 0;
  std::optional<Time> redriven;
  std::optional<std::string> error, cause;  // when it failed
  MapRunCounts items, executions;           // as of its end

  // The journal's number of it, made from the ARN's UUID.
  int64_t number() const;
};

std::string_view status_name(MapRun::Status status);  // "RUNNING"
int64_t map_run_number(std::string_view arn);

// Records of map runs. Writes are durable in the order of all the store's writes.
void save(store::Records& records, const MapRun& run);
std::optional<MapRun> load_map_run(const store::Records& records, std::string_view arn);
// Those of the state machines whose ARNs begin with `machine_prefix` ("arn:aws:states:R:A:mapRun:Machine/").
std::vector<MapRun> load_map_runs(const store::Records& records, std::string_view prefix);
// Forgets the map runs of a state machine that was deleted.
void erase_map_runs(store::Records& records, std::string_view prefix);

}  // namespace penstock::execution
