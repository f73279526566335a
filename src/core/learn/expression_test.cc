#include "core/learn/expression.h"

#include <gtest/gtest.h>

#include <cmath>

namespace penstock::learn {
namespace {

double value_of(const std::string& text) {
  const std::vector<double> x = {3}, y = {-2}, gap = {std::nan("")};
  const auto column = [](const char* name, const std::vector<double>& numbers) {
    return Column{.name = name,
                  .type = explore::ColumnType::Fractional,
                  .rows = 1,
                  .numbers = numbers,
                  .strings = {},
                  .present = {}};
  };
  const Frame frame({column("x", x), column("y value", y), column("gap", gap)});
  const auto expression = Expression::parse(text);
  EXPECT_TRUE(expression.ok()) << expression.error().message;
  const auto result = expression->evaluate(frame);
  EXPECT_TRUE(result.ok()) << result.error().message;
  return result.value()[0];
}

std::string error_of(const std::string& text) {
  const auto expression = Expression::parse(text);
  EXPECT_FALSE(expression.ok()) << text;
  return expression.ok() ? "" : expression.error().message;
}

TEST(Expression, OperatorsBindAsUsual) {
  EXPECT_EQ(value_of("1 + 2 * x"), 7);
  EXPECT_EQ(value_of("(1 + 2) * x"), 9);
  EXPECT_EQ(value_of("-x ^ 2"), -9);
  EXPECT_EQ(value_of("2 ^ x ^ 2"), 512);
  EXPECT_EQ(value_of("10 - 4 - 3"), 3);
  EXPECT_EQ(value_of("`y value` % 3"), 1);  // the sign of the divisor, as in Python
  EXPECT_EQ(value_of("not x > 2 or x == 3 and 1 <= 1"), 1);
}

TEST(Expression, MissingStaysMissing) {
  EXPECT_TRUE(std::isnan(value_of("gap + 1")));
  EXPECT_TRUE(std::isnan(value_of("gap > 1")));
  EXPECT_TRUE(std::isnan(value_of("max(gap, x)")));
  EXPECT_EQ(value_of("coalesce(gap, 5) + is_missing(gap)"), 6);
  EXPECT_EQ(value_of("if(x > 2, 1, gap)"), 1);
}

TEST(Expression, WhatIsWrongHasItsPlace) {
  EXPECT_EQ(error_of("x +"), "expression 'x +': a number, a column or a function is expected at place 4");
  EXPECT_NE(error_of("sqroot(x)").find("did you mean 'sqrt'?"), std::string::npos);
  EXPECT_NE(error_of("min(x)").find("',' and operand 2 of min is expected at place 6"), std::string::npos);
  EXPECT_NE(error_of("x y").find("an operator or the end is expected at place 3"), std::string::npos);
  EXPECT_NE(error_of("`x").find("a closing '`'"), std::string::npos);
  EXPECT_NE(error_of(std::string(5000, '(')).find("a simpler expression"), std::string::npos);
  EXPECT_NE(error_of(std::string(5000, '-') + "1").find("a simpler expression"), std::string::npos);
}

}  // namespace
}  // namespace penstock::learn
