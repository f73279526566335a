// Retry, Catch, failing and aborting. Sources: Amazon States Language, "Errors", and recorded answers.
#include <algorithm>
#include <cmath>

#include "core/pipeline/flow_trace.h"
#include "core/pipeline/interpreter_state.h"

namespace penstock::pipeline {
namespace {

constexpr std::string_view runtime_error = "States.Runtime";
constexpr std::string_view data_limit_exceeded = "States.DataLimitExceeded";
constexpr std::string_view timeout = "States.Timeout";
constexpr std::string_view query_evaluation_error = "States.QueryEvaluationError";

// Whether an ErrorEquals entry means this failure. States.Runtime ends the execution whatever is named (recorded);
// States.DataLimitExceeded must be named; States.TaskFailed means every known error but a timeout.
bool matches(std::string_view name, const Failure& failure) {
  std::string_view error = failure.error ? std::string_view(*failure.error) : std::string_view();
  if (error == runtime_error) return false;
  if (failure.error && name == error) return true;
  if (failure.heartbeat && name == "States.HeartbeatTimeout") return true;
  if (error == data_limit_exceeded) return false;
  if (name == "States.ALL") return true;
  return name == "States.TaskFailed" && failure.error && error != timeout;
}

bool matches(const std::vector<std::string>& names, const Failure& failure) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return matches(name, failure); });
}

// Seconds until the next try, `used` of this retrier's tries behind us.
double delay_of(const Retrier& retrier, uint32_t used, Random& random) {
  double delay = static_cast<double>(retrier.interval_seconds) * std::pow(retrier.backoff_rate, used);
  constexpr double longest = 31'622'400.0;  // MaxDelaySeconds' own bound: a year
  delay = std::min(delay, retrier.max_delay_seconds ? static_cast<double>(*retrier.max_delay_seconds) : longest);
  return retrier.full_jitter ? delay * random.uniform() : delay;
}

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(std::string_view(*text)) : Json();
}

std::optional<EventType> failed_event(const StateSpec& spec) {
  if (std::holds_alternative<ParallelState>(spec.kind)) return EventType::parallel_state_failed;
  if (std::holds_alternative<MapState>(spec.kind)) return EventType::map_state_failed;
  return std::nullopt;
}

std::optional<EventType> aborted_event(const StateSpec& spec) {
  if (std::holds_alternative<TaskState>(spec.kind)) return EventType::task_state_aborted;
  if (std::holds_alternative<WaitState>(spec.kind)) return EventType::wait_state_aborted;
  if (std::holds_alternative<ParallelState>(spec.kind)) return EventType::parallel_state_aborted;
  if (std::holds_alternative<MapState>(spec.kind)) return EventType::map_state_aborted;
  return std::nullopt;
}

}  // namespace

// A JSONata expression that failed has an event of its own. AWS lets it point back to the event before the state was
// entered while nothing has happened in the state, but for Wait states (recorded).
Failure Interpreter::State::own_failure(Frame& frame, const Error& error) {
  Failure failure;
  failure.error = error.code;
  failure.own = true;
  if (error.code == data_limit_exceeded || trace) {
    failure.cause = error.message;
  } else {
    failure.cause = "An error occurred while executing the state '" + spec_of(frame).name +
                    "' (entered at the event id #" + std::to_string(frame.entered) + "). " + error.message;
  }
  if (error.code != query_evaluation_error) return failure;
  failure.own = false;
  const StateSpec& spec = spec_of(frame);
  std::vector<Detail> details = details_of(Detail{Field::error, Json(std::string_view(error.code))},
                                           Detail{Field::cause, Json(std::string_view(*failure.cause))});
  for (const auto& [name, value] : error.fields) {
    if (name == "location") details.push_back({Field::location, Json(std::string_view(value))});
  }
  details.push_back({Field::state, spec.name_text});
  bool just_entered = frame.previous == frame.entered && !std::holds_alternative<WaitState>(spec.kind);
  if (just_entered) frame.previous = frame.before_entry;
  chain(frame, EventType::evaluation_failed, std::move(details));
  return failure;
}

// The frame's state failed: tries again, or goes on at a Catch, or the workflow fails. Answers whether the frame is
// ready.
bool Interpreter::State::fail_state(Frame& frame, Failure failure) {
  const StateSpec& spec = spec_of(frame);
  touch(frame);
  if (trace) {
    trace->error = failure.error;
    trace->cause = failure.cause;
  }
  if (retried(frame, spec, failure)) return false;
  if (auto type = failed_event(spec); type && !failure.own) chain(frame, *type, {});
  for (size_t i = 0; i < spec.catchers.size(); ++i) {
    if (!matches(spec.catchers[i].errors, failure)) continue;
    if (trace) trace->catch_index = static_cast<int64_t>(i);
    return caught(frame, spec, spec.catchers[i], failure);
  }
  fail_workflow(frame, std::move(failure));
  return false;
}

bool Interpreter::State::retried(Frame& frame, const StateSpec& spec, const Failure& failure) {
  for (size_t i = 0; i < spec.retriers.size(); ++i) {
    const Retrier& retrier = spec.retriers[i];
    if (!matches(retrier.errors, failure)) continue;
    frame.retries.resize(spec.retriers.size(), 0);
    uint32_t used = frame.retries[i];
    if (trace) trace->retry_index = static_cast<int64_t>(i);
    if (used >= static_cast<uint64_t>(retrier.max_attempts)) return false;
    ++frame.retries[i];
    remove_children(frame);
    frame.phase = Phase::retry;
    double delay = delay_of(retrier, used, *random);
    if (trace) trace->retry_seconds = delay;
    set_timer(frame, TimerKind::wait, plus_seconds(now, delay));
    return true;
  }
  return false;
}

bool Interpreter::State::caught(Frame& frame, const StateSpec& spec, const Catcher& catcher, const Failure& failure) {
  Json cause = failure.timed_out && !failure.cause ? Json("") : text_or_null(failure.cause);
  Json error_output = Json::object({{"Error", text_or_null(failure.error)}, {"Cause", std::move(cause)}});
  Json assigned;
  FrameContext context(*this, frame);
  bool jsonata = spec.flow.jsonata;
  Scope scope = jsonata ? scope_of(frame, frame.input.value(), context).with_error(error_output)
                        : scope_of(frame, error_output, context);
  if (catcher.assign) {
    Outcome<Json> variables = catcher.assign->evaluate(scope);
    if (!variables) return fail_workflow(frame, own_failure(frame, variables.error())), false;
    assigned = std::move(*variables);
  }
  Outcome<Json> output = catcher.output ? catcher.output->evaluate(scope)
                         : jsonata      ? Outcome<Json>(error_output)
                                        : catcher.result_path.apply(frame.input.value(), error_output);
  if (!output) return fail_workflow(frame, own_failure(frame, output.error())), false;
  remove_children(frame);
  return leave(frame, spec, Payload(std::move(*output)), std::move(assigned), catcher.next);
}

void Interpreter::State::fail_workflow(Frame& frame, Failure failure) {
  if (frame.id != 0) return child_failed(frame, std::move(failure));
  frame.phase = Phase::failed;
  finish({Finish::Status::failed, {}, std::move(failure.error), std::move(failure.cause)}, EventType::execution_failed);
}

// Ends what the frame's state is doing, from the inside out. The frame and its children stay, for a redrive, until
// their parent goes on at a Retry or Catch.
void Interpreter::State::abort_work(Frame& frame) {
  abort_children(frame);
  ready.erase(frame.id);
  if (frame.task) step.commands.push_back(CancelTask{frame.task->id});
  close_task(frame);
  cancel_timer(frame, TimerKind::wait);
  if (frame.phase == Phase::map_run) {
    cancel_map_run(frame);
    chain(frame, EventType::map_run_aborted, {});
  }
  if (frame.entered != 0) {
    if (auto type = aborted_event(spec_of(frame))) chain(frame, *type, {});
  }
  frame.phase = Phase::failed;
  touch(frame);
}

void Interpreter::State::abort_children(Frame& frame) {
  if (frame.children.empty()) return;
  const StateSpec& spec = spec_of(frame);
  const MapState* map = std::get_if<MapState>(&spec.kind);
  for (FrameId id : frame.children) {
    Frame& child = *find(id);
    if (child.phase == Phase::succeeded || child.phase == Phase::failed) continue;
    if (child.phase == Phase::halted) {
      child.phase = Phase::failed;
      touch(child);
      continue;
    }
    abort_work(child);
    if (map) {
      emit(EventType::map_iteration_aborted, child.previous,
           details_of(Detail{Field::name, spec.name_text}, Detail{Field::index, Json(child.index)}));
    }
  }
  frame.running = 0;
}

}  // namespace penstock::pipeline
