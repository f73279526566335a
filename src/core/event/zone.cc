#include "core/event/zone.h"

#include <date/tz.h>

#include <exception>

namespace penstock::event {

namespace {

constexpr int64_t second = 1'000'000;

int64_t floor_seconds(Time time) {
  int64_t seconds = time.microseconds / second;
  return time.microseconds % second < 0 ? seconds - 1 : seconds;
}

}  // namespace

std::optional<Zone> Zone::find(std::string_view name) {
  Zone zone;
  if (name == "UTC") return zone;
  try {
    zone.zone_ = date::locate_zone(name);
  } catch (const std::exception&) {  // how the library says that there is none
    return std::nullopt;
  }
  return zone;
}

LocalSeconds Zone::to_local(Time time) const {
  std::chrono::seconds seconds(floor_seconds(time));
  if (zone_) seconds += zone_->get_info(date::sys_seconds(seconds)).offset;
  return LocalSeconds(seconds);
}

std::optional<Time> Zone::to_time(LocalSeconds local) const {
  std::chrono::seconds seconds = local.time_since_epoch();
  if (!zone_) return Time{seconds.count() * second};
  date::local_info info = zone_->get_info(date::local_seconds(seconds));
  if (info.result == date::local_info::nonexistent) return std::nullopt;
  return Time{(seconds - info.first.offset).count() * second};
}

}  // namespace penstock::event
