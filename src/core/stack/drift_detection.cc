// Stacks: looking whether what is there is what the templates said.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/stack/drift.h"
#include "core/stack/stacks.h"

namespace penstock::stack {

namespace {

constexpr std::string_view drift_kind = "stack_drift";                // STACK-UUID/LOGICAL-ID: the last one
constexpr std::string_view detection_kind = "stack_drift_detection";  // by id
constexpr std::string_view last_kind = "stack_drift_last";            // STACK-UUID: the last detection of the stack

Error invalid(std::string text) {
  return Error{"ValidationError", std::move(text)};
}

std::string drift_prefix(std::string_view stack_id) {
  return fmt::format("{}/", stack_id.substr(stack_id.rfind('/') + 1));
}

std::string_view uuid_of(std::string_view stack_id) {
  return stack_id.substr(stack_id.rfind('/') + 1);
}

Outcome<void> check_idle(const Stack& stack) {
  bool settled =
      stack.status.ends_with("_COMPLETE") && stack.status != "DELETE_COMPLETE" && stack.status != "ROLLBACK_COMPLETE";
  if (settled) return {};
  return invalid(
      fmt::format("Drift detection cannot be performed on stack {} as it is in {} state", stack.name, stack.status));
}

// What AWS reports of a resource: the properties that were compared.
Json compared(const Json& expected, const Json& actual) {
  Json kept = Json::object();
  for (const JsonMember& member : expected.members()) {
    const Json* value = actual.find(member.key);
    if (value && !value->is_null()) kept.set(member.key, *value);
  }
  return kept;
}

}  // namespace

Drift Stacks::look_at(const Asker& asker, const Stack& stack, const Resource& resource) {
  Drift drift;
  drift.logical_id = resource.logical_id;
  drift.physical_id = resource.physical_id;
  drift.type = resource.type;
  drift.checked = parts_.clock.now();
  drift.expected = resource.properties;
  drift.status = "NOT_CHECKED";
  if (!types_->reads(resource.type)) {
    drift.reason = fmt::format("Drift of {} is not looked for here", resource.type);
    return drift;
  }
  ResourceCall call;
  call.place = {stack.account, stack.region, stack.id, stack.name};
  call.actor = asker.actor;
  call.logical_id = resource.logical_id;
  call.type = resource.type;
  call.physical_id = resource.physical_id;
  call.properties = resource.properties;
  call.tags = resource.tags;
  Outcome<std::optional<Json>> actual = types_->read(call);
  if (!actual) {
    drift.reason = actual.error().message;
    return drift;
  }
  if (!*actual) {
    drift.status = "DELETED";
    return drift;
  }
  drift.status = differences(resource.properties, **actual).empty() ? "IN_SYNC" : "MODIFIED";
  drift.expected = Json::object();
  for (const JsonMember& member : (*actual)->members()) {
    if (const Json* expected = resource.properties.find(member.key)) drift.expected.set(member.key, *expected);
  }
  drift.actual = compared(resource.properties, **actual);
  return drift;
}

Outcome<Drift> Stacks::detect_resource_drift(const Asker& asker, const std::string& name,
                                             const std::string& logical_id) {
  Outcome<Stack> stack = find(asker, name);
  if (!stack) return stack.error();
  if (Outcome<void> idle = check_idle(*stack); !idle) return idle.error();
  for (const Resource& resource : resources(stack->id)) {
    if (resource.logical_id != logical_id || !resource.exists()) continue;
    Drift drift = look_at(asker, *stack, resource);
    parts_.records.put(drift_kind, drift_prefix(stack->id) + logical_id, to_record(drift));
    return drift;
  }
  return invalid(fmt::format("Resource {} does not exist for stack {}", logical_id, stack->name));
}

Outcome<std::string> Stacks::detect_drift(const Asker& asker, const std::string& name,
                                          const std::vector<std::string>& logical_ids) {
  Outcome<Stack> stack = find(asker, name);
  if (!stack) return stack.error();
  if (Outcome<void> idle = check_idle(*stack); !idle) return idle.error();
  DriftDetection detection{parts_.random.uuid(), stack->id, "IN_SYNC", 0, parts_.clock.now()};
  for (const Resource& resource : resources(stack->id)) {
    bool chosen = logical_ids.empty() || std::ranges::find(logical_ids, resource.logical_id) != logical_ids.end();
    if (!chosen || !resource.exists()) continue;
    Drift drift = look_at(asker, *stack, resource);
    parts_.records.put(drift_kind, drift_prefix(stack->id) + resource.logical_id, to_record(drift));
    if (drift.status == "MODIFIED" || drift.status == "DELETED") ++detection.drifted;
  }
  if (detection.drifted > 0) detection.status = "DRIFTED";
  parts_.records.put(detection_kind, detection.id, to_record(detection));
  parts_.records.put(last_kind, uuid_of(stack->id), to_record(detection));
  return detection.id;
}

Outcome<DriftDetection> Stacks::drift_detection(const std::string& id) const {
  std::optional<Json> record = parts_.records.get(detection_kind, id);
  if (!record) return invalid(fmt::format("StackDriftDetectionId {} does not exist", id));
  return drift_detection_of(*record);
}

std::optional<DriftDetection> Stacks::last_drift_detection(const std::string& stack_id) const {
  std::optional<Json> record = parts_.records.get(last_kind, uuid_of(stack_id));
  if (!record) return std::nullopt;
  return drift_detection_of(*record);
}

std::vector<Drift> Stacks::drifts(const std::string& stack_id) const {
  std::vector<Drift> drifts;
  for (const store::Records::Record& record : parts_.records.list(drift_kind, drift_prefix(stack_id))) {
    drifts.push_back(drift_of(record.value));
  }
  return drifts;
}

void Stacks::forget_drifts(const std::string& stack_id) {
  for (const store::Records::Record& record : parts_.records.list(drift_kind, drift_prefix(stack_id))) {
    parts_.records.erase(drift_kind, record.key);
  }
  if (std::optional<DriftDetection> last = last_drift_detection(stack_id)) {
    parts_.records.erase(detection_kind, last->id);
    parts_.records.erase(last_kind, uuid_of(stack_id));
  }
}

}  // namespace penstock::stack
