#include "core/pipeline/path.h"

#include <gtest/gtest.h>

#include "core/pipeline/test_scope.h"

namespace penstock::pipeline {
namespace {

constexpr const char* store = R"({"store":{"book":[
  {"category":"reference","author":"Rees","title":"Sayings","price":8.95},
  {"category":"fiction","author":"Waugh","title":"Sword","price":12.99},
  {"category":"fiction","author":"Melville","title":"Moby","isbn":"0-553","price":8.99},
  {"category":"fiction","author":"Tolkien","title":"Lord","isbn":"0-395","price":22.99,"tags":["long","ring"]}],
  "bicycle":{"color":"red","price":19.95}},"limit":10,"a b":{"it's":1},"none":null,"empty":[],"numbers":[0,1,2,3,4],"text":"five"})";

std::string evaluated(std::string_view path_text, std::string_view input) {
  const auto path = Path::compile(path_text);
  if (!path) return "compile: " + path.error().message;
  TestScope test(input, R"({"Execution":{"Name":"run-1","Input":{"input-value":0}}})",
                 R"({"x":{"y":[1,2]},"answer":42})");
  const auto value = path->evaluate(test.scope());
  return value ? to_string(*value) : value.error().message;
}

struct Case {
  const char* path;
  const char* expected;
};

class PathValues : public ::testing::TestWithParam<Case> {};
TEST_P(PathValues, Match) {
  EXPECT_EQ(evaluated(GetParam().path, store), GetParam().expected) << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(
    Definite, PathValues,
    ::testing::Values(Case{"$.limit", "10"}, Case{"$['limit']", "10"}, Case{"$[\"limit\"]", "10"},
                      Case{"$.store.bicycle.color", "\"red\""}, Case{"$.store['bicycle'].price", "19.95"},
                      Case{"$['a b']['it\\'s']", "1"}, Case{"$['a b'][\"it's\"]", "1"},
                      Case{"$.store.book[0].title", "\"Sayings\""}, Case{"$.store.book[-1].title", "\"Lord\""},
                      Case{"$.none", "null"}, Case{"$.numbers[ 2 ]", "2"},
                      Case{"$.store.bicycle['color','price','x']", R"({"color":"red","price":19.95})"},
                      Case{"$.numbers.length()", "5"}, Case{"$.store.length()", "2"}, Case{"$.text.length()", "null"},
                      Case{"$.store.bicycle.keys()", R"(["color","price"])"}, Case{"$.numbers[9]", "null"},
                      Case{"$.numbers[-9]", "null"}, Case{"$.['limit']", "10"}));

INSTANTIATE_TEST_SUITE_P(
    Indefinite, PathValues,
    ::testing::Values(
        Case{"$.store.book[*].price", "[8.95,12.99,8.99,22.99]"},
        Case{"$.store.book[1:3].title", R"(["Sword","Moby"])"},
        Case{"$.store.book[:2].title", R"(["Sayings","Sword"])"}, Case{"$.numbers[2:]", "[2,3,4]"},
        Case{"$.numbers[-2:]", "[3,4]"}, Case{"$.numbers[:-2]", "[0,1,2]"}, Case{"$.numbers[-2:2]", "[3,4,0,1]"},
        Case{"$.numbers[0,2,4]", "[0,2,4]"}, Case{"$.numbers[0,9]", "[0,null]"}, Case{"$.numbers[7:]", "[]"},
        Case{"$..isbn", R"(["0-553","0-395"])"}, Case{"$..book[2].title", R"(["Moby"])"},
        Case{"$..price", "[8.95,12.99,8.99,22.99,19.95]"}, Case{"$.store.bicycle.*", R"(["red",19.95])"},
        Case{"$.store.bicycle[*]", R"(["red",19.95])"}, Case{"$..book.length()", "1"}, Case{"$..isbn.length()", "2"},
        Case{"$.nothing[*].x", "[]"}, Case{"$.nothing.x[1:]", "[]"}, Case{"$.limit[*]", "[]"},
        Case{"$.store.book['title','price']",
             "Expected to find an object with property ['title','price'] in path $['store']['book'] but found "
             "'com.fasterxml.jackson.databind.node.ArrayNode'. This is not a json object according to the "
             "JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."},
        Case{"$.store.book[3]['title','isbn'][*]", "[]"}, Case{"$.store['bicycle','book'].price", "[19.95]"}));

INSTANTIATE_TEST_SUITE_P(
    Filters, PathValues,
    ::testing::Values(Case{"$.store.book[?(@.price < 10)].title", R"(["Sayings","Moby"])"},
                      Case{"$.store.book[?(@.price<$.limit)].title", R"(["Sayings","Moby"])"},
                      Case{"$.store.book[?(@.price == 8.950)].title", R"(["Sayings"])"},
                      Case{"$.store.book[?(@.isbn)].title", R"(["Moby","Lord"])"},
                      Case{"$.store.book[?(!@.isbn)].title", R"(["Sayings","Sword"])"},
                      Case{"$..book[?(@.price > 10 && @.category == 'fiction')].title", R"(["Sword","Lord"])"},
                      Case{"$.store.book[?(@.price > 20 || (@.author == \"Rees\"))].title", R"(["Sayings","Lord"])"},
                      Case{"$.store.book[?(!(@.price > 9))].title", R"(["Sayings","Moby"])"},
                      Case{"$.store.book[?(@.author in ['Rees', 'Tolkien'])].price", "[8.95,22.99]"},
                      Case{"$.store.book[?(@.author nin ['Rees','Tolkien','Waugh'])].price", "[8.99]"},
                      Case{"$.store.book[?(@.tags contains 'ring')].title", R"(["Lord"])"},
                      Case{"$.store.book[?(@.title contains 'or')].title", R"(["Sword","Lord"])"},
                      Case{"$.store.book[?(@.tags size 2)].title", R"(["Lord"])"},
                      Case{"$.store.book[?(@.tags subsetof ['long','ring','x'])].title", R"(["Lord"])"},
                      Case{"$.store.book[?(@.tags anyof ['ring'])].title", R"(["Lord"])"},
                      Case{"$.store.book[?(@.tags noneof ['a'])].title", R"(["Lord"])"},
                      Case{"$.store.book[?(@.tags ALL ['ring'])].title", R"(["Lord"])"},
                      Case{"$.store.book[?(@.title =~ /m.*/i)].title", R"(["Moby"])"},
                      Case{"$.store.book[?(@.isbn != '0-553')].title", R"(["Sayings","Sword","Lord"])"},
                      Case{"$.numbers[?(@ >= 3)]", "[]"}, Case{"$.store.book[?(@.title==Moby)].price", "[8.99]"},
                      Case{"$.store.book[?( @.title == Moby && @.price<9 || @.author==Evelyn Waugh)].title",
                           R"(["Moby"])"},
                      Case{"$.store.book[?(@.isbn!=0-553)].title", R"(["Sayings","Sword","Lord"])"},
                      Case{"$.store.book[?(@['price'] > 20)]['title']", R"(["Lord"])"},
                      Case{"$.store.book[?(@.tags[0] == 'long')].title", R"(["Lord"])"},
                      Case{"$.store.book[?(@.tags empty false)].title", R"(["Lord"])"},
                      Case{"$.store.book[?(@.price == '8.99')].title", R"(["Moby"])"},
                      Case{"$.store.bicycle[?(@.color == 'red')].price", "[19.95]"},
                      Case{"$..[?(@.color)].color", R"(["red"])"}, Case{"$.store.book[?(@.none == null)]", "[]"},
                      Case{"$.store.book[?(@.tags.length() == 2)].title", R"(["Lord"])"}));

INSTANTIATE_TEST_SUITE_P(OtherRoots, PathValues,
                         ::testing::Values(Case{"$$.Execution.Name", "\"run-1\""},
                                           Case{"$$.Execution.Name ", "\"run-1\""},
                                           Case{"$$.Execution.Input.input-value", "0"},
                                           Case{"$$['Execution']['Name']", "\"run-1\""}, Case{"$answer", "42"},
                                           Case{"$x.y[1]", "2"}, Case{"$x['y'][0]", "1"}, Case{"$x.y[*]", "[1,2]"},
                                           Case{"$unknown.y", "No results for path: $unknown"}));

INSTANTIATE_TEST_SUITE_P(
    NotFound, PathValues,
    ::testing::Values(
        Case{"$.missing", "No results for path: $['missing']"},
        Case{"$.missing.deeper", "Missing property in path $['missing']"},
        Case{"$.store.x.y", "Missing property in path $['store']['x']"},
        Case{"$.limit[0]", "Filter: [0] can only be applied to arrays. Current context is: 10"},
        Case{"$.numbers.sum()", "Aggregation function attempted to calculate value using empty array"},
        Case{"$.limit.x",
             "Expected to find an object with property ['x'] in path $['limit'] but found "
             "'com.fasterxml.jackson.databind.node.IntNode'. This is not a json object according to the JsonProvider: "
             "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."}));

TEST(Path, RefusesWhatIsNotAPath) {
  for (const char* text : {"",
                           "store",
                           "$.",
                           "$..",
                           "$.a.",
                           "$[",
                           "$[a]",
                           "$['a",
                           "$['a'",
                           "$.a b",
                           "$.a[1:2:",
                           "$[?(@.x ==)]",
                           "$[?(@.x == 1]",
                           "$[?(@.x == a == b)]",
                           "$[?(@.x == 'a)]",
                           "$[?(a == @.x)]",
                           "$.first()",
                           "$.min(1)",
                           "$.length().x",
                           "$[:]",
                           "$x-y",
                           "$[?(@.x =~ /(/)]",
                           "$[?(1)]",
                           "$.a..",
                           "$[1,]",
                           "$$$"}) {
    EXPECT_FALSE(Path::compile(text).ok()) << text;
  }
  const auto path = Path::compile("$.a b");
  EXPECT_EQ(path.error().code, "InvalidPath");
  EXPECT_EQ(path.error().message,
            "Invalid path '$.a b': use brackets, ['my name'], when a name holds a blank at character 4");
}

TEST(Path, KnowsItsShape) {
  EXPECT_TRUE(Path::compile("$.a[0]['b']")->is_reference());
  EXPECT_FALSE(Path::compile("$.a[*]")->is_reference());
  EXPECT_TRUE(Path::compile("$.a['b','c']")->is_definite());
  EXPECT_FALSE(Path::compile("$.a['b','c'].d")->is_definite());
  EXPECT_FALSE(Path::compile("$.a.length()")->is_reference());
  EXPECT_TRUE(Path::compile("$.a.length()")->is_definite());
  EXPECT_TRUE(Path::compile("$$")->is_root());
  EXPECT_EQ(Path::compile("$name.b")->variable(), "name");
  EXPECT_EQ(Path::compile("$$.State.Name")->shown_text(), "$.State.Name");
}

TEST(Path, FindsInPlace) {
  TestScope test(R"({"a":[{"b":5}]})");
  const Json* found = Path::compile("$.a[0].b")->find(test.scope());
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found, &test.input.find("a")->items()[0].members()[0].value);
  EXPECT_EQ(Path::compile("$.a[1]")->find(test.scope()), nullptr);
  EXPECT_EQ(Path::compile("$.a.b")->find(test.scope()), nullptr);
}

TEST(Path, BoundsWhatAPatternTries) {
  EXPECT_EQ(evaluated("$[?(@.t =~ /(a+)+b/)]", "[{\"t\":\"" + std::string(5'000, 'a') + "\"}]"), "[]");
}

TEST(Path, BoundsWhatAScanVisits) {
  std::string deep;
  for (int i = 0; i < 60; ++i) deep += "{\"a\":";
  deep += "1" + std::string(60, '}');
  EXPECT_EQ(evaluated("$..*..*..*..*..*", deep), "The path visits more than 5000000 values");
}

}  // namespace
}  // namespace penstock::pipeline
