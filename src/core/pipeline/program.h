// Program: an Amazon States Language definition, checked and compiled once (paths, templates and conditions
// pre-parsed), then shared by all its executions. Source of the rules: the Amazon States Language specification
// (states-language.net) and the recorded answers of AWS.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace penstock::pipeline {

enum class MachineType { standard, express };

// One finding about a definition, as ValidateStateMachineDefinition answers it.
struct Diagnostic {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  std::string code;  // "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET", ...
  std::string message;
  std::string location;  // JSON pointer, "/States/Train/Next"
};

// Which Task resources can run; implemented by aws/integration. Without one (nullptr) any well-formed ARN is accepted.
class ResourceCatalog {
 public:
  virtual ~ResourceCatalog() = default;
  // Nothing when `resource` ("arn:aws:states:::sagemaker:createTrainingJob.sync") can run in a machine of this type;
  // else why not and what to do, naming the resource.
  virtual std::optional<std::string> refuse(std::string_view resource, MachineType type) const = 0;
};

class Program;  // defined in definition.h

struct Compiled {
  std::shared_ptr<const Program> program;  // null when there is an error among the diagnostics
  std::vector<Diagnostic> diagnostics;     // all findings at once, in document order
};

struct CompileOptions {
  MachineType type = MachineType::standard;
  const ResourceCatalog* catalog = nullptr;
  // The work of its states will be mocked (TestState): what cannot be run yet is accepted.
  bool mocked = false;
};

// What the front ends show of a program (defined in definition.h, which they need not include).
std::string_view definition_text(const Program& program);
MachineType machine_type(const Program& program);
bool uses_newer_language(const Program& program);  // Program::newer_language
// DescribeStateMachine's variableReferences: state name -> the variables it reads, both in document order.
struct VariableReference {
  std::string state;
  std::vector<std::string> variables;
};
std::vector<VariableReference> variable_references(const Program& program);
// The resources of its Task states, those in Parallel and Map states too, each once.
std::set<std::string_view> task_resources(const Program& program);

// CreateStateMachine's message for the errors among `diagnostics`: "Invalid State Machine Definition: 'CODE: message at
// location, ...'".
std::string invalid_definition_message(const std::vector<Diagnostic>& diagnostics, std::string_view definition);

Compiled compile(std::string_view definition, const CompileOptions& options);

}  // namespace penstock::pipeline
