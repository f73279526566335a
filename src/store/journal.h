// Journal: executions and their histories. What an execution is (its record), what happened to it (append-only rows,
// one a batch of events) and where it stands (frames, kept only while it runs). The engine (core/execution) is its only
// user and encodes events, frames and details; the journal does not look into them.
//
// Costs stay flat as finished executions pile up: rows are appended in sequence, each points to its execution's row
// before it, and nothing is searched but by an index whose new entries lie together.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "base/time.h"
#include "store/database.h"

namespace penstock::store {

using ExecutionId = int64_t;  // grows in the order of starts; never used twice

enum class ExecutionStatus : int {
  running = 0,
  succeeded = 1,
  failed = 2,
  timed_out = 3,
  aborted = 4,
  pending_redrive = 5
};

// An execution as ListExecutions shows it.
struct ExecutionSummary {
  ExecutionId id = 0;
  std::string arn;
  std::string machine_arn;  // without version or alias
  std::string name;
  ExecutionStatus status = ExecutionStatus::running;
  Time started;
  std::optional<Time> stopped;
  std::string details;  // JSON text of the engine: role, version and alias, trace header, redrives, ...
};

// And as DescribeExecution shows it.
struct ExecutionRecord : ExecutionSummary {
  std::string input;  // as the client sent it
  std::optional<std::string> output;
  std::optional<std::string> error;
  std::optional<std::string> cause;
  std::string remains;  // ExecutionEnd::remains
  int64_t events = 0;   // recorded events (durable ones), so also the id of the last
};

// An execution's place among the children of a map run.
struct MapChild {
  int64_t run = 0;         // the engine's number of the map run; 0: it is no child
  int64_t first_item = 0;  // of its items, counted from 0
  int64_t items = 0;       // how many it has: more than one when they are batched
};

struct ChildRecord : ExecutionRecord {
  MapChild place;
};

// How many children of a map run have a status, and how many items those have.
struct ChildTally {
  ExecutionStatus status = ExecutionStatus::running;
  int64_t executions = 0, items = 0;
  ExecutionId newest = 0;  // of these; each that runs is a tally of its own
};

// A new execution. Its ARN is `execution_prefix`, ':' and `name`.
struct NewExecution {
  std::string execution_prefix;  // arn:aws:states:us-east-1:123456789012:execution:Machine
  std::string machine_arn;
  std::string name;
  bool name_is_fresh = false;  // made by us at random: no look-up is needed. Prefer names that grow with time
  Time started;
  std::string input;
  std::string details;
  MapChild map_child = {};
};

// Where an execution's rows end. The engine keeps it beside the execution and hands it back for each batch; one thread
// at a time may use it.
struct JournalPosition {
  ExecutionId execution = 0;
  int64_t last_row = 0;
  int64_t events = 0;  // handed in so far, so the next event's id is this + 1
};

// A frame to write, or to remove (no bytes). Frame ids are >= 0.
struct FrameWrite {
  int64_t frame = 0;
  std::optional<std::string> bytes;
};

struct ExecutionEnd {
  ExecutionStatus status = ExecutionStatus::succeeded;
  Time stopped;
  std::optional<std::string> output, error, cause;
  std::string remains;                 // what `reopen` needs for a redrive; empty when there is none
  std::optional<std::string> details;  // replaces the details when given
};

// One step of an execution. All of it becomes durable together.
struct JournalBatch {
  int64_t event_count = 0;  // events encoded in `events`
  std::string events;       // no row is made when event_count is 0
  std::vector<FrameWrite> frames;
  std::optional<ExecutionEnd> end;  // the execution ends: all its frames are removed
  std::string rest{};               // stands for the whole execution in `load_running`; empty: it is read as a whole
};

// A row of the journal: events first_event .. first_event + event_count - 1.
struct JournalRow {
  int64_t first_event = 0;
  int64_t event_count = 0;
  std::string events;
};

struct RunningExecution {
  ExecutionRecord record;
  JournalPosition position;
  std::vector<FrameWrite> frames;  // by frame id; all have bytes
};

struct ExecutionFilter {
  std::string machine_arn;  // empty: of all machines
  std::optional<ExecutionStatus> status;
  std::optional<ExecutionId> before;  // only older ones: the last id of the page before
  size_t count = 100;
  int64_t map_run = 0;  // not 0: the children of that map run, whatever the machine
};

class Journal {
 public:
  virtual ~Journal() = default;
  static std::unique_ptr<Journal> open(Database& database);

  // The execution with its first batch (which may already end it). Error "ExecutionAlreadyExists" when the name is
  // taken, by an execution on disk or one being written; `find` gives that one for the comparison that idempotency asks
  // for.
  virtual Outcome<JournalPosition> start(const NewExecution& execution, JournalBatch first) = 0;
  // Appends a batch; after one with `end` the position may be used only by `reopen`.
  virtual Sequence append(JournalPosition& position, JournalBatch batch) = 0;
  // Makes an ended execution run again (redrive): status running, no stop time, output, error or cause; new details.
  virtual Sequence reopen(JournalPosition& position, const std::string& details, JournalBatch first) = 0;
  // Where an ended execution's rows end, for `reopen`; nothing for a running or unknown one.
  virtual std::optional<JournalPosition> ended_position(ExecutionId execution) = 0;
  // New details of an execution, running or not.
  virtual Sequence set_details(ExecutionId execution, const std::string& details) = 0;

  // Every running execution, for a restart, one by one. First those whose last batch had a `rest`, as that; then, in
  // order of id and with their frames, the others and those for which `take_rest` said false. Neither may read the
  // store.
  virtual void load_running(const std::function<bool(ExecutionId, std::string_view rest)>& take_rest,
                            const std::function<void(RunningExecution)>& take) = 0;
  // One of them, as far as it is durable; nothing when it does not run.
  virtual std::optional<RunningExecution> load(ExecutionId execution) = 0;

  // Reads see what is durable, and `find` also a start that is still being written.
  virtual std::optional<ExecutionRecord> find(std::string_view arn) = 0;
  virtual std::optional<ExecutionRecord> find(ExecutionId execution) = 0;
  // Newest first.
  virtual std::vector<ExecutionSummary> list(const ExecutionFilter& filter) = 0;
  virtual int64_t count(const std::string& machine_arn, std::optional<ExecutionStatus> status) = 0;
  // Children of a map run, in the order of their starts, which is that of their items: those after `after`.
  virtual std::vector<ChildRecord> children(int64_t run, ExecutionId after, size_t count) = 0;
  virtual std::vector<ChildTally> tally_children(int64_t run) = 0;
  // The rows that hold events from `first_event` on, as many as are needed for `event_count` of them, in order. The
  // first row may begin before, the last may end after.
  virtual std::vector<JournalRow> events(ExecutionId execution, int64_t first_event, int64_t event_count) = 0;

  // The machine was deleted: its executions, and those of its map runs (machines "ARN/LABEL"), are no longer found by
  // ARN or listed, and their names are free again.
  virtual void retire(const std::string& machine_arn) = 0;
};

}  // namespace penstock::store
