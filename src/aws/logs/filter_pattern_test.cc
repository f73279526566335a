#include "aws/logs/filter_pattern.h"

#include <gtest/gtest.h>

namespace penstock::aws::logs {
namespace {

// 'y' or 'n', or the error's message.
std::string try_on(std::string_view pattern, std::string_view message) {
  Outcome<FilterPattern> parsed = FilterPattern::parse(pattern);
  if (!parsed) return parsed.error().code == "InvalidParameterException" ? parsed.error().message : parsed.error().code;
  return parsed->matches(message) ? "y" : "n";
}

TEST(FilterPattern, Terms) {
  EXPECT_EQ(try_on("", "anything"), "y");
  EXPECT_EQ(try_on("ERROR", "[ERROR 400] BAD REQUEST"), "y");
  EXPECT_EQ(try_on("error", "[ERROR 400] BAD REQUEST"), "n");
  EXPECT_EQ(try_on("ERROR REQUEST", "[ERROR 400] BAD REQUEST"), "y");
  EXPECT_EQ(try_on("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST"), "n");
  EXPECT_EQ(try_on("\"BAD REQUEST\"", "[ERROR 400] BAD REQUEST"), "y");
  EXPECT_EQ(try_on("\"REQUEST BAD\"", "[ERROR 400] BAD REQUEST"), "n");
  EXPECT_EQ(try_on("?ERROR ?WARN", "WARN x"), "y");
  EXPECT_EQ(try_on("?ERROR ?WARN", "INFO x"), "n");
  EXPECT_EQ(try_on("ERROR -EXITING", "ERROR 1 EXITING"), "n");
  EXPECT_EQ(try_on("ERROR -\"not this\"", "ERROR this"), "y");
  EXPECT_EQ(try_on("INFO ?ERROR", "INFO x"), "y");  // ? is ignored beside others
  EXPECT_EQ(try_on("\"say \\\"hi\\\"\"", "say \"hi\""), "y");
}

TEST(FilterPattern, JsonConditions) {
  std::string line =
      R"({"level":"ERROR","code":503,"ratio":0.5,"user":{"id":1,"tags":["a","b"]},"none":null,"on":true,"a.b":1})";
  EXPECT_EQ(try_on("{ $.level = \"ERROR\" }", line), "y");
  EXPECT_EQ(try_on("{$.level=ERROR}", line), "y");
  EXPECT_EQ(try_on("{ $.level != \"ERROR\" }", line), "n");
  EXPECT_EQ(try_on("{ $.level = \"ERR*\" }", line), "y");
  EXPECT_EQ(try_on("{ $.level = *RO* }", line), "y");
  EXPECT_EQ(try_on("{ $.level = *RX }", line), "n");
  EXPECT_EQ(try_on("{ $.code >= 500 && $.code < 600 }", line), "y");
  EXPECT_EQ(try_on("{ $.code = 503.0 }", line), "y");
  EXPECT_EQ(try_on("{ $.code = 50* }", line), "y");
  EXPECT_EQ(try_on("{ ($.code = 1) || ($.user.tags[1] = \"b\") }", line), "y");
  EXPECT_EQ(try_on("{ $.code = 1 || $.ratio > 0.4 && $.ratio <= 0.5 }", line), "y");
  EXPECT_EQ(try_on("{ $.none IS NULL }", line), "y");
  EXPECT_EQ(try_on("{ $.missing IS NULL }", line), "n");
  EXPECT_EQ(try_on("{ $.missing NOT EXISTS }", line), "y");
  EXPECT_EQ(try_on("{ $.missing != 1 }", line), "n");
  EXPECT_EQ(try_on("{ $.on IS TRUE }", line), "y");
  EXPECT_EQ(try_on("{ $.on IS FALSE }", line), "n");
  EXPECT_EQ(try_on("{ $['a.b'] = 1 }", line), "y");
  EXPECT_EQ(try_on("{ $.level = \"ERROR\" }", "ERROR"), "n");
  EXPECT_EQ(try_on("{ $.level = \"ERROR\" }", "{broken"), "n");
}

TEST(FilterPattern, WhatIsWrongIsSaid) {
  EXPECT_EQ(try_on("a.b", "a.b"), "Invalid character(s) in term 'a.b'");
  EXPECT_EQ(try_on("\"open", "x"), "Unclosed quotation mark in filter pattern: \"open");
  EXPECT_EQ(try_on("[ip, user]", "x").substr(0, 15), "Space-delimited");
  EXPECT_EQ(try_on("%x%", "x").substr(0, 38), "Filter patterns with regular expressio");
  EXPECT_EQ(try_on("{ $.a }", "x"),
            "Invalid filter pattern at character 7: expected =, !=, <, <=, >, >=, IS or NOT EXISTS");
  EXPECT_EQ(try_on("{ $.a > b }", "x"), "Invalid filter pattern at character 10: expected a number");
  EXPECT_EQ(try_on("{ a = 1 }", "x"),
            "Invalid filter pattern at character 3: expected a selector that begins with '$.'");
  EXPECT_EQ(try_on("{ $.a = 1", "x"), "Invalid filter pattern at character 10: expected '}', '&&' or '||'");
  EXPECT_EQ(try_on("{ " + std::string(100, '(') + "$.a = 1", "x"),
            "Invalid filter pattern at character 36: expected fewer parentheses");
}

}  // namespace
}  // namespace penstock::aws::logs
