#include "kit/json_rows.h"

#include <gtest/gtest.h>

namespace penstock::kit {
namespace {

TEST(JsonRows, BeginWhereALineOpensAnObjectAfterOneThatClosed) {
  constexpr std::string_view text = "{\"a\": [{},\n{}]}\r\n\n  {\"a\":\n{}}\n{\"a\": \"}\\n{\"}\n";
  EXPECT_EQ(next_row_start(text, 0), text.find("{\"a\":\n"));
  EXPECT_EQ(next_row_start(text, 25), text.find("{\"a\": \"}"));
  EXPECT_EQ(last_row_start(text), text.find("{\"a\": \"}"));
  EXPECT_EQ(next_row_start(text, last_row_start(text)), std::string_view::npos);
  for (const std::string_view none : {"", "\n", "\n\n{", "{}", "{}\n", "{}\n[", "null\n{}"}) {
    EXPECT_EQ(last_row_start(none), std::string_view::npos) << none;
    EXPECT_EQ(next_row_start(none, 0), std::string_view::npos) << none;
  }
}

TEST(JsonRows, ValuesOfNamedColumnsAreQuotedAsTheyWereWritten) {
  EXPECT_EQ(quote_values(R"({"a": 1.50, "b": 2, "c": {"a": 3}, "d": [4, "a", 5]}
{"a":true,"b":"a","a": null} {"\u0061":-1e3}{"a": "say \"a\": 1"})",
                         {"a"}),
            R"({"a": "1.50", "b": 2, "c": {"a": 3}, "d": [4, "a", 5]}
{"a":"true","b":"a","a": null} {"\u0061":"-1e3"}{"a": "say \"a\": 1"})");
  for (const std::string_view broken : {"{\"a", "{\"a\\", "{\"a\":", "{\"a\":}", "}:1", "{:1}"}) {
    EXPECT_EQ(quote_values(broken, {"a"}), broken);
  }
}

}  // namespace
}  // namespace penstock::kit
