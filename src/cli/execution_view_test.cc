#include "cli/execution_view.h"

#include <gtest/gtest.h>

namespace penstock::cli {
namespace {

std::vector<StepView> steps(std::string_view history) {
  const auto events = parse_json(history);
  EXPECT_TRUE(events.ok()) << (events ? "" : events.error().message);
  return steps_of({events->items().begin(), events->items().end()});
}

TEST(StepsOf, CountsAttemptsAndNamesTheJob) {
  const auto view = steps(R"json([
    {"id":1,"previousEventId":0,"timestamp":10,"type":"ExecutionStarted"},
    {"id":2,"previousEventId":0,"timestamp":10,"type":"TaskStateEntered","stateEnteredEventDetails":{"name":"Train"}},
    {"id":3,"previousEventId":2,"timestamp":10,"type":"TaskScheduled","taskScheduledEventDetails":{"parameters":"{\"TrainingJobName\":\"a\"}"}},
    {"id":4,"previousEventId":3,"timestamp":11,"type":"TaskFailed","taskFailedEventDetails":{"error":"States.TaskFailed"}},
    {"id":5,"previousEventId":4,"timestamp":12,"type":"TaskScheduled","taskScheduledEventDetails":{"parameters":"{\"TrainingJobName\":\"b\"}"}},
    {"id":6,"previousEventId":5,"timestamp":14,"type":"TaskSucceeded"},
    {"id":7,"previousEventId":6,"timestamp":14.5,"type":"TaskStateExited","stateExitedEventDetails":{"name":"Train"}},
    {"id":8,"previousEventId":7,"timestamp":14.5,"type":"PassStateEntered","stateEnteredEventDetails":{"name":"End"}}
  ])json");
  ASSERT_EQ(view.size(), 2u);
  EXPECT_EQ(view[0].attempts, 2);
  EXPECT_EQ(view[0].job, "training/b");
  EXPECT_EQ(view[0].status, StepView::Status::succeeded);
  EXPECT_EQ(view[0].left - view[0].entered, 4.5);
  EXPECT_EQ(view[1].status, StepView::Status::running);
}

TEST(StepsOf, AFailedExecutionLeavesItsStateFailed) {
  const auto view = steps(R"json([
    {"id":2,"previousEventId":0,"timestamp":10,"type":"FailStateEntered","stateEnteredEventDetails":{"name":"Gate"}},
    {"id":3,"previousEventId":2,"timestamp":11,"type":"ExecutionFailed","executionFailedEventDetails":{"error":"QualityGate"}}
  ])json");
  ASSERT_EQ(view.size(), 1u);
  EXPECT_EQ(view[0].status, StepView::Status::failed);
  EXPECT_EQ(view[0].error, "QualityGate");
}

TEST(StepsOf, ARedriveGoesOnWithWhatTheEndCutOff) {
  const auto view = steps(R"json([
    {"id":2,"previousEventId":0,"timestamp":10,"type":"TaskStateEntered","stateEnteredEventDetails":{"name":"Train"}},
    {"id":3,"previousEventId":2,"timestamp":10,"type":"TaskScheduled"},
    {"id":4,"previousEventId":3,"timestamp":11,"type":"TaskFailed","taskFailedEventDetails":{"error":"Broken"}},
    {"id":5,"previousEventId":4,"timestamp":11,"type":"ExecutionFailed","executionFailedEventDetails":{"error":"Broken"}},
    {"id":6,"previousEventId":5,"timestamp":900,"type":"ExecutionRedriven"},
    {"id":7,"previousEventId":2,"timestamp":900,"type":"TaskScheduled"},
    {"id":8,"previousEventId":7,"timestamp":903,"type":"TaskSucceeded"},
    {"id":9,"previousEventId":8,"timestamp":903,"type":"TaskStateExited","stateExitedEventDetails":{"name":"Train"}}
  ])json");
  ASSERT_EQ(view.size(), 1u);
  EXPECT_EQ(view[0].status, StepView::Status::succeeded);
  EXPECT_EQ(view[0].attempts, 2);
  EXPECT_EQ(view[0].left - view[0].entered, 3);
}

TEST(SelectFields, NamesWhatThereIs) {
  const Json value = Json::object({{"name", "a"}, {"status", "RUNNING"}});
  EXPECT_EQ(to_string(*select_fields(value, "status")), R"({"status":"RUNNING"})");
  EXPECT_EQ(select_fields(value, "stat").error().message, "no field 'stat': there are name, status");
}

}  // namespace
}  // namespace penstock::cli
