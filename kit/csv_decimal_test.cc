#include "kit/csv_decimal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/explore/value_text.h"
#include "kit/csv_numbers.h"

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

// Rows of one column, as the reader has them.
class OneColumn {
 public:
  void add(const std::string& field) {
    rows_.row_starts.push_back(static_cast<uint32_t>(text_.size()));
    text_ += field;
    rows_.ends.push_back(static_cast<uint32_t>(text_.size()));
    text_ += '\n';
  }
  // With a margin that holds what must not be taken for a part of the last field.
  CsvFields fields() {
    if (!ended_) text_.append(text_margin, '7');
    ended_ = true;
    return CsvFields(text_, rows_, 1, 0);
  }

 private:
  std::string text_;
  CsvRows rows_;
  bool ended_ = false;
};

struct Numbers {
  size_t stopped = 0;
  bool integral = true;
  std::vector<double> values;
};

Numbers read_with(size_t (*read)(const CsvFields&, size_t, double*, bool&), const CsvFields& fields, size_t first) {
  Numbers numbers;
  numbers.values.assign(fields.size(), -1);
  numbers.stopped = read(fields, first, numbers.values.data(), numbers.integral);
  numbers.values.resize(numbers.stopped);
  return numbers;
}

TEST(CsvNumbers, ReadsUpToWhatNeedsACloserLook) {
  OneColumn column;
  for (const char* field : {"1", "", "-2.5", "1e3", "4"}) column.add(field);
  const CsvFields fields = column.fields();
  const Numbers numbers = read_with(read_plain_numbers, fields, 0);
  EXPECT_EQ(numbers.stopped, 3U);
  EXPECT_FALSE(numbers.integral);
  EXPECT_EQ(numbers.values[0], 1);
  EXPECT_TRUE(std::isnan(numbers.values[1]));
  EXPECT_EQ(numbers.values[2], -2.5);
  const Numbers behind = read_with(read_plain_numbers, fields, 4);
  EXPECT_EQ(behind.stopped, 5U);
  EXPECT_TRUE(behind.integral);
}

TEST(CsvNumbers, AreTheSameOnEveryProcessor) {
  uint64_t state = 11;
  const auto next = [&] { return state = state * 6364136223846793005ULL + 1442695040888963407ULL, state >> 33; };
  OneColumn column;
  for (int row = 0; row < 20'000; ++row) {
    std::string text = next() % 3 == 0 ? "-" : "";
    const uint64_t length = next() % 19, point = next() % 24;
    for (uint64_t i = 0; i < length; ++i) text += i == point ? '.' : static_cast<char>('0' + next() % 10);
    if (next() % 8 == 0 && !text.empty()) text[next() % text.size()] = static_cast<char>(next() % 256);
    column.add(text);
  }
  const CsvFields fields = column.fields();
  size_t closer = 0;
  for (size_t first = 0; first < fields.size(); ++closer) {
    const Numbers wide = read_with(read_plain_numbers, fields, first);
    const Numbers portable = read_with(read_plain_numbers_portably, fields, first);
    ASSERT_EQ(wide.stopped, portable.stopped) << fields.raw(std::min(wide.stopped, portable.stopped));
    ASSERT_EQ(wide.integral, portable.integral) << "from row " << first;
    for (size_t row = first; row < wide.stopped; ++row) {
      ASSERT_EQ(std::bit_cast<uint64_t>(wide.values[row]), std::bit_cast<uint64_t>(portable.values[row]))
          << fields.raw(row);
    }
    first = wide.stopped + 1;
  }
  EXPECT_GT(closer, 1'000U);
  EXPECT_LT(closer, 10'000U);
}

}  // namespace
}  // namespace penstock::kit
