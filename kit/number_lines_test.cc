#include "kit/number_lines.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <random>
#include <string>

namespace penstock::kit {
namespace {

// The rows of a text, '|' between values and '/' after rows; "no" when it is not plain.
std::string show(std::string text, bool last = true) {
  const size_t size = text.size();
  text.append(NumberLines::padding, '7');  // what lies behind must not matter
  NumberLines lines;
  const auto parsed = lines.parse({text.data(), size}, last);
  if (!parsed) return "no";
  std::string shown;
  for (size_t row = 0; row < parsed->rows.rows(); ++row)
    for (size_t column = 0; column < parsed->rows.columns(); ++column)
      shown += fmt::format("{}{}", parsed->rows.at(row, column), column + 1 < parsed->rows.columns() ? '|' : '/');
  return parsed->consumed < size ? shown + text.substr(parsed->consumed, size - parsed->consumed) : shown;
}

TEST(NumberLines, RowsOfNumbers) {
  EXPECT_EQ(show("1,2\n3,4\n"), "1|2/3|4/");
  EXPECT_EQ(show("1.0,0.0,-0.5\r\n0.0,1.0,1e-05\r\n"), "1|0|-0.5/0|1|1e-05/");
  EXPECT_EQ(show("0.0,1.0\n\n1.0,0.0\n"), "0|1/1|0/") << "blank lines are no rows";
  EXPECT_EQ(show("1,\n,2\n"), "1|nan/nan|2/") << "an empty field is missing";
  EXPECT_EQ(show("1,2\n3,4"), "1|2/3|4/") << "the last line may lack its end";
  EXPECT_EQ(show("1,2\n3,4", false), "1|2/3,4") << "what is no whole line waits for the next text";
  EXPECT_EQ(show("12345678.12345678,9\n"), "12345678.12345678|9/");
}

TEST(NumberLines, OtherTextsAreNotPlain) {
  for (const char* text : {"a,b\n", "1,2\n3\n", "1,2\n3,4,5\n", "\"1\",2\n", " 1,2\n", "1,nan\n", "True,1\n",
                           "1.5x,2\n", "9007199254740993,1\n", "1,2\r3,4\r", "", "-,1\n", ".,1\n", "1e400,1\n"})
    EXPECT_EQ(show(text), "no") << text;
}

TEST(NumberLines, NumbersAreTheNearestDoubles) {
  std::mt19937_64 random(1);
  std::string text;
  std::vector<double> expected;
  for (size_t i = 0; i < 20'000; ++i) {
    double value = std::ldexp(static_cast<double>(random() >> 11), -static_cast<int>(random() % 90));
    if (random() % 2 == 0) value = -value;
    char buffer[64];
    // The shortest text, and one of many digits.
    auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    if (random() % 4 == 0) end = std::to_chars(buffer, buffer + 40, value, std::chars_format::scientific, 21).ptr;
    const std::string_view field(buffer, static_cast<size_t>(end - buffer));
    if (field.find_first_of(".e") == std::string_view::npos) continue;  // a long integer is an identifier
    text += fmt::format("{},1.0\n", field);
    expected.push_back(value);
  }
  const size_t size = text.size();
  text.append(NumberLines::padding, '\0');
  NumberLines lines;
  const auto parsed = lines.parse({text.data(), size}, true);
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->rows.rows(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(parsed->rows.at(i, 0), expected[i]);
}

}  // namespace
}  // namespace penstock::kit
