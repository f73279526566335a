#include "aws/states/state_machine.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "aws/integration/managed_rule.h"
#include "aws/states/definition.h"
#include "aws/states/machine.h"
#include "aws/states/page.h"
#include "aws/states/tag.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "core/pipeline/advice.h"

namespace penstock::aws::states {

namespace {

pipeline::MachineType type_of(const std::optional<std::string>& type) {
  return type == "EXPRESS" ? pipeline::MachineType::express : pipeline::MachineType::standard;
}

std::string_view type_name(const execution::Revision& revision) {
  return revision.express() ? "EXPRESS" : "STANDARD";
}

Outcome<void> check_description(const std::optional<std::string>& description, const std::optional<bool>& publish) {
  if (!description || publish.value_or(false)) return {};
  return Error{"ValidationException", "Version description can only be set when publish is true"};
}

// May the role do what the machine needs besides its tasks?
Outcome<void> check_role(const Context& context, const pipeline::Program& program, const Json& logging,
                         std::string_view role_arn) {
  if (Outcome<void> rules = integration::check_managed_rules(context, program, role_arn); !rules) return rules;
  return check_log_delivery(context, logging, role_arn);
}

// Everything of the request that makes a revision; its key is set when it is stored.
Outcome<execution::Revision> revision_of(Context& context, const CreateStateMachineInput& input) {
  execution::Revision revision;
  revision.machine_arn = context.arn("states", "stateMachine:" + input.name);
  revision.machine_name = input.name;
  revision.role_arn = input.role_arn;
  revision.definition = input.definition;
  revision.type = type_of(input.type);
  revision.updated = context.platform.clock.now();
  if (Outcome<void> role = check_role_arn(input.role_arn); !role) return role.error();
  Outcome<Json> logging = logging_document(context, input.logging_configuration);
  if (!logging) return logging.error();
  Outcome<Json> encryption = encryption_document(input.encryption_configuration);
  if (!encryption) return encryption.error();
  auto program = compile_definition(context, input.definition, revision.type);
  if (!program) return program.error();
  Outcome<void> permitted = check_role(context, **program, *logging, input.role_arn);
  if (!permitted) return permitted.error();
  revision.logging = *logging;
  revision.tracing = tracing_document(input.tracing_configuration);
  revision.encryption = *encryption;
  revision.log = execution::parse_logging(revision.logging);
  revision.program = *program;
  return revision;
}

bool same_machine(const execution::Revision& left, const execution::Revision& right) {
  return left.definition == right.definition && left.type == right.type && left.logging == right.logging &&
         left.tracing == right.tracing && left.encryption == right.encryption;
}

CreateStateMachineOutput created(const Machine& machine, bool with_version) {
  CreateStateMachineOutput output;
  output.state_machine_arn = machine.arn;
  output.creation_date = machine.created;
  if (with_version && !machine.versions.empty()) {
    output.state_machine_version_arn = machine.version_arn(machine.versions.back().number);
  }
  return output;
}

// The name is taken: the same request again answers as the first did. Source: CreateStateMachine, "idempotent".
Outcome<CreateStateMachineOutput> create_again(Context& context, const Machine& machine,
                                               const execution::Revision& wanted, bool with_version) {
  if (machine.deleting) {
    return Error{"StateMachineDeleting", "State Machine Is Being Deleted: '" + machine.arn + "'"};
  }
  auto existing = context.platform.executions.revisions().find(machine.revision);
  if (existing && same_machine(*existing, wanted)) return created(machine, with_version);
  return Error{"StateMachineAlreadyExists", "State Machine Already Exists: '" + machine.arn + "'"};
}

std::string new_revision_key(Context& context, const std::string& machine_arn) {
  return machine_arn + "#" + context.platform.random.uuid();
}

}  // namespace

Outcome<CreateStateMachineOutput> create_state_machine(Context& context, const CreateStateMachineInput& input) {
  if (Outcome<void> valid = check_name(input.name); !valid) return valid.error();
  if (Outcome<void> valid = check_description(input.version_description, input.publish); !valid) return valid.error();
  Outcome<execution::Revision> revision = revision_of(context, input);
  if (!revision) return revision.error();
  bool with_version = input.publish.value_or(false);
  Machine machine;
  machine.arn = revision->machine_arn;
  if (std::optional<Machine> earlier = find_machine(context, machine.arn)) {
    return create_again(context, *earlier, *revision, with_version);
  }
  machine.name = input.name;
  machine.created = revision->updated;
  machine.tags = merge_tags(Json::object(), input.tags);
  if (Outcome<void> few_enough = check_tags(machine.tags, machine.arn); !few_enough) return few_enough.error();
  machine.revision = new_revision_key(context, machine.arn);
  if (with_version) publish(machine, machine.created, input.version_description.value_or(""));
  revision->key = machine.revision;
  execution::Revision wanted = *revision;
  context.platform.executions.revisions().add(std::move(*revision));
  if (insert_machine(context, machine)) return created(machine, with_version);
  std::optional<Machine> earlier = find_machine(context, machine.arn);  // made by another call in this moment
  if (!earlier) return Error{"ConflictException", "State Machine is being created and deleted: '" + machine.arn + "'"};
  return create_again(context, *earlier, wanted, with_version);
}

Outcome<DescribeStateMachineOutput> describe_state_machine(Context& context, const DescribeStateMachineInput& input) {
  Outcome<Arn> arn = parse_machine_arn(input.state_machine_arn);
  if (!arn) return arn.error();
  std::optional<Machine> machine = find_machine(context, arn->machine);
  if (!machine) return no_such_machine(arn->text);
  const Version* version = nullptr;
  if (!arn->qualifier.empty()) {
    version = arn->names_version() ? machine->find_version(std::stoll(arn->qualifier)) : nullptr;
    if (!version) return no_such_machine(arn->text);
  }
  auto revision = context.platform.executions.revisions().find(version ? version->revision : machine->revision);
  if (!revision) return no_such_machine(arn->text);
  DescribeStateMachineOutput output;
  output.state_machine_arn = arn->text;
  output.name = machine->name;
  output.status = machine->deleting ? "DELETING" : "ACTIVE";
  output.role_arn = revision->role_arn;
  output.type = type_name(*revision);
  output.creation_date = version ? version->created : machine->created;
  output.logging_configuration = logging_of(revision->logging);
  output.tracing_configuration = tracing_of(revision->tracing);
  output.encryption_configuration = encryption_of(*revision);
  if (version && !version->description.empty()) output.description = version->description;
  if (!revision->revision_id.empty()) output.revision_id = revision->revision_id;
  output.definition = "{}";  // so the API reference
  if (input.included_data == "METADATA_ONLY") return output;
  output.definition = revision->definition;
  output.variable_references = variable_reference_map(*revision->program);
  return output;
}

auto describe_state_machine_for_execution(Context& context, const DescribeStateMachineForExecutionInput& input)
    -> Outcome<DescribeStateMachineForExecutionOutput> {
  Outcome<Arn> arn = parse_arn(input.execution_arn, {"execution"});
  if (!arn) return arn.error();
  std::optional<store::ExecutionRecord> record = context.platform.executions.journal().find(arn->text);
  if (!record) return Error{"ExecutionDoesNotExist", "Execution Does Not Exist: '" + arn->text + "'"};
  execution::Details details = execution::parse_details(record->details);
  auto revision = context.platform.executions.revisions().find(details.revision);
  if (!revision) return no_such_machine(record->machine_arn);
  DescribeStateMachineForExecutionOutput output;
  if (!details.item.map_run.empty()) {
    output.map_run_arn = details.item.map_run;
    output.label = record->machine_arn.substr(record->machine_arn.rfind('/') + 1);
  }
  output.state_machine_arn = revision->machine_arn;
  output.name = revision->machine_name;
  output.role_arn = revision->role_arn;
  output.update_date = revision->updated;
  output.logging_configuration = logging_of(revision->logging);
  output.tracing_configuration = tracing_of(revision->tracing);
  output.encryption_configuration = encryption_of(*revision);
  if (!revision->revision_id.empty()) output.revision_id = revision->revision_id;
  output.definition = "{}";  // so the API reference
  if (input.included_data == "METADATA_ONLY") return output;
  output.definition = revision->definition;
  output.variable_references = variable_reference_map(*revision->program);
  return output;
}

namespace {

using RevisionPointer = std::shared_ptr<const execution::Revision>;

// The revision that the request makes of `current`; the same one when it changes nothing.
Outcome<RevisionPointer> next_revision(Context& context, const UpdateStateMachineInput& input,
                                       RevisionPointer current) {
  execution::Revision next = *current;
  if (input.definition) {
    auto program = compile_definition(context, *input.definition, next.type);
    if (!program) return program.error();
    next.definition = *input.definition;
    next.program = *program;
  }
  if (input.role_arn) {
    if (Outcome<void> role = check_role_arn(*input.role_arn); !role) return role.error();
    next.role_arn = *input.role_arn;
  }
  if (input.logging_configuration) {
    Outcome<Json> logging = logging_document(context, input.logging_configuration);
    if (!logging) return logging.error();
    next.logging = *logging;
    next.log = execution::parse_logging(next.logging);
  }
  Outcome<void> permitted = check_role(context, *next.program, next.logging, next.role_arn);
  if (!permitted) return permitted.error();
  if (input.tracing_configuration) next.tracing = tracing_document(input.tracing_configuration);
  Outcome<Json> encryption = encryption_document(input.encryption_configuration);
  if (!encryption) return encryption.error();
  if (input.encryption_configuration) next.encryption = *encryption;
  if (same_machine(*current, next) && current->role_arn == next.role_arn) return current;
  next.key = new_revision_key(context, next.machine_arn);
  next.revision_id = context.platform.random.uuid();
  next.updated = context.platform.clock.now();
  return context.platform.executions.revisions().add(std::move(next));
}

bool changes_something(const UpdateStateMachineInput& input) {
  return input.definition || input.role_arn || input.logging_configuration || input.tracing_configuration ||
         input.encryption_configuration || input.publish;
}

}  // namespace

Outcome<UpdateStateMachineOutput> update_state_machine(Context& context, const UpdateStateMachineInput& input) {
  Outcome<Arn> arn = parse_unqualified_machine_arn(input.state_machine_arn);
  if (!arn) return arn.error();
  if (!changes_something(input)) {
    return Error{"MissingRequiredParameter",
                 "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be "
                 "specified"};
  }
  if (Outcome<void> valid = check_description(input.version_description, input.publish); !valid) return valid.error();
  std::optional<Machine> before = find_machine(context, arn->machine);
  RevisionPointer current = before ? context.platform.executions.revisions().find(before->revision) : nullptr;
  if (!current) return no_such_machine(arn->text);
  Outcome<RevisionPointer> revision = next_revision(context, input, current);
  if (!revision) return revision.error();
  UpdateStateMachineOutput output;
  output.update_date = (*revision)->updated;
  if (!(*revision)->revision_id.empty()) output.revision_id = (*revision)->revision_id;
  Time now = context.platform.clock.now();
  Outcome<void> edited = edit_machine(context, arn->machine, [&](Machine& machine) -> Outcome<void> {
    if (machine.revision != current->key) {
      return Error{"ConflictException",
                   "The state machine was updated by another call in this moment: update it again"};
    }
    machine.revision = (*revision)->key;
    if (input.publish.value_or(false)) {
      int64_t number = publish(machine, now, input.version_description.value_or(""));
      output.state_machine_version_arn = machine.version_arn(number);
    }
    return {};
  });
  if (!edited) return edited.error();
  return output;
}

Outcome<DeleteStateMachineOutput> delete_state_machine(Context& context, const DeleteStateMachineInput& input) {
  Outcome<Arn> arn = parse_unqualified_machine_arn(input.state_machine_arn);
  if (!arn) return arn.error();
  // From now on nothing starts; what runs runs on, and the machine goes with the last of it.
  Outcome<void> edited = edit_machine(context, arn->machine, [](Machine& machine) -> Outcome<void> {
    machine.deleting = true;
    return {};
  });
  if (edited.ok()) find_machine(context, arn->machine);
  return DeleteStateMachineOutput{};  // AWS answers so for a machine that does not exist, too
}

Outcome<ListStateMachinesOutput> list_state_machines(Context& context, const ListStateMachinesInput& input) {
  const Pages pages(context, "ListStateMachines", input);
  Outcome<std::string> after = pages.start(input.next_token);
  if (!after) return after.error();
  size_t count = page_size(input.max_results);
  std::vector<Machine> machines = list_machines(context, *after, count + 1);
  ListStateMachinesOutput output;
  if (machines.size() > count) {
    machines.resize(count);
    output.next_token = pages.token(machines.back().arn);
  }
  for (Machine& machine : machines) {
    auto revision = context.platform.executions.revisions().find(machine.revision);
    StateMachineListItem item;
    item.state_machine_arn = std::move(machine.arn);
    item.name = std::move(machine.name);
    item.type = revision ? type_name(*revision) : "STANDARD";
    item.creation_date = machine.created;
    output.state_machines.push_back(std::move(item));
  }
  return output;
}

Outcome<ValidateStateMachineDefinitionOutput> validate_state_machine_definition(
    Context& context, const ValidateStateMachineDefinitionInput& input) {
  using Severity = pipeline::Diagnostic::Severity;
  pipeline::Compiled compiled =
      pipeline::compile(input.definition, {type_of(input.type), &context.platform.executions.tasks()});
  if (input.severity == "WARNING") {
    Outcome<Json> definition = parse_json(input.definition, {limits::json_depth_max});
    std::vector<pipeline::Diagnostic> warnings =
        definition ? pipeline::advice(*definition) : std::vector<pipeline::Diagnostic>();
    std::ranges::move(warnings, std::back_inserter(compiled.diagnostics));
  }
  size_t count = page_size(input.max_results);
  ValidateStateMachineDefinitionOutput output;
  output.result = compiled.program ? "OK" : "FAIL";
  output.truncated = false;
  for (pipeline::Diagnostic& diagnostic : compiled.diagnostics) {
    if (output.diagnostics.size() == count) {
      output.truncated = true;
      break;
    }
    ValidateStateMachineDefinitionDiagnostic shown;
    shown.severity = diagnostic.severity == Severity::error ? "ERROR" : "WARNING";
    shown.code = std::move(diagnostic.code);
    shown.message = std::move(diagnostic.message);
    if (!diagnostic.location.empty()) shown.location = std::move(diagnostic.location);
    output.diagnostics.push_back(std::move(shown));
  }
  return output;
}

}  // namespace penstock::aws::states
