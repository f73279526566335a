// Random machines with random answers: an interpreter that is restored before every fact, or stopped after every state,
// does exactly what one does that lives on; and whatever happens, nothing stays open at the end.
#include "base/random.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "text_run.h"

namespace penstock::pipeline {
namespace {

constexpr int machines = 150;
constexpr const char* input = R"({"n":1,"s":1,"l":[1,2,3],"t":"x"})";

// Writes definitions whose states all have unique names.
class Author {
 public:
  explicit Author(uint64_t seed) : dice_(seed) {}

  Json workflow(int depth) {
    size_t count = 1 + dice_.below(4);
    std::vector<std::string> names;
    for (size_t i = 0; i < count; ++i) names.push_back("S" + std::to_string(++states_));
    Json all = Json::object();
    for (size_t i = 0; i < count; ++i) all.set(names[i], state(depth, i + 1 < count ? names[i + 1] : ""));
    return Json::object({{"StartAt", Json(std::string_view(names[0]))}, {"States", std::move(all)}});
  }

 private:
  Json state(int depth, const std::string& next) {
    Json state = kind(depth);
    if (next.empty())
      state.set("End", true);
    else
      state.set("Next", Json(std::string_view(next)));
    std::string_view type = state.text("Type");
    bool works = type == "Task" || type == "Map" || type == "Parallel";
    if (works && dice_.below(2) == 0) state.set("Retry", retry());
    if (works && !next.empty() && dice_.below(2) == 0) state.set("Catch", catcher(next));
    if (works) state.set("ResultPath", dice_.below(3) == 0 ? Json() : Json("$.r"));
    if (dice_.below(4) == 0) state.set("Assign", Json::object({{"v" + std::to_string(states_), Json(dice_.below(9))}}));
    return state;
  }

  Json kind(int depth) {
    switch (dice_.below(depth > 0 ? 7 : 4)) {
      case 0:
        return Json::object({{"Type", "Pass"}});
      case 1:
        return Json::object({{"Type", "Wait"}, {"Seconds", Json(dice_.below(20))}});
      case 2:
      case 3:
        return task();
      case 4: {
        Json branches = Json::array();
        for (size_t i = 0; i < 1 + dice_.below(3); ++i) branches.push_back(workflow(depth - 1));
        return Json::object({{"Type", "Parallel"}, {"Branches", std::move(branches)}});
      }
      default:
        return map(depth);
    }
  }

  Json task() {
    static constexpr const char* resources[] = {
        "arn:aws:states:::sqs:sendMessage", "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::sagemaker:createTrainingJob.sync", "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:aws:states:us-east-1:123456789012:activity:a"};
    Json task = Json::object({{"Type", "Task"}, {"Resource", resources[dice_.below(5)]}});
    if (dice_.below(2) == 0) task.set("TimeoutSeconds", Json(10 + dice_.below(20)));
    if (dice_.below(2) == 0) task.set("HeartbeatSeconds", Json(1 + dice_.below(9)));
    return task;
  }

  // An inner Map gets items only from a selector, so that its input has them too.
  Json map(int depth) {
    Json processor = workflow(depth - 1);
    if (dice_.below(3) == 0) {
      processor.set("ProcessorConfig", Json::object({{"Mode", "DISTRIBUTED"}, {"ExecutionType", "STANDARD"}}));
    }
    Json selector = Json::object({{"n.$", "$$.Map.Item.Value"}, {"l.$", "$.l"}, {"i.$", "$$.Map.Item.Index"}});
    Json map = Json::object({{"Type", "Map"}, {"ItemsPath", "$.l"}, {"ItemSelector", std::move(selector)}});
    map.set("ItemProcessor", std::move(processor));
    if (dice_.below(2) == 0) map.set("MaxConcurrency", Json(1 + dice_.below(2)));
    if (dice_.below(3) == 0) map.set("ToleratedFailureCount", Json(dice_.below(3)));
    return map;
  }

  Json errors() {
    static constexpr const char* names[] = {"E0", "E1", "States.TaskFailed", "States.Timeout", "States.ALL"};
    Json list = Json::array();
    list.push_back(names[dice_.below(5)]);
    return list;
  }
  Json retry() {
    Json retrier = Json::object({{"ErrorEquals", errors()}, {"MaxAttempts", Json(dice_.below(3))}});
    if (dice_.below(2) == 0) retrier.set("JitterStrategy", "FULL");
    Json list = Json::array();
    list.push_back(std::move(retrier));
    return list;
  }
  Json catcher(const std::string& next) {
    Json list = Json::array();
    list.push_back(
        Json::object({{"ErrorEquals", errors()}, {"ResultPath", "$.e"}, {"Next", Json(std::string_view(next))}}));
    return list;
  }

  SeededRandom dice_;
  int states_ = 0;
};

TEST(RandomMachines, GoOnTheSameAfterARestore) {
  int finished_well = 0;
  for (uint64_t seed = 1; seed <= machines; ++seed) {
    std::string definition = to_string(Author(seed).workflow(2));
    RunResult plain = run_at_random(definition, input, seed, RunMode::plain);
    ASSERT_EQ(plain.diagnostics, "") << "seed " << seed << ": " << definition;
    EXPECT_EQ(plain.end.find("LEFT"), std::string::npos) << "seed " << seed << ": " << plain.end;
    finished_well += plain.end.rfind("SUCCEEDED", 0) == 0;
    for (RunMode mode : {RunMode::restored, RunMode::stepwise}) {
      RunResult other = run_at_random(definition, input, seed, mode);
      ASSERT_EQ(plain.history, other.history) << "seed " << seed << ": " << definition;
      ASSERT_EQ(plain.commands, other.commands) << "seed " << seed << ": " << definition;
      ASSERT_EQ(plain.end, other.end) << "seed " << seed << ": " << definition;
    }
  }
  EXPECT_GT(finished_well, machines / 10);  // the answers are not so bad that nothing is tried
}

}  // namespace
}  // namespace penstock::pipeline
