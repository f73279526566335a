// Lifecycle: does what buckets' lifecycle rules ask for, once a day at midnight (UTC), and at the start for midnights
// that passed while the server was down. Removals are decided again where they are made: what was written meanwhile
// stays, and what is locked.
#pragma once

#include <atomic>
#include <string>

#include "aws/context.h"
#include "aws/delivery/timetable.h"
#include "aws/s3/lifecycle_rules.h"
#include "base/time.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

class Lifecycle {
 public:
  // `virtual_reach_microseconds`: see delivery::Timetable.
  Lifecycle(Platform& platform, int64_t virtual_reach_microseconds);

  // After the engine's recovery.
  void start();
  // A bucket's rules were set.
  void changed();
  // False: no bucket has rules.
  bool is_used() const { return used_.load(std::memory_order_relaxed); }

 private:
  void keep_time(Time since);
  void ring(Time due);
  void run(Time now);
  void run_bucket(const store::Bucket& bucket, Time now);
  void act(const store::Bucket& bucket, const std::vector<EnabledRule>& rules,
           const std::vector<store::ObjectVersion>& versions, Time now);
  void abort_uploads(const store::Bucket& bucket, const std::vector<EnabledRule>& rules, Time now);

  Platform& platform_;
  std::atomic<bool> used_{false};
  delivery::Timetable timetable_;  // last: it rings no more once the rest goes
};

}  // namespace penstock::aws::s3
