#include "core/execution/tokens.h"

#include <utility>

namespace penstock::execution {

void Tokens::add(std::string token, TaskKey key) {
  std::lock_guard lock(mutex_);
  auto [place, added] = tokens_.emplace(key, std::move(token));
  if (added) keys_.emplace(place->second, key);
}

void Tokens::remove(TaskKey key) {
  std::lock_guard lock(mutex_);
  auto found = tokens_.find(key);
  if (found == tokens_.end()) return;
  keys_.erase(found->second);
  tokens_.erase(found);
}

bool Tokens::has(TaskKey key) const {
  std::lock_guard lock(mutex_);
  return tokens_.contains(key);
}

std::optional<TaskKey> Tokens::find(std::string_view token) const {
  std::lock_guard lock(mutex_);
  auto found = keys_.find(token);
  if (found == keys_.end()) return std::nullopt;
  return found->second;
}

}  // namespace penstock::execution
