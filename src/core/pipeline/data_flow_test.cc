#include "core/pipeline/data_flow.h"

#include <gtest/gtest.h>

#include "core/pipeline/test_scope.h"

namespace penstock::pipeline {
namespace {

constexpr const char* context = R"({"Execution":{"Input":{"from":"context"}}})";

DataFlow compiled(std::string_view state) {
  std::vector<Problem> problems;
  DataFlow flow = DataFlow::compile(json(state), problems);
  EXPECT_TRUE(problems.empty()) << problems[0].message;
  return flow;
}

std::string shown(const Outcome<Json>& value) {
  return value ? to_string(*value) : value.error().code + ": " + value.error().message;
}

// What a Pass state without Result does: its effective input is its result.
std::string passed(std::string_view state, std::string_view input) {
  const DataFlow flow = compiled(state);
  TestScope test(input, context, R"({"answer":42})");
  auto effective = flow.effective_input(test.scope());
  if (!effective) return shown(effective);
  auto result = flow.select_result(std::move(*effective), test.scope());
  if (!result) return shown(result);
  return shown(flow.output(test.input, std::move(*result), test.scope()));
}

TEST(DataFlow, GoesThroughItsSteps) {
  EXPECT_EQ(passed("{}", R"({"a":1.0})"), R"({"a":1.0})");
  EXPECT_EQ(passed(R"({"InputPath":"$.a"})", R"({"a":[1]})"), "[1]");
  EXPECT_EQ(passed(R"({"InputPath":null})", R"({"a":1})"), "{}");
  EXPECT_EQ(passed(R"({"OutputPath":null})", R"({"a":1})"), "{}");
  EXPECT_EQ(passed(R"({"InputPath":"$$.Execution.Input"})", "{}"), R"({"from":"context"})");
  EXPECT_EQ(passed(R"({"ResultPath":null,"Parameters":{"x":1}})", R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(passed(R"({"ResultPath":"$.r.s","Parameters":{"x.$":"$.a"}})", R"({"a":1})"),
            R"({"a":1,"r":{"s":{"x":1}}})");
  EXPECT_EQ(passed(R"({"ResultPath":"$.r","OutputPath":"$.r.a","ResultSelector":{"a.$":"$.b"}})", R"({"b":7})"), "7");
  EXPECT_EQ(passed(R"({"InputPath":"$answer","ResultPath":"$.theAnswer","OutputPath":"$answer"})", "{}"), "42");
  EXPECT_EQ(passed("{}", "null"), "null");
}

TEST(DataFlow, FailsInAwsWords) {
  EXPECT_EQ(passed(R"({"InputPath":"$.x"})", "{}"), "States.Runtime: Invalid path '$.x' : No results for path: $['x']");
  EXPECT_EQ(passed(R"({"OutputPath":"$.no.such.result.path"})", "{}"),
            "States.Runtime: Invalid path '$.no.such.result.path' : Missing property in path $['no']");
  EXPECT_EQ(passed(R"({"ResultPath":"$.r"})", "[]"),
            "States.ReferencePathConflict: Unable to apply step \"r\" to input []");
  EXPECT_EQ(passed(R"({"InputPath":"$.x"})", "null"),
            "States.Runtime: Unable to apply Path transformation to null or empty input.");
}

TEST(DataFlow, AssignsVariables) {
  TestScope test(R"({"a":2})", context, R"({"answer":42})");
  EXPECT_EQ(shown(compiled(R"({"Assign":{"x":1,"y.$":"$.a","z.$":"$answer"}})").assigned(test.scope())),
            R"({"x":1,"y":2,"z":42})");
  EXPECT_EQ(shown(compiled("{}").assigned(test.scope())), "{}");
}

TEST(DataFlow, FindsItems) {
  TestScope test(R"({"l":[1,2],"o":{"a":1}})", context);
  const auto at = [&](const char* text) {
    const auto path = Path::compile(text);
    return shown(items_at(&*path, test.scope()));
  };
  EXPECT_EQ(at("$.l"), "[1,2]");
  EXPECT_EQ(at("$$"), "States.Runtime: Reference path \"$\" must point to array.");
  EXPECT_EQ(at("$.o"), "States.Runtime: Reference path \"$.o\" must point to array.");
  EXPECT_EQ(at("$.o.items"),
            "States.ReferencePathConflict: Unable to apply step \"items\" to input {\"l\":[1,2],\"o\":{\"a\":1}}");
  EXPECT_EQ(shown(items_at(nullptr, test.scope())), "States.Runtime: Reference path \"$\" must point to array.");
}

TEST(DataFlow, LocatesProblems) {
  std::vector<Problem> problems;
  DataFlow::compile(json(R"({"InputPath":"x","OutputPath":1,"ResultPath":"$.a[*]","Parameters":{"a":{"b.$":"c"}}})"),
                    problems);
  ASSERT_EQ(problems.size(), 4U);
  EXPECT_EQ(problems[0].location, "/InputPath");
  EXPECT_EQ(problems[1].location, "/Parameters/a");
  EXPECT_EQ(problems[2].location, "/ResultPath");
  EXPECT_EQ(problems[3].location, "/OutputPath");
}

}  // namespace
}  // namespace penstock::pipeline
