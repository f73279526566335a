// The interpreter's frame of action: facts in, the loop, what a step leaves behind, restore.
#include "core/pipeline/interpreter.h"

#include <algorithm>

#include "base/assert.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "core/pipeline/interpreter_state.h"

namespace penstock::pipeline {
namespace {

// A step's events are kept until they are written: many with large payloads go in several steps.
constexpr size_t step_bytes_max = 8 << 20;
// An execution in more places than this is not asked after every step whether it only waits.
constexpr size_t frames_looked_at_max = 16;

}  // namespace

Interpreter::State::State(std::shared_ptr<const Program> its_program, Identity its_identity)
    : program(std::move(its_program)), identity(std::move(its_identity)) {
  std::vector<std::string_view> parts = split(identity.execution_arn, ':');
  if (parts.size() > 3) region = parts[3];
}

Frame* Interpreter::State::find(FrameId id) {
  auto found = frames.find(id);
  return found == frames.end() ? nullptr : found->second.get();
}

// The step will write this frame.
void Interpreter::State::touch(Frame& frame) {
  if (frame.dirty) return;
  frame.dirty = true;
  dirty_frames.push_back(frame.id);
}

Step Interpreter::State::start(Time at, Random& source, size_t events_max) {
  begin(at, source, events_max);
  step.events.reserve(std::min<size_t>(events_max, 32));
  Outcome<Json> input = parse_json(identity.input);
  PENSTOCK_ASSERT(input.ok());  // Identity::input is valid JSON
  parsed_input = *input;
  auto root = std::make_unique<Frame>();
  root->workflow = identity.workflow;
  root->state = program->workflows[identity.workflow].start;
  root->input = Payload(std::move(*input), identity.input);
  Frame& frame = *root;
  frames.emplace(0, std::move(root));
  touch(frame);
  std::vector<Detail> details = {{Field::input, frame.input.text()},
                                 {Field::role_arn, Json(std::string_view(identity.role_arn))}};
  if (!identity.alias_arn.empty())
    details.push_back({Field::state_machine_alias_arn, Json(std::string_view(identity.alias_arn))});
  if (!identity.version_arn.empty()) {
    details.push_back({Field::state_machine_version_arn, Json(std::string_view(identity.version_arn))});
  }
  emit(EventType::execution_started, 0,
       std::move(details));  // the next event points back to 0, not to this one (recorded)
  set_machine_timer(frame);
  ready.insert(0);
  run();
  return end();
}

void Interpreter::State::set_machine_timer(Frame& root) {
  std::optional<int64_t> timeout;
  if (identity.workflow == 0) timeout = program->timeout_seconds;
  if (type() == MachineType::express) {
    timeout = std::min(timeout.value_or(limits::express_seconds_max), limits::express_seconds_max);
  }
  if (timeout) set_timer(root, TimerKind::machine, plus_seconds(now, static_cast<double>(*timeout)));
}

Step Interpreter::State::apply(const Fact& fact, Time at, Random& source, size_t events_max) {
  begin(at, source, events_max);
  if (!finished) {
    std::visit([this](const auto& what) { take(what); }, fact);
    run();
  }
  return end();
}

void Interpreter::State::begin(Time at, Random& source, size_t events_max) {
  step = {};
  now = at;
  random = &source;
  events_budget = events_max;
  states_entered = 0;
  payload_bytes = 0;
  last_payload = nullptr;
}

Step Interpreter::State::end() {
  if (finished) {
    for (auto& [id, frame] : frames) {
      if (frame->stored) step.frames.push_back({id, std::nullopt});
    }
    frames.clear();
    ready.clear();
  }
  for (FrameId id : dirty_frames) {
    Frame* frame = find(id);
    if (!frame || !frame->dirty) continue;
    frame->next_frame = next_frame;
    step.frames.push_back({id, pack(*frame)});
    frame->dirty = false;
    frame->stored = true;
  }
  dirty_frames.clear();
  step.more = !ready.empty();
  return std::move(step);
}

bool Interpreter::State::over_budget() const {
  return step.events.size() >= events_budget || states_entered >= events_budget || payload_bytes >= step_bytes_max;
}

void Interpreter::State::run() {
  while (!ready.empty() && !finished && !over_budget()) {
    FrameId id = *ready.begin();
    ready.erase(ready.begin());
    run_frame(*find(id));
    if (events_exhausted && !finished) fail_for_events();
  }
  if (events_exhausted && !finished) fail_for_events();
}

// Runs one frame until it waits, ends, gives way to an older frame or has used up the step's budget.
void Interpreter::State::run_frame(Frame& frame) {
  while (go_on(frame)) {
    bool gives_way = !ready.empty() && *ready.begin() < frame.id;
    if (!gives_way && !events_exhausted && !over_budget()) continue;
    ready.insert(frame.id);
    return;
  }
}

// AWS ends an execution whose history is full; what was started beyond the last recorded event never happened.
void Interpreter::State::fail_for_events() {
  step.commands.resize(commands_when_exhausted, CancelTimer{});
  Failure failure = too_many_events();
  finish({Finish::Status::failed, {}, std::move(failure.error), std::move(failure.cause)}, EventType::execution_failed);
}

Failure Interpreter::State::too_many_events() const {
  Failure failure;
  failure.error = "States.Runtime";
  failure.cause = "The execution reached the maximum number of history events (" + std::to_string(events_max()) + ").";
  return failure;
}

void Interpreter::State::take(const Stop& stop) {
  abort_work(*find(0));
  finish({Finish::Status::aborted, {}, stop.error, stop.cause}, EventType::execution_aborted);
}

void Interpreter::State::take(const Resume&) {}

// The execution's last event; everything that still stands open is cancelled.
void Interpreter::State::finish(Finish outcome, EventType type) {
  Frame& root = *find(0);
  if (type == EventType::execution_timed_out) abort_work(root);
  std::vector<Detail> details;
  if (type == EventType::execution_succeeded) {
    details.push_back({Field::output, Json(std::string_view(outcome.output))});
  }
  if (outcome.error) details.push_back({Field::error, Json(std::string_view(*outcome.error))});
  if (outcome.cause) details.push_back({Field::cause, Json(std::string_view(*outcome.cause))});
  emit(type, root.previous, std::move(details));
  for (const auto& [task, frame] : tasks) step.commands.push_back(CancelTask{task});
  for (const auto& [timer, frame] : timers) step.commands.push_back(CancelTimer{timer});
  for (const auto& [run, frame] : map_runs) step.commands.push_back(CancelMapRun{run, find(frame)->map_run_arn});
  tasks.clear();
  timers.clear();
  map_runs.clear();
  if (type != EventType::execution_succeeded) outcome.remains = pack_remains();
  step.commands.push_back(std::move(outcome));
  finished = true;
}

Frame& Interpreter::State::add_child(Frame& parent, WorkflowIndex workflow, uint32_t index, Payload input,
                                     int64_t previous) {
  auto child = std::make_unique<Frame>();
  child->id = next_frame++;
  child->parent = parent.id;
  child->index = index;
  child->workflow = workflow;
  child->state = program->workflows[workflow].start;
  child->input = std::move(input);
  child->previous = previous;
  child->variables = parent.variables;
  Frame& frame = *child;
  frames.emplace(frame.id, std::move(child));
  touch(frame);
  parent.children.push_back(frame.id);
  ++parent.running;
  ready.insert(frame.id);
  return frame;
}

void Interpreter::State::remove(Frame& frame) {
  remove_children(frame);
  close_task(frame);
  cancel_timer(frame, TimerKind::wait);
  cancel_map_run(frame);
  FrameId id = frame.id;
  if (frame.stored) step.frames.push_back({id, std::nullopt});
  ready.erase(id);
  frames.erase(id);
}

void Interpreter::State::remove_children(Frame& frame) {
  for (FrameId id : frame.children) remove(*find(id));
  frame.children.clear();
  frame.running = 0;
  frame.next_halted = 0;
  frame.items = {};
  frame.work_input = {};
  frame.keeps_items = false;
  forget_map_run(frame);
}

TimerId Interpreter::State::timer_id(const Frame& frame, TimerKind kind) const {
  int64_t event = 0;
  if (kind == TimerKind::wait) event = frame.previous;
  if (kind == TimerKind::timeout || kind == TimerKind::heartbeat) event = frame.task->id;
  return static_cast<TimerId>(event) * 4 + static_cast<TimerId>(kind);
}

void Interpreter::State::set_timer(Frame& frame, TimerKind kind, Time due) {
  TimerId id = timer_id(frame, kind);
  if (kind == TimerKind::wait) frame.due = due;
  if (kind == TimerKind::timeout) frame.task->timeout_due = due;
  if (kind == TimerKind::heartbeat) frame.task->heartbeat_due = due;
  if (kind == TimerKind::machine) frame.machine_due = due;
  touch(frame);
  timers[id] = frame.id;
  step.commands.push_back(SetTimer{id, due});
  if (kind != TimerKind::machine && type() == MachineType::standard) bound_open_time(due);
}

// No timer of its own is set for the end of the longest time that an execution may run, until something waits beyond
// it.
void Interpreter::State::bound_open_time(Time due) {
  const Time last = plus_seconds(identity.started, open_seconds_max);
  Frame& root = *find(0);
  if (due > last && (!root.machine_due || *root.machine_due > last)) set_timer(root, TimerKind::machine, last);
}

void Interpreter::State::cancel_timer(Frame& frame, TimerKind kind) {
  bool set = kind == TimerKind::wait ? frame.due.has_value() : frame.task.has_value();
  if (!set) return;
  TimerId id = timer_id(frame, kind);
  if (timers.erase(id) > 0) step.commands.push_back(CancelTimer{id});
  if (kind == TimerKind::wait) frame.due.reset();
}

// The frame no longer awaits its task.
void Interpreter::State::close_task(Frame& frame) {
  if (!frame.task) return;
  cancel_timer(frame, TimerKind::timeout);
  cancel_timer(frame, TimerKind::heartbeat);
  tasks.erase(frame.task->id);
  frame.task.reset();
  touch(frame);
}

ScheduleTask Interpreter::State::schedule_command(const Frame& frame) const {
  const OpenTask& task = *frame.task;
  const StateSpec& spec = spec_of(frame);
  ScheduleTask command;
  command.task = task.id;
  command.frame = frame.id;
  command.state = spec.name;
  command.resource = std::get<TaskState>(spec.kind).resource;
  command.parameters = task.parameters;
  command.token = task.token;
  command.credentials = task.credentials;
  command.timeout_seconds = task.timeout_seconds;
  command.heartbeat_seconds = task.heartbeat_seconds;
  command.started = task.started;
  command.submitted = task.submitted;
  return command;
}

std::vector<Command> Interpreter::State::pending() const {
  std::vector<Command> commands;
  for (const auto& [id, frame] : frames) {
    if (frame->task) commands.push_back(schedule_command(*frame));
    if (frame->phase == Phase::map_run) commands.push_back(map_run_command(*frame));
    std::vector<SetTimer> due;
    add_timers(*frame, due);
    commands.insert(commands.end(), due.begin(), due.end());
  }
  return commands;
}

void Interpreter::State::add_timers(const Frame& frame, std::vector<SetTimer>& into) const {
  auto add = [&](TimerKind kind, const std::optional<Time>& due) {
    if (due) into.push_back({timer_id(frame, kind), *due});
  };
  add(TimerKind::wait, frame.due);
  add(TimerKind::machine, frame.machine_due);
  if (!frame.task) return;
  add(TimerKind::timeout, frame.task->timeout_due);
  add(TimerKind::heartbeat, frame.task->heartbeat_due);
}

std::optional<Waits> Interpreter::State::waits() const {
  if (frames.empty() || frames.size() > frames_looked_at_max || !ready.empty()) return std::nullopt;
  Waits waits;
  for (const auto& [id, frame] : frames) {
    if (frame->phase == Phase::map_run) return std::nullopt;
    if (frame->task) {
      const OpenTask& task = *frame->task;
      bool activity = std::get<TaskState>(spec_of(*frame).kind).kind == ResourceKind::activity;
      bool under_way = activity ? task.started : !task.submitted.is_null();
      if (!under_way || task.token.empty()) return std::nullopt;
      waits.tokens.push_back({task.id, task.token});
    }
    add_timers(*frame, waits.timers);
  }
  return waits;
}

// Takes the stored frames and makes again what was not stored.
Outcome<void> Interpreter::State::adopt(const std::vector<FrameChange>& changes) {
  for (const FrameChange& change : changes) {
    if (!change.bytes) continue;
    Outcome<Frame> frame = unpack(change.frame, *change.bytes);
    if (!frame) return frame.error();
    next_frame = std::max({next_frame, frame->next_frame, change.frame + 1});
    frames[change.frame] = std::make_unique<Frame>(std::move(*frame));
  }
  std::vector<FrameId> ids;  // a parent is older than its children, so its id is smaller
  for (const auto& [id, frame] : frames) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (FrameId id : ids) {
    if (Outcome<void> linked = link(*find(id)); !linked) return linked;
  }
  for (auto& [id, frame] : frames) {
    std::sort(frame->children.begin(), frame->children.end(),
              [this](FrameId left, FrameId right) { return find(left)->index < find(right)->index; });
  }
  if (!find(0))
    return Error{"CorruptExecution", "The execution has no frame 0; run 'penstock doctor' to check the store.", 500};
  return {};
}

Outcome<void> Interpreter::State::link(Frame& frame) {
  Frame* parent = find(frame.parent);
  bool fits = parent && frame.workflow < program->workflows.size() &&
              frame.state < program->workflows[frame.workflow].states.size() &&
              frame.task.has_value() == (frame.phase == Phase::task) &&
              (frame.own_variables.is_null() || frame.own_variables.is_object()) &&
              (!frame.task || std::holds_alternative<TaskState>(spec_of(frame).kind)) &&
              (frame.phase != Phase::map_run || std::holds_alternative<MapState>(spec_of(frame).kind));
  if (!fits) {
    return Error{"CorruptExecution",
                 "A frame of an execution does not fit its definition; run 'penstock doctor' to check the store.", 500};
  }
  if (frame.id != 0) {
    frame.variables = parent->variables;
    parent->children.push_back(frame.id);
    parent->running += frame.phase != Phase::succeeded && frame.phase != Phase::failed && frame.phase != Phase::halted;
  }
  if (!frame.own_variables.is_null()) {
    for (const JsonMember& member : frame.own_variables.members()) frame.variables.set(member.key, member.value);
  }
  if (frame.phase == Phase::ready || frame.phase == Phase::again) ready.insert(frame.id);
  if (frame.task) tasks[frame.task->id] = frame.id;
  if (frame.phase == Phase::map_run) map_runs[frame.map_run] = frame.id;
  if (frame.due) timers[timer_id(frame, TimerKind::wait)] = frame.id;
  if (frame.machine_due) timers[timer_id(frame, TimerKind::machine)] = frame.id;
  if (frame.task && frame.task->timeout_due) timers[timer_id(frame, TimerKind::timeout)] = frame.id;
  if (frame.task && frame.task->heartbeat_due) timers[timer_id(frame, TimerKind::heartbeat)] = frame.id;
  return {};
}

// ---- the public face

Interpreter::Interpreter(std::shared_ptr<const Program> program, Identity identity)
    : state_(std::make_unique<State>(std::move(program), std::move(identity))) {}
Interpreter::Interpreter(std::unique_ptr<State> state) : state_(std::move(state)) {}
Interpreter::Interpreter(Interpreter&&) noexcept = default;
Interpreter& Interpreter::operator=(Interpreter&&) noexcept = default;
Interpreter::~Interpreter() = default;

Step Interpreter::start(Time now, Random& random, size_t events_max) {
  return state_->start(now, random, events_max);
}
Step Interpreter::redrive(Time now, Random& random, size_t events_max) {
  return state_->redrive(now, random, events_max);
}
Step Interpreter::apply(const Fact& fact, Time now, Random& random, size_t events_max) {
  return state_->apply(fact, now, random, events_max);
}
bool Interpreter::finished() const {
  return state_->finished;
}
bool Interpreter::begun() const {
  return !state_->frames.empty();
}
bool Interpreter::runnable() const {
  return !state_->ready.empty();
}
bool Interpreter::awaits(TaskId task) const {
  return state_->tasks.contains(task);
}
std::vector<Command> Interpreter::pending() const {
  return state_->pending();
}
std::optional<Waits> Interpreter::waits() const {
  return state_->waits();
}

Outcome<Interpreter> Interpreter::restore(std::shared_ptr<const Program> program, Identity identity,
                                          int64_t last_event_id, const std::vector<FrameChange>& frames) {
  auto state = std::make_unique<State>(std::move(program), std::move(identity));
  state->last_event_id = last_event_id;
  if (Outcome<void> adopted = state->adopt(frames); !adopted) return adopted.error();
  return Interpreter(std::move(state));
}

Outcome<Interpreter> Interpreter::reopen(std::shared_ptr<const Program> program, Identity identity,
                                         int64_t last_event_id, std::string_view remains) {
  auto state = std::make_unique<State>(std::move(program), std::move(identity));
  state->last_event_id = last_event_id;
  if (Outcome<void> adopted = state->adopt_remains(remains); !adopted) return adopted.error();
  return Interpreter(std::move(state));
}

Interpreter Interpreter::restart(std::shared_ptr<const Program> program, Identity identity, int64_t last_event_id) {
  auto state = std::make_unique<State>(std::move(program), std::move(identity));
  state->last_event_id = last_event_id;
  return Interpreter(std::move(state));
}

}  // namespace penstock::pipeline
