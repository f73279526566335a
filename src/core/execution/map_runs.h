// MapRuns: runs the items of distributed Map states as child executions. The items come one by one from a source; as
// many executions run at once as the state allows; what is kept in memory of an item is one number.
//
// What survives a crash: the run's record; the children, each with the place of its items, in the order of the items
// (so those that are there tell how far the source was read); and in the parent's frame the plan. The parent asks for
// the run again when it is taken up, and the run goes on behind the last child.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/execution/details.h"
#include "core/execution/live.h"
#include "core/execution/map_run.h"
#include "core/execution/tasks.h"
#include "core/pipeline/interpreter.h"

namespace penstock::execution {

class Engine;

// The execution of an item, or of a batch of them, to start.
struct ItemStart {
  std::shared_ptr<const Revision> revision;
  MapItem item;
  std::string input;  // JSON text
  store::MapChild place;
};

// And its end.
struct ItemEnd {
  std::string map_run;
  ExecutionId execution = 0;
  store::ExecutionStatus status = store::ExecutionStatus::succeeded;
  int64_t items = 1;
};

// What UpdateMapRun changes.
struct MapRunChanges {
  std::optional<int64_t> concurrency, tolerated_count;
  std::optional<double> tolerated_percentage;
};

class MapRuns {
 public:
  explicit MapRuns(Engine& engine) : engine_(engine) {}

  // The parent's command; in its thread and under its lock, so only what must be durable with it is done at once.
  void begin(const Live& parent, pipeline::StartMapRun command);
  void cancel(const std::string& arn);
  void item_ended(const ItemEnd& end);
  // After a restart: aborts the children of runs that no parent waits for.
  void abort_orphans();

  // With the counts of this moment.
  std::optional<MapRun> find(std::string_view arn);
  // Newest first; of one execution.
  std::vector<MapRun> list(std::string_view execution_arn);
  // False when there is no such run, or it has ended.
  bool update(const std::string& arn, const MapRunChanges& changes);

 private:
  struct Failure {
    std::string error, cause;
  };
  // An item's execution that waits for its redrive.
  struct Waiting {
    ExecutionId execution = 0;
    store::ExecutionStatus status = store::ExecutionStatus::failed;
    int64_t items = 1;
  };
  struct Run {
    std::mutex mutex;  // guards all below; the source, the items held back and next_item belong to the pump alone
    MapRun record;
    pipeline::MapRunPlan plan;
    std::shared_ptr<const Revision> revision;
    bool fresh = true;    // begun now; else there may be children
    bool loaded = false;  // what had been done before is known
    bool pumping = false, again = false;
    bool cancelled = false, stopped_children = false, exhausted = false, ended = false;
    std::optional<Failure> failure;
    std::optional<pipeline::StartMapRun> next;  // redriven while it was still being aborted
    std::deque<Waiting> waiting;
    // An end is told before or after it is seen in the store. So that it is counted once: the newest execution that was
    // there when the run was loaded, those up to it whose ends are still to be told, and the ends told before loading.
    ExecutionId known = 0;
    std::set<ExecutionId> running;
    std::vector<ItemEnd> early;
    MapRunCounts items, executions;  // pending ones excepted
    std::unique_ptr<ItemSource> source;
    std::optional<Json> held;  // did not fit the last batch
    int64_t next_item = 0;
  };
  using RunPointer = std::shared_ptr<Run>;

  RunPointer find_run(std::string_view arn);
  MapRun seen(Run& run);
  void post_pump(const RunPointer& run);
  void pump(const RunPointer& run);
  bool pump_once(const RunPointer& run);
  bool load(Run& run);
  void count_end(Run& run, const ItemEnd& end);
  void queue_redrives(Run& run);
  bool open_source(Run& run);
  bool wants_more(Run& run);
  bool start_next(Run& run);
  bool redrive_next(Run& run);
  Outcome<std::optional<Json>> next_selected(Run& run, int64_t index);
  Outcome<std::optional<Json>> next_input(Run& run, int64_t& items);
  void fail(Run& run, std::string error, std::string cause);
  void check_tolerance(Run& run);
  void stop_children(Run& run);
  bool end_if_done(const RunPointer& run);
  void finish(const RunPointer& run);
  pipeline::MapRunEnded outcome_of(Run& run);

  Engine& engine_;
  std::mutex mutex_;
  std::map<std::string, RunPointer, std::less<>> runs_;
};

}  // namespace penstock::execution
