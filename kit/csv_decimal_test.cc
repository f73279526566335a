#include "kit/csv_decimal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "core/explore/value_text.h"

namespace penstock::kit {
namespace {

bool parse(std::string text, Decimal& out) {
  const size_t length = text.size();
  text += ",0.123456789012345";  // what may stand in the margin
  return parse_decimal(text.data(), length, out);
}

TEST(CsvDecimal, ReadsPlainNumbers) {
  Decimal out;
  for (const char* text : {"0",
                           "7",
                           "-7",
                           "12",
                           "-0",
                           "1.5",
                           "-1.5",
                           ".5",
                           "5.",
                           "-.25",
                           "00012.50",
                           "12345678",
                           "1234567.",
                           "123456789",
                           "-123456789.25",
                           "0.00000001",
                           "1234567890123456",
                           "0.1",
                           "0.3",
                           "9999999.99999999",
                           "-9007199254740992",
                           "123456.7",
                           "12345678.9"}) {
    const std::string whole(text);
    ASSERT_TRUE(parse(whole, out)) << text;
    EXPECT_EQ(out.value, std::strtod(text, nullptr)) << text;
    EXPECT_EQ(std::signbit(out.value), whole[0] == '-') << text;
    EXPECT_EQ(out.integral, whole.find('.') == std::string::npos) << text;
  }
}

TEST(CsvDecimal, LeavesTheRestToACloserLook) {
  Decimal out;
  for (const char* text : {"",
                           "-",
                           ".",
                           "-.",
                           "+1",
                           " 1",
                           "1 ",
                           "1e3",
                           "nan",
                           "1.2.3",
                           "1..",
                           "--1",
                           "12345678901234567",
                           "9007199254740993",
                           "1,2",
                           "0x12",
                           "1/2",
                           "1:2",
                           "12345678.12.45",
                           "a",
                           "\xb1"}) {
    EXPECT_FALSE(parse(text, out)) << text;
  }
}

TEST(CsvDecimal, AgreesWithParseNumber) {
  uint64_t state = 7;
  const auto next = [&] { return state = state * 6364136223846793005ULL + 1442695040888963407ULL, state >> 33; };
  for (int round = 0; round < 100'000; ++round) {
    std::string text;
    const uint64_t length = 1 + next() % 17;
    for (uint64_t i = 0; i < length; ++i) text += "0123456789.-"[next() % (i == 0 ? 12 : 11)];
    Decimal out;
    if (!parse(text, out)) continue;
    const auto expected = explore::parse_number(text);
    ASSERT_TRUE(expected && expected->exact) << text;
    ASSERT_EQ(out.value, expected->value) << text;
    ASSERT_EQ(out.integral, expected->integral) << text;
  }
}

}  // namespace
}  // namespace penstock::kit
