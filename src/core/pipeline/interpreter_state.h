// What an Interpreter holds and does. Private to interpreter*.cc, which split it by matter:
//   interpreter.cc           facts in, the loop, the step's outcome, restore
//   interpreter_events.cc    history events and the context object
//   interpreter_states.cc    entering and leaving a state; Pass, Choice, Wait, Succeed, Fail
//   interpreter_task.cc      Task
//   interpreter_children.cc  Parallel and Map
//   interpreter_map_run.cc   Map in distributed mode
//   interpreter_errors.cc    Retry, Catch, failing, aborting
//   interpreter_redrive.cc   what a failed execution leaves, and going on from it
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/pipeline/definition.h"
#include "core/pipeline/frame.h"
#include "core/pipeline/interpreter.h"
#include "core/pipeline/scope.h"

namespace penstock::pipeline {

// Why a state or a workflow failed.
struct Failure {
  std::optional<std::string> error, cause;
  bool timed_out = false;  // by our timer: a Catch then sees the Cause ""
  bool heartbeat = false;  // by the heartbeat timer: States.HeartbeatTimeout matches too
  bool own = false;        // raised by the state's own data flow, not by its work
};

// A list of details, moved into place (an initializer list would copy each value twice).
template <class... Details>
std::vector<Detail> details_of(Details... details) {
  std::vector<Detail> list;
  list.reserve(sizeof...(Details));
  (list.push_back(std::move(details)), ...);
  return list;
}

// Which timer of a frame a TimerId means: id = 4 * (id of an event of the frame) + kind.
enum class TimerKind : uint8_t { wait, timeout, heartbeat, machine };

// How a state is left: what it assigns and gives on (Output in JSONata mode), and where to.
struct Exit {
  const std::optional<Template>& assign;
  const std::optional<Template>& output;
  StateIndex next;
};

// The state's output is larger than AWS allows.
Error too_large(const StateSpec& spec);

struct Interpreter::State {
  State(std::shared_ptr<const Program> its_program, Identity its_identity);

  // ---- interpreter.cc
  Step start(Time at, Random& source, size_t events_max);
  Step apply(const Fact& fact, Time at, Random& source, size_t events_max);
  void begin(Time at, Random& source, size_t events_max);
  Step end();
  void run();
  void run_frame(Frame& frame);
  bool over_budget() const;
  Outcome<void> adopt(const std::vector<FrameChange>& changes);
  Outcome<void> link(Frame& frame);
  Frame* find(FrameId id);
  void touch(Frame& frame);
  Frame& add_child(Frame& parent, WorkflowIndex workflow, uint32_t index, Payload input, int64_t previous);
  void remove(Frame& frame);
  void remove_children(Frame& frame);
  void set_machine_timer(Frame& root);
  void set_timer(Frame& frame, TimerKind kind, Time due);
  void bound_open_time(Time due);
  void cancel_timer(Frame& frame, TimerKind kind);
  void close_task(Frame& frame);
  TimerId timer_id(const Frame& frame, TimerKind kind) const;
  void take(const TimerFired& fired);
  void take(const Stop& stop);
  void take(const Resume& resume);
  void finish(Finish outcome, EventType type);
  void fail_for_events();
  Failure too_many_events() const;
  ScheduleTask schedule_command(const Frame& frame) const;
  std::vector<Command> pending() const;
  void add_timers(const Frame& frame, std::vector<SetTimer>& into) const;
  std::optional<Waits> waits() const;

  // ---- interpreter_events.cc
  int64_t emit(EventType type, int64_t previous, std::vector<Detail> details);
  int64_t events_max() const;
  MachineType type() const { return identity.type.value_or(program->type); }
  int64_t chain(Frame& frame, EventType type, std::vector<Detail> details);
  const StateSpec& spec_of(const Frame& frame) const;
  Json context_of(Frame& frame, const Json* item, uint32_t item_index);
  Scope scope_of(const Frame& frame, const Json& input, const ContextObject& context) const;
  void add_map_item(Json& context, Frame& frame);

  // ---- interpreter_states.cc: each answers whether the frame is ready to go on
  bool enter(Frame& frame);
  bool leave(Frame& frame, const StateSpec& spec, const Payload& output, Json assigned, StateIndex next);
  bool complete(Frame& frame, const StateSpec& spec, Json result);
  bool complete(Frame& frame, const StateSpec& spec, Json result, const Exit& exit);
  bool work(Frame& frame, const StateSpec& spec);
  bool work(Frame& frame, const StateSpec& spec, const PassState& pass);
  bool work(Frame& frame, const StateSpec& spec, const ChoiceState& choice);
  bool work(Frame& frame, const StateSpec& spec, const WaitState& wait);
  bool work(Frame& frame, const StateSpec& spec, const SucceedState& succeed);
  bool work(Frame& frame, const StateSpec& spec, const FailState& fail);
  Outcome<bool> holds(const ChoiceState::Rule& rule, const Scope& scope) const;
  Outcome<Time> wait_until(const WaitState& wait, const Scope& scope) const;
  bool end_workflow(Frame& frame, const Payload& output);

  // ---- interpreter_task.cc
  bool work(Frame& frame, const StateSpec& spec, const TaskState& task);
  static Outcome<int64_t> queried_integer(const Template& query, std::string_view field, const Scope& scope);
  Outcome<OpenTask> prepare(Frame& frame, const StateSpec& spec, const TaskState& task);
  Outcome<std::optional<int64_t>> seconds(Frame& frame, const NumberOrPath& source, std::string_view field);
  std::vector<Detail> scheduled_details(const TaskState& task, const OpenTask& open) const;
  void set_task_timers(Frame& frame, bool timeout, bool heartbeat);
  Frame* awaiting(TaskId task);
  void note_started(Frame& frame, const std::string& worker);
  void take(const TaskStarted& fact);
  void take(const TaskSubmitted& fact);
  void take(const TaskSucceeded& fact);
  void take(const TaskFailed& fact);
  void take(const TaskHeartbeat& fact);
  void task_failed(Frame& frame, EventType type, Failure failure);

  // ---- interpreter_children.cc
  bool work(Frame& frame, const StateSpec& spec, const ParallelState& parallel);
  bool work(Frame& frame, const StateSpec& spec, const MapState& map);
  Outcome<void> ensure_items(Frame& frame);
  Outcome<int64_t> concurrency_of(Frame& frame, const MapState& map);
  Outcome<void> start_iterations(Frame& frame, int64_t previous);
  Outcome<void> start_iteration(Frame& frame, const StateSpec& spec, const MapState& map, int64_t previous);
  void child_succeeded(Frame& child, const Payload& output);
  void child_failed(Frame& child, Failure failure);
  void children_done(Frame& parent, int64_t last_event);
  void settle(Frame& frame, bool is_ready);

  // ---- interpreter_map_run.cc
  bool work_distributed(Frame& frame, const MapState& map);
  Outcome<MapRunPlan> plan_of(Frame& frame, const MapState& map);
  Outcome<Json> reader_of(const ItemReader& reader, const Scope& scope);
  Outcome<void> read_batcher(const ItemBatcher& batcher, const Scope& scope, MapRunPlan& plan);
  Outcome<Tolerance> tolerance_of(Frame& frame, const MapState& map);
  void await_map_run(Frame& frame);
  StartMapRun map_run_command(const Frame& frame) const;
  bool redrive_map_run(Frame& frame);
  void cancel_map_run(Frame& frame);
  static void forget_map_run(Frame& frame);
  void take(const MapRunEnded& fact);
  static Outcome<std::optional<int64_t>> whole_number(const NumberOrPath& source, std::string_view field,
                                                      const Scope& scope);

  // ---- interpreter_errors.cc
  Failure own_failure(Frame& frame, const Error& error);
  bool fail_state(Frame& frame, Failure failure);
  bool fail_state(Frame& frame, const Error& error) { return fail_state(frame, own_failure(frame, error)); }
  bool retried(Frame& frame, const StateSpec& spec, const Failure& failure);
  bool caught(Frame& frame, const StateSpec& spec, const Catcher& catcher, const Failure& failure);
  void fail_workflow(Frame& frame, Failure failure);
  void abort_work(Frame& frame);
  void abort_children(Frame& frame);

  // ---- interpreter_redrive.cc
  std::string pack_remains();
  Outcome<void> adopt_remains(std::string_view remains);
  Step redrive(Time at, Random& source, size_t events_max);
  void revive(Frame& frame);
  bool go_on(Frame& frame);
  bool resume_children(Frame& frame);
  Frame* next_halted(Frame& parent);

  std::shared_ptr<const Program> program;
  Identity identity;
  std::string region;                // of the execution's ARN, for TaskScheduled
  Json base_context;                 // the Execution and StateMachine parts, once asked for
  std::optional<Json> parsed_input;  // of the execution
  int64_t last_event_id = 0;
  FrameId next_frame = 1;
  std::unordered_map<FrameId, std::unique_ptr<Frame>> frames;
  std::unordered_map<TaskId, FrameId> tasks;
  std::unordered_map<TimerId, FrameId> timers;
  std::unordered_map<MapRunId, FrameId> map_runs;
  // Frames in phases ready and again. The smallest id runs first, a state at a time, so that the order is the same
  // after a restore.
  std::set<FrameId> ready;
  std::vector<FrameId> dirty_frames;  // to write at the end of the step
  bool finished = false;

  // ---- of the step under way
  Step step;
  Time now;
  Random* random = nullptr;
  size_t events_budget = 0;
  size_t states_entered = 0;
  size_t payload_bytes = 0;            // of the step's events; one shown by several events in a row counts once
  const char* last_payload = nullptr;  // where the last one lies
  FlowTrace* trace = nullptr;          // of TestState, which also gives the context object
  std::optional<Json> fixed_context;
  std::optional<Json> reader_items;  // what ItemReader reads there
  bool events_exhausted = false;     // the next event would be beyond AWS's limit
  size_t commands_when_exhausted = 0;
};

// The context object of one frame, built when a path first asks for it.
class FrameContext final : public ContextObject {
 public:
  // `item`: of a Map iteration about to start, when its ItemSelector is evaluated.
  FrameContext(Interpreter::State& state, Frame& frame, const Json* item = nullptr, uint32_t index = 0)
      : state_(state), frame_(frame), item_(item), index_(index) {}
  const Json& json() const override;
  void set_token(std::string token) { token_ = std::move(token); }

 private:
  Interpreter::State& state_;
  Frame& frame_;
  const Json* item_;
  uint32_t index_;
  std::string token_;
  mutable std::optional<Json> json_;
};

}  // namespace penstock::pipeline
