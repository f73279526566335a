// Tokens: which task a task token stands for. Holds no truth of its own: filled again from the executions after a
// restart.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "core/execution/tasks.h"

namespace penstock::execution {

struct TaskKeyHash {
  size_t operator()(const TaskKey& key) const {
    return static_cast<size_t>(key.execution) * 0x9e3779b97f4a7c15ULL ^ static_cast<size_t>(key.task);
  }
};

class Tokens {
 public:
  void add(std::string token, TaskKey key);
  // A token is good until its task ends, and unknown afterwards.
  void remove(TaskKey key);
  std::optional<TaskKey> find(std::string_view token) const;
  bool has(TaskKey key) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<TaskKey, std::string, TaskKeyHash> tokens_;
  std::unordered_map<std::string_view, TaskKey> keys_;  // views of the texts in tokens_, whose nodes do not move
};

// A set of tasks, safe from several threads.
class TaskSet {
 public:
  void add(TaskKey key) {
    std::lock_guard lock(mutex_);
    keys_.insert(key);
  }
  // False when it was not in.
  bool remove(TaskKey key) {
    std::lock_guard lock(mutex_);
    return keys_.erase(key) != 0;
  }
  bool empty() const {
    std::lock_guard lock(mutex_);
    return keys_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<TaskKey, TaskKeyHash> keys_;
};

}  // namespace penstock::execution
