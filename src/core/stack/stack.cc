#include "core/stack/stack.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/json_read.h"

namespace penstock::stack {

namespace {

constexpr std::array<std::string_view, 3> kinds = {"create", "update", "remove"};
constexpr std::array<std::string_view, 5> phases = {"forward", "undo", "restore", "cleanup", "remove"};
constexpr std::array<std::string_view, 3> failures = {"rollback", "nothing", "remove"};

template <class Enum, size_t size>
Enum enum_of(const std::array<std::string_view, size>& names, std::string_view name) {
  for (size_t index = 0; index < size; ++index) {
    if (names[index] == name) return static_cast<Enum>(index);
  }
  return static_cast<Enum>(0);
}

template <class Enum, size_t size>
std::string_view name_of(const std::array<std::string_view, size>& names, Enum value) {
  return names[static_cast<size_t>(value)];
}

Json to_json(const ParameterValues& values) {
  std::vector<JsonMember> members;
  for (const auto& [key, value] : values) members.push_back({key, Json(value)});
  return Json::object(std::move(members));
}

ParameterValues values_of(const Json& json) {
  ParameterValues values;
  for (const JsonMember& member : json.is_object() ? json.members() : std::span<const JsonMember>()) {
    values[member.key] = member.value.as_string();
  }
  return values;
}

Json to_json(const Definition& definition) {
  return Json::object({{"template", Json(definition.template_body)},
                       {"parameters", to_json(definition.parameters)},
                       {"stored", to_json(definition.stored)},
                       {"tags", definition.tags},
                       {"capabilities", list_of(definition.capabilities)}});
}

Definition definition_of(const Json& json) {
  Definition definition;
  definition.template_body = json.text("template");
  definition.parameters = values_of(json["parameters"]);
  definition.stored = values_of(json["stored"]);
  if (json["tags"].is_object()) definition.tags = json["tags"];
  definition.capabilities = texts_of(json["capabilities"]);
  return definition;
}

Json to_json(const Operation& operation) {
  return Json::object({{"id", Json(operation.id)},
                       {"kind", Json(name_of(kinds, operation.kind))},
                       {"phase", Json(name_of(phases, operation.phase))},
                       {"failed", Json(operation.failed)},
                       {"failure", Json(operation.failure)},
                       {"retain", list_of(operation.retain)},
                       {"skip", list_of(operation.skip)},
                       {"deadline", operation.deadline ? Json(operation.deadline->microseconds) : Json()},
                       {"policy", Json(operation.policy)},
                       {"force", Json(operation.force)},
                       {"retains_except_on_create", Json(operation.retains_except_on_create)}});
}

Operation operation_of(const Json& json) {
  Operation operation;
  operation.id = json.text("id");
  operation.kind = enum_of<Operation::Kind>(kinds, json.text("kind"));
  operation.phase = enum_of<Operation::Phase>(phases, json.text("phase"));
  operation.failed = flag_in(json, "failed");
  operation.failure = json.text("failure");
  operation.retain = texts_of(json["retain"]);
  operation.skip = texts_of(json["skip"]);
  operation.deadline = time_in(json, "deadline");
  operation.policy = json.text("policy");
  operation.force = json["force"] == Json(true);
  operation.retains_except_on_create = json["retains_except_on_create"] == Json(true);
  return operation;
}

Json to_json(const Earlier& earlier) {
  return Json::object({{"physical_id", Json(earlier.physical_id)},
                       {"properties", earlier.properties},
                       {"attributes", earlier.attributes},
                       {"tags", earlier.tags}});
}

Earlier earlier_of(const Json& json) {
  Earlier earlier{std::string(json.text("physical_id")), json["properties"], json["attributes"], Json::object()};
  if (json["tags"].is_object()) earlier.tags = json["tags"];
  return earlier;
}

Json to_json(const std::vector<Output>& outputs) {
  Json list = Json::array();
  for (const Output& output : outputs) {
    list.push_back(Json::object({{"key", Json(output.key)},
                                 {"value", Json(output.value)},
                                 {"description", Json(output.description)},
                                 {"export", Json(output.export_name)}}));
  }
  return list;
}

}  // namespace

Actor Stack::acting() const {
  if (role_arn.empty()) return actor;
  std::string_view role = std::string_view(role_arn).substr(role_arn.rfind('/') + 1);
  return {fmt::format("arn:aws:sts::{}:assumed-role/{}/AWSCloudFormation", account, role), "AWSCloudFormation"};
}

Json to_record(const Stack& stack) {
  Json record = Json::object({{"id", Json(stack.id)},
                              {"name", Json(stack.name)},
                              {"account", Json(stack.account)},
                              {"region", Json(stack.region)},
                              {"caller", Json(stack.actor.arn)},
                              {"caller_id", Json(stack.actor.user_id)},
                              {"session_policies", list_of(stack.actor.session_policies)},
                              {"role", Json(stack.role_arn)},
                              {"policy", Json(stack.policy)},
                              {"status", Json(stack.status)},
                              {"reason", Json(stack.reason)},
                              {"created", Json(stack.created.microseconds)},
                              {"definition", to_json(stack.definition)},
                              {"description", Json(stack.description)},
                              {"outputs", to_json(stack.outputs)},
                              {"imports", list_of(stack.imports)},
                              {"on_failure", Json(name_of(failures, stack.on_failure))},
                              {"protected", Json(stack.termination_protection)},
                              {"timeout_minutes", stack.timeout_minutes ? Json(*stack.timeout_minutes) : Json()},
                              {"parent", Json(stack.parent_id)},
                              {"root", Json(stack.root_id)},
                              {"change_set", Json(stack.change_set_id)},
                              {"token", Json(stack.token)}});
  if (stack.updated) record.set("updated", Json(stack.updated->microseconds));
  if (stack.deleted) record.set("deleted", Json(stack.deleted->microseconds));
  if (stack.before) record.set("before", to_json(*stack.before));
  if (stack.operation) record.set("operation", to_json(*stack.operation));
  return record;
}

Stack stack_of(const Json& record) {
  Stack stack;
  stack.id = record.text("id");
  stack.name = record.text("name");
  stack.account = record.text("account");
  stack.region = record.text("region");
  stack.actor = {std::string(record.text("caller")), std::string(record.text("caller_id")),
                 texts_of(record["session_policies"])};
  stack.role_arn = record.text("role");
  stack.policy = record.text("policy");
  stack.status = record.text("status");
  stack.reason = record.text("reason");
  stack.created = time_in(record, "created").value_or(Time{});
  stack.updated = time_in(record, "updated");
  stack.deleted = time_in(record, "deleted");
  stack.definition = definition_of(record["definition"]);
  if (const Json* before = record.find("before")) stack.before = definition_of(*before);
  stack.description = record.text("description");
  for (const Json& output : record["outputs"].items()) {
    stack.outputs.push_back({std::string(output.text("key")), std::string(output.text("value")),
                             std::string(output.text("description")), std::string(output.text("export"))});
  }
  stack.imports = texts_of(record["imports"]);
  stack.on_failure = enum_of<OnFailure>(failures, record.text("on_failure"));
  stack.termination_protection = flag_in(record, "protected");
  if (record["timeout_minutes"].is_number()) stack.timeout_minutes = record["timeout_minutes"].as_integer();
  stack.parent_id = record.text("parent");
  stack.root_id = record.text("root");
  stack.change_set_id = record.text("change_set");
  stack.token = record.text("token");
  if (const Json* operation = record.find("operation")) stack.operation = operation_of(*operation);
  return stack;
}

Json to_record(const Resource& resource) {
  Json record = Json::object({{"logical_id", Json(resource.logical_id)},
                              {"type", Json(resource.type)},
                              {"physical_id", Json(resource.physical_id)},
                              {"status", Json(resource.status)},
                              {"reason", Json(resource.reason)},
                              {"updated", Json(resource.updated.microseconds)},
                              {"properties", resource.properties},
                              {"attributes", resource.attributes},
                              {"metadata", resource.metadata},
                              {"tags", resource.tags},
                              {"deletion_policy", Json(resource.deletion_policy)},
                              {"replace_policy", Json(resource.replace_policy)},
                              {"needs", list_of(resource.needs)},
                              {"operation", Json(resource.operation)},
                              {"made_by", Json(resource.made_by)}});
  Json replaced = Json::array();
  for (const Earlier& one : resource.replaced) replaced.push_back(to_json(one));
  record.set("replaced", std::move(replaced));
  if (resource.earlier) record.set("earlier", to_json(*resource.earlier));
  if (resource.signals_until) record.set("signals_until", Json(resource.signals_until->microseconds));
  return record;
}

Resource resource_of(const Json& record) {
  Resource resource;
  resource.logical_id = record.text("logical_id");
  resource.type = record.text("type");
  resource.physical_id = record.text("physical_id");
  resource.status = record.text("status");
  resource.reason = record.text("reason");
  resource.updated = time_in(record, "updated").value_or(Time{});
  resource.properties = record["properties"];
  resource.attributes = record["attributes"];
  resource.deletion_policy = record.text("deletion_policy");
  resource.replace_policy = record.text("replace_policy");
  resource.needs = texts_of(record["needs"]);
  resource.operation = record.text("operation");
  resource.made_by = record.text("made_by");
  if (record["metadata"].is_object()) resource.metadata = record["metadata"];
  if (record["tags"].is_object()) resource.tags = record["tags"];
  resource.signals_until = time_in(record, "signals_until");
  if (record["replaced"].is_array()) {
    for (const Json& one : record["replaced"].items()) resource.replaced.push_back(earlier_of(one));
  }
  if (const Json* earlier = record.find("earlier")) resource.earlier = earlier_of(*earlier);
  return resource;
}

Json to_record(const ChangeSet& change_set) {
  return Json::object({{"id", Json(change_set.id)},
                       {"name", Json(change_set.name)},
                       {"stack_id", Json(change_set.stack_id)},
                       {"stack_name", Json(change_set.stack_name)},
                       {"creates", Json(change_set.creates)},
                       {"status", Json(change_set.status)},
                       {"reason", Json(change_set.reason)},
                       {"execution_status", Json(change_set.execution_status)},
                       {"created", Json(change_set.created.microseconds)},
                       {"description", Json(change_set.description)},
                       {"definition", to_json(change_set.definition)},
                       {"on_failure", Json(name_of(failures, change_set.on_failure))},
                       {"on_stack_failure", Json(change_set.on_stack_failure)},
                       {"role", Json(change_set.role_arn)},
                       {"changes", change_set.changes}});
}

ChangeSet change_set_of(const Json& record) {
  ChangeSet change_set;
  change_set.id = record.text("id");
  change_set.name = record.text("name");
  change_set.stack_id = record.text("stack_id");
  change_set.stack_name = record.text("stack_name");
  change_set.creates = flag_in(record, "creates");
  change_set.status = record.text("status");
  change_set.reason = record.text("reason");
  change_set.execution_status = record.text("execution_status");
  change_set.created = time_in(record, "created").value_or(Time{});
  change_set.description = record.text("description");
  change_set.definition = definition_of(record["definition"]);
  change_set.on_stack_failure = record.text("on_stack_failure");
  change_set.on_failure = enum_of<OnFailure>(failures, record.text("on_failure"));
  change_set.role_arn = record.text("role");
  change_set.changes = record["changes"];
  return change_set;
}

Json to_record(const Event& event) {
  return Json::object({{"id", Json(event.id)},
                       {"stack_id", Json(event.stack_id)},
                       {"stack_name", Json(event.stack_name)},
                       {"logical_id", Json(event.logical_id)},
                       {"physical_id", Json(event.physical_id)},
                       {"type", Json(event.type)},
                       {"status", Json(event.status)},
                       {"reason", Json(event.reason)},
                       {"properties", Json(event.properties)},
                       {"token", Json(event.token)},
                       {"time", Json(event.time.microseconds)}});
}

Event event_of(const Json& record) {
  Event event;
  event.id = record.text("id");
  event.stack_id = record.text("stack_id");
  event.stack_name = record.text("stack_name");
  event.logical_id = record.text("logical_id");
  event.physical_id = record.text("physical_id");
  event.type = record.text("type");
  event.status = record.text("status");
  event.reason = record.text("reason");
  event.properties = record.text("properties");
  event.token = record.text("token");
  event.time = time_in(record, "time").value_or(Time{});
  return event;
}

}  // namespace penstock::stack
