#include "core/event/schedule.h"

#include "base/assert.h"
#include "targets.h"

namespace penstock::fuzz {

// cron(...), rate(...) and at(...), in two time zones: each time is after the one before it.
void schedule(std::string_view bytes) {
  constexpr Time now{1'795'600'000'000'000};  // 2026-11-25
  for (const char* name : {"UTC", "Europe/Berlin"}) {
    const auto zone = event::Zone::find(name);
    const auto parsed = event::Schedule::parse(bytes, zone.value_or(event::Zone{}), true);
    if (!parsed) {
      PENSTOCK_ASSERT(!parsed.error().message.empty());
      return;
    }
    Time from = now;
    for (int times = 0; times < 4; ++times) {
      const auto next = parsed->next(from, now);
      if (!next) break;
      PENSTOCK_ASSERT(next->microseconds > from.microseconds);
      from = *next;
    }
  }
}

}  // namespace penstock::fuzz
