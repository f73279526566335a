#include "aws/delivery/timetable.h"

#include <utility>

namespace penstock::aws::delivery {

Timetable::~Timetable() {
  for (auto& [name, entry] : entries_) engine_.cancel_alarm(entry.alarm);
}

void Timetable::set(const std::string& name, Time due, Time since) {
  clear(name);
  if (engine_.clock().is_virtual() && due.microseconds - since.microseconds > reach_) return;
  std::lock_guard lock(mutex_);
  execution::Engine::Alarm alarm = engine_.set_alarm(due, [this, name, due] { ring(name, due); });
  entries_.insert_or_assign(name, Entry{alarm, due});
}

void Timetable::clear(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(name);
  if (found == entries_.end()) return;
  engine_.cancel_alarm(found->second.alarm);
  entries_.erase(found);
}

void Timetable::ring(const std::string& name, Time due) {
  {
    std::lock_guard lock(mutex_);
    auto found = entries_.find(name);
    if (found == entries_.end() || found->second.due != due) return;
    entries_.erase(found);
  }
  ring_(name, due);
}

}  // namespace penstock::aws::delivery
