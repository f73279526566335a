#include "core/execution/activities.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace penstock::execution {

std::optional<Activities::Poll> Activities::offer(const std::string& activity, Entry& entry) {
  std::lock_guard lock(mutex_);
  Queue& queue = queues_[activity];
  if (queue.polls.empty()) {
    queue.entries.push_back(std::move(entry));
    return std::nullopt;
  }
  Poll poll = std::move(queue.polls.front());
  queue.polls.pop_front();
  return poll;
}

std::optional<Activities::Entry> Activities::poll(const std::string& activity, Poll& poll) {
  std::lock_guard lock(mutex_);
  Queue& queue = queues_[activity];
  if (queue.entries.empty()) {
    queue.polls.push_back(std::move(poll));
    return std::nullopt;
  }
  Entry entry = std::move(queue.entries.front());
  queue.entries.pop_front();
  return entry;
}

void Activities::drop_polls() {
  std::vector<std::deque<Poll>> dropped;  // outlives the lock: its destruction answers the polls
  std::lock_guard lock(mutex_);
  for (auto& [activity, queue] : queues_) dropped.push_back(std::exchange(queue.polls, {}));
}

std::optional<Activities::Poll> Activities::withdraw(uint64_t number) {
  std::lock_guard lock(mutex_);
  for (auto& [activity, queue] : queues_) {
    auto found = std::ranges::find(queue.polls, number, &Poll::number);
    if (found == queue.polls.end()) continue;
    Poll poll = std::move(*found);
    queue.polls.erase(found);
    return poll;
  }
  return std::nullopt;
}

}  // namespace penstock::execution
