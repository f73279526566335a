// Zone: a time zone of the IANA database, for schedules. UTC needs no database; others are read from the system's
// (/usr/share/zoneinfo) when first asked for.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace date {
class time_zone;
}

namespace penstock::event {

// A wall clock's reading, to the second.
using LocalSeconds = std::chrono::time_point<std::chrono::local_t, std::chrono::seconds>;

class Zone {
 public:
  Zone() = default;  // UTC
  // Nothing when there is no zone of that name ("Europe/Berlin", "UTC").
  static std::optional<Zone> find(std::string_view name);

  LocalSeconds to_local(Time time) const;
  // A reading that occurs twice (clocks set back) is the first of the two; one that never occurs (clocks set forward)
  // is nothing. Source: "Daylight savings time on EventBridge Scheduler".
  std::optional<Time> to_time(LocalSeconds local) const;

 private:
  const date::time_zone* zone_ = nullptr;
};

}  // namespace penstock::event
