#include "aws/states/version.h"

#include <algorithm>
#include <utility>

#include "aws/states/machine.h"
#include "aws/states/page.h"
#include "base/clock.h"

namespace penstock::aws::states {

Outcome<PublishStateMachineVersionOutput> publish_state_machine_version(Context& context,
                                                                        const PublishStateMachineVersionInput& input) {
  Outcome<Arn> arn = parse_arn(input.state_machine_arn, {"stateMachine"});
  if (!arn) return arn.error();
  std::optional<Machine> before = find_machine(context, arn->machine);
  auto current = before ? context.platform.executions.revisions().find(before->revision) : nullptr;
  if (!current) return no_such_machine(arn->text);
  if (input.revision_id && *input.revision_id != current->revision_id) {
    return Error{"ConflictException", "Failed to publish the State Machine version for revision " + *input.revision_id +
                                          ". The current State Machine revision is " + current->revision_id + "."};
  }
  Time now = context.platform.clock.now();
  PublishStateMachineVersionOutput output;
  Outcome<void> edited = edit_machine(context, arn->machine, [&](Machine& machine) -> Outcome<void> {
    int64_t number = publish(machine, now, input.description.value_or(""));
    output.state_machine_version_arn = machine.version_arn(number);
    output.creation_date = machine.find_version(number)->created;
    return {};
  });
  if (!edited) return edited.error();
  return output;
}

namespace {

std::string names_of_aliases_to(const Machine& machine, const std::string& version_arn) {
  std::string names;
  for (const Alias& alias : machine.aliases) {
    if (std::ranges::find(alias.routes, version_arn, &Route::version_arn) == alias.routes.end()) continue;
    names += (names.empty() ? "" : ", ") + alias.name;
  }
  return names;
}

}  // namespace

Outcome<DeleteStateMachineVersionOutput> delete_state_machine_version(Context& context,
                                                                      const DeleteStateMachineVersionInput& input) {
  Outcome<Arn> arn = parse_arn(input.state_machine_version_arn, {"stateMachine"});
  if (!arn) return arn.error();
  if (!arn->names_version()) {
    return Error{"ValidationException", "The ARN must name a state machine version: " + arn->text};
  }
  int64_t number = std::stoll(arn->qualifier);
  Outcome<void> edited = edit_machine(context, arn->machine, [&](Machine& machine) -> Outcome<void> {
    std::string names = names_of_aliases_to(machine, arn->text);
    if (!names.empty()) {
      return Error{"ConflictException",
                   "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this "
                   "version: [" +
                       names + "]"};
    }
    std::erase_if(machine.versions, [number](const Version& version) { return version.number == number; });
    return {};
  });
  if (!edited && edited.error().code == "ConflictException") return edited.error();
  return DeleteStateMachineVersionOutput{};  // also when there is none, as AWS does
}

Outcome<ListStateMachineVersionsOutput> list_state_machine_versions(Context& context,
                                                                    const ListStateMachineVersionsInput& input) {
  Outcome<Arn> arn = parse_arn(input.state_machine_arn, {"stateMachine"});
  if (!arn) return arn.error();
  const Pages pages(context, "ListStateMachineVersions", input);
  Outcome<std::string> start = pages.start(input.next_token);
  if (!start) return start.error();
  std::optional<Machine> machine = find_machine(context, arn->machine);
  if (!machine) return no_such_machine(arn->text);
  std::ranges::reverse(machine->versions);  // newest first
  auto version = machine->versions.begin();
  // The token is the ARN of the last version of the page before.
  while (!start->empty() && version != machine->versions.end() && machine->version_arn(version->number) != *start) {
    ++version;
  }
  if (!start->empty() && version != machine->versions.end()) ++version;
  ListStateMachineVersionsOutput output;
  size_t count = page_size(input.max_results);
  for (; version != machine->versions.end(); ++version) {
    if (output.state_machine_versions.size() == count) {
      output.next_token = pages.token(output.state_machine_versions.back().state_machine_version_arn);
      break;
    }
    output.state_machine_versions.push_back({machine->version_arn(version->number), version->created});
  }
  return output;
}

}  // namespace penstock::aws::states
