#include "core/execution/live.h"

#include <utility>

namespace penstock::execution {

pipeline::Identity identity_of(const Live& live, std::string input, std::string version_arn, std::string alias_arn) {
  const Revision& revision = *live.revision;
  pipeline::Identity identity;
  identity.execution_arn = live.arn;
  identity.execution_name = live.name;
  identity.machine_arn = live.machine_arn();
  identity.machine_name = revision.machine_name;
  if (!live.item.map_run.empty()) {
    identity.machine_name = identity.machine_arn.substr(identity.machine_arn.rfind(':') + 1);
    identity.workflow = live.item.workflow;
    identity.type = live.item.express ? pipeline::MachineType::express : pipeline::MachineType::standard;
  }
  identity.role_arn = revision.role_arn;
  identity.input = std::move(input);
  identity.started = live.started;
  identity.version_arn = std::move(version_arn);
  identity.alias_arn = std::move(alias_arn);
  return identity;
}

std::string Live::machine_arn() const {
  return item.map_run.empty() ? revision->machine_arn : pipeline::item_machine_arn(item.map_run);
}

LiveTable::Found LiveTable::find(ExecutionId id) const {
  const Shard& place = shard(id);
  std::lock_guard lock(place.mutex);
  auto found = place.executions.find(id);
  if (found == place.executions.end()) return {};
  return {true, found->second.live};
}

void LiveTable::add(std::shared_ptr<Live> live) {
  Shard& place = shard(live->id);
  std::lock_guard lock(place.mutex);
  ExecutionId id = live->id;
  place.executions.emplace(id, Entry{live->revision, std::move(live)});
}

void LiveTable::add_parked(ExecutionId id, std::shared_ptr<const Revision> revision) {
  Shard& place = shard(id);
  std::lock_guard lock(place.mutex);
  place.executions.emplace(id, Entry{std::move(revision), nullptr});
}

void LiveTable::park(ExecutionId id) {
  Shard& place = shard(id);
  std::lock_guard lock(place.mutex);
  auto found = place.executions.find(id);
  if (found != place.executions.end()) found->second.live.reset();
}

std::shared_ptr<Live> LiveTable::wake(std::shared_ptr<Live> live) {
  Shard& place = shard(live->id);
  std::lock_guard lock(place.mutex);
  auto found = place.executions.find(live->id);
  if (found == place.executions.end()) return nullptr;
  if (!found->second.live) found->second.live = std::move(live);
  return found->second.live;
}

void LiveTable::remove(ExecutionId id) {
  Shard& place = shard(id);
  std::lock_guard lock(place.mutex);
  place.executions.erase(id);
}

size_t LiveTable::count(std::string_view machine_arn) const {
  size_t total = 0;
  for (const Shard& place : shards_) {
    std::lock_guard lock(place.mutex);
    for (const auto& [id, entry] : place.executions) total += entry.revision->machine_arn == machine_arn ? 1 : 0;
  }
  return total;
}

uint64_t RecentlyMoved::note(ExecutionId id) {
  std::lock_guard lock(mutex_);
  moves_.push_back({id, ++touches_});
  return touches_;
}

std::optional<RecentlyMoved::Move> RecentlyMoved::take_old() {
  std::lock_guard lock(mutex_);
  if (moves_.size() <= count_max_) return std::nullopt;
  Move oldest = moves_.front();
  moves_.pop_front();
  return oldest;
}

}  // namespace penstock::execution
