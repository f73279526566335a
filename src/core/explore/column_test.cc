#include "core/explore/column.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock::explore {
namespace {

TEST(Column, StringsLieEndToEnd) {
  const std::vector<int64_t> offsets = {0, 3, 3, 7};
  const Strings strings{offsets, "redblue"};
  EXPECT_EQ(strings[0], "red");
  EXPECT_EQ(strings[1], "");
  EXPECT_EQ(strings[2], "blue");
}

TEST(Column, OnlyTextsAndTheUnknownAreNotNumeric) {
  for (const ColumnType type :
       {ColumnType::Integral, ColumnType::Fractional, ColumnType::Boolean, ColumnType::Timestamp})
    EXPECT_TRUE((Column{.name = "x", .type = type, .rows = 0, .numbers = {}, .strings = {}, .present = {}}).numeric());
  EXPECT_FALSE((Column{.name = "x", .type = ColumnType::String, .rows = 0, .numbers = {}, .strings = {}, .present = {}})
                   .numeric());
  EXPECT_FALSE(Column{}.numeric());
}

}  // namespace
}  // namespace penstock::explore
