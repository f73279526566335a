// compile(): the definition's document, its workflows and what all states have in common.
#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "core/pipeline/compiler.h"
#include "core/pipeline/json_complaint.h"

namespace penstock::pipeline {
namespace {

// Fields, as words of a text.
constexpr std::string_view machine_fields = "Comment QueryLanguage StartAt States TimeoutSeconds Version";
constexpr std::string_view workflow_fields = "Comment QueryLanguage ProcessorConfig StartAt States";
constexpr std::string_view retrier_fields =
    "BackoffRate Comment ErrorEquals IntervalSeconds JitterStrategy MaxAttempts MaxDelaySeconds";
constexpr std::string_view catcher_fields = "Assign Comment ErrorEquals Next ResultPath";
constexpr std::string_view query_catcher_fields = "Assign Comment ErrorEquals Next Output";
constexpr std::string_view common_fields = "Type Comment QueryLanguage";

// What each state type has besides, in JSONPath mode (measured on AWS by others: github.com/floci-io/floci, issue
// 2735) and in JSONata mode (Step Functions developer guide, "Transforming data with JSONata").
struct StateType {
  std::string_view name, fields, query_fields;
};
constexpr std::array state_types = std::to_array<StateType>({
    {"Task",
     "InputPath OutputPath ResultPath Parameters Assign Resource Credentials ResultSelector Retry Catch TimeoutSeconds "
     "TimeoutSecondsPath HeartbeatSeconds HeartbeatSecondsPath Next End",
     "Arguments Output Assign Resource Credentials Retry Catch TimeoutSeconds HeartbeatSeconds Next End"},
    {"Wait", "InputPath OutputPath Assign Seconds Timestamp SecondsPath TimestampPath Next End",
     "Output Assign Seconds Timestamp Next End"},
    {"Pass", "InputPath OutputPath Result ResultPath Parameters Assign Next End", "Output Assign Next End"},
    {"Succeed", "InputPath OutputPath", "Output"},
    {"Fail", "Error Cause ErrorPath CausePath", "Error Cause"},
    {"Choice", "InputPath OutputPath Assign Choices Default", "Output Assign Choices Default"},
    {"Parallel", "InputPath OutputPath ResultPath Parameters Assign ResultSelector Retry Catch Branches Next End",
     "Arguments Output Assign Retry Catch Branches Next End"},
    {"Map",
     "InputPath OutputPath ResultPath Parameters Assign ResultSelector Retry Catch ItemProcessor Iterator ItemsPath "
     "ItemSelector ItemReader ItemBatcher ResultWriter MaxConcurrency MaxConcurrencyPath ToleratedFailurePercentage "
     "ToleratedFailurePercentagePath ToleratedFailureCount ToleratedFailureCountPath Label Next End",
     "Output Assign Retry Catch ItemProcessor Iterator Items ItemSelector ItemReader ItemBatcher ResultWriter "
     "MaxConcurrency ToleratedFailurePercentage ToleratedFailureCount Label Next End"},
});

constexpr int64_t seconds_max = 99'999'999;  // ASL: TimeoutSeconds and the like

// What the JSON reader did not understand, told as AWS's reader (Jackson) does.
Diagnostic unreadable(std::string_view text, const Error& error) {
  JsonComplaint complaint = json_complaint(text).value_or(JsonComplaint{error.message, "[Source: (String)]"});
  return {Diagnostic::Severity::error, "INVALID_JSON_DESCRIPTION", complaint.message + "\n at " + complaint.source,
          complaint.source};
}

}  // namespace

std::shared_ptr<const Program> Compiler::run(std::string_view text, const Json& definition) {
  program_->definition = text;
  program_->type = options_.type;
  read_machine(definition);
  finish();
  return diagnostics_.empty() ? program_ : nullptr;
}

void Compiler::read_machine(const Json& definition) {
  Place place;
  if (!definition.is_object()) return schema_error(place, "Expected value of type Object");
  check_fields(definition, place, {machine_fields});
  jsonata_ = query_language(definition, place);
  const Json* version = text_field(definition, place, "Version");
  if (version && version->as_string() != "1.0")
    schema_error(place, "Version", "Value should be one of the following: [1.0]");
  program_->timeout_seconds = integer_field(definition, place, "TimeoutSeconds", 1, seconds_max);
  read_workflow(definition, place);
}

WorkflowIndex Compiler::read_workflow(const Json& source, const Place& place) {
  WorkflowIndex index = static_cast<WorkflowIndex>(program_->workflows.size());
  program_->workflows.emplace_back();
  if (!source.is_object()) {
    schema_error(place, "Expected value of type Object");
    return index;
  }
  if (index > 0) check_fields(source, place, {workflow_fields});
  std::string missing;
  for (std::string_view field : {"StartAt", "States"}) {
    if (!source.find(field)) missing += (missing.empty() ? "" : ", ") + std::string(field);
  }
  if (!missing.empty()) schema_error(place, "These fields are required: [" + missing + "]");
  const Json* states = source.find("States");
  if (!states) return index;
  Place states_place{&place, "States"};
  if (!states->is_object()) {
    schema_error(states_place, "Expected value of type Object");
    return index;
  }
  if (states->size() == 0) schema_error(states_place, "Value cannot be empty");
  Workflow workflow;
  workflow.states.reserve(states->size());
  for (const JsonMember& member : states->members()) {
    StateSpec state;
    state.name = member.key;
    state.name_text = Json(std::string_view(member.key));
    Place state_place{&states_place, member.key};
    check_name(state, state_place);
    read_state(member.value, state_place, state, *states);
    workflow.states.push_back(std::move(state));
  }
  if (index == 0) {
    has_terminal_ = std::any_of(states->members().begin(), states->members().end(), [](const JsonMember& member) {
      std::string_view type = member.value.text("Type");
      return member.value["End"] == Json(true) || type == "Succeed" || type == "Fail";
    });
  }
  workflow.start = target(source, place, "StartAt", *states);
  check_reachable(workflow, states_place);
  program_->workflows[index] = std::move(workflow);
  return index;
}

void Compiler::read_state(const Json& source, const Place& place, StateSpec& state, const Json& all_states) {
  if (!source.is_object()) return schema_error(place, "Expected value of type Object");
  const Json* type_field = text_field(source, place, "Type", true);
  if (!type_field) return;
  std::string_view type = type_field->as_string();
  const StateType* known =
      std::find_if(state_types.begin(), state_types.end(), [&](const StateType& row) { return row.name == type; });
  if (known == state_types.end()) {
    return schema_error(
        place, "Type",
        "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]");
  }
  bool outer_jsonata = std::exchange(state_jsonata_, query_language(source, place));
  check_fields(source, place, {common_fields, state_jsonata_ ? known->query_fields : known->fields});
  program_->newer_language |= state_jsonata_ || source.find("Assign");
  check_assign(source, place);
  if (const Json* assign = source.find("Assign"); assign && !assign->is_object()) {
    schema_error(place, "Assign", "Expected value of type Object");
  }
  if (type == "Pass")
    state.kind = read_pass(source, place);
  else if (type == "Task")
    state.kind = read_task(source, place);
  else if (type == "Wait")
    state.kind = read_wait(source, place);
  else if (type == "Choice")
    state.kind = read_choice(source, place, all_states);
  else if (type == "Succeed")
    state.kind = SucceedState{};
  else if (type == "Fail")
    state.kind = read_fail(source, place);
  else if (type == "Parallel")
    state.kind = read_parallel(source, place);
  else
    state.kind = read_map(source, place);
  read_common(source, place, state, all_states);
  state_jsonata_ = outer_jsonata;
}

void Compiler::read_common(const Json& source, const Place& place, StateSpec& state, const Json& all_states) {
  std::vector<Problem> problems;
  state.flow = DataFlow::compile(source, problems, state_jsonata_);
  add_problems(place, problems);
  bool works = std::holds_alternative<TaskState>(state.kind) || std::holds_alternative<ParallelState>(state.kind) ||
               std::holds_alternative<MapState>(state.kind);
  if (works) {
    read_retriers(source, place, state);
    read_catchers(source, place, state, all_states);
  }
  const PassState* pass = std::get_if<PassState>(&state.kind);
  bool plain = true;
  for (std::string_view field : {"InputPath", "Parameters", "ResultSelector", "ResultPath", "OutputPath", "Output"}) {
    const Json* value = source.find(field);
    plain = plain && (!value || (!state_jsonata_ && value->is_string() && value->as_string() == "$"));
  }
  state.passes_through = plain && !works && !(pass && pass->result);
  read_end(source, place, state, all_states);
}

void Compiler::read_end(const Json& source, const Place& place, StateSpec& state, const Json& all_states) {
  bool never_goes_on = std::holds_alternative<ChoiceState>(state.kind) ||
                       std::holds_alternative<SucceedState>(state.kind) ||
                       std::holds_alternative<FailState>(state.kind);
  if (never_goes_on) return;
  const Json* end = source.find("End");
  if (end && !end->is_boolean()) return schema_error(place, "End", "Expected value of type Boolean");
  bool ends = end && end->as_boolean();
  const Json* next = source.find("Next");
  if (next && ends) return schema_error(place, "There should only be one of the following fields: [Next, End]");
  if (!next && !ends)
    return schema_error(place, "This object should have only one of the following fields: [Next, End]");
  if (next) state.next = target(source, place, "Next", all_states);
}

std::vector<std::string> Compiler::read_errors(const Json& source, const Place& place, bool last) {
  std::vector<std::string> errors;
  const Json* names = source.find("ErrorEquals");
  if (!names) {
    schema_error(place, "These fields are required: [ErrorEquals]");
    return errors;
  }
  if (!names->is_array()) {
    schema_error(place, "ErrorEquals", "Expected value of type Array");
    return errors;
  }
  if (names->size() == 0) schema_error(place, "ErrorEquals", "Value cannot be empty");
  for (const Json& name : names->items()) {
    if (!name.is_string()) {
      schema_error(place, "ErrorEquals", "Expected value of type String");
      continue;
    }
    errors.emplace_back(name.as_string());
    if (errors.back() == "States.ALL" && (!last || names->size() > 1)) {
      schema_error(place, "ErrorEquals", "States.ALL must appear alone and at end of list");
    }
  }
  return errors;
}

void Compiler::read_retriers(const Json& source, const Place& place, StateSpec& state) {
  const Json* list = source.find("Retry");
  if (!list) return;
  if (!list->is_array()) return schema_error(place, "Retry", "Expected value of type Array");
  for (size_t i = 0; i < list->size(); ++i) {
    std::string step = "Retry[" + std::to_string(i) + "]";
    Place retrier_place{&place, step};
    Retrier retrier = read_retrier((*list)[i], retrier_place);
    if ((*list)[i].is_object()) retrier.errors = read_errors((*list)[i], retrier_place, i + 1 == list->size());
    state.retriers.push_back(std::move(retrier));
  }
}

Retrier Compiler::read_retrier(const Json& source, const Place& place) {
  Retrier retrier;
  if (!source.is_object()) return schema_error(place, "Expected value of type Object"), retrier;
  check_fields(source, place, {retrier_fields});
  retrier.interval_seconds = integer_field(source, place, "IntervalSeconds", 1, seconds_max).value_or(1);
  retrier.max_attempts = integer_field(source, place, "MaxAttempts", 0, seconds_max).value_or(3);
  retrier.max_delay_seconds = integer_field(source, place, "MaxDelaySeconds", 1, 31'622'400);
  if (const Json* rate = source.find("BackoffRate")) {
    if (!rate->is_number())
      schema_error(place, "BackoffRate", "Expected value of type Number");
    else if (rate->as_double() < 1.0)
      schema_error(place, "BackoffRate", "Value must be greater than or equal to 1.0");
    else
      retrier.backoff_rate = rate->as_double();
  }
  if (const Json* jitter = text_field(source, place, "JitterStrategy")) {
    retrier.full_jitter = jitter->as_string() == "FULL";
    if (!retrier.full_jitter && jitter->as_string() != "NONE") {
      schema_error(place, "JitterStrategy", "Value should be one of the following: [NONE, FULL]");
    }
  }
  if (retrier.max_delay_seconds && *retrier.max_delay_seconds <= retrier.interval_seconds) {
    schema_error(place, "MaxDelaySeconds", "MaxDelaySeconds must be greater than IntervalSeconds");
  }
  return retrier;
}

void Compiler::read_catchers(const Json& source, const Place& place, StateSpec& state, const Json& all_states) {
  const Json* list = source.find("Catch");
  if (!list) return;
  if (!list->is_array()) return schema_error(place, "Catch", "Expected value of type Array");
  for (size_t i = 0; i < list->size(); ++i) {
    std::string step = "Catch[" + std::to_string(i) + "]";
    Place catcher_place{&place, step};
    const Json& entry = (*list)[i];
    if (!entry.is_object()) {
      schema_error(catcher_place, "Expected value of type Object");
      continue;
    }
    check_fields(entry, catcher_place, {state_jsonata_ ? query_catcher_fields : catcher_fields});
    Catcher catcher;
    catcher.errors = read_errors(entry, catcher_place, i + 1 == list->size());
    std::vector<Problem> problems;
    catcher.result_path = ResultPath::compile(entry.find("ResultPath"), problems);
    add_problems(catcher_place, problems);
    check_assign(entry, catcher_place);
    catcher.assign = template_field(entry, catcher_place, "Assign");
    program_->newer_language |= catcher.assign.has_value();
    if (state_jsonata_) catcher.output = any_query_field(entry, catcher_place, "Output");
    if (!entry.find("Next")) schema_error(catcher_place, "These fields are required: [Next]");
    catcher.next = target(entry, catcher_place, "Next", all_states);
    state.catchers.push_back(std::move(catcher));
  }
}

Compiled compile(std::string_view definition, const CompileOptions& options) {
  Compiled compiled;
  Outcome<Json> json = parse_json(definition, {limits::json_depth_max});
  if (!json) {
    compiled.diagnostics.push_back(unreadable(definition, json.error()));
    return compiled;
  }
  compiled.program = Compiler(options, compiled.diagnostics).run(definition, *json);
  return compiled;
}

}  // namespace penstock::pipeline
