#include "core/event/schedule.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"

namespace penstock::event {

namespace {

constexpr int64_t minute = 60'000'000;

Error invalid(std::string message) {
  return {"InvalidSchedule", std::move(message)};
}

// "NAME(...)" -> what stands inside.
std::optional<std::string_view> argument(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with('(') || !text.ends_with(')'))
    return std::nullopt;
  return text.substr(name.size() + 1, text.size() - name.size() - 2);
}

}  // namespace

Outcome<Schedule> Schedule::parse_rate(std::string_view text) {
  std::vector<std::string_view> words = split(text, ' ');
  int64_t count = 0;
  bool good = words.size() == 2;
  if (good) {
    auto [end, failure] = std::from_chars(words[0].data(), words[0].data() + words[0].size(), count);
    good = failure == std::errc{} && end == words[0].data() + words[0].size() && count > 0 && count < 10'000'000;
  }
  if (!good) return invalid("a rate is written rate(VALUE UNIT), with a positive whole number: rate(5 minutes)");
  int64_t unit = 0;
  if (words[1] == "minute" || words[1] == "minutes") unit = minute;
  if (words[1] == "hour" || words[1] == "hours") unit = 60 * minute;
  if (words[1] == "day" || words[1] == "days") unit = 24 * 60 * minute;
  if (unit == 0)
    return invalid("a rate's unit is minute, minutes, hour, hours, day or days, not '" + std::string(words[1]) + "'");
  // "If the value is equal to 1, the unit must be singular." Source: the rules' guide.
  if ((count == 1) == words[1].ends_with('s')) {
    return invalid("a rate of 1 takes the singular (rate(1 hour)), others the plural (rate(5 hours))");
  }
  Schedule schedule;
  schedule.when_ = Rate{count * unit};
  return schedule;
}

Outcome<Schedule> Schedule::parse_at(std::string_view text, const Zone& zone) {
  std::optional<Time> reading = parse_iso8601(std::string(text) + "Z");
  if (!reading || text.size() != std::string_view("2022-11-20T13:00:00").size()) {
    return invalid("a one-time schedule is written at(yyyy-mm-ddThh:mm:ss)");
  }
  std::optional<Time> time = zone.to_time(Zone().to_local(*reading));
  if (!time) return invalid("the clocks of the time zone are set forward over " + std::string(text));
  Schedule schedule;
  schedule.when_ = At{*time};
  return schedule;
}

Outcome<Schedule> Schedule::parse(std::string_view text, Zone zone, bool one_time) {
  if (auto rate = argument(text, "rate")) return parse_rate(*rate);
  if (auto at = argument(text, "at"); at && one_time) return parse_at(*at, zone);
  if (auto fields = argument(text, "cron")) {
    Outcome<Cron> cron = Cron::parse(*fields);
    if (!cron) return invalid(cron.error().message);
    Schedule schedule;
    schedule.when_ = std::move(*cron);
    schedule.zone_ = zone;
    return schedule;
  }
  return invalid(one_time ? "a schedule is cron(...), rate(...) or at(...)" : "a schedule is cron(...) or rate(...)");
}

std::optional<Time> Schedule::next(Time after, Time anchor) const {
  if (const auto* cron = std::get_if<Cron>(&when_)) return cron->next(after, zone_);
  if (const auto* at = std::get_if<At>(&when_)) return at->time > after ? std::optional<Time>(at->time) : std::nullopt;
  if (after < anchor) return anchor;
  int64_t interval = interval_microseconds();
  int64_t passed = (after.microseconds - anchor.microseconds) / interval;
  return Time{anchor.microseconds + (passed + 1) * interval};
}

int64_t Schedule::interval_microseconds() const {
  const auto* rate = std::get_if<Rate>(&when_);
  return rate ? rate->microseconds : 0;
}

}  // namespace penstock::event
