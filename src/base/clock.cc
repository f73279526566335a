#include "base/clock.h"

#include <algorithm>
#include <chrono>

#include "base/assert.h"

namespace penstock {

Time SystemClock::now() const {
  const int64_t wall =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  int64_t last = last_.load(std::memory_order_relaxed);
  while (last < wall && !last_.compare_exchange_weak(last, wall, std::memory_order_relaxed)) {
  }
  return Time{std::max(last, wall)};
}

void VirtualClock::advance_to(Time time) {
  PENSTOCK_ASSERT(time.microseconds >= now_.load());
  now_.store(time.microseconds);
}

}  // namespace penstock
