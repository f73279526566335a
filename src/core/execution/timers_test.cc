#include "core/execution/timers.h"

#include <gtest/gtest.h>

namespace penstock::execution {
namespace {

TEST(Timers, FireInOrderOfTime) {
  Timers timers;
  EXPECT_TRUE(timers.set({1, 1}, Time{30}));
  EXPECT_TRUE(timers.set({2, 1}, Time{10}));
  EXPECT_FALSE(timers.set({3, 1}, Time{20}));
  EXPECT_EQ(timers.next_due()->microseconds, 10);
  EXPECT_EQ(timers.take_due(Time{20}, 10), (std::vector<TimerKey>{{2, 1}, {3, 1}}));
  EXPECT_EQ(timers.take_due(Time{100}, 10), (std::vector<TimerKey>{{1, 1}}));
  EXPECT_FALSE(timers.next_due().has_value());
}

TEST(Timers, CancelledOnesNeverFire) {
  Timers timers;
  timers.set({1, 1}, Time{10});
  timers.set({1, 2}, Time{20});
  timers.cancel({1, 1});
  EXPECT_EQ(timers.next_due()->microseconds, 20);
  timers.set({1, 1}, Time{15});
  EXPECT_EQ(timers.take_due(Time{100}, 10), (std::vector<TimerKey>{{1, 1}, {1, 2}}));
}

TEST(Timers, ManyCancelledOnesCostNothing) {
  Timers timers;
  timers.set({0, 7}, Time{1});
  for (uint64_t number = 0; number < 100'000; ++number) {
    timers.set({1, number}, Time{1'000'000});
    timers.cancel({1, number});
  }
  EXPECT_LE(timers.size(), 4'096u);
  EXPECT_EQ(timers.take_due(Time{2'000'000}, 10), (std::vector<TimerKey>{{0, 7}}));
}

}  // namespace
}  // namespace penstock::execution
