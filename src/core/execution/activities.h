// Activities: the tasks that wait for a worker, a queue for each activity, and the workers that wait for a task (long
// polls). Holds no truth of its own: after a restart the queues are filled again from the executions.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/execution/tasks.h"

namespace penstock::execution {

// True for arn:aws:states:REGION:ACCOUNT:activity:NAME.
inline bool is_activity(std::string_view resource) {
  return resource.find(":activity:") != std::string_view::npos;
}

// What GetActivityTask answers; empty token: nothing came within the time of the poll.
struct ActivityTask {
  std::string token;
  std::string input;  // JSON text
};

class Activities {
 public:
  struct Poll {
    uint64_t number = 0;
    std::string worker;
    std::function<void(ActivityTask)> reply;
  };
  struct Entry {
    TaskKey key;
    ActivityTask task;
  };

  // The poll to serve with `entry`, if one waits; else the entry is queued.
  std::optional<Poll> offer(const std::string& activity, Entry& entry);
  // The entry for this poll, if one waits; else the poll waits until `offer` or `withdraw`.
  std::optional<Entry> poll(const std::string& activity, Poll& poll);
  // Drops all polls unanswered.
  void drop_polls();
  // Takes a poll back whose time is over; nothing when it has been served.
  std::optional<Poll> withdraw(uint64_t number);

 private:
  struct Queue {
    std::deque<Entry> entries;  // entries of cancelled tasks stay until they are polled and found dead
    std::deque<Poll> polls;
  };
  std::mutex mutex_;
  std::map<std::string, Queue, std::less<>> queues_;
};

}  // namespace penstock::execution
