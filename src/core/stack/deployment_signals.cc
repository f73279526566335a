// Deployment: waiting for signals, and for the end of the time that a creation may take.
#include <fmt/format.h>

#include <utility>

#include "core/stack/deployment.h"
#include "core/stack/functions.h"
#include "core/stack/stacks.h"

namespace penstock::stack {

namespace {

std::optional<int64_t> whole_number(const Json& value) {
  std::string text;
  if (!scalar_text(value, text)) return std::nullopt;
  Outcome<Json> number = parse_json(text);
  if (!number || !number->is_number()) return std::nullopt;
  return number->as_integer();
}

}  // namespace

// A wait condition waits for its handle; any resource for itself, when its creation policy says so.
std::optional<SignalWait> Deployment::wait_of(const Resource& resource) {
  SignalWait wait;
  wait.source = resource.logical_id;
  wait.condition = resource.type == wait_condition_type;
  if (std::optional<HandleTarget> handle = read_handle_target(resource.properties.text("Handle"));
      wait.condition && handle) {
    wait.source = "handle:" + handle->secret;
    wait.count = whole_number(resource.properties["Count"]).value_or(1);
    wait.seconds = whole_number(resource.properties["Timeout"]).value_or(signal_seconds_max);
    return wait;
  }
  Outcome<std::optional<Json>> policy = evaluator().value(template_->resource(resource.logical_id)["CreationPolicy"]);
  if (!policy || !*policy) return std::nullopt;
  const Json* signal = (*policy)->find("ResourceSignal");
  if (!signal) return std::nullopt;
  wait.count = whole_number((*signal)["Count"]).value_or(1);
  wait.seconds = duration_seconds(signal->text("Timeout", "PT5M")).value_or(signal_seconds_max);
  return wait;
}

void Deployment::wait_for_signals(const std::string& id, SignalWait wait) {
  Resource& resource = resources_[id];
  if (!resource.signals_until) {
    resource.signals_until =
        Time{stacks_.parts_.clock.now().microseconds + std::min(wait.seconds, signal_seconds_max) * 1'000'000};
    set_status(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated");
  }
  waits_.emplace(id, std::move(wait));
  stacks_.parts_.at(*resource.signals_until, [weak = weak_from_this(), id] {
    if (auto self = weak.lock()) self->signals_timed_out(id);
  });
  if (aborted_ || !failures_.empty()) return cancel_waits();
  look_at_signals();
}

void Deployment::signalled() {
  std::lock_guard lock(mutex_);
  look_at_signals();
}

void Deployment::look_at_signals() {
  std::map<std::string, SignalWait> waits = waits_;
  for (const auto& [id, wait] : waits) {
    std::vector<Signal> signals = stacks_.signals(stack_.id, wait.source);
    Outcome<bool> enough = satisfied(wait, signals);
    if (enough.ok() && !*enough) continue;
    if (enough.ok() && wait.condition) resources_[id].attributes.set("Data", Json(signal_data(signals)));
    end_wait(id, enough.ok() ? std::nullopt : std::optional(enough.error()));
  }
}

void Deployment::signals_timed_out(const std::string& id) {
  std::lock_guard lock(mutex_);
  auto wait = waits_.find(id);
  if (wait == waits_.end()) return;
  size_t received = stacks_.signals(stack_.id, wait->second.source).size();
  std::string why = wait->second.condition
                        ? fmt::format("WaitCondition timed out. Received {} conditions when expecting {}", received,
                                      wait->second.count)
                        : fmt::format("Failed to receive {} resource signal(s) within the specified duration",
                                      wait->second.count - static_cast<int64_t>(received));
  end_wait(id, Error{"NotStabilized", std::move(why)});
}

void Deployment::end_wait(const std::string& id, const std::optional<Error>& error) {
  if (waits_.erase(id) == 0) return;
  Resource& resource = resources_[id];
  resource.signals_until.reset();
  if (error) {
    fail(resource, "CREATE_FAILED", *error);  // it is there: the roll-back removes it
  } else {
    set_status(resource, "CREATE_COMPLETE");
  }
  stacks_.parts_.post([self = shared_from_this(), id, ok = !error] { self->finish_step(id, ok); });
}

void Deployment::cancel_waits() {
  std::map<std::string, SignalWait> waits = waits_;
  for (const auto& [id, wait] : waits) end_wait(id, Error{"Cancelled", "Resource creation cancelled"});
}

void Deployment::watch_deadline() {
  if (!operation().deadline || operation().phase != Phase::forward) return;
  stacks_.parts_.at(*operation().deadline, [weak = weak_from_this()] {
    if (auto self = weak.lock()) (void)self->abort("Stack creation time exceeded the specified timeout. ");
  });
}

}  // namespace penstock::stack
