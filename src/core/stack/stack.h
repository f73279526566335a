// Stack, its resources, change sets and events: what the records hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "core/stack/actor.h"
#include "core/stack/parameters.h"

namespace penstock::stack {

// What a stack is made from; an update that fails goes back to the one before.
struct Definition {
  std::string template_body;
  ParameterValues parameters;  // as given
  ParameterValues stored;      // of those that name an entry of the Parameter Store: what that held
  Json tags = Json::object();  // key -> value
  std::vector<std::string> capabilities;

  // The parameters' values as the template sees them.
  ParameterValues values() const {
    ParameterValues values = stored;
    values.insert(parameters.begin(), parameters.end());  // which leaves the stored ones
    return values;
  }
};

// One operation under way.
struct Operation {
  enum class Kind { create, update, remove };
  // forward: to the definition. undo: takes back a creation. restore: back to the definition before. cleanup: removes
  // what is not wanted any more. remove: takes all away.
  enum class Phase { forward, undo, restore, cleanup, remove };
  std::string id;  // a UUID
  Kind kind = Kind::create;
  Phase phase = Phase::forward;
  bool failed = false;                    // the definition could not be reached
  std::string failure;                    // why
  std::vector<std::string> retain;        // resources that DeleteStack leaves
  bool force = false;                     // what DeleteStack cannot remove, it leaves
  std::vector<std::string> skip;          // resources that ContinueUpdateRollback leaves as they are
  std::optional<Time> deadline;           // of a creation
  std::string policy;                     // of an update, in place of the stack's
  bool retains_except_on_create = false;  // what the operation made goes with it, also what would be retained
};

struct Output {
  std::string key;
  std::string value;
  std::string description;
  std::string export_name;
};

enum class OnFailure { rollback, nothing, remove };

struct Stack {
  std::string id;  // its ARN
  std::string name;
  std::string account;
  std::string region;
  Actor actor;           // who changed it last
  std::string role_arn;  // as whom its resources are made, when not as the actor
  std::string status;    // CREATE_IN_PROGRESS, ...
  std::string reason;
  Time created;
  std::optional<Time> updated;
  std::optional<Time> deleted;
  Definition definition;
  std::optional<Definition> before;  // during an update
  std::string description;
  std::vector<Output> outputs;
  std::vector<std::string> imports;  // names of exports that it uses
  OnFailure on_failure = OnFailure::rollback;
  bool termination_protection = false;
  std::optional<int64_t> timeout_minutes;  // of its creation
  std::string policy;                      // against updates (stack_policy.h)
  std::string parent_id;
  std::string root_id;
  std::string change_set_id;           // the last one executed
  std::string token;                   // ClientRequestToken
  std::optional<Operation> operation;  // under way, or one that failed and can be rolled back further

  // As whom its resources are made: its role, or who changed it last.
  Actor acting() const;
  bool in_progress() const { return status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS"; }
};

// A resource as it was before an update.
struct Earlier {
  std::string physical_id;
  Json properties;
  Json attributes;
  Json tags = Json::object();  // of the stack
};

struct Resource {
  std::string logical_id;
  std::string type;
  std::string physical_id;  // empty: there is none
  std::string status;
  std::string reason;
  Time updated;
  Json properties = Json::object();  // evaluated
  Json attributes = Json::object();
  Json metadata = Json::object();  // evaluated
  Json tags = Json::object();      // of the stack, when the resource was settled last
  std::string deletion_policy = "Delete";
  std::string replace_policy = "Delete";
  std::vector<std::string> needs;     // logical ids
  std::string operation;              // which settled it last, or is at it
  std::string made_by;                // the operation that made it
  std::optional<Earlier> earlier;     // until the operation ends
  std::vector<Earlier> replaced;      // to be removed in the cleanup
  std::optional<Time> signals_until;  // it is made, and waits for signals

  bool exists() const { return !physical_id.empty(); }
  bool complete() const { return status.ends_with("_COMPLETE"); }
};

struct ChangeSet {
  std::string id;  // its ARN
  std::string name;
  std::string stack_id;
  std::string stack_name;
  bool creates = false;
  std::string status;  // CREATE_COMPLETE, FAILED
  std::string reason;
  std::string execution_status;  // AVAILABLE, UNAVAILABLE, EXECUTE_COMPLETE
  Time created;
  std::string description;
  Definition definition;
  OnFailure on_failure = OnFailure::rollback;
  std::string on_stack_failure;  // the same as it was asked for; empty: it was not
  std::string role_arn;
  Json changes = Json::array();  // as DescribeChangeSet shows them
};

struct Event {
  std::string id;
  std::string stack_id;
  std::string stack_name;
  std::string logical_id;
  std::string physical_id;
  std::string type;
  std::string status;
  std::string reason;
  std::string properties;  // JSON
  std::string token;
  Time time;
};

Json to_record(const Stack& stack);
Json to_record(const Resource& resource);
Json to_record(const ChangeSet& change_set);
Json to_record(const Event& event);
Stack stack_of(const Json& record);
Resource resource_of(const Json& record);
ChangeSet change_set_of(const Json& record);
Event event_of(const Json& record);

}  // namespace penstock::stack
