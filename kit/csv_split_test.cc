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
  EXPECT_EQ(rows.ends.size(), 2U);
  EXPECT_EQ(rows.consumed, 4U);
}

TEST(CsvSplit, Faults) {
  EXPECT_EQ(show("a,b\n1,2,3\n"), "ragged at 4");
  EXPECT_EQ(show("a,b\n1\n"), "ragged at 4");
  EXPECT_EQ(show("a,b\n1,\"2\n"), "open at 4");
}

}  // namespace
}  // namespace penstock::kit
