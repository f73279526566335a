#include "core/event/bus.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace penstock::event {

Bus::Subscription Bus::subscribe(Listener listener, std::string source) {
  std::lock_guard lock(mutex_);
  listeners_.emplace(next_, Entry{std::move(source), std::move(listener)});
  return next_++;
}

void Bus::unsubscribe(Subscription subscription) {
  std::lock_guard lock(mutex_);
  listeners_.erase(subscription);
}

bool Bus::has_listeners(std::string_view source) const {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(listeners_, [&](const auto& entry) { return entry.second.hears(source); });
}

void Bus::publish(const Event& event) {
  std::vector<Listener> listeners;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : listeners_) {
      if (entry.hears(event.source)) listeners.push_back(entry.listener);
    }
  }
  for (const Listener& listener : listeners) listener(event);
}

}  // namespace penstock::event
