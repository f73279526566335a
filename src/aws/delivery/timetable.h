// Timetable: alarms by name. Setting a name again moves its alarm; one that rings late because it was moved is not
// heard.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "core/execution/engine.h"

namespace penstock::aws::delivery {

class Timetable {
 public:
  using Ring = std::function<void(const std::string& name, Time due)>;
  // `virtual_reach_microseconds`: with a virtual clock, alarms further than that after `since` (see set) stay silent,
  // so that a schedule without an end does not carry the clock away.
  Timetable(execution::Engine& engine, int64_t virtual_reach_microseconds, Ring ring)
      : engine_(engine), reach_(virtual_reach_microseconds), ring_(std::move(ring)) {}
  ~Timetable();
  Timetable(const Timetable&) = delete;
  Timetable& operator=(const Timetable&) = delete;

  // `since`: when what the alarm stands for was last changed by somebody.
  void set(const std::string& name, Time due, Time since);
  void clear(const std::string& name);

 private:
  void ring(const std::string& name, Time due);

  execution::Engine& engine_;
  int64_t reach_;
  Ring ring_;
  std::mutex mutex_;
  struct Entry {
    execution::Engine::Alarm alarm;
    Time due;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace penstock::aws::delivery
