#include "kit/csv_packed.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "core/explore/packed_numbers.h"
#include "kit/csv_decimal.h"

namespace penstock::kit {
namespace {

struct Block {
  explicit Block(const std::vector<std::string>& fields, const std::string& line_end = "\n") {
    memory.assign(text_margin, '7');  // what may stand in the margin
    for (const std::string& field : fields) memory += fmt::format("{},{},{}{}", field, field, field, line_end);
    const size_t size = memory.size() - text_margin;
    memory.append(text_margin, '7');
    text = std::string_view(memory).substr(text_margin, size);
    CsvSplitter splitter(',', '\n', 3);
    EXPECT_EQ(splitter.split(text, true, rows).kind, CsvFault::Kind::none);
    EXPECT_EQ(rows.row_starts.size(), fields.size());
  }
  CsvFields column(size_t index) const { return {text, rows, 3, index}; }

  std::string memory;
  std::string_view text;
  CsvRows rows;
};

ColumnMemory empty_column() {
  ColumnMemory column;
  column.type = explore::ColumnType::Integral;
  return column;
}

// In each place of a row, packed numbers must be those that the other conversion reads.
void check(const std::vector<std::string>& fields, const std::string& line_end = "\n") {
  const Block block(fields, line_end);
  const MissingTexts missing({});
  for (size_t index = 0; index < 3; ++index) {
    ColumnMemory plain = empty_column();
    ASSERT_EQ(convert(block.column(index), missing, {}, plain), fields.size());
    ColumnMemory packed = empty_column();
    ASSERT_TRUE(convert_packed(block.column(index), missing, packed));
    EXPECT_EQ(packed.rows, fields.size());
    EXPECT_EQ(packed.type, plain.type);
    ASSERT_EQ(packed.packed.size(), fields.size());
    for (size_t row = 0; row < fields.size(); ++row) {
      const int32_t number = packed.packed[row];
      if (std::isnan(plain.numbers[row])) {
        EXPECT_EQ(number, explore::packed_missing) << fields[row];
      } else {
        EXPECT_EQ(number / explore::packed_scale(packed.decimals), plain.numbers[row]) << fields[row];
      }
    }
  }
}

TEST(CsvPacked, ReadsWhatTheOtherConversionReads) {
  check({"1", "22", "-333", "0", "2147483647", "-2147483647"});
  check({"1", "", "2.5", "NA", "-0", "-0.0", ".5", "-.25", "5.", "0012.500"});
  check({"1", "\"2.5\"", "+3", " 4", "5 ", "1e2", "nan", "0.00001"});
  check({"1.5", "2.25", ""}, "\r\n");
  check({"0000000000000012", "000000000012.25"});
}

TEST(CsvPacked, ReadsNumbersOfAllLengths) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> fields;
    const int decimals_max = static_cast<int>(random() % 8);
    for (int i = 0; i < 50; ++i) {
      const auto decimals = static_cast<int>(random() % static_cast<uint64_t>(decimals_max + 1));
      const auto digits = static_cast<int>(random() % static_cast<uint64_t>(10 - decimals_max));
      const double value = static_cast<double>(random() % 1'000'000'000) / 1e9 * std::pow(10, digits);
      fields.push_back(fmt::format("{}{:.{}f}", random() % 2 == 0 ? "-" : "", value, decimals));
    }
    check(fields);
  }
}

TEST(CsvPacked, RefusesWhatDoesNotFit) {
  for (const char* field : {"2147483648", "-2147483648", "3000000000.5", "0.0000000001", "1234567890123456",
                            "9999999999999999", "12345678901234567", "x", "1.2.3", "-", ".", "--1", "1e300", "inf"}) {
    const Block block({"1", field, "2"});
    ColumnMemory column = empty_column();
    EXPECT_FALSE(convert_packed(block.column(1), MissingTexts({}), column)) << field;
    EXPECT_TRUE(column.packed.empty());
    EXPECT_EQ(column.rows, 0U);
  }
  // With another one's decimals, a number may be too large.
  const Block block({"20000000", "0.001"});
  ColumnMemory column = empty_column();
  EXPECT_FALSE(convert_packed(block.column(0), MissingTexts({}), column));
  // Texts that the user says are missing may be numbers.
  ColumnMemory other = empty_column();
  EXPECT_FALSE(convert_packed(Block({"1", "999"}).column(0), MissingTexts({"999"}), other));
}

// Once asked for packed numbers, a column goes on with doubles from the first block that does not fit.
TEST(CsvPacked, FallsBackToDoubles) {
  const Block fits({"1.5", "2"});
  const Block does_not({"1.5", "1e300"});
  const MissingTexts missing({});
  ColumnMemory column = empty_column();
  column.may_pack = true;
  ASSERT_EQ(convert(fits.column(0), missing, {}, column), 2U);
  EXPECT_TRUE(column.may_pack);
  EXPECT_EQ(column.packed.size(), 2U);
  column.clear();
  ASSERT_EQ(convert(does_not.column(0), missing, {}, column), 2U);
  EXPECT_FALSE(column.may_pack);
  EXPECT_TRUE(column.packed.empty());
  EXPECT_EQ(column.numbers[1], 1e300);
}

}  // namespace
}  // namespace penstock::kit
