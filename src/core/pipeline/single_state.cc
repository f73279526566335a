#include "core/pipeline/single_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/pipeline/interpreter_state.h"

namespace penstock::pipeline {
namespace {

struct Place {
  WorkflowIndex workflow;
  StateIndex state;
};

std::optional<Place> find_state(const Program& program, std::string_view name) {
  for (WorkflowIndex workflow = 0; workflow < program.workflows.size(); ++workflow) {
    const std::vector<StateSpec>& states = program.workflows[workflow].states;
    for (StateIndex state = 0; state < states.size(); ++state) {
      if (states[state].name == name) return Place{workflow, state};
    }
  }
  return std::nullopt;
}

Error invalid(std::string message) {
  return {"ValidationException", std::move(message)};
}

// Whether the mock fits the state's type. The texts are recorded answers.
Outcome<void> check_mock(const StateTrial& trial, const StateSpec& spec) {
  if (!trial.result) return {};
  const Json& result = *trial.result;
  const auto* parallel = std::get_if<ParallelState>(&spec.kind);
  const auto* map = std::get_if<MapState>(&spec.kind);
  if (map && map->writer && !result.is_object()) return invalid("Mocked result must be a JSON object.");
  if ((parallel || (map && !map->writer)) && !result.is_array()) return invalid("Mocked result must be an array.");
  if (parallel && result.size() != parallel->branches.size())
    return invalid("Mocked result must contain the same number of items as number of Parallel branches.");
  return {};
}

std::optional<Failure> mocked_failure(const StateTrial& trial, const Interpreter::State& state, const Frame& frame) {
  Failure failure;
  failure.error = trial.error;
  failure.cause = trial.cause;
  if (trial.fails) return failure;
  Tolerance tolerance{state.trace->tolerated_count, state.trace->tolerated_percentage};
  bool bounded = tolerance.count || tolerance.percentage;
  size_t failed = static_cast<size_t>(std::max<int64_t>(0, trial.failed_items.value_or(0)));
  if (!bounded || !tolerance.exceeded(failed, frame.items.size())) return std::nullopt;
  failure.error = "States.ExceedToleratedFailureThreshold";
  failure.cause = "The specified tolerated failure threshold was exceeded";
  return failure;
}

// The inputs of a Map's iterations, as its ItemSelector makes them.
Outcome<void> trace_selected(const MapState& map, Interpreter::State& state, Frame& frame) {
  if (!map.item_selector) return {};
  std::vector<Json> inputs;
  for (uint32_t index = 0; index < frame.items.size(); ++index) {
    FrameContext context(state, frame, &frame.items[index], index);
    Outcome<Json> input = map.item_selector->evaluate(state.scope_of(frame, frame.work_input, context));
    if (!input) return input.error();
    inputs.push_back(std::move(*input));
  }
  state.trace->after_item_selector = Json(std::move(inputs));
  return {};
}

// The inputs of the child executions of a distributed Map that get several items each.
void trace_batches(Interpreter::State& state, const Frame& frame) {
  const MapRunPlan plan = read_map_run_plan(frame.map_run_plan);
  if (!plan.batched()) return;
  const Json items = state.trace->after_item_selector.value_or(frame.items);
  std::vector<Json> inputs;
  Batch batch(plan);
  for (const Json& item : items.items()) {
    if (batch.full() || !batch.add(item)) {
      inputs.push_back(std::exchange(batch, Batch(plan)).input());
      batch.add(item);
    }
  }
  if (batch.size() > 0) inputs.push_back(std::move(batch).input());
  state.trace->after_item_batcher = Json(std::move(inputs));
}

// The state waits for its work: the mock does it, or the call of a Task.
Outcome<void> do_mocked_work(StateTrial trial, const StateSpec& spec, Interpreter::State& state, Frame& frame) {
  if (frame.phase == Phase::wait) {
    state.now = *frame.due;
    state.take(TimerFired{state.timer_id(frame, TimerKind::wait)});
    return {};
  }
  if (frame.phase != Phase::task && frame.phase != Phase::children && frame.phase != Phase::map_run) return {};
  if (frame.phase == Phase::task && !trial.fails && !trial.result && trial.run_task) {
    Outcome<TaskOutcome> done = trial.run_task(state.schedule_command(frame));
    if (!done) return done.error();
    trial.result = std::move(done->result);
    trial.fails = !trial.result;
    trial.error = std::move(done->error);
    trial.cause = std::move(done->cause);
  }
  if (!trial.fails && !trial.result)
    return invalid("A state of this type is not run by TestState here: specify a mock");
  const auto* map = std::get_if<MapState>(&spec.kind);
  if (map) {
    if (Outcome<void> selected = trace_selected(*map, state, frame); !selected) {
      state.settle(frame, state.fail_state(frame, selected.error()));
      return {};
    }
    if (map->batcher) trace_batches(state, frame);
  }
  if (map && trial.failed_items.value_or(0) > static_cast<int64_t>(frame.items.size()))
    return invalid("Map iteration failure count must be less than or equal to the number of Map iterations");
  std::optional<Failure> failure = mocked_failure(trial, state, frame);
  state.close_task(frame);
  state.cancel_map_run(frame);
  state.remove_children(frame);
  state.ready.clear();
  frame.phase = Phase::ready;
  if (failure) {
    state.settle(frame, state.fail_state(frame, std::move(*failure)));
  } else {
    if (std::holds_alternative<TaskState>(spec.kind)) state.trace->result = *trial.result;
    state.settle(frame, state.complete(frame, spec, *trial.result));
  }
  return {};
}

// AWS shows different steps for different types (recorded): a Parallel's input is not shown, nor what comes after a
// Succeed, Choice or Wait state's input.
void keep_what_is_shown(const StateSpec& spec, const Json& input, FlowTrace& trace) {
  bool filters_only = std::holds_alternative<SucceedState>(spec.kind) ||
                      std::holds_alternative<ChoiceState>(spec.kind) || std::holds_alternative<WaitState>(spec.kind);
  if (filters_only) {
    trace.after_parameters.reset();
    trace.after_result_selector.reset();
    trace.after_result_path.reset();
  }
  if (std::holds_alternative<ParallelState>(spec.kind)) {
    trace.after_input_path.reset();
    trace.after_parameters.reset();
    trace.after_arguments.reset();
  }
  if (std::holds_alternative<FailState>(spec.kind) && !spec.flow.jsonata) trace.after_input_path = input;
}

TrialOutcome outcome_of(Interpreter::State& state, const Frame& frame) {
  using Status = TrialOutcome::Status;
  TrialOutcome outcome;
  const FlowTrace& trace = *state.trace;
  outcome.error = trace.error;
  outcome.cause = trace.cause;
  if (trace.catch_index) outcome.status = Status::caught_error;
  if (frame.phase == Phase::retry) {
    outcome.status = Status::retriable;
    return outcome;
  }
  if (!state.finished) {
    outcome.output = frame.input.value();
    outcome.next_state = state.spec_of(frame).name;
    return outcome;
  }
  const Finish& finish = std::get<Finish>(state.step.commands.back());
  if (finish.status == Finish::Status::succeeded) {
    Outcome<Json> output = parse_json(finish.output);
    if (output) outcome.output = std::move(*output);
    return outcome;
  }
  outcome.status = Status::failed;
  outcome.error = finish.error;
  outcome.cause = finish.cause;
  return outcome;
}

}  // namespace

Outcome<TrialOutcome> try_state(const StateTrial& trial, Time now, Random& random) {
  std::optional<Place> place = find_state(*trial.program, trial.state);
  if (!place) return invalid("State not found in definition");
  const StateSpec& spec = trial.program->workflows[place->workflow].states[place->state];
  if (Outcome<void> fits = check_mock(trial, spec); !fits) return fits.error();
  FlowTrace trace;
  Interpreter::State state(trial.program, {});
  state.begin(now, random, std::numeric_limits<size_t>::max());
  state.trace = &trace;
  state.fixed_context = trial.context;
  state.reader_items = trial.reader_items;
  auto root = std::make_unique<Frame>();
  root->workflow = place->workflow;
  root->state = place->state;
  root->input = Payload(trial.input);
  root->own_variables = root->variables = trial.variables;
  Frame& frame = *root;
  state.frames.emplace(0, std::move(root));
  frame.retries.assign(spec.retriers.size(), static_cast<uint32_t>(trial.retries));
  bool gone_on = state.enter(frame);
  if (!gone_on && !state.finished) {
    if (Outcome<void> done = do_mocked_work(trial, spec, state, frame); !done) return done.error();
  }
  TrialOutcome outcome = outcome_of(state, frame);
  outcome.variables = frame.variables;
  if (const auto* map = std::get_if<MapState>(&spec.kind);
      map && map->reader && map->reader->config.find("ItemsPointer"))
    trace.after_items_pointer = trial.reader_items;
  keep_what_is_shown(spec, trial.input, trace);
  outcome.trace = std::move(trace);
  return outcome;
}

}  // namespace penstock::pipeline
