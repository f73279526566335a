// Deployment: one operation on a stack under way. It moves through phases; each is a set of steps, one a resource, that
// run in parallel as far as the resources' needs allow. Every change of state is recorded before the next thing is
// done, so a deployment made from the records of an interrupted one goes on where that was.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/stack/plan.h"
#include "core/stack/resource_types.h"
#include "core/stack/signals.h"
#include "core/stack/stack.h"

namespace penstock::stack {

class Stacks;

class Deployment : public std::enable_shared_from_this<Deployment> {
 public:
  Deployment(Stacks& stacks, Stack stack) : stacks_(stacks), stack_(std::move(stack)) {}

  // Begins the recorded phase, on the calling thread.
  void start();
  // Stops going forward, and goes back instead; false when it does not go forward any more.
  bool abort(std::string reason);
  // Signals have come, perhaps for this stack.
  void signalled();

 private:
  using Phase = Operation::Phase;
  struct Step {
    std::set<std::string> waits;  // for steps of these names
    std::function<void()> work;
    bool running = false;
  };

  // Phases. With mutex_ held.
  void enter(Phase phase);
  void plan_forward();
  void plan_restore();
  void plan_removals(const std::function<bool(const Resource&)>& chosen);
  void plan_deletion_checks();
  void schedule();
  void finish_step(const std::string& name, bool ok);  // takes mutex_
  void end_phase();
  void end_forward();
  void end_forward_failed();
  // "The following resource(s) failed to create: [A, B]. "
  std::string failed_resources() const;
  void tell_of_stack();  // an event with its status and reason
  void move_to(std::string status, std::string reason, Phase phase);
  void end(std::string status, std::string reason);
  Outcome<void> settle_outputs();

  // Steps; they run on a worker thread, without mutex_.
  void settle(const std::string& id);
  void restore(const std::string& id);
  void remove(const std::string& id);
  void remove_replaced(const std::string& id, const Earlier& replaced);
  void make(const std::string& id, Json properties, bool replacing);
  void change(const std::string& id, Json properties);
  void made(const std::string& id, std::string status, Outcome<Made> outcome);
  // Waiting for signals (deployment_signals.cc). With mutex_ held, but for `signals_timed_out`.
  std::optional<SignalWait> wait_of(const Resource& resource);
  void wait_for_signals(const std::string& id, SignalWait wait);
  void look_at_signals();
  void signals_timed_out(const std::string& id);
  void end_wait(const std::string& id, const std::optional<Error>& error);
  void cancel_waits();
  void watch_deadline();

  void fail(Resource& resource, const std::string& status, const Error& error);

  Outcome<Json> evaluate(const std::string& id);
  Outcome<Json> look_up(const std::string& id, const std::string& attribute) const;
  Evaluator evaluator();
  ResourceCall call_for(const Resource& resource) const;
  bool keeps(const Resource& resource) const;
  // The properties before this operation.
  const Json& before_of(const Resource& resource) const;
  // Whether nothing of the resource differs from what it is to be.
  bool is_settled(const Resource& resource, const Json& properties) const;
  std::optional<std::string> forbidden_by_policy(std::string_view action, const Resource& resource) const;
  bool is_new_here(const Resource& resource) const { return resource.made_by == operation().id; }
  Operation& operation() { return *stack_.operation; }
  const Operation& operation() const { return *stack_.operation; }
  void set_status(Resource& resource, std::string status, std::string reason = {});
  // Keeps the status, without an event.
  void keep_status(Resource& resource, std::string status, std::string reason);
  void tell(const Resource& resource, std::string status, std::string reason, std::string physical_id);

  Stacks& stacks_;
  std::mutex mutex_;
  Stack stack_;
  Resources resources_;
  ParameterValues values_;
  std::optional<Template> template_;  // of the forward phase
  Needs needs_;
  std::set<std::string> imports_;  // names of exports that the forward phase used
  std::map<std::string, Step> steps_;
  std::vector<std::string> failures_;  // steps of this phase
  size_t in_hand_ = 0;
  std::map<std::string, SignalWait> waits_;  // by resource; its step is in hand
  bool aborted_ = false;
  bool stops_on_failure_ = false;
  bool shows_properties_ = false;  // in events: unless a parameter is a secret
};

}  // namespace penstock::stack
