#include "core/execution/live.h"

#include <utility>

namespace penstock::execution {

pipeline::Identity identity_of(const Live& live, std::string input, std::string version_arn, std::string alias_arn) {
  const Revision& revision = *live.revision;
  pipeline::Identity identity;
  identity.execution_arn = live.arn;
  identity.execution_name = live.name;
  identity.machine_arn = revision.machine_arn;
  identity.machine_name = revision.machine_name;
  identity.role_arn = revision.role_arn;
  identity.input = std::move(input);
  identity.started = live.started;
  identity.version_arn = std::move(version_arn);
  identity.alias_arn = std::move(alias_arn);
  return identity;
}

void LiveTable::add(std::shared_ptr<Live> live) {
  Shard& place = shard(live->id);
  std::lock_guard lock(place.mutex);
  place.executions.emplace(live->id, std::move(live));
}

std::shared_ptr<Live> LiveTable::find(ExecutionId id) const {
  const Shard& place = shard(id);
  std::lock_guard lock(place.mutex);
  auto found = place.executions.find(id);
  return found == place.executions.end() ? nullptr : found->second;
}

void LiveTable::remove(ExecutionId id) {
  Shard& place = shard(id);
  std::lock_guard lock(place.mutex);
  place.executions.erase(id);
}

size_t LiveTable::size() const {
  size_t total = 0;
  for (const Shard& place : shards_) {
    std::lock_guard lock(place.mutex);
    total += place.executions.size();
  }
  return total;
}

size_t LiveTable::count(std::string_view machine_arn) const {
  size_t total = 0;
  for (const Shard& place : shards_) {
    std::lock_guard lock(place.mutex);
    for (const auto& [id, live] : place.executions) total += live->revision->machine_arn == machine_arn ? 1 : 0;
  }
  return total;
}

}  // namespace penstock::execution
