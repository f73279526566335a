#include "core/event/bus.h"

#include <utility>
#include <vector>

namespace penstock::event {

Bus::Subscription Bus::subscribe(std::function<void(const Event&)> listener) {
  std::lock_guard lock(mutex_);
  listeners_.emplace(next_, std::move(listener));
  return next_++;
}

void Bus::unsubscribe(Subscription subscription) {
  std::lock_guard lock(mutex_);
  listeners_.erase(subscription);
}

void Bus::publish(const Event& event) {
  std::vector<std::function<void(const Event&)>> listeners;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, listener] : listeners_) listeners.push_back(listener);
  }
  for (const auto& listener : listeners) listener(event);
}

}  // namespace penstock::event
