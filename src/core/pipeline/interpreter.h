// Interpreter: runs one execution of a Program. Pure: an inbound fact goes in; history events, commands and changed
// frames come out; it has no clock, disk or thread. The caller records events and frames, then does the commands.
//
// The state of an execution is a tree of frames: frame 0 is the machine, a Parallel branch or a Map iteration is a
// child frame. A frame serializes by itself, so that one step of a 10,000-item Map rewrites one small frame, not the
// whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "base/time.h"
#include "core/pipeline/history.h"
#include "core/pipeline/map_run.h"
#include "core/pipeline/program.h"

namespace penstock::pipeline {

using FrameId = uint32_t;
// The id of the TaskScheduled, ActivityScheduled or LambdaFunctionScheduled event; unique in an execution.
using TaskId = int64_t;
using MapRunId = int64_t;  // the id of the MapRunStarted event; a redriven map run keeps it
using TimerId = uint64_t;  // unique in an execution

// ---- facts that go in
// An activity worker took it, or the call was made. An integration or function that answers without it is taken as
// started.
struct TaskStarted {
  TaskId task;
  std::string worker;
};
// .sync and .waitForTaskToken: the call answered.
struct TaskSubmitted {
  TaskId task;
  Json output;
};
// The interpreter checks the output's size.
struct TaskSucceeded {
  TaskId task;
  Json output;
};
struct TaskFailed {
  enum class Stage { run, start, submit, schedule };  // which *Failed event: TaskFailed, TaskStartFailed, ...
  TaskId task;
  std::optional<std::string> error, cause;  // absent: SendTaskFailure without them
  Stage stage = Stage::run;
};
struct TaskHeartbeat {
  TaskId task;
};
struct TimerFired {
  TimerId timer;
};
// A map run came to its end.
struct MapRunEnded {
  MapRunId run;
  bool succeeded = false;
  Json output;                              // when it succeeded ...
  bool too_large = false;                   // ... unless it would be larger than a state's output may be
  std::optional<std::string> error, cause;  // when it failed
};
// StopExecution.
struct Stop {
  std::optional<std::string> error, cause;
};
// Goes on after a step that had `more`.
struct Resume {};
using Fact = std::variant<TaskStarted, TaskSubmitted, TaskSucceeded, TaskFailed, TaskHeartbeat, TimerFired, MapRunEnded,
                          Stop, Resume>;

// ---- commands that come out
struct ScheduleTask {
  TaskId task = 0;
  FrameId frame = 0;
  std::string state;
  std::string resource;  // the whole ARN
  Json parameters;       // of the call: after Parameters; the state's input for an activity
  std::string token;     // what $$.Task.Token gave; empty unless .waitForTaskToken or an activity
  Json credentials;      // the state's Credentials, or null
  std::optional<int64_t> timeout_seconds, heartbeat_seconds;  // for information: the interpreter has set its own timers
  // Only from pending(): what had happened to the task before the restart.
  bool started = false;  // TaskStarted is recorded
  Json submitted;        // the output of TaskSubmitted; null when it is not recorded
};
// It timed out, or its branch or execution was aborted.
struct CancelTask {
  TaskId task = 0;
};
// A distributed Map was entered or redriven, or still waits for its run (from pending()): run the items as the plan
// says, as child executions (Identity::workflow), and report MapRunEnded.
struct StartMapRun {
  MapRunId run = 0;
  std::string arn;
  MapRunPlan plan;
  uint32_t redrives = 0;  // how often it was redriven, this time included
};
// Its execution or branch was aborted: abort the items that run.
struct CancelMapRun {
  MapRunId run = 0;
  std::string arn;
};
// Moves the timer when it is set already (a heartbeat).
struct SetTimer {
  TimerId timer = 0;
  Time due;
};
struct CancelTimer {
  TimerId timer = 0;
};
struct Finish {
  enum class Status { succeeded, failed, timed_out, aborted };
  Status status = Status::succeeded;
  std::string output;  // JSON text, when succeeded
  std::optional<std::string> error, cause;
  std::string remains{};  // for Interpreter::reopen; empty when a redrive has nothing to go on from
};
using Command = std::variant<ScheduleTask, CancelTask, SetTimer, CancelTimer, StartMapRun, CancelMapRun, Finish>;

// A task that waits for the answer to its token: of a call that was made, or taken by an activity's worker.
struct AwaitedToken {
  TaskId task = 0;
  std::string token;
};
// What stands open while an execution only waits.
struct Waits {
  std::vector<SetTimer> timers;
  std::vector<AwaitedToken> tokens;
};

// A frame to write (bytes) or to remove (nothing).
struct FrameChange {
  FrameId frame = 0;
  std::optional<std::string> bytes;
};

struct Step {
  std::vector<HistoryEvent> events;
  std::vector<Command> commands;
  std::vector<FrameChange> frames;
  bool more = false;  // stopped at the event budget: feed Resume to go on
};

// The longest that a Standard execution runs, from its first start. Source: "Quotas related to state machine
// executions".
inline constexpr double open_seconds_max = 365.0 * 24 * 3600;

// What an execution knows of itself (the context object's Execution and StateMachine parts).
struct Identity {
  std::string execution_arn, execution_name;
  std::string machine_arn, machine_name;
  std::string role_arn;
  std::string input;  // valid JSON text as the client sent it (AWS hands the raw text on)
  Time started;
  std::optional<int64_t> redrive_count = 0;  // none: not told to the definition (synchronous Express executions)
  std::optional<Time> redriven;              // the last redrive
  // Versions and aliases, for executionStartedEventDetails; empty when not used.
  std::string version_arn, alias_arn;
  // A child execution of a map run runs a part of the program: the processor of its Map.
  uint32_t workflow = 0;
  std::optional<MachineType> type{};  // when it is not the program's
};

class Interpreter {
 public:
  Interpreter(std::shared_ptr<const Program> program, Identity identity);
  Interpreter(Interpreter&&) noexcept;
  Interpreter& operator=(Interpreter&&) noexcept;
  ~Interpreter();

  // Makes ExecutionStarted and runs on. `events_max` bounds the events of one step (Step::more then).
  Step start(Time now, Random& random, size_t events_max = 1'000);
  // Applies one fact and runs on. A fact about a task or timer that is no longer awaited changes nothing (empty Step).
  // A Finish comes after CancelTask and CancelTimer for all that stood open; no frame stands after it.
  Step apply(const Fact& fact, Time now, Random& random, size_t events_max = 1'000);
  bool finished() const;
  bool begun() const;     // `start` was called, or it was restored or reopened
  bool runnable() const;  // stands at the event budget (also after restore): feed Resume
  bool awaits(TaskId task) const;

  // Rebuilds the state from its frames after a restart (all FrameChanges that still stand) and the id of the last
  // recorded event. `pending` then gives the commands that stand open: every awaited task and timer.
  static Outcome<Interpreter> restore(std::shared_ptr<const Program> program, Identity identity, int64_t last_event_id,
                                      const std::vector<FrameChange>& frames);
  std::vector<Command> pending() const;
  // The same for one that only waits. Nothing when more than that stands open: work to do or to watch, or waits in so
  // many places that finding them would cost each step too much.
  std::optional<Waits> waits() const;

  // A redrive: an execution that ended unsuccessfully, from its Finish::remains. `identity` tells of the new redrive.
  static Outcome<Interpreter> reopen(std::shared_ptr<const Program> program, Identity identity, int64_t last_event_id,
                                     std::string_view remains);
  // The same for one that has nothing to go on from (an Express item): as new, but for the ids of its events.
  static Interpreter restart(std::shared_ptr<const Program> program, Identity identity, int64_t last_event_id);
  // Makes ExecutionRedriven and runs on from the states that failed. Call once, first, after `reopen`.
  Step redrive(Time now, Random& random, size_t events_max = 1'000);

  struct State;  // interpreter_state.h; private to interpreter*.cc

 private:
  explicit Interpreter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace penstock::pipeline
