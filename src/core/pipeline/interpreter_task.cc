// Task: integrations, functions and activities; their timeouts, heartbeats and tokens.
#include <charconv>

#include "base/limits.h"
#include "core/pipeline/interpreter_state.h"

namespace penstock::pipeline {
namespace {

constexpr size_t token_length = 96;
constexpr std::string_view token_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// Names of one kind of task's events.
struct TaskEvents {
  EventType scheduled, started, succeeded, failed, timed_out, schedule_failed, start_failed, submit_failed;
};

const TaskEvents& events_of(ResourceKind kind) {
  static constexpr TaskEvents integration = {
      EventType::task_scheduled, EventType::task_started, EventType::task_succeeded,    EventType::task_failed,
      EventType::task_timed_out, EventType::task_failed,  EventType::task_start_failed, EventType::task_submit_failed};
  static constexpr TaskEvents function = {
      EventType::lambda_function_scheduled,    EventType::lambda_function_started,
      EventType::lambda_function_succeeded,    EventType::lambda_function_failed,
      EventType::lambda_function_timed_out,    EventType::lambda_function_schedule_failed,
      EventType::lambda_function_start_failed, EventType::lambda_function_failed};
  static constexpr TaskEvents activity = {EventType::activity_scheduled, EventType::activity_started,
                                          EventType::activity_succeeded, EventType::activity_failed,
                                          EventType::activity_timed_out, EventType::activity_schedule_failed,
                                          EventType::activity_failed,    EventType::activity_failed};
  switch (kind) {
    case ResourceKind::lambda_function:
      return function;
    case ResourceKind::activity:
      return activity;
    case ResourceKind::integration:
      break;
  }
  return integration;
}

// resource and resourceType, which every event of an integration carries.
std::vector<Detail> resource_details(const TaskState& task) {
  if (task.kind != ResourceKind::integration) return {};
  return details_of(Detail{Field::resource_type, task.resource_type}, Detail{Field::resource, task.action});
}

void add_failure(std::vector<Detail>& details, const Failure& failure) {
  if (failure.error) details.push_back({Field::error, Json(std::string_view(*failure.error))});
  if (failure.cause) details.push_back({Field::cause, Json(std::string_view(*failure.cause))});
}

}  // namespace

Outcome<int64_t> Interpreter::State::queried_integer(const Template& query, std::string_view field,
                                                     const Scope& scope) {
  Outcome<Json> value = query.evaluate(scope);
  if (!value) return value.error();
  std::optional<int64_t> number = value->is_number() ? value->as_integer() : std::nullopt;
  if (!number) return unexpected_type(query, field, "integer", *value);
  return *number;
}

// TimeoutSeconds or HeartbeatSeconds, or the number their Path leads to.
Outcome<std::optional<int64_t>> Interpreter::State::seconds(Frame& frame, const NumberOrPath& source,
                                                            std::string_view field) {
  if (!source.path && !source.query) return source.value;
  FrameContext context(*this, frame);
  if (source.query) {
    std::string_view name = field.substr(0, field.size() - std::string_view("Path").size());
    Outcome<int64_t> number = queried_integer(*source.query, name, scope_of(frame, frame.input.value(), context));
    if (!number) return number.error();
    if (*number > 0) return std::optional<int64_t>(*number);
    return query_error("The " + std::string(name) + " field must be positive: " + std::to_string(*number), name);
  }
  Outcome<Json> value = value_at(*source.path, scope_of(frame, frame.input.value(), context));
  if (!value) return value.error();
  std::string text = value->is_string() ? std::string(value->as_string()) : to_string(*value);
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool whole = error == std::errc() && end == text.data() + text.size();
  std::string name = "The " + std::string(field) + " parameter ";
  if (!whole)
    return Error{"States.Runtime", name + "cannot be parsed as a long value: " + source.path->text() + " == " + text};
  if (number <= 0)
    return Error{"States.Runtime", name + "must reference a positive value: " + source.path->text() + " == " + text};
  return std::optional<int64_t>(number);
}

// Everything of the task but its id.
Outcome<OpenTask> Interpreter::State::prepare(Frame& frame, const StateSpec& spec, const TaskState& task) {
  OpenTask open;
  FrameContext context(*this, frame);
  if (task.waits_for_token || task.kind == ResourceKind::activity) {
    open.token = random->text(token_length, token_alphabet);
    context.set_token(open.token);
  }
  Scope scope = scope_of(frame, frame.input.value(), context);
  Outcome<Json> parameters = spec.flow.effective_input(scope);
  if (!parameters) return parameters.error();
  open.parameters = std::move(*parameters);
  if (task.credentials) {
    Outcome<Json> credentials = task.credentials->evaluate(scope);
    if (!credentials) return credentials.error();
    open.credentials = std::move(*credentials);
  }
  Outcome<std::optional<int64_t>> timeout = seconds(frame, task.timeout, "TimeoutSecondsPath");
  if (!timeout) return timeout.error();
  Outcome<std::optional<int64_t>> heartbeat = seconds(frame, task.heartbeat, "HeartbeatSecondsPath");
  if (!heartbeat) return heartbeat.error();
  open.timeout_seconds = *timeout;
  open.heartbeat_seconds = *heartbeat;
  return open;
}

std::vector<Detail> Interpreter::State::scheduled_details(const TaskState& task, const OpenTask& open) const {
  std::vector<Detail> details;
  Json parameters(std::string_view(to_string(open.parameters)));
  if (task.kind == ResourceKind::integration) {
    details = resource_details(task);
    details.push_back({Field::region, Json(std::string_view(region))});
    details.push_back({Field::parameters, std::move(parameters)});
  } else {
    details = details_of(Detail{Field::resource, Json(std::string_view(task.resource))},
                         Detail{Field::input, std::move(parameters)});
  }
  if (open.timeout_seconds) details.push_back({Field::timeout_in_seconds, Json(*open.timeout_seconds)});
  if (open.heartbeat_seconds) details.push_back({Field::heartbeat_in_seconds, Json(*open.heartbeat_seconds)});
  if (!open.credentials.is_null()) {
    details.push_back({Field::task_credentials, Json::object({{"roleArn", open.credentials["RoleArn"]}})});
  }
  return details;
}

bool Interpreter::State::work(Frame& frame, const StateSpec& spec, const TaskState& task) {
  Outcome<OpenTask> open = prepare(frame, spec, task);
  if (!open) return fail_state(frame, open.error());
  int64_t event = chain(frame, events_of(task.kind).scheduled, scheduled_details(task, *open));
  open->id = event;
  frame.task = std::move(*open);
  frame.phase = Phase::task;
  tasks[frame.task->id] = frame.id;
  step.commands.push_back(schedule_command(frame));
  // Only who holds a token can send heartbeats; an activity's count from ActivityStarted.
  set_task_timers(frame, true, task.waits_for_token);
  return false;
}

void Interpreter::State::set_task_timers(Frame& frame, bool timeout, bool heartbeat) {
  OpenTask& task = *frame.task;
  if (timeout && task.timeout_seconds) {
    set_timer(frame, TimerKind::timeout, plus_seconds(now, static_cast<double>(*task.timeout_seconds)));
  }
  if (heartbeat && task.heartbeat_seconds) {
    set_timer(frame, TimerKind::heartbeat, plus_seconds(now, static_cast<double>(*task.heartbeat_seconds)));
  }
}

Frame* Interpreter::State::awaiting(TaskId task) {
  auto found = tasks.find(task);
  return found == tasks.end() ? nullptr : find(found->second);
}

// Records the ...Started event if it is not there yet.
void Interpreter::State::note_started(Frame& frame, const std::string& worker) {
  if (frame.task->started) return;
  const TaskState& task = std::get<TaskState>(spec_of(frame).kind);
  std::vector<Detail> details = resource_details(task);
  bool activity = task.kind == ResourceKind::activity;
  if (activity && !worker.empty()) details.push_back({Field::worker_name, Json(std::string_view(worker))});
  chain(frame, events_of(task.kind).started, std::move(details));
  frame.task->started = true;
  if (activity)
    set_task_timers(frame, true, true);  // an activity's time counts from here (AWS developer guide, "Activities")
}

void Interpreter::State::take(const TaskStarted& fact) {
  if (Frame* frame = awaiting(fact.task)) note_started(*frame, fact.worker);
}

void Interpreter::State::take(const TaskSubmitted& fact) {
  Frame* frame = awaiting(fact.task);
  if (!frame || !frame->task->submitted.is_null()) return;
  const TaskState& task = std::get<TaskState>(spec_of(*frame).kind);
  note_started(*frame, {});
  std::vector<Detail> details = resource_details(task);
  details.push_back({Field::output, Json(std::string_view(to_string(fact.output)))});
  chain(*frame, EventType::task_submitted, std::move(details));
  frame->task->submitted = fact.output;
}

void Interpreter::State::take(const TaskSucceeded& fact) {
  Frame* frame = awaiting(fact.task);
  if (!frame) return;
  const StateSpec& spec = spec_of(*frame);
  const TaskState& task = std::get<TaskState>(spec.kind);
  note_started(*frame, {});
  std::string output = to_string(fact.output);
  if (output.size() > limits::payload_bytes_max) {
    std::string_view name =
        task.kind == ResourceKind::integration ? task.resource_type.as_string() : std::string_view(task.resource);
    Failure failure;
    failure.error = "States.DataLimitExceeded";
    failure.cause = "The state/task '" + std::string(name) +
                    "' returned a result with a size exceeding the maximum number of bytes service limit.";
    return task_failed(*frame, events_of(task.kind).failed, std::move(failure));
  }
  std::vector<Detail> details = resource_details(task);
  details.push_back({Field::output, Json(std::string_view(output))});
  chain(*frame, events_of(task.kind).succeeded, std::move(details));
  close_task(*frame);
  settle(*frame, complete(*frame, spec, fact.output));
}

void Interpreter::State::take(const TaskFailed& fact) {
  Frame* frame = awaiting(fact.task);
  if (!frame) return;
  const TaskEvents& events = events_of(std::get<TaskState>(spec_of(*frame).kind).kind);
  EventType type = events.failed;
  switch (fact.stage) {
    case TaskFailed::Stage::run:
      note_started(*frame, {});
      break;
    case TaskFailed::Stage::start:
      type = events.start_failed;
      break;
    case TaskFailed::Stage::submit:
      note_started(*frame, {});
      type = events.submit_failed;
      break;
    case TaskFailed::Stage::schedule:
      type = events.schedule_failed;
      break;
  }
  Failure failure;
  failure.error = fact.error;
  failure.cause = fact.cause;
  task_failed(*frame, type, std::move(failure));
}

void Interpreter::State::task_failed(Frame& frame, EventType type, Failure failure) {
  std::vector<Detail> details = resource_details(std::get<TaskState>(spec_of(frame).kind));
  add_failure(details, failure);
  chain(frame, type, std::move(details));
  close_task(frame);
  settle(frame, fail_state(frame, std::move(failure)));
}

void Interpreter::State::take(const TaskHeartbeat& fact) {
  Frame* frame = awaiting(fact.task);
  if (!frame || !frame->task->heartbeat_due) return;
  set_task_timers(*frame, false, true);
  touch(*frame);
}

void Interpreter::State::take(const TimerFired& fired) {
  auto found = timers.find(fired.timer);
  if (found == timers.end()) return;
  Frame& frame = *find(found->second);
  TimerKind kind = static_cast<TimerKind>(fired.timer % 4);
  if (kind == TimerKind::machine)
    return finish({Finish::Status::timed_out, {}, {}, {}}, EventType::execution_timed_out);
  if (kind == TimerKind::wait) {
    if (!frame.due || now < *frame.due) return;
    timers.erase(found);
    frame.due.reset();
    const StateSpec& spec = spec_of(frame);
    bool retry = frame.phase == Phase::retry;
    if (retry) return settle(frame, work(frame, spec));
    FrameContext context(*this, frame);
    Outcome<Json> input = spec.flow.effective_input(scope_of(frame, frame.input.value(), context));
    return settle(frame, input ? complete(frame, spec, std::move(*input)) : fail_state(frame, input.error()));
  }
  const std::optional<Time>& due = kind == TimerKind::timeout ? frame.task->timeout_due : frame.task->heartbeat_due;
  if (!due || now < *due) return;  // it was moved since
  step.commands.push_back(CancelTask{frame.task->id});
  Failure failure;
  failure.error = "States.Timeout";
  failure.timed_out = true;
  failure.heartbeat = kind == TimerKind::heartbeat;
  task_failed(frame, events_of(std::get<TaskState>(spec_of(frame).kind).kind).timed_out, std::move(failure));
}

}  // namespace penstock::pipeline
