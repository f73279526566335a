#include "core/pipeline/choice.h"

#include <gtest/gtest.h>

#include "core/pipeline/test_scope.h"

namespace penstock::pipeline {
namespace {

std::string decided(std::string_view rule, std::string_view input) {
  std::vector<Problem> problems;
  const Condition condition = Condition::compile(json(rule), problems);
  if (!problems.empty()) return "problem: " + problems[0].message + " at " + problems[0].location;
  TestScope test(input, R"({"Execution":{"Input":{"n":0}}})", R"({"limit":5})");
  const auto holds = condition.holds(test.scope());
  return holds ? (*holds ? "yes" : "no") : holds.error().code + ": " + holds.error().message;
}

struct Case {
  const char* rule;
  const char* input;
  const char* expected;
};

class Decisions : public ::testing::TestWithParam<Case> {};
TEST_P(Decisions, Match) {
  EXPECT_EQ(decided(GetParam().rule, GetParam().input), GetParam().expected)
      << GetParam().rule << " " << GetParam().input;
}

INSTANTIATE_TEST_SUITE_P(
    Comparisons, Decisions,
    ::testing::Values(
        Case{R"({"Variable":"$.v","StringEquals":"a"})", R"({"v":"a"})", "yes"},
        Case{R"({"Variable":"$.v","StringEquals":"1"})", R"({"v":1})", "no"},
        Case{R"({"Variable":"$.v","StringLessThan":"AB"})", R"({"v":"A"})", "yes"},
        Case{R"({"Variable":"$.v","StringGreaterThanEquals":""})", R"({"v":""})", "yes"},
        Case{R"({"Variable":"$.v","StringGreaterThanPath":"$.w"})", R"({"v":"AB","w":"A"})", "yes"},
        Case{R"({"Variable":"$.v","NumericEquals":1})", R"({"v":1.0})", "yes"},
        Case{R"({"Variable":"$.v","NumericEquals":1})", R"({"v":"1"})", "no"},
        Case{R"({"Variable":"$.v","NumericGreaterThan":9007199254740992})", R"({"v":9007199254740993})", "yes"},
        Case{R"({"Variable":"$.v","NumericLessThanEqualsPath":"$limit"})", R"({"v":5.0})", "yes"},
        Case{R"({"Variable":"$.v","NumericLessThan":0.1})", R"({"v":0.1})", "no"},
        Case{R"({"Variable":"$$.Execution.Input.n","NumericLessThanEquals":0})", "{}", "yes"},
        Case{R"({"Variable":"$.v","NumericGreaterThanPath":"$.w"})", R"({"v":7,"w":[6]})", "yes"},
        Case{R"({"Variable":"$.v","NumericEqualsPath":"$.w"})", R"({"v":7,"w":"7.0"})", "yes"},
        Case{R"({"Variable":"$.v","NumericEqualsPath":"$.w"})", R"({"v":"7","w":7})", "no"},
        Case{R"({"Variable":"$.v","BooleanEquals":false})", R"({"v":false})", "yes"},
        Case{R"({"Variable":"$.v","BooleanEqualsPath":"$.w"})", R"({"v":null,"w":false})", "no"},
        Case{R"({"Variable":"$.v","TimestampEquals":"2012-10-09T19:00:55Z"})",
             R"({"v":"2012-10-09T20:00:55.000+01:00"})", "yes"},
        Case{R"({"Variable":"$.v","TimestampLessThan":"2012-10-09T19:00:55Z"})", R"({"v":"2012-10-09T19:00:54.999Z"})",
             "yes"},
        Case{R"({"Variable":"$.v","TimestampEquals":"2012-10-09T19:00:55Z"})", R"({"v":"2012-10-09 19:00:55Z"})", "no"},
        Case{R"({"Variable":"$.v","TimestampGreaterThanEqualsPath":"$.w"})", R"({"v":"2012-10-09T19:00:55Z","w":0})",
             "no"}));

INSTANTIATE_TEST_SUITE_P(
    StringMatches, Decisions,
    ::testing::Values(Case{R"({"Variable":"$.v","StringMatches":"log-*.txt"})", R"({"v":"log-zebra.txt"})", "yes"},
                      Case{R"({"Variable":"$.v","StringMatches":"*"})", R"({"v":""})", "yes"},
                      Case{R"({"Variable":"$.v","StringMatches":"a*b*c"})", R"({"v":"aXbYbZc"})", "yes"},
                      Case{R"({"Variable":"$.v","StringMatches":"ab*ba"})", R"({"v":"aba"})", "no"},
                      Case{R"({"Variable":"$.v","StringMatches":"a\\*"})", R"({"v":"a*"})", "yes"},
                      Case{R"({"Variable":"$.v","StringMatches":"a\\*"})", R"({"v":"ab"})", "no"},
                      Case{R"({"Variable":"$.v","StringMatches":"a\\\\*"})", R"({"v":"a\\b"})", "yes"},
                      Case{R"({"Variable":"$.v","StringMatches":"1"})", R"({"v":1})", "no"}));

INSTANTIATE_TEST_SUITE_P(
    Kinds, Decisions,
    ::testing::Values(Case{R"({"Variable":"$.v","IsNull":true})", R"({"v":null})", "yes"},
                      Case{R"({"Variable":"$.v","IsPresent":false})", "{}", "yes"},
                      Case{R"({"Variable":"$.v","IsPresent":true})", R"({"v":null})", "yes"},
                      Case{R"({"Variable":"$.v[3]","IsPresent":true})", R"({"v":[1]})", "no"},
                      Case{R"({"Variable":"$nothing","IsPresent":true})", "{}", "no"},
                      Case{R"({"Variable":"$.v","IsNumeric":true})", R"({"v":0.0})", "yes"},
                      Case{R"({"Variable":"$.v","IsString":false})", R"({"v":[]})", "yes"},
                      Case{R"({"Variable":"$.v","IsBoolean":true})", R"({"v":true})", "yes"},
                      Case{R"({"Variable":"$.v","IsTimestamp":true})", R"({"v":"2012-10-09T19:00:55+01:00"})", "yes"},
                      Case{R"({"Variable":"$.v","IsTimestamp":true})", R"({"v":"2012-10-09T19:00:55"})", "no"},
                      Case{R"({"Variable":"$.v","IsTimestamp":true})", R"({"v":"2023-02-24"})", "no"}));

INSTANTIATE_TEST_SUITE_P(
    Combinations, Decisions,
    ::testing::Values(
        Case{R"({"Not":{"Variable":"$.v","IsPresent":true}})", "{}", "yes"},
        Case{R"({"And":[{"Variable":"$.v","IsPresent":true},{"Variable":"$.v","NumericGreaterThan":1}]})", "{}", "no"},
        Case{R"({"And":[{"Variable":"$.v","IsPresent":true},{"Variable":"$.v","NumericGreaterThan":1}]})", R"({"v":2})",
             "yes"},
        Case{R"({"Or":[{"Variable":"$.v","IsPresent":false},{"Variable":"$.v","NumericGreaterThan":1}]})", "{}", "yes"},
        Case{R"({"Or":[{"Not":{"And":[{"Variable":"$.v","IsNull":true}]}},{"Variable":"$.v","IsNull":true}]})",
             R"({"v":null})", "yes"}));

INSTANTIATE_TEST_SUITE_P(
    Errors, Decisions,
    ::testing::Values(
        Case{R"({"Variable":"$.x","NumericEquals":1})", "{}",
             "States.Runtime: Invalid path '$.x': The choice state's condition path references an invalid value."},
        Case{R"({"Variable":"$.x","IsString":true})", "{}",
             "States.Runtime: Invalid path '$.x': The choice state's condition path references an invalid value."},
        Case{R"({"Variable":"$.v","NumericEqualsPath":"$.x"})", R"({"v":1})",
             "States.Runtime: Invalid path '$.x': The choice state's condition path references an invalid value."}));

INSTANTIATE_TEST_SUITE_P(
    Problems, Decisions,
    ::testing::Values(
        Case{R"({"StringEquals":"a"})", "{}", "problem: These fields are required: [Variable] at "},
        Case{R"({"Variable":"$.v","StringEquals":1})", "{}", "problem: Expected value of type String at /StringEquals"},
        Case{R"({"And":[{"Variable":"$.v","TimestampEquals":"today"}]})", "{}",
             "problem: String does not match RFC3339 timestamp at /And[0]/TimestampEquals"},
        Case{R"({"And":[]})", "{}", "problem: Value must be a non-empty array of choice rules at /And"},
        Case{R"({"Variable":"v","IsNull":true})", "{}",
             "problem: Value is not a Reference Path: Reference path didn't start with '$' at /Variable"},
        Case{R"({"Variable":"$.v[*]","IsNull":true})", "{}",
             "problem: Value is not a Reference Path: it must name one place, by names and indices only at "
             "/Variable"},
        Case{R"({"Variable":"$.v","IsNull":true,"IsPresent":true})", "{}",
             "problem: The choice rule has more than one comparison at "},
        Case{R"({"Variable":"$.v"})", "{}",
             "problem: The choice rule has no comparison; it needs one of And, Or, Not, StringEquals, "
             "IsPresent, ... at "}));

TEST(Condition, TellsItsPaths) {
  std::vector<Problem> problems;
  const auto condition = Condition::compile(
      json(R"({"And":[{"Variable":"$.a","NumericEqualsPath":"$b"},{"Not":{"Variable":"$$.c","IsNull":true}}]})"),
      problems);
  EXPECT_EQ(condition.paths().size(), 3U);
}

}  // namespace
}  // namespace penstock::pipeline
