#include "core/stack/deployment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "core/stack/functions.h"
#include "core/stack/stack_policy.h"
#include "core/stack/stacks.h"

namespace penstock::stack {

namespace {

constexpr std::string_view replacement_reason =
    "Requested update requires the creation of a new physical resource; hence creating one.";

Earlier earlier_of(const Resource& resource) {
  return {resource.physical_id, resource.properties, resource.attributes, resource.tags};
}

void put_back(Resource& resource, const Earlier& earlier) {
  resource.physical_id = earlier.physical_id;
  resource.properties = earlier.properties;
  resource.attributes = earlier.attributes;
  resource.tags = earlier.tags;
}

}  // namespace

void Deployment::start() {
  std::lock_guard lock(mutex_);
  for (Resource& resource : stacks_.resources(stack_.id)) resources_.emplace(resource.logical_id, std::move(resource));
  aborted_ = operation().phase == Phase::forward && !operation().failure.empty();  // before a crash
  watch_deadline();
  enter(operation().phase);
}

bool Deployment::abort(std::string reason) {
  std::lock_guard lock(mutex_);
  if (!stack_.operation || operation().phase != Phase::forward || aborted_) return false;
  aborted_ = true;
  operation().failure = std::move(reason);
  stacks_.save(stack_);
  schedule();
  return true;
}

// ---- phases

void Deployment::enter(Phase phase) {
  operation().phase = phase;
  steps_.clear();
  failures_.clear();
  stops_on_failure_ = phase == Phase::forward;
  bool takes_all = phase == Phase::undo || phase == Phase::remove;
  if (phase == Phase::forward) plan_forward();
  if (phase == Phase::restore) plan_restore();
  if (takes_all) plan_removals([](const Resource&) { return true; });
  if (phase == Phase::cleanup) {
    plan_removals([this](const Resource& resource) {
      return operation().failed ? is_new_here(resource) : resource.operation != operation().id;
    });
  }
  schedule();
}

void Deployment::plan_forward() {
  values_ = stack_.definition.values();
  Outcome<Template> parsed = parse_template(stack_.definition.template_body, &values_);
  PENSTOCK_ASSERT(parsed.ok());  // it was planned before
  template_ = std::move(*parsed);
  shows_properties_ = true;
  const Json& declared = template_->section("Parameters");
  for (size_t index = 0; declared.is_object() && index < declared.size(); ++index) {
    if (is_no_echo(declared.members()[index].value)) shows_properties_ = false;
  }
  Evaluator own = evaluator();
  Outcome<std::set<std::string>> wanted = wanted_resources(*template_, own);
  PENSTOCK_ASSERT(wanted.ok());
  Outcome<Needs> needs = dependencies(*template_, *wanted);
  PENSTOCK_ASSERT(needs.ok());
  needs_ = std::move(*needs);
  for (const auto& [id, others] : needs_) steps_[id] = {others, [this, name = id] { settle(name); }, false};
  if (operation().kind == Operation::Kind::update) plan_deletion_checks();
}

// What the clean-up would remove, the stack's policy may forbid: then nothing is done.
void Deployment::plan_deletion_checks() {
  for (auto& [id, resource] : resources_) {
    if (needs_.contains(id) || !resource.exists()) continue;
    std::optional<std::string> why = forbidden_by_policy("Update:Delete", resource);
    if (!why) continue;
    fail(resource, "UPDATE_FAILED", {"ValidationError", *why});
    failures_.push_back(id);
  }
}

void Deployment::plan_restore() {
  for (const auto& [id, resource] : resources_) {
    bool skipped = std::ranges::find(operation().skip, id) != operation().skip.end();
    if (resource.earlier && !skipped) steps_[id] = {{}, [this, name = id] { restore(name); }, false};
  }
  for (auto& [id, step] : steps_) {
    for (const std::string& other : resources_[id].needs) {
      if (other != id && steps_.contains(other)) step.waits.insert(other);
    }
  }
}

// In reverse: a resource goes after all that need it.
void Deployment::plan_removals(const std::function<bool(const Resource&)>& chosen) {
  for (const auto& [id, resource] : resources_) {
    if (resource.exists() && chosen(resource)) steps_[id] = {{}, [this, name = id] { remove(name); }, false};
    for (const Earlier& old : resource.replaced) {
      steps_[id + "#" + old.physical_id] = {{}, [this, name = id, old] { remove_replaced(name, old); }, false};
    }
  }
  for (const auto& [id, resource] : resources_) {
    if (!steps_.contains(id)) continue;
    for (const std::string& other : resource.needs) {
      auto needed = steps_.find(other);
      if (needed != steps_.end() && other != id) needed->second.waits.insert(id);
    }
  }
}

void Deployment::schedule() {
  bool stopped = stops_on_failure_ && (!failures_.empty() || aborted_);
  if (stopped) cancel_waits();
  for (auto& [name, step] : steps_) {
    if (step.running || stopped || !step.waits.empty()) continue;
    step.running = true;
    ++in_hand_;
    stacks_.parts_.post([self = shared_from_this(), work = step.work] { work(); });
  }
  if (in_hand_ == 0) end_phase();
}

void Deployment::finish_step(const std::string& name, bool ok) {
  std::lock_guard lock(mutex_);
  --in_hand_;
  steps_.erase(name);
  if (ok) {
    for (auto& [other, step] : steps_) step.waits.erase(name);
  } else {
    failures_.push_back(name);
  }
  schedule();
}

void Deployment::tell_of_stack() {
  Event event;
  event.stack_id = event.physical_id = stack_.id;
  event.stack_name = event.logical_id = stack_.name;
  event.type = "AWS::CloudFormation::Stack";
  event.status = stack_.status;
  event.reason = stack_.reason;
  event.token = stack_.token;
  stacks_.tell(std::move(event));
}

void Deployment::move_to(std::string status, std::string reason, Phase phase) {
  stack_.status = std::move(status);
  stack_.reason = std::move(reason);
  operation().phase = phase;
  stacks_.save(stack_);
  tell_of_stack();
  enter(phase);
}

void Deployment::end(std::string status, std::string reason) {
  bool updates = operation().kind == Operation::Kind::update;
  bool kept = status == "UPDATE_FAILED" || status == "UPDATE_ROLLBACK_FAILED";  // and can be rolled back further
  for (auto& [id, resource] : resources_) {
    if (updates && !resource.exists()) stacks_.forget(stack_.id, id);  // removed, or never made
    if ((!resource.earlier && resource.replaced.empty()) || !resource.exists() || kept) continue;
    resource.earlier.reset();
    resource.replaced.clear();
    stacks_.save(stack_.id, resource);
  }
  stack_.status = std::move(status);
  stack_.reason = std::move(reason);
  if (!kept) stack_.before.reset();
  if (!kept) stack_.operation.reset();
  if (stack_.status == "DELETE_COMPLETE") {
    stacks_.forget_signals(stack_.id);
    stacks_.forget_drifts(stack_.id);
    stack_.deleted = stacks_.parts_.clock.now();
    stack_.outputs.clear();
    stack_.imports.clear();
  }
  stacks_.save(stack_);
  tell_of_stack();
  stacks_.ended(stack_.id);
}

void Deployment::end_phase() {
  bool ok = failures_.empty() && steps_.empty() && !(aborted_ && operation().phase == Phase::forward);
  switch (operation().phase) {
    case Phase::forward:
      return ok ? end_forward() : end_forward_failed();
    case Phase::undo:
      return ok ? end("ROLLBACK_COMPLETE", {})
                : end("ROLLBACK_FAILED",
                      fmt::format("The following resource(s) failed to delete: [{}]. ", fmt::join(failures_, ", ")));
    case Phase::restore:
      if (!ok) {
        return end("UPDATE_ROLLBACK_FAILED",
                   fmt::format("The following resource(s) failed to update: [{}]. ", fmt::join(failures_, ", ")));
      }
      stack_.definition = *stack_.before;
      return move_to("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", {}, Phase::cleanup);
    case Phase::cleanup:
      return end(operation().failed ? "UPDATE_ROLLBACK_COMPLETE" : "UPDATE_COMPLETE", {});
    case Phase::remove:
      return ok ? end("DELETE_COMPLETE", {})
                : end("DELETE_FAILED",
                      fmt::format("The following resource(s) failed to delete: [{}]. ", fmt::join(failures_, ", ")));
  }
}

Outcome<void> Deployment::settle_outputs() {
  Asker asker{stack_.account, stack_.region, stack_.actor};
  Evaluator own = evaluator();
  Outcome<std::vector<Output>> outputs = evaluate_outputs(*template_, own);
  if (!outputs) return outputs.error();
  std::lock_guard lock(stacks_.mutex_);  // one at a time: names of exports are the account's
  Outcome<void> checked = stacks_.check_exports(asker, stack_, *outputs);
  if (!checked) return checked;
  stack_.outputs = std::move(*outputs);
  stack_.imports.assign(imports_.begin(), imports_.end());  // every value was evaluated by now, also after a restart
  stacks_.save(stack_);
  return {};
}

void Deployment::end_forward() {
  if (Outcome<void> settled = settle_outputs(); !settled) {
    operation().failure = settled.error().message + ". ";
    return end_forward_failed();
  }
  if (operation().kind == Operation::Kind::create) return end("CREATE_COMPLETE", {});
  move_to("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", {}, Phase::cleanup);
}

std::string Deployment::failed_resources() const {
  std::string reason;
  for (const auto& [status, did] : {std::pair("CREATE_FAILED", "create"), {"UPDATE_FAILED", "update"}}) {
    std::vector<std::string> ids;
    for (const std::string& id : failures_) {
      if (resources_.at(id).status == status) ids.push_back(id);
    }
    if (ids.empty()) continue;
    reason += fmt::format("The following resource(s) failed to {}: [{}]. ", did, fmt::join(ids, ", "));
  }
  return reason;
}

void Deployment::end_forward_failed() {
  Operation& own = operation();
  bool creates = own.kind == Operation::Kind::create;
  own.failed = true;
  if (own.failure.empty()) own.failure = failed_resources();
  std::string reason = own.failure;
  bool cancelled = aborted_ && !creates;  // asks for the roll-back
  if (stack_.on_failure == OnFailure::nothing && !cancelled)
    return end(creates ? "CREATE_FAILED" : "UPDATE_FAILED", reason);
  if (!creates) return move_to("UPDATE_ROLLBACK_IN_PROGRESS", reason, Phase::restore);
  if (stack_.on_failure == OnFailure::remove) return move_to("DELETE_IN_PROGRESS", reason, Phase::remove);
  move_to("ROLLBACK_IN_PROGRESS", reason + "Rollback requested by user.", Phase::undo);
}

// ---- values

Evaluator Deployment::evaluator() {
  Asker asker{stack_.account, stack_.region, {}};
  return Evaluator(*template_, values_, {stack_.account, stack_.region, stack_.id, stack_.name},
                   {[this](const std::string& id, const std::string& attribute) { return look_up(id, attribute); },
                    [this, asker](const std::string& name) {
                      imports_.insert(name);
                      return stacks_.imported(asker, name);
                    }});
}

Outcome<Json> Deployment::look_up(const std::string& id, const std::string& attribute) const {
  auto found = resources_.find(id);
  if (found == resources_.end() || !needs_.contains(id)) {
    return format_error(
        fmt::format("Unresolved resource dependencies [{}] in the Resources block of the template", id));
  }
  if (attribute.empty()) return Json(found->second.physical_id);
  const Json* value = found->second.attributes.find(attribute);
  if (value) return *value;
  return template_error(fmt::format("resource {} does not support attribute type {} in Fn::GetAtt", id, attribute));
}

Outcome<Json> Deployment::evaluate(const std::string& id) {
  const Json& declared = template_->resource(id);
  Evaluator own = evaluator();
  Outcome<std::optional<Json>> value = own.value(declared["Properties"]);
  if (!value) return value.error();
  Json properties = *value && (*value)->is_object() ? **value : Json::object();
  const ResourceSchema& schema = *stacks_.types().find(declared.text("Type"));
  std::vector<std::string> wrong = check_properties(schema, properties);
  if (!wrong.empty()) {
    return Error{"ValidationError", fmt::format("Properties validation failed for resource {} with message:\n{}", id,
                                                fmt::join(wrong, "\n"))};
  }
  // What the template says about the resource besides its properties; kept, as it is needed when the template is gone.
  Resource& resource = resources_[id];
  resource.logical_id = id;
  resource.type = schema.type;
  for (const auto& [policy, kept] : {std::pair("DeletionPolicy", &resource.deletion_policy),
                                     std::pair("UpdateReplacePolicy", &resource.replace_policy)}) {
    Outcome<std::string> chosen = evaluate_policy(own, policy, declared[policy]);
    if (!chosen) return chosen.error();
    *kept = std::move(*chosen);
  }
  if (declared["Metadata"].is_object()) {
    Outcome<std::optional<Json>> metadata = own.value(declared["Metadata"]);
    if (!metadata) return metadata.error();
    if (*metadata) resource.metadata = std::move(**metadata);
  }
  resource.needs.assign(needs_[id].begin(), needs_[id].end());
  return conformed(schema, properties);
}

ResourceCall Deployment::call_for(const Resource& resource) const {
  ResourceCall call;
  call.place = {stack_.account, stack_.region, stack_.id, stack_.name};
  call.actor = stack_.acting();
  call.root_id = stack_.root_id.empty() ? stack_.id : stack_.root_id;
  call.logical_id = resource.logical_id;
  call.type = resource.type;
  call.physical_id = resource.physical_id;
  call.properties = resource.properties;
  call.tags = resource.tags;
  call.capabilities = stack_.definition.capabilities;
  return call;
}

void Deployment::keep_status(Resource& resource, std::string status, std::string reason) {
  resource.status = std::move(status);
  resource.reason = std::move(reason);
  resource.updated = stacks_.parts_.clock.now();
  resource.operation = operation().id;
  stacks_.save(stack_.id, resource);
}

void Deployment::tell(const Resource& resource, std::string status, std::string reason, std::string physical_id) {
  Event event;
  event.stack_id = stack_.id;
  event.stack_name = stack_.name;
  event.logical_id = resource.logical_id;
  event.physical_id = std::move(physical_id);
  event.type = resource.type;
  event.status = std::move(status);
  event.reason = std::move(reason);
  if (shows_properties_) event.properties = to_string(resource.properties);
  event.token = stack_.token;
  stacks_.tell(std::move(event));
}

void Deployment::set_status(Resource& resource, std::string status, std::string reason) {
  keep_status(resource, std::move(status), std::move(reason));
  tell(resource, resource.status, resource.reason, resource.physical_id);
}

// ---- steps

const Json& Deployment::before_of(const Resource& resource) const {
  bool begun = resource.earlier && resource.operation == operation().id;
  return begun ? resource.earlier->properties : resource.properties;
}

bool Deployment::is_settled(const Resource& resource, const Json& properties) const {
  if (before_of(resource) != properties) return false;
  bool begun = resource.earlier && resource.operation == operation().id;
  const Json& tags = begun ? resource.earlier->tags : resource.tags;
  return tags == stack_.definition.tags || !stacks_.types().find(resource.type)->find("Tags");
}

void Deployment::settle(const std::string& id) {
  std::unique_lock lock(mutex_);
  Outcome<Json> properties = evaluate(id);
  Resource& resource = resources_[id];
  bool settled = resource.operation == operation().id && resource.complete();
  bool being_made = resource.operation == operation().id && resource.status == "CREATE_IN_PROGRESS";
  if (settled) {
    lock.unlock();
    return finish_step(id, true);
  }
  if (!properties) {
    resource.logical_id = id;
    resource.type = template_->resource(id).text("Type");
    fail(resource, resource.exists() ? "UPDATE_FAILED" : "CREATE_FAILED", properties.error());
    lock.unlock();
    return finish_step(id, false);
  }
  if (!resource.exists() || being_made) {
    lock.unlock();
    return make(id, std::move(*properties), false);
  }
  if (is_settled(resource, *properties)) {
    resource.operation = operation().id;
    stacks_.save(stack_.id, resource);
    lock.unlock();
    return finish_step(id, true);
  }
  const Json& before = before_of(resource);
  const ResourceSchema& schema = *stacks_.types().find(resource.type);
  bool replaces = std::ranges::any_of(schema.properties, [&](const Property& property) {
    return property.on_change == OnChange::replace && before[property.name] != (*properties)[property.name];
  });
  if (auto why = forbidden_by_policy(replaces ? "Update:Replace" : "Update:Modify", resource)) {
    fail(resource, "UPDATE_FAILED", {"ValidationError", *why});
    lock.unlock();
    return finish_step(id, false);
  }
  lock.unlock();
  return replaces ? make(id, std::move(*properties), true) : change(id, std::move(*properties));
}

// Chooses the id, records it, and makes the resource; after a crash the recorded id says that this was begun.
void Deployment::make(const std::string& id, Json properties, bool replacing) {
  ResourceCall call;
  {
    std::unique_lock lock(mutex_);
    Resource& resource = resources_[id];
    std::string_view doing = replacing ? "UPDATE_IN_PROGRESS" : "CREATE_IN_PROGRESS";
    bool begun = resource.operation == operation().id && resource.status == doing &&
                 (!replacing || (resource.earlier && resource.earlier->physical_id != resource.physical_id));
    if (!begun && replacing) resource.earlier = earlier_of(resource);
    resource.properties = std::move(properties);
    resource.tags = stack_.definition.tags;
    if (!begun) {
      Outcome<std::string> chosen = stacks_.types_->choose_id(call_for(resource));
      if (chosen.ok() && replacing && *chosen == resource.earlier->physical_id) {
        chosen = Error{"ValidationError",
                       fmt::format("CloudFormation cannot update a stack when a custom-named resource requires "
                                   "replacing. Rename {} and update the stack again.",
                                   *chosen)};
      }
      if (!chosen) {
        if (replacing) {  // nothing has happened to it
          put_back(resource, *resource.earlier);
          resource.earlier.reset();
        }
        fail(resource, replacing ? "UPDATE_FAILED" : "CREATE_FAILED", chosen.error());
        lock.unlock();
        return finish_step(id, false);
      }
      if (!replacing) resource.made_by = operation().id;
      resource.physical_id = *chosen;
      resource.signals_until.reset();
      stacks_.forget_signals(stack_.id, id);
      // The new id is kept, and told when there is something of that name.
      keep_status(resource, std::string(doing), replacing ? std::string(replacement_reason) : std::string());
      tell(resource, resource.status, resource.reason, replacing ? resource.earlier->physical_id : std::string());
    }
    call = call_for(resource);
    call.resuming = begun;
  }
  std::string status = replacing ? "UPDATE" : "CREATE";
  stacks_.types_->create(call, [self = shared_from_this(), id, status](Outcome<Made> outcome) {
    self->made(id, status, std::move(outcome));
  });
}

void Deployment::change(const std::string& id, Json properties) {
  ResourceCall call;
  {
    std::lock_guard lock(mutex_);
    Resource& resource = resources_[id];
    bool begun = resource.operation == operation().id && resource.earlier;
    if (!begun) resource.earlier = earlier_of(resource);
    resource.properties = std::move(properties);
    resource.tags = stack_.definition.tags;
    if (!begun) set_status(resource, "UPDATE_IN_PROGRESS");
    call = call_for(resource);
    call.previous = resource.earlier->properties;
    call.previous_tags = resource.earlier->tags;
    call.resuming = begun;
  }
  stacks_.types_->update(
      call, [self = shared_from_this(), id](Outcome<Made> outcome) { self->made(id, "UPDATE", std::move(outcome)); });
}

void Deployment::made(const std::string& id, std::string status, Outcome<Made> outcome) {
  bool ok = outcome.ok();
  {
    std::lock_guard lock(mutex_);
    Resource& resource = resources_[id];
    if (ok) {
      bool replaced = resource.earlier && resource.earlier->physical_id != outcome->physical_id;
      if (replaced && resource.replace_policy != "Retain") resource.replaced.push_back(*resource.earlier);
      resource.physical_id = outcome->physical_id;
      resource.attributes = outcome->attributes;
      if (std::optional<SignalWait> wait = status == "CREATE" ? wait_of(resource) : std::nullopt) {
        return wait_for_signals(id, std::move(*wait));
      }
      if (status == "CREATE" || replaced) {
        tell(resource, status + "_IN_PROGRESS", "Resource creation Initiated", resource.physical_id);
      }
      set_status(resource, status + "_COMPLETE");
    } else {
      // A failed creation leaves nothing; the one that was to be replaced is still there.
      bool replacing = resource.earlier && resource.earlier->physical_id != resource.physical_id;
      if (replacing) {
        put_back(resource, *resource.earlier);
        resource.earlier.reset();
      } else if (status == "CREATE") {
        resource.physical_id.clear();
      }
      fail(resource, status + "_FAILED", outcome.error());
    }
  }
  finish_step(id, ok);
}

void Deployment::fail(Resource& resource, const std::string& status, const Error& error) {
  set_status(resource, status, error.message);
}

// Back to what the resource was before this update.
void Deployment::restore(const std::string& id) {
  ResourceCall call;
  {
    std::unique_lock lock(mutex_);
    Resource& resource = resources_[id];
    Earlier earlier = *resource.earlier;
    if (earlier.physical_id != resource.physical_id) {
      std::erase_if(resource.replaced, [&](const Earlier& one) { return one.physical_id == earlier.physical_id; });
      if (resource.exists()) resource.replaced.push_back(earlier_of(resource));
      put_back(resource, earlier);
      resource.earlier.reset();
      set_status(resource, "UPDATE_COMPLETE");
      lock.unlock();
      return finish_step(id, true);
    }
    set_status(resource, "UPDATE_IN_PROGRESS");
    call = call_for(resource);
    call.previous = call.properties;
    call.properties = earlier.properties;
    call.previous_tags = call.tags;
    call.tags = earlier.tags;
    call.resuming = true;  // the failed update may have done a part
  }
  stacks_.types_->update(call, [self = shared_from_this(), id](Outcome<Made> outcome) {
    bool ok = outcome.ok();
    {
      std::lock_guard lock(self->mutex_);
      Resource& resource = self->resources_[id];
      if (ok) {
        resource.properties = resource.earlier->properties;
        resource.tags = resource.earlier->tags;
        resource.attributes = outcome->attributes;
        resource.earlier.reset();
        self->set_status(resource, "UPDATE_COMPLETE");
      } else {
        self->fail(resource, "UPDATE_FAILED", outcome.error());
      }
    }
    self->finish_step(id, ok);
  });
}

std::optional<std::string> Deployment::forbidden_by_policy(std::string_view action, const Resource& resource) const {
  if (operation().kind != Operation::Kind::update) return std::nullopt;
  const std::string& policy = operation().policy.empty() ? stack_.policy : operation().policy;
  return forbidden(policy, action, resource.logical_id, resource.type);
}

bool Deployment::keeps(const Resource& resource) const {
  if (std::ranges::find(operation().retain, resource.logical_id) != operation().retain.end()) return true;
  if (!resource.deletion_policy.starts_with("Retain")) return false;
  // A creation that is taken back leaves nothing, if that was asked for.
  bool taken_back = operation().phase == Phase::undo || (operation().phase == Phase::cleanup && operation().failed);
  bool except = resource.deletion_policy == "RetainExceptOnCreate" || operation().retains_except_on_create;
  return !(taken_back && except && is_new_here(resource));
}

void Deployment::remove(const std::string& id) {
  ResourceCall call;
  bool cleaning = false;
  {
    std::unique_lock lock(mutex_);
    Resource& resource = resources_[id];
    cleaning = operation().phase == Phase::cleanup;
    if (keeps(resource)) {
      set_status(resource, "DELETE_SKIPPED");
      resource.physical_id.clear();
      stacks_.save(stack_.id, resource);
      if (cleaning) stacks_.forget(stack_.id, id);
      lock.unlock();
      return finish_step(id, true);
    }
    call = call_for(resource);
    set_status(resource, "DELETE_IN_PROGRESS");
  }
  stacks_.types_->remove(call, [self = shared_from_this(), id, cleaning](Outcome<void> outcome) {
    bool ok = outcome.ok();
    {
      std::lock_guard lock(self->mutex_);
      Resource& resource = self->resources_[id];
      if (ok) {
        self->set_status(resource, "DELETE_COMPLETE");
        resource.physical_id.clear();
        self->stacks_.save(self->stack_.id, resource);
      } else {
        self->fail(resource, "DELETE_FAILED", outcome.error());
      }
      bool left = !ok && self->operation().force;
      if (left) {
        self->set_status(resource, "DELETE_SKIPPED", resource.reason);
        resource.physical_id.clear();
        self->stacks_.save(self->stack_.id, resource);
        ok = true;
      }
      // What a clean-up cannot remove stays behind, and the stack no longer knows it, as on AWS.
      if (cleaning) self->stacks_.forget(self->stack_.id, id);
    }
    self->finish_step(id, ok);
  });
}

void Deployment::remove_replaced(const std::string& id, const Earlier& replaced) {
  ResourceCall call;
  {
    std::lock_guard lock(mutex_);
    call = call_for(resources_[id]);
    call.physical_id = replaced.physical_id;
    call.properties = replaced.properties;
    call.tags = replaced.tags;
    tell(resources_[id], "DELETE_IN_PROGRESS", {}, replaced.physical_id);
  }
  std::string physical_id = replaced.physical_id;
  stacks_.types_->remove(call, [self = shared_from_this(), id, physical_id](Outcome<void> outcome) {
    {
      std::lock_guard lock(self->mutex_);
      std::string status = outcome.ok() ? "DELETE_COMPLETE" : "DELETE_FAILED";
      self->tell(self->resources_[id], status, outcome.ok() ? std::string() : outcome.error().message, physical_id);
    }
    self->finish_step(id + "#" + physical_id, outcome.ok());
  });
}

}  // namespace penstock::stack
