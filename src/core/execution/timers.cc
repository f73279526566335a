#include "core/execution/timers.h"

#include <algorithm>

namespace penstock::execution {

namespace {
constexpr size_t sweep_threshold = 1'024;  // stale entries below this are never worth a sweep
}

bool Timers::set(TimerKey key, Time due) {
  std::lock_guard lock(mutex_);
  // A key cancelled and set again would be confused with its own stale entry.
  if (cancelled_.contains(key)) sweep();
  heap_.push_back({due, key});
  std::push_heap(heap_.begin(), heap_.end(), later);
  return heap_.front().key == key;
}

void Timers::cancel(TimerKey key) {
  std::lock_guard lock(mutex_);
  cancelled_.insert(key);
  if (cancelled_.size() > sweep_threshold && cancelled_.size() * 2 > heap_.size()) sweep();
}

void Timers::sweep() {
  std::erase_if(heap_, [this](const Entry& entry) { return cancelled_.contains(entry.key); });
  std::make_heap(heap_.begin(), heap_.end(), later);
  cancelled_.clear();
}

void Timers::drop_stale_front() {
  while (!heap_.empty() && !cancelled_.empty()) {
    auto stale = cancelled_.find(heap_.front().key);
    if (stale == cancelled_.end()) return;
    cancelled_.erase(stale);
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
  }
}

std::vector<TimerKey> Timers::take_due(Time now, size_t count) {
  std::vector<TimerKey> due;
  std::lock_guard lock(mutex_);
  for (drop_stale_front(); !heap_.empty() && heap_.front().due <= now && due.size() < count; drop_stale_front()) {
    due.push_back(heap_.front().key);
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
  }
  return due;
}

std::optional<Time> Timers::next_due() {
  std::lock_guard lock(mutex_);
  drop_stale_front();
  if (heap_.empty()) return std::nullopt;
  return heap_.front().due;
}

size_t Timers::size() const {
  std::lock_guard lock(mutex_);
  return heap_.size() - std::min(heap_.size(), cancelled_.size());
}

}  // namespace penstock::execution
