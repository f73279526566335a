#include "core/explore/value_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

namespace penstock::explore {
namespace {

TEST(ParseNumber, ReadsTheNearestDouble) {
  for (const char* text :
       {"0", "-0", "7", "123456789012345678", "0.1", "1234.5678", "-2.5e-3", "1e22", "1e23", ".5", "5.",
        "9007199254740993", "3.141592653589793238462643", "1.7976931348623157e308", "4.9e-324"}) {
    const auto number = parse_number(text);
    ASSERT_TRUE(number) << text;
    EXPECT_EQ(number->value, std::strtod(text, nullptr)) << text;
  }
}

TEST(ParseNumber, TellsIntegersFromFractions) {
  EXPECT_TRUE(parse_number("42")->integral);
  EXPECT_TRUE(parse_number("  42 ")->integral);
  EXPECT_FALSE(parse_number("42.0")->integral);
  EXPECT_FALSE(parse_number("4e1")->integral);
  EXPECT_FALSE(parse_number("9007199254740993")->exact);
  EXPECT_TRUE(parse_number("9007199254740992")->integral);
  EXPECT_FALSE(parse_number("123456789012345678901234567890")->exact);
}

TEST(ParseNumber, KnowsInfinitiesAndRefusesWords) {
  EXPECT_EQ(parse_number("inf")->value, INFINITY);
  EXPECT_EQ(parse_number("-Infinity")->value, -INFINITY);
  EXPECT_EQ(parse_number("1e400")->value, INFINITY);
  EXPECT_EQ(parse_number("1e-400")->value, 0);
  for (const char* text : {"", " ", "-", ".", "1,000", "0x10", "1 2", "12a", "nan", "infinit", "e5", "--1", "1.2.3"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

TEST(ParseTimestamp, ReadsIso8601) {
  EXPECT_EQ(parse_timestamp("1970-01-01"), 0);
  EXPECT_EQ(parse_timestamp("2024-02-29"), 1'709'164'800);
  EXPECT_EQ(parse_timestamp("2024/02/29"), 1'709'164'800);
  EXPECT_EQ(parse_timestamp("2024-02-29 09:30"), 1'709'164'800 + 34'200);
  EXPECT_EQ(parse_timestamp("2024-02-29T09:30:15.25Z"), 1'709'164'800 + 34'215.25);
  EXPECT_EQ(parse_timestamp("2024-02-29T09:30:15+02:00"), 1'709'164'800 + 34'215 - 7200);
  EXPECT_EQ(parse_timestamp("1969-12-31T23:59:59-0100"), 3599);
  for (const char* text : {"2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01x", "2024-01-01 25:00", "12/31/2024",
                           "2024-01-01T09", "2024-01-01 09:30+2"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

TEST(FormatTimestamp, IsTheInverse) {
  for (const char* text : {"1970-01-01", "2024-02-29", "1899-12-31", "2024-02-29T09:30:15Z", "1969-12-31T23:59:59Z"}) {
    EXPECT_EQ(format_timestamp(*parse_timestamp(text)), text);
  }
  EXPECT_EQ(format_timestamp(0.25), "1970-01-01T00:00:00.250000Z");
}

TEST(MissingText, IsPandasList) {
  for (const char* text : {"", "NA", "NaN", "nan", "N/A", "n/a", "null", "NULL", "None", "<NA>", "#N/A", "-nan"}) {
    EXPECT_TRUE(is_missing_text(text)) << text;
  }
  for (const char* text : {" ", "na", "none", "-", "?", "NAN", "0"}) EXPECT_FALSE(is_missing_text(text)) << text;
}

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(first_bad_utf8("plain"), std::string_view::npos);
  EXPECT_EQ(first_bad_utf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), std::string_view::npos);
  EXPECT_EQ(first_bad_utf8("caf\xe9"), 3U);
  EXPECT_EQ(first_bad_utf8("\xc0\x80"), 0U);
  EXPECT_EQ(first_bad_utf8("a\xed\xa0\x80"), 1U);
  EXPECT_EQ(first_bad_utf8("\xe2\x82"), 0U);
}

}  // namespace
}  // namespace penstock::explore
