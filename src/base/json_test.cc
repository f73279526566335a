#include "base/json.h"

#include <gtest/gtest.h>

#include <cmath>

namespace penstock {
namespace {

std::string round_trip(std::string_view text) {
  const auto value = parse_json(text);
  return value ? to_string(*value) : value.error().message;
}

TEST(Json, KeepsNumbersAsWritten) {
  for (const char* text :
       {"1.0", "1e20", "100000000000000000000", "0.123456789012345678901234", "1E400", "-0", "-0.0"}) {
    EXPECT_EQ(round_trip(text), text);
  }
}

TEST(Json, KeepsKeyOrderAndLetsTheLastDuplicateWin) {
  EXPECT_EQ(round_trip(R"({"z":1,"a":2})"), R"({"z":1,"a":2})");
  EXPECT_EQ(round_trip(R"({"z":1,"a":2,"z":3})"), R"({"z":3,"a":2})");
  std::string many = "{";
  for (int key = 0; key < 20; ++key) many += "\"k" + std::to_string(key) + "\":0,";
  EXPECT_EQ(parse_json(many + "\"k3\":7}")->size(), 20u);
  EXPECT_EQ((*parse_json(many + "\"k3\":7}"))["k3"].as_integer(), 7);
}

TEST(Json, ReadsEscapesAndWritesOnlyTheNeededOnes) {
  EXPECT_EQ(round_trip(R"("a\u00e9\n\ud83d\ude00\/")"), "\"aé\\n😀/\"");
  EXPECT_EQ(round_trip(R"("\u0001")"), R"("\u0001")");
  EXPECT_EQ(round_trip(R"("\ud800x")"), "\"\xEF\xBF\xBDx\"");
}

TEST(Json, KeepsAnEmptyKey) {
  EXPECT_EQ(round_trip(R"({"":1})"), R"({"":1})");
}

TEST(Json, NamesThePlaceOfAMistake) {
  EXPECT_EQ(round_trip("{\n \"a\": }"), "line 2, column 7: expected a value");
  EXPECT_EQ(round_trip("[1,2"), "line 1, column 5: expected ',' or ']'");
  EXPECT_EQ(round_trip("1 2"), "line 1, column 3: expected the end of the text");
  EXPECT_EQ(round_trip("01"), "line 1, column 2: expected the end of the text");
  EXPECT_EQ(round_trip(""), "line 1, column 1: expected a value, found the end of the text");
  EXPECT_EQ(round_trip("\"\xff\""), "line 1, column 4: a string is not valid UTF-8");
  EXPECT_FALSE(parse_json(std::string(513, '[')).ok());
  EXPECT_TRUE(parse_json(std::string(512, '[') + std::string(512, ']')).ok());
}

TEST(Json, ConvertsNumbers) {
  EXPECT_EQ(Json::number("1e2").as_integer(), 100);
  EXPECT_EQ(Json::number("1.0").as_integer(), 1);
  EXPECT_EQ(Json::number("9223372036854775807").as_integer(), INT64_MAX);
  EXPECT_FALSE(Json::number("9223372036854775808").as_integer());
  EXPECT_FALSE(Json::number("1.5").as_integer());
  EXPECT_TRUE(std::isinf(Json::number("-1E400").as_double()));
  EXPECT_EQ(Json::number("1E-400").as_double(), 0.0);
  EXPECT_EQ(Json(0.1).lexeme(), "0.1");
  EXPECT_EQ(Json(3.0).lexeme(), "3");
  EXPECT_EQ(Json(1e20).lexeme(), "100000000000000000000");
  EXPECT_EQ(Json(size_t{42}).lexeme(), "42");
}

TEST(Json, ComparesByValue) {
  EXPECT_EQ(*parse_json(R"({"a":1.0,"b":[true,null]})"), *parse_json(R"({"b":[true,null],"a":1})"));
  EXPECT_FALSE(*parse_json("[1,2]") == *parse_json("[2,1]"));
  EXPECT_FALSE(Json("1") == Json(1));
}

TEST(Json, EditsItsOwnCopyOnly) {
  const Json original = *parse_json(R"({"a":{"b":[1,2]},"c":"a text longer than fourteen bytes"})");
  Json copy = original;
  copy.mutable_at("a").mutable_at("b").push_back(3);
  copy.set("d", true);
  EXPECT_TRUE(copy.erase("c"));
  EXPECT_EQ(to_string(original), R"({"a":{"b":[1,2]},"c":"a text longer than fourteen bytes"})");
  EXPECT_EQ(to_string(copy), R"({"a":{"b":[1,2,3]},"d":true})");
  EXPECT_TRUE(original["a"]["nothing"]["deeper"].is_null());
  EXPECT_TRUE(original["a"]["b"][size_t{9}].is_null());
}

TEST(Json, PrintsForPeople) {
  EXPECT_EQ(to_pretty_string(*parse_json(R"({"a":[1,{}],"b":[]})")),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
}

// Found by UBSan: memcpy from a null pointer, though of no bytes.
TEST(Json, TakesAViewThatPointsNowhere) {
  EXPECT_EQ(to_string(Json(std::string_view())), R"("")");
}

}  // namespace
}  // namespace penstock
