// Clock: where time comes from. The virtual one moves only when told, so that a test runs a month in seconds.
#pragma once

#include <atomic>

#include "base/time.h"

namespace penstock {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;  // wall time; never goes back within a process
  virtual bool is_virtual() const { return false; }
};

class SystemClock final : public Clock {
 public:
  Time now() const override;

 private:
  mutable std::atomic<int64_t> last_{0};
};

// Time stands still until `advance_to`; moving back is refused by an assert.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Time start) : now_(start.microseconds) {}
  Time now() const override { return Time{now_.load()}; }
  bool is_virtual() const override { return true; }
  void advance_to(Time time);

 private:
  std::atomic<int64_t> now_;
};

}  // namespace penstock
