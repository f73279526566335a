// Machine: a state machine's record: which revision it stands at, its versions, aliases and tags.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/context.h"
#include "aws/states/arn.h"
#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"
#include "core/execution/engine.h"

namespace penstock::aws::states {

struct Version {
  int64_t number = 0;
  std::string revision;  // execution::Revision::key
  Time created;
  std::string description;
};

struct Route {
  std::string version_arn;
  int64_t weight = 0;  // percent
  friend bool operator==(const Route&, const Route&) = default;
};

struct Alias {
  std::string name;
  std::string description;
  std::vector<Route> routes;
  Time created, updated;
};

struct Machine {
  std::string arn, name;
  Time created;
  std::string revision;           // key of the newest one
  int64_t next_version = 1;       // numbers are never used again
  bool deleting = false;          // goes when its last execution has ended
  std::vector<Version> versions;  // oldest first
  std::vector<Alias> aliases;     // oldest first
  Json tags = Json::object();

  std::string version_arn(int64_t number) const { return arn + ":" + std::to_string(number); }
  std::string alias_arn(std::string_view alias) const { return arn + ":" + std::string(alias); }
  const Version* find_version(int64_t number) const;
  Alias* find_alias(std::string_view alias);
};

Error no_such_machine(std::string_view arn);  // StateMachineDoesNotExist

// Null when there is none, or when it was being deleted and its last execution has ended meanwhile.
std::optional<Machine> find_machine(Context& context, const std::string& arn);
// Writes a new machine; false when the ARN is taken.
bool insert_machine(Context& context, const Machine& machine);
// Reads, edits and writes in one step; `edit` must not touch the records. It returns an error to leave the machine as
// it is; that error is then the result, or StateMachineDoesNotExist, or StateMachineDeleting.
Outcome<void> edit_machine(Context& context, const std::string& arn,
                           const std::function<Outcome<void>(Machine&)>& edit);
void remove_machine(Context& context, const std::string& arn);
// In order of ARN, after `after`.
std::vector<Machine> list_machines(Context& context, std::string_view after, size_t count);

// Makes a version of the newest revision, unless the newest version is one of it already; gives its number.
int64_t publish(Machine& machine, Time now, const std::string& description);

// What an ARN stands for that an execution is started by.
struct Target {
  std::shared_ptr<const execution::Revision> revision;
  std::string version_arn, alias_arn;
  Json tags;  // of the machine; an object, or null for none
};
// A machine, a version or an alias (one of whose versions is drawn by weight). StateMachineDoesNotExist.
Outcome<Target> find_target(Context& context, const Arn& arn);

}  // namespace penstock::aws::states
