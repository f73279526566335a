// Stacks: what changes the course of an operation: policies, cancelling, rolling back further, signals.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "core/stack/deployment.h"
#include "core/stack/stack_policy.h"
#include "core/stack/stacks.h"

namespace penstock::stack {

namespace {

constexpr std::string_view signal_kind = "stack_signal";  // STACK-UUID/SOURCE/UNIQUE-ID

Error invalid(std::string text) {
  return Error{"ValidationError", std::move(text)};
}

std::string signal_prefix(std::string_view stack_id, std::string_view source) {
  std::string_view uuid = stack_id.substr(stack_id.rfind('/') + 1);
  return source.empty() ? fmt::format("{}/", uuid) : fmt::format("{}/{}/", uuid, source);
}

}  // namespace

Outcome<void> Stacks::set_policy(const Asker& asker, const std::string& name, const std::string& policy) {
  if (Outcome<void> checked = check_stack_policy(policy); !checked) return checked;
  std::lock_guard lock(mutex_);
  Outcome<Stack> stack = find(asker, name);
  if (!stack) return stack.error();
  if (stack->in_progress()) {  // its deployment writes the record
    return invalid(fmt::format("Stack [{}] is in {} state: its policy can be set when that has ended", stack->name,
                               stack->status));
  }
  stack->policy = policy;
  save(*stack);
  return {};
}

Outcome<void> Stacks::cancel_update(const Asker& asker, const std::string& name) {
  Outcome<Stack> stack = find(asker, name);
  if (!stack) return stack.error();
  std::shared_ptr<Deployment> deployment;
  {
    std::lock_guard lock(waiters_mutex_);
    auto running = running_.find(stack->id);
    if (running != running_.end() && stack->status == "UPDATE_IN_PROGRESS") deployment = running->second;
  }
  if (deployment && deployment->abort("User Initiated")) return {};
  return invalid("CancelUpdateStack cannot be called from current stack status");
}

Outcome<void> Stacks::continue_rollback(const Asker& asker, const std::string& name,
                                        const std::vector<std::string>& skip, const std::string& role_arn) {
  std::lock_guard lock(mutex_);
  Outcome<Stack> stack = find(asker, name);
  if (!stack) return stack.error();
  if (stack->status != "UPDATE_ROLLBACK_FAILED" || !stack->operation) {
    return invalid(
        fmt::format("Stack:{} is in {} state and can not continue update rollback.", stack->id, stack->status));
  }
  std::vector<Resource> present = resources(stack->id);
  for (const std::string& id : skip) {
    auto found = std::ranges::find(present, id, &Resource::logical_id);
    if (found == present.end() || found->status != "UPDATE_FAILED") {
      return invalid(fmt::format("Resource {} cannot be skipped: only those in UPDATE_FAILED state can", id));
    }
    found->earlier.reset();
    found->status = "UPDATE_COMPLETE";
    found->reason.clear();
    save(stack->id, *found);
  }
  stack->actor = asker.actor;
  if (!role_arn.empty()) stack->role_arn = role_arn;
  Operation operation = *stack->operation;  // the same one: what it made is known by its id
  operation.phase = Operation::Phase::restore;
  operation.skip = skip;
  begin(std::move(*stack), std::move(operation));
  return {};
}

Outcome<std::string> Stacks::roll_back(const Asker& asker, const std::string& name, const RollBack& wanted) {
  std::lock_guard lock(mutex_);
  Outcome<Stack> stack = find(asker, name);
  if (!stack) return stack.error();
  bool updated = stack->status == "UPDATE_FAILED" && stack->operation && stack->before;
  if (stack->status != "CREATE_FAILED" && !updated) {
    return invalid(fmt::format("Stack:{} is in {} state and can not be rolled back.", stack->id, stack->status));
  }
  stack->actor = asker.actor;
  stack->token = wanted.token;
  if (!wanted.role_arn.empty()) stack->role_arn = wanted.role_arn;
  Operation operation = updated ? *stack->operation : Operation{};
  operation.kind = updated ? Operation::Kind::update : Operation::Kind::create;
  operation.phase = updated ? Operation::Phase::restore : Operation::Phase::undo;
  operation.failed = true;
  operation.retains_except_on_create = wanted.retains_except_on_create;
  std::string id = stack->id;
  begin(std::move(*stack), std::move(operation));
  return id;
}

// ---- signals

std::vector<Signal> Stacks::signals(const std::string& stack_id, const std::string& source) const {
  std::vector<Signal> signals;
  for (const store::Records::Record& record : parts_.records.list(signal_kind, signal_prefix(stack_id, source))) {
    signals.push_back({std::string(record.value.text("id")), record.value["success"] == Json(true),
                       std::string(record.value.text("data")), std::string(record.value.text("reason"))});
  }
  return signals;
}

void Stacks::keep(const Stack& stack, const std::string& source, const Signal& signal) {
  std::string key = signal_prefix(stack.id, source) + signal.unique_id;
  bool is_new = parts_.records.insert(signal_kind, key,
                                      Json::object({{"id", Json(signal.unique_id)},
                                                    {"success", Json(signal.success)},
                                                    {"data", Json(signal.data)},
                                                    {"reason", Json(signal.reason)}}));
  if (!is_new) return;  // sent again
  std::shared_ptr<Deployment> deployment;
  {
    std::lock_guard lock(waiters_mutex_);
    auto running = running_.find(stack.id);
    if (running != running_.end()) deployment = running->second;
  }
  if (deployment) deployment->signalled();
}

void Stacks::forget_signals(const std::string& stack_id, const std::string& source) {
  for (const store::Records::Record& record : parts_.records.list(signal_kind, signal_prefix(stack_id, source))) {
    parts_.records.erase(signal_kind, record.key);
  }
}

Outcome<void> Stacks::signal(const Asker& asker, const std::string& name, const std::string& logical_id,
                             Signal signal) {
  Outcome<Stack> stack = find(asker, name);
  if (!stack) return stack.error();
  std::vector<Resource> present = resources(stack->id);
  auto found = std::ranges::find(present, logical_id, &Resource::logical_id);
  if (found == present.end()) {
    return invalid(fmt::format("Resource {} does not exist for stack {}", logical_id, stack->name));
  }
  if (!found->status.ends_with("_IN_PROGRESS")) {
    return invalid(fmt::format("Resource {} is in {} state and cannot be signaled", logical_id, found->status));
  }
  tell({{},
        stack->id,
        stack->name,
        logical_id,
        found->physical_id,
        found->type,
        found->status,
        fmt::format("Received {} signal with UniqueId {}", signal.success ? "SUCCESS" : "FAILURE", signal.unique_id),
        {},
        stack->token,
        {}});
  keep(*stack, logical_id, signal);
  return {};
}

Outcome<void> Stacks::signal_handle(std::string_view target, std::string_view body) {
  Error denied{"AccessDenied", "There is no wait condition handle of that address", 403};
  std::optional<HandleTarget> handle = read_handle_target(target);
  std::vector<std::string_view> parts = handle ? split(handle->stack_id, ':') : std::vector<std::string_view>();
  if (parts.size() != 6) return denied;
  Outcome<Stack> stack = find({std::string(parts[4]), std::string(parts[3]), {}}, handle->stack_id);
  if (!stack) return denied;
  std::vector<Resource> present = resources(stack->id);
  auto found = std::ranges::find(present, handle->logical_id, &Resource::logical_id);
  if (found == present.end() || found->type != wait_handle_type) return denied;
  std::optional<HandleTarget> own = read_handle_target(found->physical_id);
  if (!own || own->secret != handle->secret) return denied;
  Outcome<Signal> signal = read_signal(body);
  if (!signal) return signal.error();
  keep(*stack, "handle:" + handle->secret, *signal);
  return {};
}

}  // namespace penstock::stack
