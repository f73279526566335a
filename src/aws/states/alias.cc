#include <algorithm>
#include <utility>

#include "aws/states/machine.h"
#include "aws/states/page.h"
#include "aws/states/version.h"
#include "base/clock.h"

namespace penstock::aws::states {

namespace {

using RoutingConfiguration = std::vector<RoutingConfigurationListItem>;

Error no_such_alias() {
  return {"ResourceNotFound", "Request references a resource that does not exist."};
}

// "[a, b]"
template <class Items, class Show>
std::string bracketed(const Items& items, Show show) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + show(item);
  return "[" + text + "]";
}

Outcome<void> check_routing(const RoutingConfiguration& routing) {
  auto arns = [&] { return bracketed(routing, [](const auto& item) { return item.state_machine_version_arn; }); };
  int64_t sum = 0;
  for (size_t index = 0; index < routing.size(); ++index) {
    Outcome<Arn> arn = parse_arn(routing[index].state_machine_version_arn, {"stateMachine"});
    if (!arn) return arn.error();
    if (!arn->names_version()) {
      return Error{"ValidationException",
                   "Routing configuration must contain state machine version ARNs. Received: " + arns()};
    }
    for (size_t other = 0; other < index; ++other) {
      if (routing[other].state_machine_version_arn != routing[index].state_machine_version_arn) continue;
      return Error{"ValidationException",
                   "Routing configuration must contain distinct state machine version ARNs. Received: " + arns()};
    }
    sum += routing[index].weight;
  }
  if (sum == 100) return {};
  return Error{"ValidationException",
               "Sum of routing configuration weights must equal 100. Received: " +
                   bracketed(routing, [](const auto& item) { return std::to_string(item.weight); })};
}

// The machine whose versions the routes lead to.
Outcome<std::string> machine_of(const RoutingConfiguration& routing) {
  Outcome<Arn> first = parse_arn(routing.front().state_machine_version_arn, {"stateMachine"});
  if (!first) return first.error();
  for (const RoutingConfigurationListItem& item : routing) {
    Outcome<Arn> arn = parse_arn(item.state_machine_version_arn, {"stateMachine"});
    if (!arn) return arn.error();
    if (arn->machine == first->machine) continue;
    return Error{"ValidationException", "Routing configuration must contain versions of one state machine."};
  }
  return first->machine;
}

bool all_versions_exist(const Machine& machine, const RoutingConfiguration& routing) {
  return std::ranges::all_of(routing, [&](const RoutingConfigurationListItem& item) {
    Outcome<Arn> arn = parse_arn(item.state_machine_version_arn, {"stateMachine"});
    return arn.ok() && arn->names_version() && machine.find_version(std::stoll(arn->qualifier));
  });
}

std::vector<Route> routes_of(const RoutingConfiguration& routing) {
  std::vector<Route> routes;
  for (const RoutingConfigurationListItem& item : routing) {
    routes.push_back({item.state_machine_version_arn, item.weight});
  }
  return routes;
}

}  // namespace

Outcome<CreateStateMachineAliasOutput> create_state_machine_alias(Context& context,
                                                                  const CreateStateMachineAliasInput& input) {
  if (input.routing_configuration.empty()) {
    return Error{"ValidationException", "Routing configuration must contain state machine version ARNs. Received: []"};
  }
  if (Outcome<void> valid = check_routing(input.routing_configuration); !valid) return valid.error();
  Outcome<std::string> machine_arn = machine_of(input.routing_configuration);
  if (!machine_arn) return machine_arn.error();
  Time now = context.platform.clock.now();
  Alias wanted{input.name, input.description.value_or(""), routes_of(input.routing_configuration), now, now};
  CreateStateMachineAliasOutput output;
  Outcome<void> edited = edit_machine(context, *machine_arn, [&](Machine& machine) -> Outcome<void> {
    if (!all_versions_exist(machine, input.routing_configuration)) return no_such_alias();
    output.state_machine_alias_arn = machine.alias_arn(input.name);
    output.creation_date = now;
    if (Alias* earlier = machine.find_alias(input.name)) {
      output.creation_date = earlier->created;
      if (earlier->routes == wanted.routes && earlier->description == wanted.description) return {};
      return Error{"ConflictException",
                   "Failed to create alias because an alias with the same name and a different routing configuration "
                   "already exists."};
    }
    machine.aliases.push_back(wanted);
    return {};
  });
  if (!edited) return edited.error();
  return output;
}

Outcome<DescribeStateMachineAliasOutput> describe_state_machine_alias(Context& context,
                                                                      const DescribeStateMachineAliasInput& input) {
  Outcome<Arn> arn = parse_arn(input.state_machine_alias_arn, {"stateMachine"});
  if (!arn) return arn.error();
  std::optional<Machine> machine = find_machine(context, arn->machine);
  Alias* alias = machine ? machine->find_alias(arn->qualifier) : nullptr;
  if (!alias) return no_such_alias();
  DescribeStateMachineAliasOutput output;
  output.state_machine_alias_arn = arn->text;
  output.name = alias->name;
  output.description = alias->description;
  output.creation_date = alias->created;
  output.update_date = alias->updated;
  output.routing_configuration.emplace();
  for (const Route& route : alias->routes) output.routing_configuration->push_back({route.version_arn, route.weight});
  return output;
}

Outcome<UpdateStateMachineAliasOutput> update_state_machine_alias(Context& context,
                                                                  const UpdateStateMachineAliasInput& input) {
  Outcome<Arn> arn = parse_arn(input.state_machine_alias_arn, {"stateMachine"});
  if (!arn) return arn.error();
  if (!input.description && !input.routing_configuration) {
    return Error{"ValidationException", "Either the description or the routing configuration must be specified"};
  }
  if (input.routing_configuration) {
    if (Outcome<void> valid = check_routing(*input.routing_configuration); !valid) return valid.error();
  }
  UpdateStateMachineAliasOutput output;
  output.update_date = context.platform.clock.now();
  Outcome<void> edited = edit_machine(context, arn->machine, [&](Machine& machine) -> Outcome<void> {
    Alias* alias = machine.find_alias(arn->qualifier);
    if (!alias) return no_such_alias();
    if (input.routing_configuration && !all_versions_exist(machine, *input.routing_configuration))
      return no_such_alias();
    if (input.routing_configuration) alias->routes = routes_of(*input.routing_configuration);
    if (input.description) alias->description = *input.description;
    alias->updated = output.update_date;
    return {};
  });
  if (!edited) return edited.error();
  return output;
}

Outcome<DeleteStateMachineAliasOutput> delete_state_machine_alias(Context& context,
                                                                  const DeleteStateMachineAliasInput& input) {
  Outcome<Arn> arn = parse_arn(input.state_machine_alias_arn, {"stateMachine"});
  if (!arn) return arn.error();
  Outcome<void> edited = edit_machine(context, arn->machine, [&](Machine& machine) -> Outcome<void> {
    if (std::erase_if(machine.aliases, [&](const Alias& alias) { return alias.name == arn->qualifier; }) == 0) {
      return no_such_alias();
    }
    return {};
  });
  if (!edited) return edited.error();
  return DeleteStateMachineAliasOutput{};
}

Outcome<ListStateMachineAliasesOutput> list_state_machine_aliases(Context& context,
                                                                  const ListStateMachineAliasesInput& input) {
  Outcome<Arn> arn = parse_arn(input.state_machine_arn, {"stateMachine"});
  if (!arn) return arn.error();
  const Pages pages(context, "ListStateMachineAliases", input);
  Outcome<std::string> start = pages.start(input.next_token);
  if (!start) return start.error();
  std::optional<Machine> machine = find_machine(context, arn->machine);
  if (!machine) return no_such_machine(arn->text);
  // A version's ARN asks for the aliases that lead to it.
  if (arn->names_version()) {
    std::erase_if(machine->aliases, [&](const Alias& alias) {
      return std::ranges::find(alias.routes, arn->text, &Route::version_arn) == alias.routes.end();
    });
  }
  // The token is the name of the last alias of the page before.
  auto alias = std::ranges::find(machine->aliases, *start, &Alias::name);
  alias = start->empty() ? machine->aliases.begin() : alias == machine->aliases.end() ? alias : alias + 1;
  ListStateMachineAliasesOutput output;
  size_t count = page_size(input.max_results);
  for (; alias != machine->aliases.end(); ++alias) {
    if (output.state_machine_aliases.size() == count) {
      output.next_token = pages.token((alias - 1)->name);
      break;
    }
    output.state_machine_aliases.push_back({machine->alias_arn(alias->name), alias->created});
  }
  return output;
}

}  // namespace penstock::aws::states
