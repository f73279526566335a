#include "base/terminal.h"

#include <gtest/gtest.h>

#include <limits>

namespace penstock {
namespace {

constexpr size_t endless = std::numeric_limits<size_t>::max();

TEST(Terminal, TablesAreAsWideAsTheirCells) {
  const auto lines = table_lines({{"name", "n"}, {"Köln", "12"}, {"x", ""}}, endless, {});
  EXPECT_EQ(lines, (std::vector<std::string>{"name  n", "Köln  12", "x     "}));
}

TEST(Terminal, NarrowTablesCutCellsAndLeaveColumnsOut) {
  const std::vector<std::vector<std::string>> rows = {{"name", "a", "b"}, {"abcdefghij", "123456", "7"}};
  // 21 characters at first: the name gives what it takes, then the column a goes.
  EXPECT_EQ(table_lines(rows, 18, {{0, 5}, {1, 0}})[1], "abcdef…  123456  7");
  EXPECT_EQ(table_lines(rows, 15, {{0, 5}, {1, 0}})[1], "abcd…  7");
  EXPECT_EQ(table_lines(rows, 21, {{0, 5}})[1], "abcdefghij  123456  7");
}

TEST(Terminal, LinesBreakBetweenWords) {
  EXPECT_EQ(wrap("one two three", 9, 2), "one two\n  three");
  EXPECT_EQ(wrap("  kind  indented as it came", 80, 2), "  kind  indented as it came");
  EXPECT_EQ(wrap("a-word-without-blanks b", 5, 1), "a-word-without-blanks\n b");
}

TEST(Terminal, ShortenedTextsEndInAnEllipsis) {
  EXPECT_EQ(shorten("Köln", 4), "Köln");
  EXPECT_EQ(shorten("Kölner", 4), "Köl…");
}

}  // namespace
}  // namespace penstock
