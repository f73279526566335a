#include "kit/csv_split.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock::kit {
namespace {

// The fields of a text, '|' between fields and '/' after rows.
std::string show(std::string_view text, bool last = true, size_t columns = 0) {
  CsvRows rows;
  CsvSplitter splitter(',', '\n', columns);
  const CsvFault fault = splitter.split(text, last, rows);
  if (fault.kind == CsvFault::Kind::ragged_row) return "ragged at " + std::to_string(fault.at);
  if (fault.kind == CsvFault::Kind::open_quote) return "open at " + std::to_string(fault.at);
  std::string shown;
  for (size_t row = 0; row < rows.row_starts.size(); ++row) {
    size_t start = rows.row_starts[row];
    for (size_t column = 0; column < splitter.columns(); ++column) {
      const size_t end = rows.ends[row * splitter.columns() + column];
      shown += std::string(text.substr(start, end - start)) + (column + 1 < splitter.columns() ? "|" : "/");
      start = end + 1;
    }
  }
  return shown;
}

TEST(CsvSplit, RowsAndFields) {
  EXPECT_EQ(show("a,b\n1,2\n"), "a|b/1|2/");
  EXPECT_EQ(show("a,b\n1,2"), "a|b/1|2/");
  EXPECT_EQ(show("a,b\n,\n"), "a|b/|/");
  EXPECT_EQ(show("a\n\nb\n\r\n"), "a/b/");
  EXPECT_EQ(show(""), "");
}

TEST(CsvSplit, QuotesHoldDelimitersAndLineEnds) {
  EXPECT_EQ(show("a,\"b,c\"\n\"x\ny\",z\n"), "a|\"b,c\"/\"x\ny\"|z/");
  EXPECT_EQ(show("\"he said \"\"no\"\", then\",2\n"), "\"he said \"\"no\"\", then\"|2/");
  EXPECT_EQ(show("5\" pipe,2\n3,4\n"), "5\" pipe|2/3|4/");  // a quote inside a plain field is a quote
  EXPECT_EQ(show("\"\",\"\"\"\"\n"), "\"\"|\"\"\"\"/");
}

TEST(CsvSplit, LongFieldsCrossGroups) {
  const std::string plain(200, 'p');
  const std::string quoted = "\"" + std::string(200, ',') + "\"";
  EXPECT_EQ(show(plain + "," + quoted + "\n1,2\n"), plain + "|" + quoted + "/1|2/");
}

TEST(CsvSplit, AnUnfinishedRowWaitsForTheNextBlock) {
  CsvRows rows;
  CsvSplitter splitter(',', '\n', 2);
  ASSERT_EQ(splitter.split("1,2\n3,\"x\ny", false, rows).kind, CsvFault::Kind::none);
  EXPECT_EQ(rows.row_starts.size(), 1U);
  EXPECT_EQ(rows.line_ends, 1U);
  EXPECT_EQ(rows.consumed, 4U);
}

// What is split at once must be what is split byte by byte: the same rows behind any number of bytes before them.
TEST(CsvSplit, TheSameWhereverItLies) {
  const std::string rows[] = {"1,2\n", "\"a,\n\"\"b\",3\r\n", "\n", "4\"5,\n", "\"\",\"x\"y\"z\n",
                              "\r\n",  ",\"\"\"\"\n"};
  const std::string shown[] = {"1|2/", "\"a,\n\"\"b\"|3\r/", "", "4\"5|/", "\"\"|\"x\"y\"z/", "", "|\"\"\"\"/"};
  uint32_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string text, expected;
    for (int row = 0; row < 12; ++row) {
      state = state * 1664525 + 1013904223;
      if (const size_t pick = state >> 24; pick % 8 == 7) {
        const std::string long_field(pick, 'f');
        text += long_field + ",\n";
        expected += long_field + "|/";
      } else {
        text += rows[pick % 8];
        expected += shown[pick % 8];
      }
    }
    ASSERT_EQ(show(text, true, 2), expected) << text;
  }
}

TEST(CsvSplit, OneColumnHasNoBlankRows) {
  EXPECT_EQ(show("1\n\n2\n\r\n3\r\n\"\"\n"), "1/2/3\r/\"\"/");
}

TEST(CsvSplit, SaysWhatBytesThereAre) {
  CsvRows rows;
  CsvSplitter splitter(',', '\n', 2);
  splitter.split("1,2\n", true, rows);
  EXPECT_FALSE(rows.high_bytes || rows.nul_bytes);
  splitter.split("1,\xc3\xa4\n", true, rows);
  EXPECT_TRUE(rows.high_bytes);
  splitter.split(std::string_view("1,\0\n", 5), true, rows);
  EXPECT_TRUE(rows.nul_bytes);
}

TEST(CsvSplit, Faults) {
  EXPECT_EQ(show("a,b\n1,2,3\n"), "ragged at 4");
  EXPECT_EQ(show("a,b\n1\n"), "ragged at 4");
  EXPECT_EQ(show("a,b\n1,\"2\n"), "open at 4");
}

}  // namespace
}  // namespace penstock::kit
