#include "kit/raw_rows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace penstock::kit {
namespace {

TEST(TextNumbers, EachTextHasOneNumberInTheOrderOfTheirComing) {
  // Some have the same bytes in other lengths, as short texts are told apart by both.
  std::vector<std::string> texts = {"",
                                    "a",
                                    "aa",
                                    "aaa",
                                    "aaaa",
                                    "abab",
                                    "abababab",
                                    "ababababa",
                                    std::string("a\0", 2),
                                    std::string("\0", 1),
                                    std::string("\0\0", 2)};
  for (int i = 0; i < 5'000; ++i) texts.push_back(fmt::format("{}", i));
  for (int i = 0; i < 5'000; ++i) texts.push_back(fmt::format("a longer text {}", i));
  TextNumbers numbers;
  for (int round = 0; round < 2; ++round)
    for (uint32_t i = 0; i < texts.size(); ++i) ASSERT_EQ(numbers.number(texts[i]), i) << texts[i];
  ASSERT_EQ(numbers.texts().size(), texts.size());
  EXPECT_TRUE(std::equal(texts.begin(), texts.end(), numbers.texts().begin()));
}

}  // namespace
}  // namespace penstock::kit
