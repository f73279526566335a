#include "core/event/schedule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/event/dues.h"

namespace penstock::event {
namespace {

Time at(const char* text) {
  return *parse_iso8601(text);
}

// The next `count` times, without seconds.
std::vector<std::string> times(const char* expression, const char* after, int count, const char* zone = "UTC") {
  Outcome<Schedule> schedule = Schedule::parse(expression, *Zone::find(zone), true);
  EXPECT_TRUE(schedule.ok()) << expression << ": " << (schedule ? "" : schedule.error().message);
  std::vector<std::string> found;
  Time from = at(after);
  for (int i = 0; schedule.ok() && i < count; ++i) {
    std::optional<Time> next = schedule->next(from, at(after));
    if (!next) break;
    found.push_back(to_iso8601_seconds(*next).substr(0, 16));
    from = *next;
  }
  return found;
}

struct Case {
  const char* expression;
  const char* after;
  std::vector<std::string> expected;
};

TEST(Schedule, Cron) {
  const std::vector<Case> cases = {
      {"cron(45 07 * * ? *)", "2026-11-24T08:00:00Z", {"2026-11-25T07:45", "2026-11-26T07:45"}},
      {"cron(0 10 * * ? *)", "2026-11-24T10:00:00Z", {"2026-11-25T10:00"}},
      {"cron(0/15 * * * ? *)", "2026-11-24T10:07:00Z", {"2026-11-24T10:15", "2026-11-24T10:30"}},
      {"cron(0 18 ? * MON-FRI *)", "2026-11-27T18:00:00Z", {"2026-11-30T18:00"}},
      {"cron(0 8 1 * ? *)", "2026-11-24T00:00:00Z", {"2026-12-01T08:00", "2027-01-01T08:00"}},
      {"cron(0 0 L * ? *)", "2027-01-31T00:00:00Z", {"2027-02-28T00:00", "2027-03-31T00:00"}},
      {"cron(0 0 L-2 * ? *)", "2028-02-01T00:00:00Z", {"2028-02-27T00:00"}},
      {"cron(0 0 LW * ? *)", "2027-01-01T00:00:00Z", {"2027-01-29T00:00", "2027-02-26T00:00"}},
      {"cron(0 0 1W * ? *)", "2027-04-30T12:00:00Z", {"2027-05-03T00:00", "2027-06-01T00:00"}},
      {"cron(0 0 15W * ? *)", "2027-08-01T00:00:00Z", {"2027-08-16T00:00"}},
      {"cron(0 0 ? * 6#3 *)", "2026-11-01T00:00:00Z", {"2026-11-20T00:00", "2026-12-18T00:00"}},
      {"cron(0 0 ? * 6L *)", "2026-11-01T00:00:00Z", {"2026-11-27T00:00", "2026-12-25T00:00"}},
      {"cron(0 0 ? * L *)", "2026-11-24T00:00:00Z", {"2026-11-28T00:00"}},
      {"cron(0 0 ? * FRI-MON *)",
       "2026-11-24T00:00:00Z",
       {"2026-11-27T00:00", "2026-11-28T00:00", "2026-11-29T00:00", "2026-11-30T00:00", "2026-12-04T00:00"}},
      {"cron(0 9,17 ? JAN,jul 2 2027-2028)", "2027-12-01T00:00:00Z", {"2028-01-03T09:00", "2028-01-03T17:00"}},
      {"cron(0 0 29 2 ? *)", "2026-01-01T00:00:00Z", {"2028-02-29T00:00", "2032-02-29T00:00"}},
      {"cron(0 0 31 12 ? 2198-2199)", "2199-12-01T00:00:00Z", {"2199-12-31T00:00"}},
      {"cron(5-20/5 3 * * ? *)", "2026-11-24T03:11:00Z", {"2026-11-24T03:15", "2026-11-24T03:20", "2026-11-25T03:05"}},
      {"rate(5 minutes)", "2026-11-24T10:07:30Z", {"2026-11-24T10:12", "2026-11-24T10:17"}},
      {"rate(1 day)", "2026-11-24T10:07:00Z", {"2026-11-25T10:07"}},
      {"at(2026-12-01T09:30:00)", "2026-11-24T10:07:00Z", {"2026-12-01T09:30"}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(times(c.expression, c.after, static_cast<int>(c.expected.size())), c.expected) << c.expression;
  }
  EXPECT_TRUE(times("cron(0 0 1 1 ? 2020)", "2026-01-01T00:00:00Z", 1).empty());
  EXPECT_TRUE(times("at(2020-12-01T09:30:00)", "2026-01-01T00:00:00Z", 1).empty());
}

TEST(Schedule, DaylightSaving) {
  // New York: clocks go forward on 2027-03-14 (02:00 -> 03:00) and back on 2027-11-07 (02:00 -> 01:00).
  const char* zone = "America/New_York";
  using Times = std::vector<std::string>;
  EXPECT_EQ(times("cron(0 9 * * ? *)", "2027-03-13T00:00:00Z", 3, zone),
            (Times{"2027-03-13T14:00", "2027-03-14T13:00", "2027-03-15T13:00"}));
  EXPECT_EQ(times("cron(30 2 * * ? *)", "2027-03-13T00:00:00Z", 2, zone),
            (Times{"2027-03-13T07:30", "2027-03-15T06:30"}));
  EXPECT_EQ(times("cron(30 1 * * ? *)", "2027-11-07T00:00:00Z", 2, zone),
            (Times{"2027-11-07T05:30", "2027-11-08T06:30"}));
  EXPECT_EQ(times("cron(0/30 * * * ? *)", "2027-11-07T05:29:00Z", 3, zone),
            (Times{"2027-11-07T05:30", "2027-11-07T07:00", "2027-11-07T07:30"}));
  EXPECT_EQ(times("at(2027-07-01T09:00:00)", "2027-01-01T00:00:00Z", 1, "Europe/Berlin"), (Times{"2027-07-01T07:00"}));
  EXPECT_EQ(times("cron(0 0 * * ? *)", "2027-01-01T00:00:00Z", 1, "Asia/Kolkata"), (Times{"2027-01-01T18:30"}));
  EXPECT_FALSE(Schedule::parse("at(2027-03-14T02:30:00)", *Zone::find(zone), true).ok());
  EXPECT_FALSE(Zone::find("Mars/Olympus"));
}

TEST(Schedule, Refused) {
  for (const char* text : {"",
                           "cron(* * * * *)",
                           "cron(0 0 * * * *)",
                           "cron(0 0 ? * ? *)",
                           "cron(60 0 * * ? *)",
                           "cron(0 24 * * ? *)",
                           "cron(0 0 32 * ? *)",
                           "cron(0 0 * 13 ? *)",
                           "cron(0 0 ? * 8 *)",
                           "cron(0 0 ? * 2#6 *)",
                           "cron(0 0 * * ? 1969)",
                           "cron(a 0 * * ? *)",
                           "cron(0/0 0 * * ? *)",
                           "rate(1 minutes)",
                           "rate(5 minute)",
                           "rate(0 minutes)",
                           "rate(5)",
                           "rate(-1 hours)",
                           "rate(1.5 hours)",
                           "rate(5 weeks)",
                           "at(2026-12-01T09:30:00)",
                           "every day",
                           "cron(0 0 * * ? *"}) {
    EXPECT_FALSE(Schedule::parse(text).ok()) << text;
  }
}

TEST(Dues, CatchUpAndSkip) {
  Schedule daily = *Schedule::parse("cron(0 8 * * ? *)");
  Time first = at("2026-11-01T08:00:00Z");
  Dues dues =
      collect_dues(daily, {}, first, at("2026-11-05T09:00:00Z"), {.oldest = at("2026-11-04T00:00:00Z"), .end = {}});
  EXPECT_EQ(dues.now, (std::vector<Time>{at("2026-11-04T08:00:00Z"), at("2026-11-05T08:00:00Z")}));
  EXPECT_EQ(dues.missed, 3);
  EXPECT_EQ(dues.missed_first, first);
  EXPECT_EQ(dues.missed_last, at("2026-11-03T08:00:00Z"));
  EXPECT_EQ(dues.next, at("2026-11-06T08:00:00Z"));

  dues = collect_dues(daily, {}, first, at("2026-11-05T09:00:00Z"),
                      {.oldest = {}, .end = at("2026-11-03T08:00:00Z"), .count_max = 2});
  EXPECT_EQ(dues.now, (std::vector<Time>{at("2026-11-02T08:00:00Z"), at("2026-11-03T08:00:00Z")}));
  EXPECT_EQ(dues.missed, 1);
  EXPECT_FALSE(dues.next);

  dues = collect_dues(daily, {}, first, at("2026-10-30T00:00:00Z"), {.oldest = {}, .end = {}});
  EXPECT_TRUE(dues.now.empty());
  EXPECT_EQ(dues.next, first);
}

}  // namespace
}  // namespace penstock::event
