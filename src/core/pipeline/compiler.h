// Compiler: one run of compile(). Private to compile*.cc and validate*.cc.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/pipeline/definition.h"

namespace penstock::pipeline {

// A place in the definition, printed only when something is wrong there.
struct Place {
  const Place* outer = nullptr;
  std::string_view step;     // "States", "Choices[0]"
  std::string text() const;  // "/States/X/Choices[0]"; "/" for the definition itself
};

class Compiler {
 public:
  Compiler(const CompileOptions& options, std::vector<Diagnostic>& diagnostics)
      : options_(options), diagnostics_(diagnostics) {}

  // Compiles a parsed definition; null when something was wrong (all of it is in the diagnostics then).
  std::shared_ptr<const Program> run(std::string_view text, const Json& definition);

 private:
  // ---- compile.cc
  void read_machine(const Json& definition);
  WorkflowIndex read_workflow(const Json& source, const Place& place);
  void read_state(const Json& source, const Place& place, StateSpec& state, const Json& all_states);
  void read_common(const Json& source, const Place& place, StateSpec& state, const Json& all_states);
  void read_end(const Json& source, const Place& place, StateSpec& state, const Json& all_states);
  void read_retriers(const Json& source, const Place& place, StateSpec& state);
  Retrier read_retrier(const Json& source, const Place& place);
  void read_catchers(const Json& source, const Place& place, StateSpec& state, const Json& all_states);
  std::vector<std::string> read_errors(const Json& source, const Place& place, bool last);
  // What is read runs in Express executions.
  bool is_express() const { return express_items_ || options_.type == MachineType::express; }
  // ---- compile_states.cc
  PassState read_pass(const Json& source, const Place& place);
  TaskState read_task(const Json& source, const Place& place);
  void read_resource(std::string_view resource, const Place& place, TaskState& task);
  ChoiceState::Rule read_rule(const Json& source, const Place& place, const Json& all_states);
  ChoiceState read_choice(const Json& source, const Place& place, const Json& all_states);
  WaitState read_wait(const Json& source, const Place& place);
  FailState read_fail(const Json& source, const Place& place);
  ParallelState read_parallel(const Json& source, const Place& place);
  // ---- compile_map.cc
  MapState read_map(const Json& source, const Place& place);
  void read_items(const Json& source, const Place& place, MapState& map);
  void read_map_mode(const Json& processor, const Place& place, MapState& map);
  void read_tolerance(const Json& source, const Place& place, MapState& map);
  void refuse_unbuilt(const Place& place, std::string_view field, std::string message);
  void read_label(const Json& source, const Place& place, MapState& map);
  const Json* word_field(const Json& source, const Place& place, std::string_view field,
                         std::initializer_list<std::string_view> values);
  const Json* object_field(const Json& source, const Place& place, std::string_view field, std::string_view allowed);
  void read_reader(const Json& source, const Place& place, MapState& map);
  void read_reader_config(const Json& config, const Place& place, ItemReader& reader);
  void read_batcher(const Json& source, const Place& place, MapState& map);
  void read_writer(const Json& source, const Place& place, MapState& map);
  // ---- compile_fields.cc
  void check_fields(const Json& source, const Place& place, std::initializer_list<std::string_view> allowed);
  bool check_one_of(const Json& source, const Place& place, std::initializer_list<std::string_view> fields,
                    bool required);
  const Json* text_field(const Json& source, const Place& place, std::string_view field, bool required = false);
  NumberOrPath number_or_path(const Json& source, const Place& place, std::string_view field,
                              std::string_view path_name, int64_t smallest, int64_t largest);
  std::optional<int64_t> integer_field(const Json& source, const Place& place, std::string_view field, int64_t smallest,
                                       int64_t largest);
  std::optional<Path> path_field(const Json& source, const Place& place, std::string_view field);
  std::optional<Template> template_field(const Json& source, const Place& place, std::string_view field);
  // A JSONata field that takes "{% ... %}" besides its plain type.
  std::optional<Template> query_field(const Json& source, const Place& place, std::string_view field);
  std::optional<Template> any_query_field(const Json& source, const Place& place, std::string_view field);
  std::optional<Expression> expression_field(const Json& source, const Place& place, std::string_view field);
  // Variables that `Assign` sets: their names.
  void check_assign(const Json& source, const Place& place);
  StateIndex target(const Json& source, const Place& place, std::string_view field, const Json& all_states);
  void schema_error(const Place& place, std::string message);
  void schema_error(const Place& place, std::string_view field, std::string message);
  void add_problems(const Place& place, std::vector<Problem>& problems);
  bool query_language(const Json& source, const Place& place);
  // ---- validate.cc: what only shows once all states are read
  void check_reachable(const Workflow& workflow, const Place& place);
  void check_name(const StateSpec& state, const Place& place);
  void finish();

  const CompileOptions& options_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<Diagnostic> missing_targets_, unreachable_,
      bad_names_;                          // told only when the schema is right, as AWS does
  std::unordered_set<std::string> names_;  // of states: unique in the whole machine
  std::vector<Diagnostic> refusals_;  // what AWS would take and Penstock does not yet; told when nothing else is wrong
  bool jsonata_ = false;              // the machine's QueryLanguage
  bool state_jsonata_ = false;        // of the state that is being read
  bool express_items_ = false;        // what is read runs as Express items of a distributed Map
  bool distributed_items_ = false;    // what is read runs as items of a distributed Map
  bool has_terminal_ = false;         // some state of the machine itself ends it
  std::shared_ptr<Program> program_ = std::make_shared<Program>();
};

}  // namespace penstock::pipeline
