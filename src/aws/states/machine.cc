#include "aws/states/machine.h"

#include <algorithm>
#include <utility>

#include "store/records.h"

namespace penstock::aws::states {

namespace {

constexpr std::string_view record_kind = "states.machine";

Time time_of(const Json& microseconds) {
  return Time{microseconds.as_integer().value_or(0)};
}

Json to_record(const Machine& machine) {
  Json versions = Json::array();
  for (const Version& version : machine.versions) {
    versions.push_back(Json::object({{"number", version.number},
                                     {"revision", version.revision},
                                     {"created", version.created.microseconds},
                                     {"description", version.description}}));
  }
  Json aliases = Json::array();
  for (const Alias& alias : machine.aliases) {
    Json routes = Json::array();
    for (const Route& route : alias.routes) {
      routes.push_back(Json::object({{"version", route.version_arn}, {"weight", route.weight}}));
    }
    aliases.push_back(Json::object({{"name", alias.name},
                                    {"description", alias.description},
                                    {"routes", routes},
                                    {"created", alias.created.microseconds},
                                    {"updated", alias.updated.microseconds}}));
  }
  return Json::object({{"name", machine.name},
                       {"created", machine.created.microseconds},
                       {"revision", machine.revision},
                       {"nextVersion", machine.next_version},
                       {"deleting", machine.deleting},
                       {"versions", versions},
                       {"aliases", aliases},
                       {"tags", machine.tags}});
}

Alias alias_of(const Json& record) {
  Alias alias;
  alias.name = record.text("name");
  alias.description = record.text("description");
  for (const Json& route : record["routes"].items()) {
    alias.routes.push_back({std::string(route.text("version")), route["weight"].as_integer().value_or(0)});
  }
  alias.created = time_of(record["created"]);
  alias.updated = time_of(record["updated"]);
  return alias;
}

Machine from_record(std::string_view arn, const Json& record) {
  Machine machine;
  machine.arn = arn;
  machine.name = record.text("name");
  machine.created = time_of(record["created"]);
  machine.revision = record.text("revision");
  machine.next_version = record["nextVersion"].as_integer().value_or(1);
  machine.deleting = record["deleting"] == Json(true);
  for (const Json& version : record["versions"].items()) {
    machine.versions.push_back({version["number"].as_integer().value_or(0), std::string(version.text("revision")),
                                time_of(version["created"]), std::string(version.text("description"))});
  }
  for (const Json& alias : record["aliases"].items()) machine.aliases.push_back(alias_of(alias));
  machine.tags = record["tags"];
  return machine;
}

}  // namespace

const Version* Machine::find_version(int64_t number) const {
  auto found = std::ranges::find(versions, number, &Version::number);
  return found == versions.end() ? nullptr : &*found;
}

Alias* Machine::find_alias(std::string_view alias) {
  auto found = std::ranges::find(aliases, alias, &Alias::name);
  return found == aliases.end() ? nullptr : &*found;
}

Error no_such_machine(std::string_view arn) {
  return {"StateMachineDoesNotExist", "State Machine Does Not Exist: '" + std::string(arn) + "'"};
}

std::optional<Machine> find_machine(Context& context, const std::string& arn) {
  std::optional<Json> record = context.platform.records.get(record_kind, arn);
  if (!record) return std::nullopt;
  Machine machine = from_record(arn, *record);
  if (!machine.deleting || context.platform.executions.running(arn) != 0) return machine;
  remove_machine(context, arn);
  return std::nullopt;
}

bool insert_machine(Context& context, const Machine& machine) {
  return context.platform.records.insert(record_kind, machine.arn, to_record(machine));
}

Outcome<void> edit_machine(Context& context, const std::string& arn,
                           const std::function<Outcome<void>(Machine&)>& edit) {
  if (!find_machine(context, arn)) return no_such_machine(arn);
  Outcome<void> result = no_such_machine(arn);
  context.platform.records.update(record_kind, arn, [&](Json& record) {
    Machine machine = from_record(arn, record);
    result = machine.deleting
                 ? Outcome<void>(Error{"StateMachineDeleting", "State Machine Is Being Deleted: '" + arn + "'"})
                 : edit(machine);
    if (result.ok()) record = to_record(machine);
    return result.ok();
  });
  return result;
}

void remove_machine(Context& context, const std::string& arn) {
  context.platform.records.erase(record_kind, arn);
  context.platform.executions.journal().retire(arn);
  // arn:...:stateMachine:NAME -> arn:...:mapRun:NAME/
  size_t place = arn.find(":stateMachine:");
  std::string prefix = arn.substr(0, place) + ":mapRun:" + arn.substr(arn.rfind(':') + 1) + "/";
  execution::erase_map_runs(context.platform.records, prefix);
}

std::vector<Machine> list_machines(Context& context, std::string_view after, size_t count) {
  std::vector<Machine> machines;
  std::string prefix = context.arn("states", "stateMachine:");
  for (const auto& record : context.platform.records.list(record_kind, prefix, after, count)) {
    machines.push_back(from_record(record.key, record.value));
  }
  return machines;
}

int64_t publish(Machine& machine, Time now, const std::string& description) {
  if (!machine.versions.empty() && machine.versions.back().revision == machine.revision) {
    return machine.versions.back().number;
  }
  machine.versions.push_back({machine.next_version, machine.revision, now, description});
  return machine.next_version++;
}

namespace {

// The version an alias leads to this time.
std::string draw_version(const Alias& alias, Random& random) {
  int64_t ticket = static_cast<int64_t>(random.below(100));
  for (const Route& route : alias.routes) {
    if (ticket < route.weight) return route.version_arn;
    ticket -= route.weight;
  }
  return alias.routes.back().version_arn;
}

int64_t number_of(std::string_view version_arn) {
  return std::stoll(std::string(version_arn.substr(version_arn.rfind(':') + 1)));
}

// The revision's key and what the target is called, of a version or an alias.
Outcome<std::string> find_qualified(Context& context, const Arn& arn, Machine& machine, Target& target) {
  if (arn.names_version()) target.version_arn = arn.text;
  if (Alias* alias = arn.names_version() ? nullptr : machine.find_alias(arn.qualifier)) {
    target.alias_arn = arn.text;
    target.version_arn = draw_version(*alias, context.platform.random);
  }
  if (target.version_arn.empty()) return no_such_machine(arn.text);
  const Version* version = machine.find_version(number_of(target.version_arn));
  if (!version) return no_such_machine(arn.text);
  return version->revision;
}

}  // namespace

Outcome<Target> find_target(Context& context, const Arn& arn) {
  std::optional<Json> record = context.platform.records.get(record_kind, arn.machine);
  if (!record) return no_such_machine(arn.text);
  if ((*record)["deleting"] == Json(true)) {
    if (!find_machine(context, arn.machine)) return no_such_machine(arn.text);
    return Error{"StateMachineDeleting", "State Machine Is Being Deleted: '" + arn.machine + "'"};
  }
  Target target;
  target.tags = (*record)["tags"];
  std::string revision((*record).text("revision"));
  if (!arn.qualifier.empty()) {
    Machine machine = from_record(arn.machine, *record);
    Outcome<std::string> qualified = find_qualified(context, arn, machine, target);
    if (!qualified) return qualified.error();
    revision = *qualified;
  }
  target.revision = context.platform.executions.revisions().find(revision);
  if (!target.revision) return no_such_machine(arn.text);
  return target;
}

}  // namespace penstock::aws::states
