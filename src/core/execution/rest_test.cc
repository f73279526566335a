#include "core/execution/rest.h"

#include <gtest/gtest.h>

namespace penstock::execution {
namespace {

TEST(Rest, ComesBackAsItWas) {
  Rest rest;
  rest.revision = "machine#1";
  rest.waits.timers = {{8, Time{-1}}, {4'000'000'000, Time{1'700'000'000'000'000}}};
  rest.waits.tokens = {{5, "token"}};
  std::optional<Rest> back = parse_rest(to_bytes(rest));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->revision, "machine#1");
  ASSERT_EQ(back->waits.timers.size(), 2U);
  EXPECT_EQ(back->waits.timers[0].due.microseconds, -1);
  EXPECT_EQ(back->waits.timers[1].timer, 4'000'000'000U);
  ASSERT_EQ(back->waits.tokens.size(), 1U);
  EXPECT_EQ(back->waits.tokens[0].task, 5);
  EXPECT_EQ(back->waits.tokens[0].token, "token");
}

TEST(Rest, BytesCutOffOrTooManyAreNone) {
  Rest rest;
  rest.revision = "machine#1";
  rest.waits.timers = {{8, Time{1'000'000}}};
  std::string bytes = to_bytes(rest);
  for (size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(parse_rest(bytes.substr(0, length)));
  EXPECT_FALSE(parse_rest(bytes + "x"));
}

}  // namespace
}  // namespace penstock::execution
