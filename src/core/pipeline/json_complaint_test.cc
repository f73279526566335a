#include "core/pipeline/json_complaint.h"

#include <gtest/gtest.h>

namespace penstock::pipeline {
namespace {

std::string told(std::string_view text) {
  std::optional<JsonComplaint> complaint = json_complaint(text);
  if (!complaint) return "";
  size_t place = complaint->source.rfind("; ");
  return complaint->message + complaint->source.substr(place);
}

constexpr std::string_view values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

// The first two are recorded.
TEST(JsonComplaint, TellsWhatJacksonTells) {
  EXPECT_EQ(told("not a definition"),
            "Unrecognized token 'not': was expecting " + std::string(values) + "; line: 1, column: 4]");
  EXPECT_EQ(
      told("{'a': 1}"),
      "Unexpected character (''' (code 39)): was expecting double-quote to start field name; line: 1, column: 3]");
  EXPECT_EQ(told("{"),
            "Unexpected end-of-input: expected close marker for Object (start marker at [Source: (String)\"{\"; line: "
            "1, column: 1]); line: 1, column: 2]");
  EXPECT_EQ(told("[1,"), "Unexpected end-of-input within/between Array entries; line: 1, column: 4]");
  EXPECT_EQ(told("{\"a\" 1}"),
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value; line: 1, "
            "column: 7]");
  EXPECT_EQ(
      told("{\"a\":1 \"b\":2}"),
      "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries; line: 1, column: 9]");
  EXPECT_EQ(told("{\"a\":\n}"), "Unexpected character ('}' (code 125)): expected a value; line: 2, column: 2]");
  EXPECT_EQ(
      told("{\"a\":1,}"),
      "Unexpected character ('}' (code 125)): was expecting double-quote to start field name; line: 1, column: 9]");
  EXPECT_EQ(told("[1,]"), "Unexpected character (']' (code 93)): expected a valid value " + std::string(values) +
                              "; line: 1, column: 5]");
  EXPECT_EQ(told("\"ab"),
            "Unexpected end-of-input: was expecting closing quote for a string value; line: 1, column: 4]");
  EXPECT_EQ(told("\"\\x\""), "Unrecognized character escape 'x' (code 120); line: 1, column: 4]");
  EXPECT_EQ(told("[-a]"),
            "Unexpected character ('a' (code 97)) in numeric value: expected digit (0-9) to follow minus sign, for "
            "valid numeric value; line: 1, column: 4]");
  EXPECT_EQ(told("[1}"),
            "Unexpected close marker '}': expected ']' (for Array starting at [Source: (String)\"[1}\"; line: 1, "
            "column: 1]); line: 1, column: 4]");
}

TEST(JsonComplaint, HasNothingToSayAboutJson) {
  for (const char* text : {"{}", " [1, -2.5e3, \"a\\u0041\", true, null, {\"a\": []}] ", "\"x\"", "0"})
    EXPECT_EQ(told(text), "") << text;
}

}  // namespace
}  // namespace penstock::pipeline
