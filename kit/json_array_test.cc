#include "kit/json_array.h"

#include <gtest/gtest.h>

namespace penstock::kit {
namespace {

std::string in_pieces(std::string_view text, size_t size) {
  JsonArray array;
  std::string out;
  for (size_t at = 0; at < text.size(); at += size) out += array.take(text.substr(at, size));
  return out;
}

TEST(JsonArray, ObjectsFollowEachOtherWhereverThePiecesAreCut) {
  constexpr std::string_view text = R"( [{"a": "x,]\"[", "b": [1, 2]}, {"a": "\\", "b":
 {"c": 1}}])";
  constexpr std::string_view lines = "  {\"a\": \"x,]\\\"[\", \"b\": [1, 2]}\n {\"a\": \"\\\\\", \"b\":  {\"c\": 1}} ";
  for (size_t size = 1; size <= text.size(); ++size) EXPECT_EQ(in_pieces(text, size), lines) << size;
}

TEST(JsonArray, AnArrayThatIsCutOffIsNoWholeOne) {
  JsonArray array;
  EXPECT_TRUE(array.is_whole());
  static_cast<void>(array.take(R"([{"a": "]"})"));
  EXPECT_FALSE(array.is_whole());
  static_cast<void>(array.take(" ] "));
  EXPECT_TRUE(array.is_whole());
}

TEST(JsonArray, LinesStayAsTheyAre) {
  constexpr std::string_view text = "\n{\"a\": [1, 2]}\n{\"a\": [3]}\n";
  for (size_t size = 1; size <= text.size(); ++size) EXPECT_EQ(in_pieces(text, size), text) << size;
  EXPECT_FALSE(opens_array(text));
  EXPECT_TRUE(opens_array("\xEF\xBB\xBF [1]"));
  EXPECT_FALSE(opens_array(""));
}

}  // namespace
}  // namespace penstock::kit
