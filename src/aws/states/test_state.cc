#include "aws/states/test_state.h"

#include <future>
#include <utility>
#include <variant>

#include "aws/integration/map_items.h"
#include "aws/states/execution_input.h"
#include "aws/states/test_context.h"
#include "base/clock.h"
#include "core/execution/engine.h"
#include "core/pipeline/single_state.h"

namespace penstock::aws::states {
namespace {

constexpr std::string_view lone_name = "StateName";  // of a state that comes without a machine

Error invalid(std::string message) {
  return {"ValidationException", std::move(message)};
}

// What can be said of the mock alone. The texts are recorded answers.
Outcome<void> check_mock(const TestStateInput& input) {
  if (!input.mock) return {};
  if (input.mock->result && input.mock->error_output)
    return invalid("A test mock should have only one of the following fields: [result, errorOutput].");
  if (input.reveal_secrets.value_or(false))
    return invalid("TestState does not support RevealSecrets when a mock is specified.");
  return {};
}

void add_target(const Json& name, Json& states) {
  if (name.is_string() && !states.find(name.as_string()))
    states.set(name.as_string(), Json::object({{"Type", "Succeed"}}));
}

// A machine of the state and of ends where it may lead.
Json machine_around(const Json& state) {
  Json states = Json::object({{std::string(lone_name), state}});
  add_target(state["Next"], states);
  add_target(state["Default"], states);
  for (std::string_view list : {"Choices", "Catch"}) {
    if (!state[list].is_array()) continue;
    for (const Json& entry : state[list].items()) add_target(entry["Next"], states);
  }
  return Json::object({{"StartAt", lone_name}, {"States", std::move(states)}});
}

// The definition of the state of that name, nested ones too; nullptr when there is none.
const Json* find_state(const Json& workflow, std::string_view name) {
  if (!workflow["States"].is_object()) return nullptr;
  for (const JsonMember& member : workflow["States"].members()) {
    if (member.key == name) return &member.value;
    for (std::string_view processor : {"ItemProcessor", "Iterator"}) {
      if (const Json* found = find_state(member.value[processor], name)) return found;
    }
    if (!member.value["Branches"].is_array()) continue;
    for (const Json& branch : member.value["Branches"].items()) {
      if (const Json* found = find_state(branch, name)) return found;
    }
  }
  return nullptr;
}

Outcome<Json> object_of(const std::optional<std::string>& text, std::string_view what) {
  if (!text) return Json();
  Outcome<Json> value = parse_json(*text);
  if (value && value->is_object()) return value;
  return invalid(std::string(what) + " must be a JSON object");
}

// What an ItemReader reads out of data "as found in its original source": the text of an object, or the list of
// objects.
Outcome<Json> read_items(const Json& reader, const std::string& data) {
  const std::string_view type = reader["ReaderConfig"].text("InputType");
  const bool text = type == "CSV" || type == "JSONL" || reader["ReaderConfig"].find("ItemsPointer");
  if (!text) {
    Outcome<Json> items = parse_json(data);
    if (items && items->is_array()) return items;
    return invalid("mapItemReaderData must be a JSON array");
  }
  Json plan = Json::object({{"config", reader["ReaderConfig"]}, {"objects", true}});
  Outcome<Json> items = integration::items_in_text(plan, data);
  if (!items) return invalid("mapItemReaderData cannot be read: " + items.error().message);
  return items;
}

// Reads the mock and the state's configuration into the trial.
Outcome<void> read_mock(Context& context, const TestStateInput& input, const Json& state, pipeline::StateTrial& trial) {
  if (input.mock) {
    std::string type(state.text("Type"));
    if (type != "Task" && type != "Parallel" && type != "Map")
      return invalid("State type '" + type + "' is not supported when a mock is specified");
    if (input.mock->result) {
      Outcome<Json> result = parse_json(*input.mock->result);
      if (!result) return invalid("Mocked result must be valid JSON");
      trial.result = std::move(*result);
    }
    if (input.mock->error_output) {
      trial.fails = true;
      trial.error = input.mock->error_output->error;
      trial.cause = input.mock->error_output->cause;
    }
    std::string mode = input.mock->field_validation_mode.value_or("STRICT");
    if (trial.result && type == "Task" && mode != "NONE") {
      auto problem =
          context.platform.executions.tasks().refuse_result(state.text("Resource"), *trial.result, mode == "STRICT");
      if (problem) return invalid("Mock result schema validation error: " + *problem);
    }
  }
  if (!input.state_configuration) return {};
  const TestStateConfiguration& configuration = *input.state_configuration;
  trial.retries = configuration.retrier_retry_count.value_or(0);
  trial.failed_items = configuration.map_iteration_failure_count;
  if (!configuration.map_item_reader_data) return {};
  Outcome<Json> items = read_items(state["ItemReader"], *configuration.map_item_reader_data);
  if (!items) return items.error();
  trial.reader_items = std::move(*items);
  return {};
}

// TestState's JSON texts have a space after each comma and colon (recorded), unlike those of executions.
void append_spaced(std::string& out, const Json& value) {
  if (value.is_array()) {
    out += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ", ";
      append_spaced(out, value[i]);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    for (const JsonMember& member : value.members()) {
      if (&member != value.members().data()) out += ", ";
      append_json_string(out, member.key);
      out += ": ";
      append_spaced(out, member.value);
    }
    out += '}';
  } else {
    append_json(out, value);
  }
}

std::string spaced(const Json& value) {
  std::string text;
  append_spaced(text, value);
  return text;
}

std::optional<std::string> text_of(const std::optional<Json>& value) {
  return value ? std::optional<std::string>(spaced(*value)) : std::nullopt;
}

InspectionData inspection_of(const pipeline::TrialOutcome& outcome, const Json& input) {
  const pipeline::FlowTrace& trace = outcome.trace;
  InspectionData data;
  data.input = spaced(input);
  data.after_arguments = text_of(trace.after_arguments);
  data.after_input_path = text_of(trace.after_input_path);
  data.after_parameters = text_of(trace.after_parameters);
  data.after_items_path = text_of(trace.after_items_path);
  data.after_items_pointer = text_of(trace.after_items_pointer);
  data.after_item_selector = text_of(trace.after_item_selector);
  data.after_item_batcher = text_of(trace.after_item_batcher);
  data.result = text_of(trace.result);
  data.after_result_selector = text_of(trace.after_result_selector);
  data.after_result_path = text_of(trace.after_result_path);
  data.max_concurrency = trace.max_concurrency;
  data.tolerated_failure_count = trace.tolerated_count;
  data.tolerated_failure_percentage = trace.tolerated_percentage;
  if (outcome.variables.size() > 0) data.variables = spaced(outcome.variables);
  if (trace.retry_index || trace.catch_index) {
    InspectionErrorDetails& details = data.error_details.emplace();
    details.retry_index = trace.retry_index;
    details.catch_index = trace.catch_index;
    if (trace.retry_seconds) details.retry_backoff_interval_seconds = static_cast<int64_t>(*trace.retry_seconds);
  }
  return data;
}

std::string_view status_name(pipeline::TrialOutcome::Status status) {
  using Status = pipeline::TrialOutcome::Status;
  switch (status) {
    case Status::succeeded:
      return "SUCCEEDED";
    case Status::failed:
      return "FAILED";
    case Status::retriable:
      return "RETRIABLE";
    case Status::caught_error:
      break;
  }
  return "CAUGHT_ERROR";
}

// Waits for the end of one call that is no part of an execution.
class OneTask final : public execution::TaskReports {
 public:
  explicit OneTask(execution::Engine& engine) : engine_(engine) {}

  void report(execution::ExecutionId, std::vector<pipeline::Fact> facts) override {
    for (pipeline::Fact& fact : facts) {
      if (auto* succeeded = std::get_if<pipeline::TaskSucceeded>(&fact)) {
        end_.set_value({std::move(succeeded->output), {}, {}});
      } else if (auto* failed = std::get_if<pipeline::TaskFailed>(&fact)) {
        end_.set_value({std::nullopt, std::move(failed->error), std::move(failed->cause)});
      }
    }
  }
  void post(std::function<void()> work) override { engine_.post(std::move(work)); }

  pipeline::TaskOutcome wait() { return end_.get_future().get(); }

 private:
  execution::Engine& engine_;
  std::promise<pipeline::TaskOutcome> end_;
};

// The call of a Task as the given role, whose end is its answer: jobs and tokens are not waited for here.
Outcome<pipeline::TaskOutcome> run_task(Context& context, const TestStateInput& input,
                                        const pipeline::ScheduleTask& task) {
  std::string_view resource = task.resource;
  bool waits = resource.find(".sync") != std::string_view::npos || !task.token.empty();
  if (waits) return invalid("A state of this type is not run by TestState: specify a mock");
  if (!input.role_arn) return invalid("A roleArn is needed to run a Task state: give one, or specify a mock");
  execution::Tasks& tasks = context.platform.executions.tasks();
  if (auto refusal = tasks.refuse(resource, pipeline::MachineType::standard))
    return Error{"InvalidDefinition", "Invalid State Machine Definition: '" + *refusal + "'"};
  execution::TaskCall call;
  call.key = {0, task.task};
  call.resource = resource;
  call.parameters = task.parameters;
  call.credentials = task.credentials;
  call.machine_arn = context.arn("states", "stateMachine:TestState");
  call.execution_arn = context.arn("states", "execution:TestState:" + context.request_id);
  call.role_arn = *input.role_arn;
  call.idempotency_token = call.execution_arn;
  OneTask one(context.platform.executions);
  tasks.start(call, one);
  return one.wait();
}

TestStateOutput answer_of(const TestStateInput& input, pipeline::TrialOutcome outcome, const Json& state_input) {
  TestStateOutput output;
  if (input.inspection_level.value_or("INFO") != "INFO") output.inspection_data = inspection_of(outcome, state_input);
  output.status = status_name(outcome.status);
  output.output = text_of(outcome.output);
  output.error = std::move(outcome.error);
  output.cause = std::move(outcome.cause);
  if (!outcome.next_state.empty()) output.next_state = std::move(outcome.next_state);
  return output;
}

}  // namespace

Outcome<TestStateOutput> test_state(Context& context, const TestStateInput& input) {
  if (Outcome<void> valid = check_mock(input); !valid) return valid.error();
  std::string text = input.definition;
  Outcome<Json> given = parse_json(text);
  bool lone = given.ok() && !input.state_name && !given->find("States");
  if (lone) text = to_string(machine_around(*given));
  pipeline::CompileOptions options;
  options.mocked = true;
  pipeline::Compiled compiled = pipeline::compile(text, options);
  if (!compiled.program)
    return Error{"InvalidDefinition", pipeline::invalid_definition_message(compiled.diagnostics, text)};
  pipeline::StateTrial trial;
  trial.program = std::move(compiled.program);
  trial.state = input.state_name.value_or(std::string(lone ? lone_name : given->text("StartAt")));
  const Json* state = lone ? &*given : find_state(*given, trial.state);
  if (!state) return invalid("State not found in definition");
  if (Outcome<void> valid = check_execution_input(input.input.value_or("{}")); !valid) return valid.error();
  trial.input = std::move(*parse_json(input.input.value_or("{}")));
  Outcome<Json> variables = object_of(input.variables, "Variables");
  if (!variables) return variables.error();
  trial.variables = std::move(*variables);
  if (input.context && !input.mock) return invalid("A Context object can only be specified when a mock is specified.");
  if (Outcome<void> valid = read_mock(context, input, *state, trial); !valid) return valid.error();
  if (state->find("ItemReader") && !trial.reader_items)
    return invalid("mapItemReaderData is required when the Map state has an ItemReader");
  Outcome<Json> about = test_context(context, input, *state, trial.input);
  if (!about) return about.error();
  trial.context = std::move(*about);
  trial.run_task = [&](const pipeline::ScheduleTask& task) { return run_task(context, input, task); };
  Outcome<pipeline::TrialOutcome> outcome =
      pipeline::try_state(trial, context.platform.clock.now(), context.platform.random);
  if (!outcome) return outcome.error();
  return answer_of(input, std::move(*outcome), trial.input);
}

}  // namespace penstock::aws::states
