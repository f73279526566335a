#include "core/learn/frame.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/learn/distinct_rows.h"

namespace penstock::learn {
namespace {

// a, "", b, a, missing; and 1, NaN, -0, 1, NaN
struct Data {
  std::vector<int64_t> offsets = {0, 1, 1, 2, 3, 3};
  std::vector<uint8_t> present = {1, 1, 1, 1, 0};
  std::vector<double> numbers = {1, std::nan(""), -0.0, 1, std::nan("")};
  Frame frame() const {
    return Frame({{.name = "text",
                   .type = explore::ColumnType::String,
                   .rows = 5,
                   .numbers = {},
                   .strings = {offsets, "aba"},
                   .present = present},
                  {.name = "number",
                   .type = explore::ColumnType::Fractional,
                   .rows = 5,
                   .numbers = numbers,
                   .strings = {},
                   .present = {}}});
  }
};

TEST(Frame, ValuesAreNumberedInTheirOrder) {
  const Data data;
  Frame frame = data.frame();
  const Codes& texts = frame.codes(frame.columns()[0]);
  EXPECT_EQ(texts.of_row, (std::vector<uint32_t>{0, 1, 2, 0, Codes::missing}));
  EXPECT_EQ(texts.texts, (std::vector<std::string_view>{"a", "", "b"}));
  const Codes& numbers = frame.codes(frame.columns()[1]);
  EXPECT_EQ(numbers.of_row, (std::vector<uint32_t>{0, Codes::missing, 1, 0, Codes::missing}));
}

TEST(Frame, ManyValuesKeepTheirNumbers) {
  std::vector<double> values(20'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 7001) / 3;
  const Codes codes = number_values({.name = "x",
                                     .type = explore::ColumnType::Fractional,
                                     .rows = values.size(),
                                     .numbers = values,
                                     .strings = {},
                                     .present = {}});
  EXPECT_EQ(codes.size(), 7001U);
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(codes.numbers[codes.of_row[i]], values[i]);
}

TEST(Frame, EqualRowsAreFoundWithMissingValuesAlike) {
  const Data data;
  Frame frame = data.frame();
  const auto columns = [&](std::vector<size_t> which) {
    std::vector<const Column*> chosen;
    for (const size_t i : which) chosen.push_back(&frame.columns()[i]);
    return chosen;
  };
  EXPECT_EQ(*DistinctRows().add(frame, columns({0}), {0, 1, 2, 3, 4}), (Rows{0, 1, 2, 4}));
  EXPECT_EQ(*DistinctRows().add(frame, columns({1}), {4, 3, 2, 1, 0}), (Rows{4, 3, 2}));
  EXPECT_EQ(*DistinctRows().add(frame, columns({0, 1}), {0, 1, 2, 3, 4}), (Rows{0, 1, 2, 4}));
  DistinctRows seen;
  EXPECT_EQ(*seen.add(frame, columns({0}), {0, 1}), (Rows{0, 1}));
  EXPECT_EQ(*seen.add(frame, columns({0}), {2, 3, 4}), (Rows{2, 4})) << "rows of an earlier part are known";
}

TEST(Frame, ManyDistinctRowsAreAllFound) {
  std::vector<double> values(50'000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 30'000);
  Frame frame({{.name = "x",
                .type = explore::ColumnType::Fractional,
                .rows = values.size(),
                .numbers = values,
                .strings = {},
                .present = {}}});
  Rows all(values.size());
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(DistinctRows().add(frame, {&frame.columns()[0]}, all)->size(), 30'000U);
}

TEST(Frame, AColumnThatIsNotThereIsGuessed) {
  const Data data;
  Frame frame = data.frame();
  EXPECT_EQ(frame.find("nunber").error().message,
            "there is no column 'nunber'; did you mean 'number'?; the data has: text, number");
  EXPECT_FALSE(frame.add("text", std::vector<double>(5)).ok());
  EXPECT_TRUE(frame.add("new", std::vector<double>(5)).ok());
  EXPECT_TRUE(frame.has("new"));
}

}  // namespace
}  // namespace penstock::learn
