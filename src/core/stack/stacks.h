// Stacks: every stack, change set and event of the server, as records, and the operations that change them.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "core/event/bus.h"
#include "core/stack/drift.h"
#include "core/stack/plan.h"
#include "core/stack/signals.h"
#include "core/stack/stack.h"
#include "store/records.h"

namespace penstock::stack {

class Deployment;

// Who asks, and where.
struct Asker {
  std::string account;
  std::string region;
  Actor actor;
};

struct StackRequest {
  Asker asker;
  std::string name;                          // or an existing stack's id
  std::optional<std::string> template_body;  // none: the one that the stack has
  std::vector<GivenParameter> parameters;
  std::optional<Json> tags;  // key -> value; none: as they are
  std::vector<std::string> capabilities;
  OnFailure on_failure = OnFailure::rollback;
  bool termination_protection = false;
  std::string token;
  std::string role_arn;                    // empty: the one that the stack has
  std::optional<std::string> policy;       // none: the one that the stack has
  std::string policy_during_update;        // instead of it, this once
  std::optional<int64_t> timeout_minutes;  // of a creation
  bool retains_except_on_create = false;   // a roll-back also removes what it made and would retain
  std::vector<std::string> allowed_types;  // "AWS::S3::*", "Custom::*", ...; none: all
  // Of a nested stack.
  std::string id;
  std::string parent_id;
  std::string root_id;
};

struct ChangeSetRequest {
  StackRequest stack;
  std::string name;
  std::string description;
  bool creates = false;
  std::string on_stack_failure;  // as it was asked for: DO_NOTHING, ROLLBACK, DELETE
};

class Stacks {
 public:
  struct Parts {
    const Clock& clock;
    Random& random;
    Log& log;
    store::Records& records;
    std::function<void(std::function<void()>)> post;      // to a worker thread
    std::function<void(Time, std::function<void()>)> at;  // at that time, on some thread (Engine::set_patient_alarm)
    event::Bus* bus = nullptr;                            // hears every event; may be none
  };

  explicit Stacks(Parts parts);
  ~Stacks();
  Stacks(const Stacks&) = delete;
  Stacks& operator=(const Stacks&) = delete;

  // Takes the resource types, and goes on with every operation that a crash or a stop interrupted.
  void recover(ResourceTypes& types);
  const ResourceTypes& types() const { return *types_; }

  // Each answers once the operation is recorded; it then runs on its own. The stack's id.
  Outcome<std::string> create(const StackRequest& request);
  Outcome<std::string> update(const StackRequest& request);  // "No updates are to be performed."
  struct Removal {
    std::vector<std::string> retain;
    std::string role_arn;
    bool force = false;  // what cannot be removed stays behind
    std::string token;
  };
  Outcome<void> remove(const Asker& asker, const std::string& name, const Removal& removal);
  Outcome<std::string> protect(const Asker& asker, const std::string& name, bool on);

  // Interventions (interventions.cc).
  Outcome<void> set_policy(const Asker& asker, const std::string& name, const std::string& policy);
  Outcome<void> cancel_update(const Asker& asker, const std::string& name);
  // Out of UPDATE_ROLLBACK_FAILED; `skip`: resources that stay as they are.
  Outcome<void> continue_rollback(const Asker& asker, const std::string& name, const std::vector<std::string>& skip,
                                  const std::string& role_arn);
  // Of a stack whose failure was kept: CREATE_FAILED or UPDATE_FAILED. Its id.
  struct RollBack {
    std::string role_arn;
    bool retains_except_on_create = false;
    std::string token;
  };
  Outcome<std::string> roll_back(const Asker& asker, const std::string& name, const RollBack& wanted);
  Outcome<void> signal(const Asker& asker, const std::string& name, const std::string& logical_id, Signal signal);
  // By a PUT to a wait handle's URL: its path and query. AccessDenied when there is no such handle.
  Outcome<void> signal_handle(std::string_view target, std::string_view body);

  // Drift (drift_detection.cc): looked for as the asker. Of some resources, or of all when `logical_ids` is empty; the
  // detection's id.
  Outcome<std::string> detect_drift(const Asker& asker, const std::string& name,
                                    const std::vector<std::string>& logical_ids);
  Outcome<Drift> detect_resource_drift(const Asker& asker, const std::string& name, const std::string& logical_id);
  Outcome<DriftDetection> drift_detection(const std::string& id) const;
  std::optional<DriftDetection> last_drift_detection(const std::string& stack_id) const;
  std::vector<Drift> drifts(const std::string& stack_id) const;  // as they were found last

  Outcome<ChangeSet> create_change_set(const ChangeSetRequest& request);
  struct Execution {
    std::optional<bool> keep_on_failure;
    bool retains_except_on_create = false;
    std::string token;
  };
  Outcome<std::string> execute_change_set(const Asker& asker, const std::string& name, const std::string& stack,
                                          const Execution& how);
  Outcome<void> delete_change_set(const Asker& asker, const std::string& name, const std::string& stack);
  // By ARN, or by name and stack. ChangeSetNotFound.
  Outcome<ChangeSet> change_set(const Asker& asker, const std::string& name, const std::string& stack) const;
  std::vector<ChangeSet> change_sets(const std::string& stack_id) const;

  // By name (of those not deleted) or by id. ValidationError, "Stack with id X does not exist".
  Outcome<Stack> find(const Asker& asker, const std::string& name) const;
  std::vector<Stack> list(const Asker& asker) const;  // newest first, deleted ones too
  std::vector<Resource> resources(const std::string& stack_id) const;
  std::vector<Event> events(const std::string& stack_id) const;  // newest first
  // The stack that exports the name, and the value.
  std::optional<std::pair<Stack, Output>> exported(const Asker& asker, const std::string& name) const;
  std::vector<Stack> importing(const Asker& asker, const std::string& name) const;

  // Calls `ended` once when no operation of the stack is under way: at once, or later on a worker thread.
  void when_ended(const std::string& stack_id, std::function<void()> ended);
  // The same, waiting; false after `milliseconds`.
  bool wait_ended(const std::string& stack_id, int milliseconds);

  // What a change would do, without doing it. `present`: the stack, when there is one.
  Outcome<Plan> plan(const Stack& stack, const Definition& definition, bool is_new) const;

 private:
  friend class Deployment;
  struct Prepared;

  Outcome<Prepared> prepare(const StackRequest& request, const Stack* present) const;
  Outcome<ParameterValues> stored_values(const StackRequest& request, const Template& wanted,
                                         const ParameterValues& given) const;
  static Outcome<void> check_expansion(const Prepared& prepared);
  static Outcome<void> check_allowed_types(const StackRequest& request, const Template& wanted);
  Stack new_stack(const StackRequest& request) const;
  void begin(Stack stack, Operation operation);
  void settle_kept(const Stack& stack);
  void tell_status(const Stack& stack);
  // What came from a source (SignalWait::source); all of the stack's when `source` is empty.
  std::vector<Signal> signals(const std::string& stack_id, const std::string& source) const;
  Drift look_at(const Asker& asker, const Stack& stack, const Resource& resource);
  void forget_drifts(const std::string& stack_id);
  void keep(const Stack& stack, const std::string& source, const Signal& signal);
  void forget_signals(const std::string& stack_id, const std::string& source = {});
  void run(const Stack& stack);
  void ended(const std::string& stack_id);
  Outcome<Json> imported(const Asker& asker, const std::string& name) const;
  Outcome<void> check_exports(const Asker& asker, const Stack& stack, const std::vector<Output>& outputs) const;
  void save(const Stack& stack);
  void save(const std::string& stack_id, const Resource& resource);
  void forget(const std::string& stack_id, const std::string& logical_id);
  void save(const ChangeSet& change_set);
  void tell(Event event);

  Parts parts_;
  ResourceTypes* types_ = nullptr;
  mutable std::mutex mutex_;  // one new operation at a time: each checks what others might change
  std::mutex waiters_mutex_;
  std::condition_variable end_;
  std::map<std::string, std::shared_ptr<Deployment>> running_;  // by stack id
  std::multimap<std::string, std::function<void()>> waiters_;   // by stack id
  std::mutex events_mutex_;
  Time last_event_;
};

// "Stack with id X does not exist".
Error no_such_stack(std::string_view name);

}  // namespace penstock::stack
