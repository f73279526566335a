// What is wrong with a definition as a whole: targets, reachability, names; and how the findings are told.
#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/limits.h"
#include "core/pipeline/compiler.h"
#include "core/pipeline/map_label.h"

namespace penstock::pipeline {
namespace {

// Where a state can lead within its workflow.
std::vector<StateIndex> ways_on(const StateSpec& state) {
  std::vector<StateIndex> ways = {state.next};
  for (const Catcher& catcher : state.catchers) ways.push_back(catcher.next);
  if (const ChoiceState* choice = std::get_if<ChoiceState>(&state.kind)) {
    ways.push_back(choice->otherwise);
    for (const ChoiceState::Rule& rule : choice->rules) ways.push_back(rule.next);
  }
  return ways;
}

void collect(const std::vector<const Path*>& paths, std::set<std::string>& variables) {
  for (const Path* path : paths) {
    if (path && path->root() == Path::Root::variable) variables.emplace(path->variable());
  }
}

void collect(const std::optional<Path>& path, std::set<std::string>& variables) {
  if (path) collect(std::vector<const Path*>{&*path}, variables);
}

void collect(const std::optional<Template>& source, std::set<std::string>& variables) {
  if (!source) return;
  collect(source->paths(), variables);
  for (std::string& name : source->query_variables()) variables.insert(std::move(name));
}

void collect(const NumberOrPath& source, std::set<std::string>& variables) {
  collect(source.path, variables);
  collect(source.query, variables);
}

struct VariablesOf {
  std::set<std::string>& variables;
  void operator()(const PassState&) const {}
  void operator()(const SucceedState&) const {}
  void operator()(const ParallelState&) const {}
  void operator()(const TaskState& task) const {
    collect(task.timeout, variables);
    collect(task.heartbeat, variables);
    collect(task.credentials, variables);
  }
  void operator()(const ChoiceState& choice) const {
    for (const ChoiceState::Rule& rule : choice.rules) {
      const Condition* condition = std::get_if<Condition>(&rule.condition);
      if (condition) collect(condition->paths(), variables);
      if (!condition) collect(std::optional<Template>(std::get<Template>(rule.condition)), variables);
      collect(rule.assign, variables);
      collect(rule.output, variables);
    }
  }
  void operator()(const WaitState& wait) const {
    collect(wait.seconds, variables);
    collect(wait.timestamp_path, variables);
    collect(wait.timestamp_query, variables);
  }
  void operator()(const FailState& fail) const {
    if (fail.error_path) collect(fail.error_path->paths(), variables);
    if (fail.cause_path) collect(fail.cause_path->paths(), variables);
    collect(fail.error_query, variables);
    collect(fail.cause_query, variables);
  }
  void operator()(const MapState& map) const {
    collect(map.items_path, variables);
    collect(map.items, variables);
    collect(map.item_selector, variables);
    collect(map.max_concurrency, variables);
    collect(map.tolerated_count, variables);
    collect(map.tolerated_percentage_path, variables);
    collect(map.tolerated_percentage_query, variables);
    if (map.reader) {
      collect(map.reader->parameters, variables);
      collect(map.reader->max_items, variables);
    }
    if (map.batcher) {
      collect(map.batcher->items, variables);
      collect(map.batcher->bytes, variables);
      collect(map.batcher->input, variables);
    }
    if (map.writer) collect(map.writer->parameters, variables);
  }
};

}  // namespace

void Compiler::check_reachable(const Workflow& workflow, const Place& place) {
  std::vector<bool> reached(workflow.states.size(), false);
  std::vector<StateIndex> open = {workflow.start};
  while (!open.empty()) {
    StateIndex index = open.back();
    open.pop_back();
    if (index == no_state || reached[index]) continue;
    reached[index] = true;
    for (StateIndex next : ways_on(workflow.states[index])) open.push_back(next);
  }
  for (size_t i = 0; i < reached.size(); ++i) {
    if (reached[i]) continue;
    const std::string& name = workflow.states[i].name;
    unreachable_.push_back({Diagnostic::Severity::error, "MISSING_TRANSITION_TARGET",
                            "State \"" + name + "\" is not reachable.", Place{&place, name}.text()});
  }
}

void Compiler::check_name(const StateSpec& state, const Place& place) {
  if (!names_.insert(state.name).second) {
    bad_names_.push_back(
        {Diagnostic::Severity::error, "DUPLICATE_STATE_NAME", "Duplicate State name: " + state.name, place.text()});
  }
  if (utf8_length(state.name) > limits::name_length_max) {
    bad_names_.push_back({Diagnostic::Severity::error, "INVALID_STATE_NAME",
                          "State name cannot exceed 80 characters: " + state.name, place.text()});
  }
}

void Compiler::refuse_unbuilt(const Place& place, std::string_view field, std::string message) {
  refusals_.push_back(
      {Diagnostic::Severity::error, "SCHEMA_VALIDATION_FAILED", std::move(message), Place{&place, field}.text()});
}

// Findings come in AWS's order: the schema first and alone; then missing targets; then a machine that cannot end, or
// states that nothing leads to.
void Compiler::finish() {
  auto add = [this](std::vector<Diagnostic>& more) {
    std::move(more.begin(), more.end(), std::back_inserter(diagnostics_));
  };
  if (diagnostics_.empty()) add(refusals_);
  if (!diagnostics_.empty()) return;
  add(missing_targets_);
  if (!has_terminal_) {
    diagnostics_.push_back({Diagnostic::Severity::error, "MISSING_END_STATE", "Workflow has no terminal state", ""});
  } else {
    add(unreachable_);
  }
  add(bad_names_);
}

std::string_view definition_text(const Program& program) {
  return program.definition;
}
MachineType machine_type(const Program& program) {
  return program.type;
}
bool uses_newer_language(const Program& program) {
  return program.newer_language;
}

std::vector<VariableReference> variable_references(const Program& program) {
  std::vector<VariableReference> references;
  for (const Workflow& workflow : program.workflows) {
    for (const StateSpec& state : workflow.states) {
      std::set<std::string> variables;
      collect(state.flow.paths(), variables);
      for (const std::optional<Template>* part :
           {&state.flow.parameters, &state.flow.output_query, &state.flow.assign}) {
        collect(*part, variables);
      }
      for (const Catcher& catcher : state.catchers) {
        collect(catcher.assign, variables);
        collect(catcher.output, variables);
      }
      std::visit(VariablesOf{variables}, state.kind);
      if (!variables.empty()) references.push_back({state.name, {variables.begin(), variables.end()}});
    }
  }
  return references;
}

std::set<std::string_view> task_resources(const Program& program) {
  std::set<std::string_view> resources;
  for (const Workflow& workflow : program.workflows) {
    for (const StateSpec& state : workflow.states) {
      if (const auto* task = std::get_if<TaskState>(&state.kind)) resources.insert(task->resource);
    }
  }
  return resources;
}

std::string invalid_definition_message(const std::vector<Diagnostic>& diagnostics, std::string_view definition) {
  std::string list;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity != Diagnostic::Severity::error) continue;
    if (diagnostic.code == invalid_label_code) return map_label_message(diagnostic.message, definition);
    if (!list.empty()) list += ", ";
    list += diagnostic.code + ": " + diagnostic.message + " at " +
            (diagnostic.location.empty() ? "null" : diagnostic.location);
  }
  return "Invalid State Machine Definition: '" + list + "'";
}

}  // namespace penstock::pipeline
