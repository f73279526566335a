// Entering and leaving states, and the states that need nothing from outside: Pass, Choice, Wait, Succeed, Fail.
#include <array>
#include <charconv>

#include "base/limits.h"
#include "core/pipeline/flow_trace.h"
#include "core/pipeline/interpreter_state.h"

namespace penstock::pipeline {
namespace {

struct StateEvents {
  EventType entered, exited;
};

// By the alternatives of StateSpec::kind; a Fail state is never left.
constexpr std::array state_events = std::to_array<StateEvents>({
    {EventType::pass_state_entered, EventType::pass_state_exited},
    {EventType::task_state_entered, EventType::task_state_exited},
    {EventType::choice_state_entered, EventType::choice_state_exited},
    {EventType::wait_state_entered, EventType::wait_state_exited},
    {EventType::succeed_state_entered, EventType::succeed_state_exited},
    {EventType::fail_state_entered, EventType::fail_state_entered},
    {EventType::parallel_state_entered, EventType::parallel_state_exited},
    {EventType::map_state_entered, EventType::map_state_exited},
});

std::string shown(const Json& value) {
  return value.is_string() ? std::string(value.as_string()) : to_string(value);
}

// "Variable size limits" in the developer guide: of one variable, and of one Assign together.
Error variables_too_large(const StateSpec& spec) {
  return {"States.DataLimitExceeded",
          "The state '" + spec.name +
              "' assigned variables with a size exceeding the maximum number of bytes service limit."};
}

// What the state made of its variables' names: JSON texts, as stateExitedEventDetails shows them.
Json shown_variables(const Json& assigned) {
  Json shown_values = Json::object();
  for (const JsonMember& member : assigned.members()) {
    shown_values.set(member.key, Json(std::string_view(to_string(member.value))));
  }
  return shown_values;
}

// A Wait state's Timestamp in JSONata mode. The error texts are recorded answers.
Outcome<Time> queried_time(const Template& query, const Scope& scope) {
  Outcome<Json> value = query.evaluate(scope);
  if (!value) return value.error();
  if (!value->is_string()) return unexpected_type(query, "Timestamp", "string", *value);
  std::optional<Time> time;
  if (is_timestamp(value->as_string())) time = parse_iso8601(value->as_string());
  if (time) return *time;
  return query_error(
      "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: " + shown(*value),
      "Timestamp");
}

}  // namespace

Error too_large(const StateSpec& spec) {
  return {"States.DataLimitExceeded",
          "The state/task '" + spec.name +
              "' returned a result with a size exceeding the maximum number of bytes service limit."};
}

bool Interpreter::State::enter(Frame& frame) {
  ++states_entered;
  const StateSpec& spec = spec_of(frame);
  frame.entered_at = now;
  frame.before_entry = frame.previous;
  frame.entered = chain(frame, state_events[spec.kind.index()].entered,
                        details_of(Detail{Field::input, frame.input.text()}, Detail{Field::name, spec.name_text}));
  return work(frame, spec);
}

// Does the state's work; also again after a retrier's wait.
bool Interpreter::State::work(Frame& frame, const StateSpec& spec) {
  return std::visit([&](const auto& kind) { return work(frame, spec, kind); }, spec.kind);
}

bool Interpreter::State::leave(Frame& frame, const StateSpec& spec, const Payload& output, Json assigned,
                               StateIndex next) {
  if (output.text().as_string().size() > limits::payload_bytes_max) return fail_state(frame, too_large(spec));
  std::vector<Detail> details;
  details.reserve(3);
  details.push_back({Field::name, spec.name_text});
  details.push_back({Field::output, output.text()});
  if (assigned.size() > 0) {
    if (to_string(assigned).size() > limits::payload_bytes_max) return fail_state(frame, variables_too_large(spec));
    details.push_back({Field::assigned_variables, shown_variables(assigned)});
    for (const JsonMember& member : assigned.members()) {
      frame.own_variables.set(member.key, member.value);
      frame.variables.set(member.key, member.value);
    }
  }
  chain(frame, state_events[spec.kind.index()].exited, std::move(details));
  frame.retries.clear();
  forget_map_run(frame);
  if (next == no_state) return end_workflow(frame, output);
  frame.input = output;
  frame.state = next;
  frame.entered = 0;
  frame.phase = Phase::ready;
  return true;
}

bool Interpreter::State::end_workflow(Frame& frame, const Payload& output) {
  if (frame.id != 0) {
    child_succeeded(frame, output);
  } else if (!events_exhausted) {  // else the loop ends the execution
    finish({Finish::Status::succeeded, std::string(output.text().as_string()), {}, {}}, EventType::execution_succeeded);
  }
  return false;
}

bool Interpreter::State::complete(Frame& frame, const StateSpec& spec, Json result) {
  return complete(frame, spec, std::move(result), {spec.flow.assign, spec.flow.output_query, spec.next});
}

// The state's work gave `result`: ResultSelector, ResultPath, OutputPath and Assign (whose `$` is the result), then
// onwards.
bool Interpreter::State::complete(Frame& frame, const StateSpec& spec, Json result, const Exit& exit) {
  FrameContext context(*this, frame);
  Scope scope = scope_of(frame, frame.input.value(), context);
  bool jsonata = spec.flow.jsonata;
  bool works = std::holds_alternative<TaskState>(spec.kind) || std::holds_alternative<ParallelState>(spec.kind) ||
               std::holds_alternative<MapState>(spec.kind);
  Scope after = !jsonata ? scope.with_input(result) : works ? scope.with_result(result) : scope;
  Json assigned;
  if (exit.assign) {
    Outcome<Json> variables = exit.assign->evaluate(after);
    if (!variables) return fail_state(frame, variables.error());
    assigned = std::move(*variables);
  }
  if (exit.output) {
    Outcome<Json> output = exit.output->evaluate(after);
    if (!output) return fail_state(frame, output.error());
    return leave(frame, spec, Payload(std::move(*output)), std::move(assigned), exit.next);
  }
  if (spec.passes_through && !trace) return leave(frame, spec, frame.input, std::move(assigned), exit.next);
  if (jsonata) return leave(frame, spec, Payload(std::move(result)), std::move(assigned), exit.next);
  Outcome<Json> selected = spec.flow.select_result(std::move(result), scope);
  if (!selected) return fail_state(frame, selected.error());
  Outcome<Json> output = spec.flow.output(frame.input.value(), std::move(*selected), scope);
  if (!output) return fail_state(frame, output.error());
  return leave(frame, spec, Payload(std::move(*output)), std::move(assigned), exit.next);
}

bool Interpreter::State::work(Frame& frame, const StateSpec& spec, const PassState& pass) {
  if (spec.passes_through && !spec.flow.assign && !trace) return leave(frame, spec, frame.input, {}, spec.next);
  if (pass.result && trace) trace->result = *pass.result;
  if (pass.result) return complete(frame, spec, *pass.result);
  FrameContext context(*this, frame);
  Outcome<Json> input = spec.flow.effective_input(scope_of(frame, frame.input.value(), context));
  if (!input) return fail_state(frame, input.error());
  return complete(frame, spec, std::move(*input));
}

bool Interpreter::State::work(Frame& frame, const StateSpec& spec, const SucceedState&) {
  FrameContext context(*this, frame);
  Outcome<Json> input = spec.flow.effective_input(scope_of(frame, frame.input.value(), context));
  if (!input) return fail_state(frame, input.error());
  return complete(frame, spec, std::move(*input));
}

Outcome<bool> Interpreter::State::holds(const ChoiceState::Rule& rule, const Scope& scope) const {
  if (const Condition* condition = std::get_if<Condition>(&rule.condition)) return condition->holds(scope);
  const Template& query = std::get<Template>(rule.condition);
  Outcome<Json> value = query.evaluate(scope);
  if (!value) return value.error();
  if (!value->is_boolean()) return unexpected_type(query, "Condition", "boolean", *value);
  return value->as_boolean();
}

bool Interpreter::State::work(Frame& frame, const StateSpec& spec, const ChoiceState& choice) {
  FrameContext context(*this, frame);
  Scope raw = scope_of(frame, frame.input.value(), context);
  Outcome<Json> input = spec.flow.effective_input(raw);
  if (!input) return fail_state(frame, input.error());
  Scope scope = raw.with_input(*input);
  for (const ChoiceState::Rule& rule : choice.rules) {
    Outcome<bool> chosen = holds(rule, scope);
    if (!chosen) return fail_state(frame, chosen.error());
    if (*chosen) return complete(frame, spec, *input, {rule.assign, rule.output, rule.next});
  }
  if (choice.otherwise != no_state)
    return complete(frame, spec, *input, {spec.flow.assign, spec.flow.output_query, choice.otherwise});
  return fail_state(frame, Error{"States.Runtime",
                                 "Failed to transition out of the state. The state does not point to a next state."});
}

bool Interpreter::State::work(Frame& frame, const StateSpec&, const FailState& fail) {
  FrameContext context(*this, frame);
  Scope scope = scope_of(frame, frame.input.value(), context);
  Failure failure{fail.error, fail.cause};
  auto read = [&](const std::optional<Expression>& source, std::string_view field, std::optional<std::string>& target) {
    if (!source) return std::optional<Error>();
    Outcome<Json> value = source->evaluate(scope, field);
    if (!value) return std::optional<Error>(value.error());
    if (!value->is_string()) {
      return std::optional<Error>(Error{"States.Runtime", "The value of the field '" + std::string(field) +
                                                              "' must be a string: " + source->text() +
                                                              " == " + to_string(*value)});
    }
    target = value->as_string();
    return std::optional<Error>();
  };
  auto query = [&](const std::optional<Template>& source, std::string_view field, std::optional<std::string>& target) {
    if (!source) return std::optional<Error>();
    Outcome<Json> value = source->evaluate(scope);
    if (!value) return std::optional<Error>(value.error());
    if (!value->is_string()) return std::optional<Error>(unexpected_type(*source, field, "string", *value));
    target = value->as_string();
    return std::optional<Error>();
  };
  for (std::optional<Error> error :
       {read(fail.error_path, "ErrorPath", failure.error), read(fail.cause_path, "CausePath", failure.cause),
        query(fail.error_query, "Error", failure.error), query(fail.cause_query, "Cause", failure.cause)}) {
    if (error) return fail_state(frame, *error);
  }
  fail_workflow(frame, std::move(failure));
  return false;
}

// When a Wait state ends. The error texts are recorded answers.
Outcome<Time> Interpreter::State::wait_until(const WaitState& wait, const Scope& scope) const {
  if (wait.timestamp) return *wait.timestamp;
  if (wait.seconds.value) return plus_seconds(now, static_cast<double>(*wait.seconds.value));
  if (wait.seconds.query) {
    Outcome<int64_t> seconds = queried_integer(*wait.seconds.query, "Seconds", scope);
    if (!seconds) return seconds.error();
    if (*seconds < 0)
      return query_error("The Seconds field cannot be negative: " + std::to_string(*seconds), "Seconds");
    return plus_seconds(now, static_cast<double>(*seconds));
  }
  if (wait.timestamp_query) return queried_time(*wait.timestamp_query, scope);
  bool seconds = wait.seconds.path.has_value();
  const Path& path = seconds ? *wait.seconds.path : *wait.timestamp_path;
  std::string name = seconds ? "The SecondsPath parameter " : "The TimestampPath parameter ";
  Outcome<Json> value = value_at(path, scope);
  if (!value || value->is_null())
    return Error{"States.Runtime", name + "does not reference an input value: " + path.text()};
  std::string comparison = path.text() + " == " + shown(*value);
  if (!seconds) {
    std::optional<Time> time;
    if (value->is_string() && is_timestamp(value->as_string())) time = parse_iso8601(value->as_string());
    if (time) return *time;
    return Error{"States.Runtime",
                 name + "does not reference a valid ISO-8601 extended offset date-time format string: " + comparison};
  }
  std::string text = shown(*value);
  int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error{"States.Runtime", name + "cannot be parsed as a long value: " + comparison};
  }
  if (count < 0) return Error{"States.Runtime", name + "references a negative value: " + comparison};
  return plus_seconds(now, static_cast<double>(count));
}

bool Interpreter::State::work(Frame& frame, const StateSpec& spec, const WaitState& wait) {
  FrameContext context(*this, frame);
  Scope raw = scope_of(frame, frame.input.value(), context);
  Outcome<Json> input = spec.flow.effective_input(raw);
  if (!input) return fail_state(frame, input.error());
  Outcome<Time> until = wait_until(wait, raw.with_input(*input));
  if (!until) return fail_state(frame, until.error());
  if (*until <= now) return complete(frame, spec, std::move(*input));
  frame.phase = Phase::wait;
  set_timer(frame, TimerKind::wait, *until);
  return false;
}

}  // namespace penstock::pipeline
