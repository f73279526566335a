#include "core/pipeline/intrinsic.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/pipeline/intrinsic_functions.h"
#include "core/pipeline/test_scope.h"

namespace penstock::pipeline {
namespace {

constexpr const char* context = R"({"Execution":{"Name":"run"}})";

std::string evaluated(std::string_view text, std::string_view input) {
  const auto call = Intrinsic::compile(text);
  if (!call) return "compile: " + call.error().message;
  TestScope test(input, context, R"({"v":[1]})");
  const auto value = call->evaluate(test.scope());
  return value ? to_string(*value) : value.error().code + ": " + value.error().message;
}

struct Case {
  const char* call;
  const char* input;
  const char* expected;
};

class IntrinsicValues : public ::testing::TestWithParam<Case> {};
TEST_P(IntrinsicValues, Match) {
  EXPECT_EQ(evaluated(GetParam().call, GetParam().input), GetParam().expected) << GetParam().call;
}

INSTANTIATE_TEST_SUITE_P(
    Arrays, IntrinsicValues,
    ::testing::Values(
        Case{"States.Array()", "{}", "[]"},
        Case{"States.Array(1, 'two', $.t, null, true, 2.50)", R"({"t":[3]})", R"([1,"two",[3],null,true,2.50])"},
        Case{"States.ArrayPartition($, 2)", "[1,2,3]", "[[1,2],[3]]"},
        Case{"States.ArrayPartition($, 2.9)", "[1,2,3]", "[[1,2],[3]]"},
        Case{"States.ArrayPartition($, 9)", "[]", "[]"}, Case{"States.ArrayContains($, 2)", "[1,2]", "true"},
        Case{"States.ArrayContains($, 2.0)", "[1,2]", "false"},
        Case{"States.ArrayContains($.a, $.o)", R"({"a":[{"x":1,"y":[]}],"o":{"y":[],"x":1}})", "false"},
        Case{"States.ArrayContains($.a, $.o)", R"({"a":[{"x":1,"y":[]}],"o":{"x":1,"y":[]}})", "true"},
        Case{"States.ArrayContains($, true)", R"(["true"])", "true"},
        Case{"States.ArrayRange(1, 9, 2)", "{}", "[1,3,5,7,9]"}, Case{"States.ArrayRange(5, 1, -2)", "{}", "[5,3,1]"},
        Case{"States.ArrayRange(5, 1, 1)", "{}", "[]"}, Case{"States.ArrayRange(5.4, -0.6, -2.4)", "{}", "[5,3,1]"},
        Case{"States.ArrayGetItem($, 1)", "[1,2]", "2"}, Case{"States.ArrayGetItem($, 1.2)", "[1,2]", "2"},
        Case{"States.ArrayGetItem($, 9)", "[]", "null"}, Case{"States.ArrayLength($)", "[1,2]", "2"},
        Case{"States.ArrayLength($.items[*].x)", R"({"items":[1,2]})", "0"}, Case{"States.ArrayLength($v)", "{}", "1"},
        Case{"States.ArrayUnique($)", "[1,2,1,3,2]", "[1,2,3]"},
        Case{"States.ArrayUnique($)", "[true,false,true]", "[false,true]"},
        Case{"States.ArrayUnique($)", "[[1,2],[1,2],[2,1]]", "[[2,1],[1,2]]"},
        Case{"States.ArrayUnique($)", R"([1,"1","01",null,{"a":1,"b":2},{"b":2,"a":1}])",
             R"([null,{"a":1,"b":2},1,"1","01"])"}));

INSTANTIATE_TEST_SUITE_P(
    Texts, IntrinsicValues,
    ::testing::Values(
        Case{"States.Format('Hello {}!', $.n)", R"({"n":"Ada"})", "\"Hello Ada!\""},
        Case{"States.Format('{} {} {}', null, 1.10, true)", "{}", "\"null 1.10 true\""},
        Case{"States.Format('{}', $)", R"({"a":1,"b":["x",{}]})", R"("{a=1, b=[x, {}]}")"},
        Case{"States.Format('it\\'s \\{\\} \\\\{}', 1)", "{}", R"("it's {} \\1")"},
        Case{"States.Format($.t, 1)", R"({"t":"n={}"})", "\"n=1\""}, Case{"States.Format('plain')", "{}", "\"plain\""},
        Case{"States.StringToJson($)", "\"\"", "null"}, Case{"States.StringToJson($)", "\"  \"", "null"},
        Case{"States.StringToJson('1.10')", "{}", "1.10"},
        Case{"States.StringToJson('\\{\"a\":[1]\\}')", "{}", R"({"a":[1]})"},
        Case{"States.StringToJson('{\"a\":[1]}')", "{}", R"({"a":[1]})"},
        Case{"States.JsonToString($)", R"({"a":[1.0,"x"]})", R"("{\"a\":[1.0,\"x\"]}")"},
        Case{"States.Base64Encode('Data to encode')", "{}", "\"RGF0YSB0byBlbmNvZGU=\""},
        Case{"States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "{}", "\"Data to encode\""},
        Case{"States.Base64Decode('')", "{}", "\"\""}, Case{"States.Base64Decode(' YWJjZA== ')", "{}", "\"abcd\""},
        Case{"States.Base64Decode('abc')", "{}", "\"i\ufffd\""},
        Case{"States.Hash('input data', 'MD5')", "{}", "\"812f45842bc6d66ee14572ce20db8e86\""},
        Case{"States.Hash('input data', 'SHA-1')", "{}", "\"aaff4a450a104cd177d28d18d74485e8cae074b7\""},
        Case{"States.Hash(5, 'MD5')", "{}", "\"e4da3b7fbbce2345d7772b0674a318d5\""},
        Case{"States.JsonMerge($.a, $.b, false)", R"({"a":{"x":1,"y":{"p":1}},"b":{"y":{"q":2},"z":3}})",
             R"({"x":1,"y":{"q":2},"z":3})"},
        Case{"States.JsonMerge($.a, $.a, 'false')", R"({"a":{"x":1}})", R"({"x":1})"},
        Case{"States.StringSplit('1,2,,3', ',')", "{}", R"(["1","2","3"])"},
        Case{"States.StringSplit('This.is+a,test=string', '.+,=')", "{}", R"(["This","is","a","test","string"])"},
        Case{"States.StringSplit('', ',')", "{}", "[]"},
        Case{"States.StringSplit('a\u00e9b\u00e8c', '\u00e9')", "{}", "[\"a\",\"b\u00e8c\"]"},
        Case{"States.StringSplit('abc', '')", "{}", R"(["abc"])"}));

INSTANTIATE_TEST_SUITE_P(Numbers, IntrinsicValues,
                         ::testing::Values(Case{"States.MathAdd(1.49, 1.5)", "{}", "3"},
                                           Case{"States.MathAdd(-1.5, -1.51)", "{}", "-3"},
                                           Case{"States.MathAdd($.n, -1)", R"({"n":111})", "110"},
                                           Case{"States.MathAdd(2147483647, 0)", "{}", "2147483647"},
                                           Case{"States.MathRandom(1, 2)", "{}", "1"},
                                           Case{"States.MathAdd(States.MathAdd($.n, 1), States.ArrayLength($.l))",
                                                R"({"n":1,"l":[1]})", "3"}));

#define REFUSED(call) "States.Runtime: The function '" call "' had the following error: Invalid arguments in "
INSTANTIATE_TEST_SUITE_P(
    Refusals, IntrinsicValues,
    ::testing::Values(
        Case{"States.MathAdd(2147483647, 1)", "{}", REFUSED("States.MathAdd(2147483647, 1)") "States.MathAdd"},
        Case{"States.MathAdd('1', 1)", "{}", REFUSED("States.MathAdd('1', 1)") "States.MathAdd"},
        Case{"States.MathRandom(1, 1)", "{}", REFUSED("States.MathRandom(1, 1)") "States.MathRandom"},
        Case{"States.MathRandom(1.4, 1.6)", "{}", REFUSED("States.MathRandom(1.4, 1.6)") "States.MathRandom"},
        Case{"States.ArrayRange(1, 10, 0.49)", "{}", REFUSED("States.ArrayRange(1, 10, 0.49)") "States.ArrayRange"},
        Case{"States.ArrayRange(1, 1001, 1)", "{}", REFUSED("States.ArrayRange(1, 1001, 1)") "States.ArrayRange"},
        Case{"States.ArrayPartition($, 0.6)", "[1]", REFUSED("States.ArrayPartition($, 0.6)") "States.ArrayPartition"},
        Case{"States.ArrayGetItem($, 1)", "[1]", REFUSED("States.ArrayGetItem($, 1)") "States.ArrayGetItem"},
        Case{"States.ArrayLength($)", "{}", REFUSED("States.ArrayLength($)") "States.ArrayLength"},
        Case{"States.StringToJson('{bad')", "{}", REFUSED("States.StringToJson('{bad')") "States.StringToJson"},
        Case{"States.Hash('a', 'SHA256')", "{}", REFUSED("States.Hash('a', 'SHA256')") "States.Hash"},
        Case{"States.JsonMerge($, $, true)", "{}", REFUSED("States.JsonMerge($, $, true)") "States.JsonMerge"},
        Case{"States.Format('{} {}', 1)", "{}",
             REFUSED(
                 "States.Format('{} {}', 1)") "States.Format: number of arguments do not match the occurrences of {}."},
        Case{"States.Format('{', 1)", "{}",
             "States.Runtime: The function 'States.Format('{', 1)' had the following error: Invalid template in "
             "States.Format: matching '}' not found for '{'."}));

INSTANTIATE_TEST_SUITE_P(
    MissingPaths, IntrinsicValues,
    ::testing::Values(
        Case{"States.Format('{}', States.Format('{}', $.nope))", R"({"other":1})",
             "States.Runtime: The function 'States.Format('{}', States.Format('{}', $.nope))' "
             "had the following error: The JsonPath argument for the field '$.nope' could not be found in the input "
             "'{\"other\":1}'"},
        Case{"States.Array($.items[5])", R"({"items":[1]})",
             "States.Runtime: The function 'States.Array($.items[5])' had the following error: The JsonPath argument "
             "for the field '$.items[5]' could not be found in the input '{\"items\":[1]}'"},
        Case{"States.Array($.other[0])", R"({"other":1})",
             "States.Runtime: The function 'States.Array($.other[0])' had the following error: Filter: [0] can only be "
             "applied to arrays. Current context is: 1"},
        Case{"States.Array($$.Nope.Deep)", R"({"other":1})",
             "States.Runtime: The function 'States.Array($$.Nope.Deep)' had the following error: The JsonPath argument "
             "for the field '$.Nope.Deep' could not be found in the input '{\"other\":1}'"}));

TEST(Intrinsic, RefusesMalformedCalls) {
  for (const char* text :
       {"States.Nope()", "States.Format", "States.Format(", "States.Format('a'", "States.Format('a',)",
        "States.Format('a') x", "States.UUID(1)", "States.Array(,)", "States.Array('\\n')",
        R"(States.Format('He said, \"Hello, {}!\"', 'x'))", "States.Array(abc)", "States.Array([1])",
        "States.Array('a)", "States.MathAdd(1)", "States.MathAdd(1,2,3)", "States.Array($.a b)", "States.array(1)"}) {
    EXPECT_FALSE(Intrinsic::compile(text).ok()) << text;
  }
  EXPECT_EQ(Intrinsic::compile("States.Fromat('x')").error().message,
            "Invalid intrinsic function call 'States.Fromat('x')': there is no function 'States.Fromat'; did you mean "
            "States.Format? at character 14");
  std::string nested = "1";
  for (int i = 0; i < 11; ++i) nested = "States.Array(" + nested + ")";
  EXPECT_FALSE(Intrinsic::compile(nested).ok());
}

TEST(Intrinsic, PathsMayHoldCommasAndBrackets) {
  EXPECT_EQ(evaluated("States.ArrayLength($.a[?(@.x in [1,2] && @.y == ')')])", R"~({"a":[{"x":1,"y":")"},{"x":3}]})~"),
            "1");
  EXPECT_EQ(evaluated("States.Array($['a,b'],$.c)", R"({"a,b":1,"c":2})"), "[1,2]");
  EXPECT_EQ(Intrinsic::compile("States.Array($.a, States.Array($$.b, $c))")->paths().size(), 3U);
}

TEST(Intrinsic, RandomNumbersComeFromTheScopeOrTheSeed) {
  std::set<std::string> seen;
  TestScope test("{}");
  const auto call = Intrinsic::compile("States.MathRandom(-3, 3)");
  for (int i = 0; i < 200; ++i) seen.insert(to_string(*call->evaluate(test.scope())));
  EXPECT_EQ(seen, (std::set<std::string>{"-3", "-2", "-1", "0", "1", "2"}));
  EXPECT_EQ(evaluated("States.MathRandom(1, 100, 42)", "{}"), evaluated("States.MathRandom(1, 100, 42)", "{}"));
  EXPECT_EQ(evaluated("States.MathRandom(0, 10, 42)", "{}"), "0");  // new java.util.Random(42).nextInt(10)
  EXPECT_EQ(evaluated("States.UUID()", "{}").size(), 38U);
}

}  // namespace
}  // namespace penstock::pipeline
