#include "core/pipeline/template.h"

#include <gtest/gtest.h>

#include "core/pipeline/test_scope.h"

namespace penstock::pipeline {
namespace {

std::string evaluated(std::string_view source, std::string_view input) {
  std::vector<Problem> problems;
  const Template compiled = Template::compile(json(source), problems);
  if (!problems.empty()) return "problem: " + problems[0].message + " at " + problems[0].location;
  TestScope test(input, R"({"State":{"Name":"S"}})", R"({"who":"Ada"})");
  const auto value = compiled.evaluate(test.scope());
  return value ? to_string(*value) : value.error().code + ": " + value.error().message;
}

struct Case {
  const char* source;
  const char* input;
  const char* expected;
};

class TemplateValues : public ::testing::TestWithParam<Case> {};
TEST_P(TemplateValues, Match) {
  EXPECT_EQ(evaluated(GetParam().source, GetParam().input), GetParam().expected) << GetParam().source;
}

INSTANTIATE_TEST_SUITE_P(
    Template, TemplateValues,
    ::testing::Values(Case{R"({"a":1,"b":{"c.$":"$.x"},"d":[{"e.$":"$$.State.Name"},"$.x"]})", R"({"x":1.50})",
                           R"({"a":1,"b":{"c":1.50},"d":[{"e":"S"},"$.x"]})"},
                      Case{R"~({"w.$":"$who","f.$":"States.Format('{}!', $who)"})~", "{}", R"({"w":"Ada","f":"Ada!"})"},
                      Case{R"({"i.$":"$.items[5]"})", R"({"items":[1]})", R"({"i":null})"},
                      Case{R"({"i.$":"$.items[*].x"})", "{}", R"({"i":[]})"}, Case{"{}", "{}", "{}"},
                      Case{"[1,{\"a.$\":\"$\"}]", "2", "[1,{\"a\":2}]"}, Case{"\"text\"", "{}", "\"text\""},
                      Case{R"({"value.$":"$.no_such"})", R"({"n":0})",
                           "States.Runtime: The JSONPath '$.no_such' specified for the field 'value.$' could not be "
                           "found in the input '{\"n\":0}'"},
                      Case{R"({"deep":{"c.$":"$$.Nope.x"}})", "{}",
                           "States.Runtime: The JSONPath '$.Nope.x' specified for the field 'c.$' could not be found "
                           "in the input '{\"State\":{\"Name\":\"S\"}}'"},
                      Case{R"({"x.$":"$"})", "null",
                           "States.Runtime: Unable to apply Path transformation to null or empty input."},
                      Case{R"~({"x.$":"$.a.sum()"})~", R"({"a":[1]})",
                           "States.Runtime: The JSONPath '$.a.sum()' specified for the field 'x.$' could not be found "
                           "in the input '{\"a\":[1]}'"}));

INSTANTIATE_TEST_SUITE_P(
    TemplateProblems, TemplateValues,
    ::testing::Values(
        Case{
            R"({"a":{"x.$":"oops"}})", "{}",
            "problem: The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call at /a"},
        Case{R"([{"x.$":1}])", "{}",
             "problem: The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call at "
             "[0]"},
        Case{R"~({"x.$":"States.Nope()"})~", "{}",
             "problem: The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call at "},
        Case{R"({"x":1,"x.$":"$"})", "{}", "problem: The field 'x' is given twice: as 'x' and as 'x.$' at "}));

TEST(Template, CopiesConstantPartsByReference) {
  std::vector<Problem> problems;
  EXPECT_TRUE(Template::compile(json(R"({"a":{"b":[1,2]}})"), problems).is_constant());
  const Template mixed = Template::compile(json(R"~({"a.$":"$.x","b":[{"c.$":"States.Array($$.y, $z)"}]})~"), problems);
  EXPECT_FALSE(mixed.is_constant());
  EXPECT_EQ(mixed.paths().size(), 3U);
  EXPECT_TRUE(problems.empty());
}

}  // namespace
}  // namespace penstock::pipeline
