// Timers: every wait of every execution in one heap. A wait costs 24 bytes; cancelling is O(1) and leaves a stale entry
// that is swept once stale entries outnumber live ones. Safe from several threads.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

#include "base/time.h"

namespace penstock::execution {

// Whose timer: an execution's (owner = its id, number = pipeline::TimerId), an activity poll's (owner == 0) or an
// alarm's.
struct TimerKey {
  int64_t owner = 0;
  uint64_t number = 0;
  friend bool operator==(const TimerKey&, const TimerKey&) = default;
};

inline constexpr int64_t alarm_owner = INT64_MIN;  // below the ids of Express executions

class Timers {
 public:
  // True when the new timer is now the earliest one: whoever waits for timers should look again.
  bool set(TimerKey key, Time due);
  // Harmless when the timer has been taken out by `take_due` meanwhile.
  void cancel(TimerKey key);
  // Takes out the timers due at `now`, earliest first, at most `count`.
  std::vector<TimerKey> take_due(Time now, size_t count);
  std::optional<Time> next_due();
  size_t size() const;  // live timers, about

 private:
  struct Entry {
    Time due;
    TimerKey key;
  };
  struct KeyHash {
    size_t operator()(const TimerKey& key) const {
      return std::hash<uint64_t>()(static_cast<uint64_t>(key.owner) * 0x9e3779b97f4a7c15ULL ^ key.number);
    }
  };
  static bool later(const Entry& left, const Entry& right) { return left.due > right.due; }
  void drop_stale_front();
  void sweep();

  mutable std::mutex mutex_;
  std::vector<Entry> heap_;
  std::unordered_set<TimerKey, KeyHash> cancelled_;
};

}  // namespace penstock::execution
