// Many threads on one engine, with executions parked and woken all the time; meant for the thread sanitizer, too.
#include <gtest/gtest.h>

#include <condition_variable>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "core/execution/engine.h"
#include "store/log_lines.h"
#include "store/test_folder.h"

namespace penstock::execution {
namespace {

// Answers at once, but for tasks with a token: those hand it to whoever waits in `next_token`.
class Echo final : public Tasks {
 public:
  std::optional<std::string> refuse(std::string_view, pipeline::MachineType) const override { return std::nullopt; }
  void start(const TaskCall& call, TaskReports& reports) override {
    pipeline::Fact started = pipeline::TaskStarted{call.key.task, {}};
    if (call.token.empty()) {
      reports.report(call.key.execution, {started, pipeline::TaskSucceeded{call.key.task, call.parameters}});
      return;
    }
    reports.report(call.key.execution, {started, pipeline::TaskSubmitted{call.key.task, Json::object()}});
    std::lock_guard lock(mutex_);
    tokens_.push_back(call.token);
    changed_.notify_one();
  }
  void resume(const TaskCall&, const Json&, TaskReports&) override {}
  void cancel(const TaskKey&) override {}

  std::string next_token() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !tokens_.empty(); });
    std::string token = std::move(tokens_.back());
    tokens_.pop_back();
    return token;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> tokens_;
};

constexpr int thread_count = 4;
constexpr int starts_per_thread = 25;

const std::string definition = R"({"StartAt":"Both","States":{"Both":{"Type":"Parallel","End":true,"Branches":[
  {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::fake:echo","Parameters":{"a":1},"End":true}}},
  {"StartAt":"B","States":{"B":{"Type":"Task","Resource":"arn:aws:states:::fake:ask.waitForTaskToken","TimeoutSeconds":600,
    "Parameters":{"t.$":"$$.Task.Token"},"Next":"C"},"C":{"Type":"Wait","Seconds":0,"End":true}}}]}}})";

TEST(EngineThreads, EveryExecutionEndsOnce) {
  store::TestFolder folder;
  SystemDisk disk;
  SystemClock clock;
  SystemRandom random;
  Log log(clock, Log::Level::error);
  auto database = std::move(*store::Database::open(disk, folder.path(), {}));
  auto records = store::Records::open(*database);
  auto journal = store::Journal::open(*database);
  auto lines = store::LogLines::open(*database);
  Revisions revisions(*records);
  event::Bus bus;
  Echo tasks;
  Engine engine({clock, random, log, *database, *journal, *lines, revisions, bus, *records}, 4);
  ASSERT_TRUE(engine.recover(tasks).ok());
  engine.start_threads(2);
  Revision revision;
  revision.key = "one";
  revision.machine_arn = "arn:aws:states:us-east-1:123456789012:stateMachine:M";
  revision.machine_name = "M";
  revision.definition = definition;
  revision.program = pipeline::compile(definition, {}).program;
  ASSERT_TRUE(revision.program);
  auto machine = revisions.add(std::move(revision));

  std::latch ended(thread_count * starts_per_thread);
  auto client = [&] {
    for (int number = 0; number < starts_per_thread; ++number) {
      StartRequest request;
      request.revision = machine;
      Outcome<Started> started = engine.start(request);
      ASSERT_TRUE(started.ok());
      ASSERT_TRUE(engine.when_ended(started->arn, [&] { ended.count_down(); }).ok());
      ASSERT_TRUE(engine.send_task_success(tasks.next_token(), "7").ok());
    }
  };
  std::vector<std::thread> clients;
  for (int number = 0; number < thread_count; ++number) clients.emplace_back(client);
  for (std::thread& thread : clients) thread.join();
  ended.wait();
  engine.stop_threads();
  EXPECT_EQ(engine.running(machine->machine_arn), 0u);
  EXPECT_EQ(journal->count(machine->machine_arn, store::ExecutionStatus::succeeded), thread_count * starts_per_thread);
}

}  // namespace
}  // namespace penstock::execution
