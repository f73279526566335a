#include "core/pipeline/decimal.h"

#include <gtest/gtest.h>

namespace penstock::pipeline {
namespace {

struct Pair {
  const char* left;
  const char* right;
  int order;
};

TEST(Decimal, ComparesNumbersExactly) {
  const Pair pairs[] = {
      {"1", "1.0", 0},
      {"100", "1e2", 0},
      {"0", "-0.000", 0},
      {"-1", "1", -1},
      {"0.1", "0.10", 0},
      {"0.1", "0.01", 1},
      {"1e400", "1e399", 1},
      {"-1e400", "-1e399", -1},
      {"2", "10", -1},
      {"-2", "-10", 1},
      {"1e-400", "0", 1},
      {"0.30000000000000001", "0.3", 1},
      {"9007199254740993", "9007199254740992", 1},
      {"100000000000000000000", "100000000000000000001", -1},
      {"1e99999999999999999999", "1", 1},
      {"1e-99999999999999999999", "1", -1},
  };
  for (const Pair& pair : pairs) {
    const auto found = compare_numbers(Json::number(pair.left), Json::number(pair.right));
    EXPECT_EQ(found < 0 ? -1 : found > 0 ? 1 : 0, pair.order) << pair.left << " and " << pair.right;
    const auto turned = compare_numbers(Json::number(pair.right), Json::number(pair.left));
    EXPECT_EQ(turned < 0 ? -1 : turned > 0 ? 1 : 0, -pair.order) << pair.right << " and " << pair.left;
  }
}

TEST(Decimal, RoundsHalfUpAsJava) {
  EXPECT_EQ(round_half_up(Json::number("1.5")), 2);
  EXPECT_EQ(round_half_up(Json::number("-1.5")), -1);
  EXPECT_EQ(round_half_up(Json::number("-1.51")), -2);
  EXPECT_EQ(round_half_up(Json::number("-0.5")), 0);
  EXPECT_EQ(round_half_up(Json::number("1e300")), INT64_MAX);
  EXPECT_EQ(round_half_up(Json::number("-1e300")), INT64_MIN);
}

}  // namespace
}  // namespace penstock::pipeline
