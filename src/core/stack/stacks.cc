#include "core/stack/stacks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/assert.h"
#include "base/encoding.h"
#include "core/stack/announcement.h"
#include "core/stack/deployment.h"

namespace penstock::stack {

namespace {

// Kinds of records.
constexpr std::string_view stack_kind = "stack";
constexpr std::string_view resource_kind = "stack_resource";
constexpr std::string_view change_set_kind = "change_set";
constexpr std::string_view event_kind = "stack_event";

constexpr std::string_view no_changes =
    "The submitted information didn't contain changes. Submit different information to create a change set.";

Error invalid(std::string text) {
  return Error{"ValidationError", std::move(text)};
}

// Of "arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID": "ACCOUNT/REGION/NAME/UUID".
std::string key_of(std::string_view id) {
  std::vector<std::string_view> parts = split(id, ':');
  if (parts.size() != 6 || !parts[5].starts_with("stack/")) return {};
  return fmt::format("{}/{}/{}", parts[4], parts[3], parts[5].substr(6));
}

std::string uuid_of(std::string_view id) {
  return std::string(id.substr(id.rfind('/') + 1));
}

std::string prefix_of(std::string_view stack_id) {
  return uuid_of(stack_id) + "/";
}

// The time of an event inside its id: to the microsecond, as a resource may have the same status twice in a
// millisecond.
std::string id_time(Time time) {
  std::string text = to_iso8601(time);
  text.insert(text.size() - 1, fmt::format("{:03}", time.microseconds % 1'000));
  return text;
}

bool is_name(std::string_view name) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= 128 && letter(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

// States from which a stack can be updated.
bool can_update(std::string_view status) {
  return status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE" || status == "UPDATE_ROLLBACK_COMPLETE" ||
         status == "IMPORT_COMPLETE" || status == "UPDATE_FAILED" || status == "CREATE_FAILED";
}

Error cannot_update(const Stack& stack) {
  return invalid(fmt::format("Stack:{} is in {} state and can not be updated.", stack.id, stack.status));
}

Json describe(const PropertyChange& change) {
  Json target = Json::object({{"Attribute", Json(change.attribute)}});
  if (!change.name.empty()) {
    target.set("Name", Json(change.name));
    target.set("Path", Json("/Properties/" + change.name));
  }
  target.set("RequiresRecreation", Json(!change.replaces ? "Never" : change.known ? "Always" : "Conditionally"));
  if (!change.before.empty()) target.set("BeforeValue", Json(change.before));
  if (!change.after.empty()) target.set("AfterValue", Json(change.after));
  target.set("AttributeChangeType", Json(change.before.empty() ? "Add" : change.after.empty() ? "Remove" : "Modify"));
  Json detail = Json::object({{"Target", std::move(target)},
                              {"Evaluation", Json(change.known ? "Static" : "Dynamic")},
                              {"ChangeSource", Json(change.source)}});
  if (!change.cause.empty()) detail.set("CausingEntity", Json(change.cause));
  return detail;
}

Json describe(const ResourceChange& change) {
  using Action = ResourceChange::Action;
  Json shown = Json::object({{"Action", Json(change.action == Action::add      ? "Add"
                                             : change.action == Action::remove ? "Remove"
                                                                               : "Modify")},
                             {"LogicalResourceId", Json(change.logical_id)},
                             {"ResourceType", Json(change.type)}});
  if (!change.physical_id.empty()) shown.set("PhysicalResourceId", Json(change.physical_id));
  if (!change.policy_action.empty()) shown.set("PolicyAction", Json(change.policy_action));
  for (const auto& [name, properties] : {std::pair("BeforeContext", &change.before), {"AfterContext", &change.after}}) {
    if (properties->is_object()) shown.set(name, Json(to_string(Json::object({{"Properties", *properties}}))));
  }
  Json details = Json::array();
  for (const PropertyChange& property : change.properties) details.push_back(describe(property));
  Json scope = Json::array();
  if (change.action == Action::modify) {
    shown.set("Replacement", Json(!change.replaces() ? "False" : change.may_replace() ? "Conditional" : "True"));
    for (std::string_view attribute : {"Properties", "Metadata", "Tags", "DeletionPolicy", "UpdateReplacePolicy"}) {
      bool touched =
          std::ranges::any_of(change.properties, [&](const PropertyChange& one) { return one.attribute == attribute; });
      if (touched) scope.push_back(Json(attribute));
    }
  }
  shown.set("Scope", std::move(scope));
  shown.set("Details", std::move(details));
  return Json::object({{"Type", Json("Resource")}, {"ResourceChange", std::move(shown)}});
}

}  // namespace

Error no_such_stack(std::string_view name) {
  return invalid(fmt::format("Stack with id {} does not exist", name));
}

// A request with everything that it leaves open filled in.
struct Stacks::Prepared {
  Definition definition;
  Template wanted;
};

Stacks::Stacks(Parts parts) : parts_(std::move(parts)) {}
Stacks::~Stacks() = default;

void Stacks::recover(ResourceTypes& types) {
  types_ = &types;
  for (const store::Records::Record& record : parts_.records.list(stack_kind)) {
    Stack stack = stack_of(record.value);
    if (stack.in_progress() && stack.operation) run(stack);
  }
}

// ---- records

void Stacks::save(const Stack& stack) {
  parts_.records.put(stack_kind, key_of(stack.id), to_record(stack));
}

void Stacks::save(const std::string& stack_id, const Resource& resource) {
  parts_.records.put(resource_kind, prefix_of(stack_id) + resource.logical_id, to_record(resource));
}

void Stacks::forget(const std::string& stack_id, const std::string& logical_id) {
  parts_.records.erase(resource_kind, prefix_of(stack_id) + logical_id);
}

void Stacks::save(const ChangeSet& change_set) {
  parts_.records.put(change_set_kind, prefix_of(change_set.stack_id) + uuid_of(change_set.id), to_record(change_set));
}

// Events of one server have times that differ, so that their order is certain.
void Stacks::tell(Event event) {
  std::lock_guard lock(events_mutex_);
  event.time = std::max(parts_.clock.now(), Time{last_event_.microseconds + 1});
  last_event_ = event.time;
  event.id = event.logical_id == event.stack_name
                 ? parts_.random.uuid()
                 : fmt::format("{}-{}-{}", event.logical_id, event.status, id_time(event.time));
  std::string key = fmt::format("{}{:020}", prefix_of(event.stack_id), event.time.microseconds);
  parts_.records.put(event_kind, key, to_record(event));
  if (parts_.bus != nullptr && parts_.bus->has_listeners(announcement_source)) parts_.bus->publish(to_event(event));
}

Outcome<Stack> Stacks::find(const Asker& asker, const std::string& name) const {
  if (name.starts_with("arn:")) {
    std::string key = key_of(name);
    std::optional<Json> record = key.empty() ? std::nullopt : parts_.records.get(stack_kind, key);
    if (!record || record->text("account") != asker.account) return no_such_stack(name);
    return stack_of(*record);
  }
  std::string prefix = fmt::format("{}/{}/{}/", asker.account, asker.region, name);
  for (const store::Records::Record& record : parts_.records.list(stack_kind, prefix)) {
    if (record.value.text("status") != "DELETE_COMPLETE") return stack_of(record.value);
  }
  return no_such_stack(name);
}

std::vector<Stack> Stacks::list(const Asker& asker) const {
  std::vector<Stack> stacks;
  std::string prefix = fmt::format("{}/{}/", asker.account, asker.region);
  for (const store::Records::Record& record : parts_.records.list(stack_kind, prefix)) {
    stacks.push_back(stack_of(record.value));
  }
  std::ranges::stable_sort(stacks, [](const Stack& left, const Stack& right) { return left.created > right.created; });
  return stacks;
}

std::vector<Resource> Stacks::resources(const std::string& stack_id) const {
  std::vector<Resource> resources;
  for (const store::Records::Record& record : parts_.records.list(resource_kind, prefix_of(stack_id))) {
    resources.push_back(resource_of(record.value));
  }
  return resources;
}

std::vector<Event> Stacks::events(const std::string& stack_id) const {
  std::vector<Event> events;
  for (const store::Records::Record& record : parts_.records.list(event_kind, prefix_of(stack_id))) {
    events.push_back(event_of(record.value));
  }
  std::ranges::reverse(events);
  return events;
}

std::optional<std::pair<Stack, Output>> Stacks::exported(const Asker& asker, const std::string& name) const {
  for (const Stack& stack : list(asker)) {
    if (stack.status == "DELETE_COMPLETE") continue;
    for (const Output& output : stack.outputs) {
      if (output.export_name == name) return std::pair(stack, output);
    }
  }
  return std::nullopt;
}

std::vector<Stack> Stacks::importing(const Asker& asker, const std::string& name) const {
  std::vector<Stack> stacks = list(asker);
  std::erase_if(stacks, [&](const Stack& stack) {
    return stack.status == "DELETE_COMPLETE" || std::ranges::find(stack.imports, name) == stack.imports.end();
  });
  return stacks;
}

Outcome<Json> Stacks::imported(const Asker& asker, const std::string& name) const {
  auto found = exported(asker, name);
  if (!found) return invalid(fmt::format("No export named {} found.", name));
  return Json(found->second.value);
}

Outcome<void> Stacks::check_exports(const Asker& asker, const Stack& stack, const std::vector<Output>& outputs) const {
  for (const Output& output : outputs) {
    if (output.export_name.empty()) continue;
    auto other = exported(asker, output.export_name);
    if (other && other->first.id != stack.id) {
      return invalid(
          fmt::format("Export with name {} is already exported by stack {}", output.export_name, other->first.name));
    }
  }
  for (const Output& old : stack.outputs) {
    if (old.export_name.empty()) continue;
    bool kept = std::ranges::any_of(outputs, [&](const Output& output) {
      return output.export_name == old.export_name && output.value == old.value;
    });
    if (kept) continue;
    std::vector<std::string> users;
    for (const Stack& user : importing(asker, old.export_name)) users.push_back(user.name);
    if (!users.empty()) {
      return invalid(fmt::format("Export {} cannot be {} as it is in use by {}", old.export_name,
                                 outputs.empty() ? "deleted" : "updated", fmt::join(users, " and ")));
    }
  }
  return {};
}

// ---- requests

Outcome<Stacks::Prepared> Stacks::prepare(const StackRequest& request, const Stack* present) const {
  std::string body;
  if (request.template_body) {
    body = *request.template_body;
  } else if (present && !present->definition.template_body.empty()) {
    body = present->definition.template_body;
  } else {
    return invalid("Either Template URL or Template Body must be specified.");
  }
  Outcome<Template> wanted = parse_template(std::move(body));
  if (!wanted) return wanted.error();
  if (Outcome<void> allowed = check_allowed_types(request, *wanted); !allowed) return allowed.error();
  ParameterValues previous;
  if (present) previous = present->definition.parameters;
  Outcome<ParameterValues> values = resolve_parameters(*wanted, request.parameters, previous);
  if (!values) return values.error();
  Definition definition;
  definition.template_body = wanted->body;
  definition.parameters = std::move(*values);
  definition.capabilities = request.capabilities;
  Outcome<ParameterValues> stored = stored_values(request, *wanted, definition.parameters);
  if (!stored) return stored.error();
  definition.stored = std::move(*stored);
  Prepared prepared{std::move(definition), std::move(*wanted)};
  if (request.tags) {
    prepared.definition.tags = *request.tags;
  } else if (present) {
    prepared.definition.tags = present->definition.tags;
  }
  return prepared;
}

// What the Parameter Store holds for the parameters that name an entry of it.
Outcome<ParameterValues> Stacks::stored_values(const StackRequest& request, const Template& wanted,
                                               const ParameterValues& given) const {
  ParameterValues stored;
  Place place{request.asker.account, request.asker.region, {}, request.name};
  for (const auto& [key, name] : given) {
    if (!is_stored(wanted.section("Parameters")[key])) continue;
    Outcome<std::string> value = types_->stored_parameter(place, request.asker.actor, name);
    if (!value) return value.error();
    stored[key] = std::move(*value);
  }
  return stored;
}

// ResourceTypes: "AWS::*", "AWS::S3::*", "AWS::S3::Bucket", "Custom::*".
Outcome<void> Stacks::check_allowed_types(const StackRequest& request, const Template& wanted) {
  if (request.allowed_types.empty()) return {};
  for (const JsonMember& resource : wanted.section("Resources").members()) {
    std::string_view type = resource.value.text("Type");
    bool allowed = std::ranges::any_of(request.allowed_types, [&](std::string_view one) {
      return one.ends_with('*') ? type.starts_with(one.substr(0, one.size() - 1)) : one == type;
    });
    if (allowed) continue;
    return invalid(fmt::format("Resource type {} is not allowed by parameter ResourceTypes [{}]", type,
                               fmt::join(request.allowed_types, ", ")));
  }
  return {};
}

// A transform is acknowledged, but for a change set, which shows what it makes.
Outcome<void> Stacks::check_expansion(const Prepared& prepared) {
  const std::vector<std::string>& given = prepared.definition.capabilities;
  bool acknowledged = std::ranges::find(given, "CAPABILITY_AUTO_EXPAND") != given.end();
  if (acknowledged || transforms_of(prepared.wanted).empty()) return {};
  return Error{"InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]"};
}

Stack Stacks::new_stack(const StackRequest& request) const {
  Stack stack;
  stack.name = request.name;
  stack.account = request.asker.account;
  stack.region = request.asker.region;
  stack.actor = request.asker.actor;
  stack.role_arn = request.role_arn;
  stack.policy = request.policy.value_or("");
  stack.id = request.id;
  if (stack.id.empty()) {
    stack.id = fmt::format("arn:aws:cloudformation:{}:{}:stack/{}/{}", stack.region, stack.account, stack.name,
                           parts_.random.uuid());
  }
  stack.created = parts_.clock.now();
  stack.on_failure = request.on_failure;
  stack.termination_protection = request.termination_protection;
  stack.timeout_minutes = request.timeout_minutes;
  stack.parent_id = request.parent_id;
  stack.root_id = request.root_id;
  stack.token = request.token;
  return stack;
}

Outcome<Plan> Stacks::plan(const Stack& stack, const Definition& definition, bool is_new) const {
  ParameterValues values = definition.values();
  Outcome<Template> wanted = parse_template(definition.template_body, &values);
  if (!wanted) return wanted.error();
  Resources present;
  if (!is_new) {
    for (Resource& resource : resources(stack.id)) present.emplace(resource.logical_id, std::move(resource));
  }
  Place place{stack.account, stack.region, stack.id, stack.name};
  Asker asker{stack.account, stack.region, {}};
  Actor actor = stack.acting();
  return make_plan({*wanted, values, definition.capabilities, definition.tags, place, actor, present,
                    is_new ? nullptr : &stack.definition, stack.outputs, *types_,
                    [&](const std::string& name) { return imported(asker, name); }});
}

// `operation` says its kind, and its phase when that is not the kind's first.
void Stacks::begin(Stack stack, Operation operation) {
  using Phase = Operation::Phase;
  if (operation.id.empty()) operation.id = parts_.random.uuid();
  switch (operation.kind) {
    case Operation::Kind::create:
      stack.status = operation.phase == Phase::undo ? "ROLLBACK_IN_PROGRESS" : "CREATE_IN_PROGRESS";
      break;
    case Operation::Kind::update:
      stack.status = operation.phase == Phase::restore ? "UPDATE_ROLLBACK_IN_PROGRESS" : "UPDATE_IN_PROGRESS";
      break;
    case Operation::Kind::remove:
      stack.status = "DELETE_IN_PROGRESS";
      operation.phase = Phase::remove;
      break;
  }
  stack.reason = "User Initiated";
  stack.operation = std::move(operation);
  save(stack);
  tell_status(stack);
  run(stack);
}

void Stacks::tell_status(const Stack& stack) {
  tell({{},
        stack.id,
        stack.name,
        stack.name,
        stack.id,
        "AWS::CloudFormation::Stack",
        stack.status,
        stack.reason,
        {},
        stack.token,
        {}});
}

// What a failed update that was kept could have been rolled back to is what it was: the new update begins from here.
void Stacks::settle_kept(const Stack& stack) {
  for (Resource& resource : resources(stack.id)) {
    if (!resource.earlier) continue;
    resource.earlier.reset();
    save(stack.id, resource);
  }
}

void Stacks::run(const Stack& stack) {
  auto deployment = std::make_shared<Deployment>(*this, stack);
  {
    std::lock_guard lock(waiters_mutex_);
    running_[stack.id] = deployment;
  }
  parts_.post([deployment] { deployment->start(); });
}

Outcome<std::string> Stacks::create(const StackRequest& request) {
  if (!is_name(request.name)) {
    return invalid(
        fmt::format("1 validation error detected: Value '{}' at 'stackName' failed to satisfy constraint: Member "
                    "must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*",
                    request.name));
  }
  std::lock_guard lock(mutex_);
  Outcome<Stack> present = find(request.asker, request.name);
  if (present.ok()) {
    if (!request.token.empty() && present->token == request.token) return present->id;
    return Error{"AlreadyExistsException", fmt::format("Stack [{}] already exists", request.name)};
  }
  Outcome<Prepared> prepared = prepare(request, nullptr);
  if (!prepared) return prepared.error();
  if (Outcome<void> may = check_expansion(*prepared); !may) return may.error();
  Stack stack = new_stack(request);
  stack.definition = std::move(prepared->definition);
  stack.description = prepared->wanted.text.value.text("Description");
  Outcome<Plan> planned = plan(stack, stack.definition, true);
  if (!planned) return planned.error();
  std::string id = stack.id;
  Operation operation;
  operation.retains_except_on_create = request.retains_except_on_create;
  if (request.timeout_minutes) {
    operation.deadline = Time{parts_.clock.now().microseconds + *request.timeout_minutes * 60'000'000};
  }
  begin(std::move(stack), std::move(operation));
  return id;
}

Outcome<std::string> Stacks::update(const StackRequest& request) {
  std::lock_guard lock(mutex_);
  Outcome<Stack> stack = find(request.asker, request.name);
  if (!stack) return stack.error();
  if (!can_update(stack->status)) return cannot_update(*stack);
  Outcome<Prepared> prepared = prepare(request, &*stack);
  if (!prepared) return prepared.error();
  if (Outcome<void> may = check_expansion(*prepared); !may) return may.error();
  stack->actor = request.asker.actor;
  if (!request.role_arn.empty()) stack->role_arn = request.role_arn;
  Outcome<Plan> planned = plan(*stack, prepared->definition, false);
  if (!planned) return planned.error();
  bool same =
      planned->changes.empty() && !planned->outputs_change && prepared->definition.tags == stack->definition.tags;
  if (same) return invalid("No updates are to be performed.");
  settle_kept(*stack);
  stack->before = stack->definition;
  stack->definition = std::move(prepared->definition);
  stack->description = prepared->wanted.text.value.text("Description");
  if (request.policy) stack->policy = *request.policy;
  stack->on_failure = request.on_failure;
  stack->token = request.token;
  stack->updated = parts_.clock.now();
  std::string id = stack->id;
  Operation operation;
  operation.kind = Operation::Kind::update;
  operation.policy = request.policy_during_update;
  operation.retains_except_on_create = request.retains_except_on_create;
  begin(std::move(*stack), std::move(operation));
  return id;
}

Outcome<void> Stacks::remove(const Asker& asker, const std::string& name, const Removal& removal) {
  std::lock_guard lock(mutex_);
  Outcome<Stack> stack = find(asker, name);
  if (!stack)
    return name.starts_with("arn:") ? Outcome<void>(stack.error()) : Outcome<void>();  // by name: nothing to do
  if (stack->status == "DELETE_COMPLETE" || stack->status == "DELETE_IN_PROGRESS") return {};
  if (stack->in_progress()) {
    return invalid(fmt::format("Stack [{}] cannot be deleted while in status {}", stack->name, stack->status));
  }
  if (stack->termination_protection) {
    return invalid(fmt::format("Stack [{}] cannot be deleted while TerminationProtection is enabled", stack->name));
  }
  if (Outcome<void> checked = check_exports(asker, *stack, {}); !checked) return checked;
  if (removal.force && stack->status != "DELETE_FAILED") {
    return invalid(
        fmt::format("Invalid operation on stack [{}]. FORCE_DELETE_STACK can be specified only for a stack in "
                    "DELETE_FAILED state.",
                    stack->id));
  }
  if (!removal.retain.empty() && stack->status != "DELETE_FAILED") {
    return invalid("Retain resources can be specified only for a stack in DELETE_FAILED state.");
  }
  stack->actor = asker.actor;
  stack->token = removal.token;
  if (!removal.role_arn.empty()) stack->role_arn = removal.role_arn;
  Operation operation;
  operation.kind = Operation::Kind::remove;
  operation.retain = removal.retain;
  operation.force = removal.force;
  begin(std::move(*stack), std::move(operation));
  return {};
}

Outcome<std::string> Stacks::protect(const Asker& asker, const std::string& name, bool on) {
  std::lock_guard lock(mutex_);
  Outcome<Stack> stack = find(asker, name);
  if (!stack) return stack.error();
  if (stack->in_progress()) return cannot_update(*stack);  // its deployment writes the record
  stack->termination_protection = on;
  save(*stack);
  return stack->id;
}

// ---- change sets

Outcome<ChangeSet> Stacks::create_change_set(const ChangeSetRequest& request) {
  std::lock_guard lock(mutex_);
  const StackRequest& asked = request.stack;
  Outcome<Stack> present = find(asked.asker, asked.name);
  bool in_review = present.ok() && present->status == "REVIEW_IN_PROGRESS";
  if (request.creates && present.ok() && !in_review) {
    return invalid(fmt::format("Stack [{}] already exists and cannot be created again with the changeSet [{}].",
                               asked.name, request.name));
  }
  if (!request.creates) {
    if (!present) return invalid(fmt::format("Stack [{}] does not exist", asked.name));
    if (in_review || !can_update(present->status)) return cannot_update(*present);
  }
  if (request.creates && !present.ok() && !is_name(asked.name)) {
    return invalid(fmt::format("Stack name {} must match [a-zA-Z][-a-zA-Z0-9]*", asked.name));
  }
  Stack stack = present.ok() ? *present : new_stack(asked);
  stack.actor = asked.asker.actor;
  if (!asked.role_arn.empty()) stack.role_arn = asked.role_arn;
  for (const ChangeSet& other : change_sets(stack.id)) {
    bool done = other.execution_status == "EXECUTE_COMPLETE";  // its name is free again
    if (present.ok() && !done && other.name == request.name) {
      return Error{"AlreadyExistsException", fmt::format("ChangeSet {} already exists", other.id)};
    }
  }
  Outcome<Prepared> prepared = prepare(asked, present.ok() ? &stack : nullptr);
  if (!prepared) return prepared.error();
  Outcome<Plan> planned = plan(stack, prepared->definition, request.creates);
  if (!planned) return planned.error();
  ChangeSet made;
  made.id = fmt::format("arn:aws:cloudformation:{}:{}:changeSet/{}/{}", stack.region, stack.account, request.name,
                        parts_.random.uuid());
  made.name = request.name;
  made.stack_id = stack.id;
  made.stack_name = stack.name;
  made.creates = request.creates;
  made.created = parts_.clock.now();
  made.description = request.description;
  made.on_failure = asked.on_failure;
  made.on_stack_failure = request.on_stack_failure;
  made.role_arn = asked.role_arn;
  bool same =
      planned->changes.empty() && !planned->outputs_change && prepared->definition.tags == stack.definition.tags;
  made.status = same ? "FAILED" : "CREATE_COMPLETE";
  if (same) made.reason = no_changes;
  made.execution_status = same ? "UNAVAILABLE" : "AVAILABLE";
  for (const ResourceChange& change : planned->changes) made.changes.push_back(describe(change));
  made.definition = std::move(prepared->definition);
  if (!present.ok()) {
    stack.status = "REVIEW_IN_PROGRESS";
    stack.reason = "User Initiated";
    stack.description = prepared->wanted.text.value.text("Description");
    save(stack);
    tell_status(stack);
  }
  save(made);
  return made;
}

std::vector<ChangeSet> Stacks::change_sets(const std::string& stack_id) const {
  std::vector<ChangeSet> sets;
  for (const store::Records::Record& record : parts_.records.list(change_set_kind, prefix_of(stack_id))) {
    sets.push_back(change_set_of(record.value));
  }
  return sets;
}

Outcome<ChangeSet> Stacks::change_set(const Asker& asker, const std::string& name, const std::string& stack) const {
  Error missing{"ChangeSetNotFound", fmt::format("ChangeSet [{}] does not exist", name), 404};
  if (name.starts_with("arn:")) {
    for (const store::Records::Record& record : parts_.records.list(change_set_kind)) {
      if (record.value.text("id") == name) return change_set_of(record.value);
    }
    return missing;
  }
  if (stack.empty()) return invalid("StackName must be specified if ChangeSetName is not specified as an ARN.");
  Outcome<Stack> found = find(asker, stack);
  if (!found) return found.error();
  std::optional<ChangeSet> newest;
  for (ChangeSet& one : change_sets(found->id)) {
    if (one.name == name && (!newest || newest->created < one.created)) newest = std::move(one);
  }
  if (newest) return std::move(*newest);
  return missing;
}

Outcome<std::string> Stacks::execute_change_set(const Asker& asker, const std::string& name,
                                                const std::string& stack_name, const Execution& how) {
  std::lock_guard lock(mutex_);
  Outcome<ChangeSet> chosen = change_set(asker, name, stack_name);
  if (!chosen) return chosen.error();
  if (chosen->execution_status != "AVAILABLE") {
    return Error{"InvalidChangeSetStatus",
                 fmt::format("ChangeSet [{}] cannot be executed in its current execution status of [{}]", chosen->id,
                             chosen->execution_status)};
  }
  Outcome<Stack> stack = find(asker, chosen->stack_id);
  if (!stack) return stack.error();
  if (stack->status != "REVIEW_IN_PROGRESS" && !can_update(stack->status)) return cannot_update(*stack);
  for (ChangeSet other : change_sets(stack->id)) {
    if (other.id != chosen->id) {  // made for what the stack was: gone, as on AWS
      parts_.records.erase(change_set_kind, prefix_of(other.stack_id) + uuid_of(other.id));
      continue;
    }
    other.execution_status = "EXECUTE_COMPLETE";
    save(other);
  }
  if (!chosen->creates) {
    settle_kept(*stack);
    stack->before = stack->definition;
    stack->updated = parts_.clock.now();
  }
  stack->definition = chosen->definition;
  Outcome<TemplateText> text = read_template_text(stack->definition.template_body);
  if (text.ok()) stack->description = text->value.text("Description");
  stack->change_set_id = chosen->id;
  stack->token = how.token;
  stack->actor = asker.actor;
  if (!chosen->role_arn.empty()) stack->role_arn = chosen->role_arn;
  stack->on_failure = chosen->on_failure;
  if (how.keep_on_failure) stack->on_failure = *how.keep_on_failure ? OnFailure::nothing : chosen->on_failure;
  std::string id = stack->id;
  Operation operation;
  operation.kind = chosen->creates ? Operation::Kind::create : Operation::Kind::update;
  operation.retains_except_on_create = how.retains_except_on_create;
  begin(std::move(*stack), std::move(operation));
  return id;
}

Outcome<void> Stacks::delete_change_set(const Asker& asker, const std::string& name, const std::string& stack) {
  std::lock_guard lock(mutex_);
  Outcome<ChangeSet> chosen = change_set(asker, name, stack);
  if (!chosen) return chosen.error().code == "ChangeSetNotFound" ? Outcome<void>() : Outcome<void>(chosen.error());
  parts_.records.erase(change_set_kind, prefix_of(chosen->stack_id) + uuid_of(chosen->id));
  return {};
}

// ---- ends

void Stacks::when_ended(const std::string& stack_id, std::function<void()> ended) {
  {
    std::lock_guard lock(waiters_mutex_);
    if (running_.contains(stack_id)) {
      waiters_.emplace(stack_id, std::move(ended));
      return;
    }
  }
  ended();
}

bool Stacks::wait_ended(const std::string& stack_id, int milliseconds) {
  std::unique_lock lock(waiters_mutex_);
  return end_.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] { return !running_.contains(stack_id); });
}

void Stacks::ended(const std::string& stack_id) {
  std::vector<std::function<void()>> waiting;
  {
    std::lock_guard lock(waiters_mutex_);
    running_.erase(stack_id);
    auto [first, last] = waiters_.equal_range(stack_id);
    for (auto place = first; place != last; ++place) waiting.push_back(std::move(place->second));
    waiters_.erase(first, last);
  }
  end_.notify_all();
  for (std::function<void()>& ended : waiting) parts_.post(std::move(ended));
}

}  // namespace penstock::stack
