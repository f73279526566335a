// Replays what AWS answered (../shared/conformance/asl/cases) against the data flow alone: single Pass states with
// Parameters, and Choice rules. The whole machine is replayed by tests/conformance. Skipped where the cases are absent.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/disk.h"
#include "core/pipeline/choice.h"
#include "core/pipeline/data_flow.h"
#include "core/pipeline/test_scope.h"

namespace penstock::pipeline {
namespace {

namespace fs = std::filesystem;

std::vector<Json> recorded_cases(const std::string& area) {
  const fs::path folder = fs::path("../shared/conformance/asl/cases") / area;
  std::vector<Json> cases;
  if (!fs::exists(folder)) return cases;
  SystemDisk disk;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto text = disk.read_file(entry.path().string());
    if (text) cases.push_back(json(*text));
  }
  return cases;
}

// The definition of the machine that step `step` started or made last.
Json definition_before(const Json& recorded, int64_t step) {
  for (int64_t i = step; i >= 0; --i) {
    const Json& made = recorded["steps"][static_cast<size_t>(i)];
    if (made.text("call") == "stepfunctions.CreateStateMachine") return json(made["params"].text("definition"));
  }
  return {};
}

TEST(RecordedFlow, ChoiceRules) {
  const auto cases = recorded_cases("choice_operators");
  if (cases.empty()) GTEST_SKIP() << "no ../shared/conformance";
  size_t checked = 0;
  for (const Json& recorded : cases) {
    const Json& check = recorded["checks"].items().front();
    for (size_t i = 0; i < check["expected"].size(); ++i) {
      const auto step = check["src"]["list"][i]["dict"]["input"]["input_of"].as_integer();
      ASSERT_TRUE(step.has_value());
      const Json definition = definition_before(recorded, *step);
      const Json& rule = definition["States"]["CheckValues"]["Choices"].items().front();
      std::vector<Problem> problems;
      const Condition condition = Condition::compile(rule, problems);
      ASSERT_TRUE(problems.empty()) << problems[0].message;
      TestScope test(recorded["steps"][static_cast<size_t>(*step)]["params"].text("input"));
      const auto holds = condition.holds(test.scope());
      ASSERT_TRUE(holds.ok()) << holds.error().message;
      const std::string_view expected = check["expected"][i]["output"].text("TestResult.$");
      EXPECT_EQ(*holds, expected == "ConditionTrue") << to_string(rule) << " " << to_string(test.input);
      ++checked;
    }
  }
  EXPECT_GT(checked, 100U);
}

void check_pass(const Json& recorded, const Json& check, size_t& checked) {
  const auto step = check["src"]["step"].as_integer();
  const Json& events = check["expected"]["events"];
  if (!step || events.size() == 0) return;
  const Json definition = definition_before(recorded, *step);
  const Json& state = definition["States"][definition.text("StartAt")];
  const Json* parameters = state.find("Parameters");
  if (state.text("Type") != "Pass" || !parameters || !state.find("End") ||
      recorded.text("id").find("random") != std::string_view::npos)
    return;
  const Json& output = events.items().back()["executionSucceededEventDetails"]["output"];
  if (!output.is_object()) return;
  const std::string input = to_string(events.items().front()["executionStartedEventDetails"]["input"]);
  TestScope test(input, R"({"Execution":{"Input":)" + input + "}}");
  std::vector<Problem> problems;
  const DataFlow flow = DataFlow::compile(state, problems);
  ASSERT_TRUE(problems.empty()) << problems[0].message;
  const auto result = flow.effective_input(test.scope());
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(*result, output) << recorded.text("id") << " " << input << "\n"
                             << to_string(*result) << "\n"
                             << to_string(output);
  ++checked;
}

TEST(RecordedFlow, PassParameters) {
  size_t checked = 0;
  for (const char* area : {"intrinsic_functions", "base"}) {
    const auto cases = recorded_cases(area);
    if (cases.empty()) GTEST_SKIP() << "no ../shared/conformance";
    for (const Json& recorded : cases) {
      for (const Json& check : recorded["checks"].items()) check_pass(recorded, check, checked);
    }
  }
  EXPECT_GT(checked, 80U);
}

}  // namespace
}  // namespace penstock::pipeline
