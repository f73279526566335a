// Frame: where one line of states stands: the machine itself (frame 0), a branch of a Parallel or an iteration of a
// Map.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"
#include "core/pipeline/definition.h"
#include "core/pipeline/interpreter.h"

namespace penstock::pipeline {

// A JSON value and its text, which is made when first asked for and then shared by all events that show it.
class Payload {
 public:
  Payload() = default;
  explicit Payload(Json value) : value_(std::move(value)) {}
  Payload(Json value, std::string_view text) : value_(std::move(value)), text_(text) {}
  const Json& value() const { return value_; }
  const Json& text() const {  // a Json string
    if (text_.is_null()) text_ = Json(std::string_view(to_string(value_)));
    return text_;
  }

 private:
  Json value_;
  mutable Json text_;
};

enum class Phase : uint8_t {
  ready,      // enters `state` next
  task,       // awaits its task
  wait,       // awaits the timer of a Wait state
  retry,      // awaits the timer of a retrier, then does the state's work again
  children,   // a Parallel or Map state that awaits its children
  succeeded,  // a child that has ended; `result` stays here until its parent completes
  failed,     // ended without success; kept while its parent may still go on (tolerance) and for a redrive
  halted,     // failed before a redrive; runs again when its Map has room for it
  again,      // does the work of `state`, which it has entered before: of a redrive
  map_run,    // a distributed Map that awaits its run
};

// The task that a frame awaits.
struct OpenTask {
  TaskId id = 0;
  bool started = false;  // its ...Started event is recorded
  Json submitted;        // output of TaskSubmitted; null until then
  std::string token;
  Json parameters;
  Json credentials;
  std::optional<int64_t> timeout_seconds, heartbeat_seconds;
  std::optional<Time> timeout_due, heartbeat_due;
};

struct Frame {
  FrameId id = 0;
  FrameId parent = 0;  // its own id for frame 0
  uint32_t index = 0;  // of the branch or iteration
  WorkflowIndex workflow = 0;
  StateIndex state = 0;
  Phase phase = Phase::ready;
  Payload input;         // of `state`, raw
  int64_t previous = 0;  // the event that the next one points back to
  int64_t entered = 0;   // id of the state's ...StateEntered; 0 while it has not entered it
  int64_t before_entry =
      0;  // the event that one points back to; not kept in the store, known while the state is entered
  Time entered_at;
  Json own_variables;             // assigned in this frame; null or an object
  Json variables;                 // those and the outer ones in sight
  std::vector<uint32_t> retries;  // used up so far, for each retrier of the state
  std::optional<OpenTask> task;
  std::optional<Time> due;  // of the timer in phases wait and retry; of the machine's TimeoutSeconds see `machine_due`
  std::optional<Time> machine_due;  // frame 0 only
  // Of a distributed Map, from MapRunStarted until the state is left or tried again.
  MapRunId map_run = 0;
  std::string map_run_arn;
  Json map_run_plan;              // a MapRunPlan
  uint32_t map_run_redrives = 0;  // how often that map run was redriven
  bool keeps_items = false;       // `items` are stored: expressions made them, and might not give the same again
  int64_t concurrency = 0;        // phases children and failed of a Map: how many may run at once
  // The id that the next new frame of the execution gets, as of the last writing of this frame. The largest among the
  // stored frames is the current one (whoever makes or removes frames is written in the same step), so that no id comes
  // back after a restore: a task's id may be made from it.
  FrameId next_frame = 1;
  Json result;  // phase succeeded

  // ---- not kept in the store: made again from the rest
  bool dirty = false;             // differs from what the store has; in Interpreter::State::dirty_frames
  bool stored = false;            // the store has a version of it
  std::vector<FrameId> children;  // in order of index
  uint32_t running = 0;           // children that have not ended
  size_t next_halted = 0;         // no child before this place is in phase halted
  Json items;                     // of a Map; stored when keeps_items
  bool pairs = false;             // `items` are the members of an object, as items_of gives them
  Json work_input;                // what a Map's ItemSelector reads
};

std::string pack(const Frame& frame);
// Error: "CorruptExecution".
Outcome<Frame> unpack(FrameId id, std::string_view bytes);

}  // namespace penstock::pipeline
