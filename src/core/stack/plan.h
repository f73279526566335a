// Plan: what a template would do to a stack, and everything that is wrong with it, before anything is done.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "core/stack/graph.h"
#include "core/stack/resource_types.h"
#include "core/stack/stack.h"

namespace penstock::stack {

struct PropertyChange {
  std::string_view attribute = "Properties";  // or "Tags" (the stack's), "Metadata", a policy
  std::string name;
  std::string before;  // JSON, or text
  std::string after;
  bool known = true;  // else only making the resources will tell
  bool replaces = false;
  // As change sets call it: DirectModification of the template, or what in it has another value now.
  std::string_view source = "DirectModification";
  std::string cause;  // "Parameter", "Resource", "Resource.Attribute"
};

struct ResourceChange {
  enum class Action { add, modify, remove };
  Action action = Action::add;
  std::string logical_id;
  std::string physical_id;
  std::string type;
  std::vector<PropertyChange> properties;
  std::string policy_action = {};  // Delete, Retain, ReplaceAndDelete, ...; of what goes away
  Json before = {};                // all properties; null when some are secret, or there are none
  Json after = {};

  bool replaces() const;
  bool may_replace() const;  // only when a value that is not known yet differs
};

struct Plan {
  std::vector<ResourceChange> changes;
  Needs needs;  // of the wanted resources
  bool outputs_change = false;
};

using Resources = std::map<std::string, Resource>;  // by logical id

// What a plan is made of. References must outlive the call.
struct Planning {
  const Template& wanted;
  const ParameterValues& parameters;
  const std::vector<std::string>& capabilities;
  const Json& tags;  // of the stack
  const Place& place;
  const Actor& actor;
  const Resources& present;  // empty for a new stack
  const Definition* before;  // none for a new stack
  const std::vector<Output>& outputs;
  const ResourceTypes& types;
  std::function<Outcome<Json>(const std::string& name)> imported;
};

// Errors: ValidationError with every unknown type, or every wrong property, each with line and column; or
// InsufficientCapabilitiesException.
Outcome<Plan> make_plan(const Planning& planning);

// The capabilities that the template asks for: CAPABILITY_IAM or CAPABILITY_NAMED_IAM for its resources, unconditional
// or not, and CAPABILITY_AUTO_EXPAND for its transforms.
std::vector<std::string> needed_capabilities(const Template& from, const ResourceTypes& types);

// "Unrecognized resource types: [...]", the place of the first and what is served, when there are such among `ids`.
Outcome<void> check_types(const Template& from, const std::vector<std::string>& ids, const ResourceTypes& types);
// Ids of the resources that are made whatever the parameters are.
std::vector<std::string> unconditional_resources(const Template& from);

// Ids of the resources whose conditions are true.
Outcome<std::set<std::string>> wanted_resources(const Template& from, Evaluator& evaluator);

// The value of a resource's DeletionPolicy or UpdateReplacePolicy: `declared`, or "Delete" when it is absent.
Outcome<std::string> evaluate_policy(Evaluator& evaluator, std::string_view policy, const Json& declared);

// One entry of Outputs.
Outcome<Output> evaluate_output(Evaluator& evaluator, const JsonMember& declared);

// The outputs whose conditions are true.
Outcome<std::vector<Output>> evaluate_outputs(const Template& from, Evaluator& evaluator);

}  // namespace penstock::stack
