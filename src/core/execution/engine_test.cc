#include "core/execution/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/pipeline/history.h"
#include "store/log_lines.h"
#include "store/test_folder.h"

namespace penstock::execution {
namespace {

using pipeline::EventType;
using pipeline::HistoryEvent;
using store::ExecutionStatus;

const std::string machine_arn = "arn:aws:states:us-east-1:123456789012:stateMachine:M";

// Tasks that a test steers. What a service behind them would remember lies in `jobs`, which outlives the engine.
class FakeTasks final : public Tasks {
 public:
  explicit FakeTasks(std::map<std::string, int>& jobs) : jobs_(jobs) {}

  std::optional<std::string> refuse(std::string_view, pipeline::MachineType) const override { return std::nullopt; }

  void start(const TaskCall& call, TaskReports& reports) override {
    calls.push_back(call);
    ++jobs_[call.idempotency_token];
    pipeline::Fact started = pipeline::TaskStarted{call.key.task, {}};
    if (call.resource.ends_with(".sync") || call.resource.ends_with(".waitForTaskToken")) {
      reports.report(call.key.execution,
                     {started, pipeline::TaskSubmitted{call.key.task, Json::object({{"Job", "j"}})}});
      open[call.key] = &reports;
    } else if (call.resource.ends_with(":fail")) {
      reports.report(call.key.execution, {started, pipeline::TaskFailed{call.key.task, "Fake.Failure", "as told", {}}});
    } else if (call.resource.ends_with(":broken") && !jobs_.contains(std::string(call.parameters.text("part")))) {
      reports.report(call.key.execution,
                     {started, pipeline::TaskFailed{call.key.task, "Fake.Broken", "not mended", {}}});
    } else {
      reports.report(call.key.execution, {started, pipeline::TaskSucceeded{call.key.task, call.parameters}});
    }
  }
  void resume(const TaskCall& call, const Json& submitted, TaskReports& reports) override {
    EXPECT_EQ(submitted.text("Job"), "j");
    resumed.push_back(call);
    open[call.key] = &reports;
  }
  void cancel(const TaskKey& key) override {
    cancelled.insert(key);
    open.erase(key);
  }
  // Ends the oldest open job.
  bool complete_one() {
    if (open.empty()) return false;
    auto [key, reports] = *open.begin();
    open.erase(open.begin());
    reports->report(key.execution, {pipeline::TaskSucceeded{key.task, Json::object({{"Done", true}})}});
    return true;
  }

  std::vector<TaskCall> calls, resumed;
  std::set<TaskKey> cancelled;
  std::map<TaskKey, TaskReports*> open;

 private:
  std::map<std::string, int>& jobs_;
};

// A store in a folder of its own and an engine on it without threads, which can be thrown away and made again.
class World {
 public:
  explicit World(size_t awake_max = 10'000) : awake_max_(awake_max) { open(); }

  void open() {
    database_ = std::move(*store::Database::open(disk_, folder_.path(), {}));
    records_ = store::Records::open(*database_);
    journal_ = store::Journal::open(*database_);
    lines_ = store::LogLines::open(*database_);
    revisions_ = std::make_unique<Revisions>(*records_);
    tasks = std::make_unique<FakeTasks>(jobs);
    engine = std::make_unique<Engine>(
        Engine::Parts{clock, random_, log_, *database_, *journal_, *lines_, *revisions_, bus, *records_}, awake_max_);
    ASSERT_TRUE(engine->recover(*tasks).ok());
  }
  void restart() {
    settle();
    engine.reset();
    revisions_.reset();
    lines_.reset();
    journal_.reset();
    records_.reset();
    database_.reset();
    open();
  }
  void settle() { ASSERT_TRUE(database_->wait_durable(database_->last_written()).ok()); }

  std::shared_ptr<const Revision> machine(const std::string& definition,
                                          pipeline::MachineType type = pipeline::MachineType::standard) {
    Revision revision;
    revision.key = machine_arn + "#" + std::to_string(++machines_);
    revision.machine_arn = machine_arn;
    revision.machine_name = "M";
    revision.role_arn = "arn:aws:iam::123456789012:role/R";
    revision.definition = definition;
    revision.type = type;
    pipeline::Compiled compiled = pipeline::compile(definition, {type, nullptr});
    EXPECT_TRUE(compiled.program) << pipeline::invalid_definition_message(compiled.diagnostics, definition);
    revision.program = compiled.program;
    return revisions_->add(std::move(revision));
  }
  std::string start(const std::string& definition, const std::string& input = "{}") {
    StartRequest request;
    request.revision = machine(definition);
    request.input = input;
    Outcome<Started> started = engine->start(request);
    EXPECT_TRUE(started.ok());
    return started->arn;
  }
  // Runs until nothing is left to do but to wait for the outside; time jumps from timer to timer, by at most `seconds`.
  void run(double seconds = 1e6) {
    Time until = plus_seconds(clock.now(), seconds);
    for (;;) {
      while (engine->run_one()) {
      }
      settle();
      if (engine->run_one()) continue;
      std::optional<Time> next = engine->next_timer();
      if (!next || *next > until) return;
      if (*next > clock.now()) clock.advance_to(*next);
    }
  }
  store::ExecutionRecord record(const std::string& arn) {
    settle();
    return *journal_->find(arn);
  }
  std::vector<HistoryEvent> history(const std::string& arn) {
    store::ExecutionRecord found = record(arn);
    std::vector<HistoryEvent> all;
    for (const store::JournalRow& row : journal_->events(found.id, 1, found.events)) {
      std::vector<HistoryEvent> events = std::move(*pipeline::decode_events(row.events));
      std::ranges::move(events, std::back_inserter(all));
    }
    return all;
  }
  std::string types(const std::string& arn) {
    std::string text;
    for (const HistoryEvent& event : history(arn)) text.append(pipeline::event_type_name(event.type)).append(" ");
    return text;
  }

  VirtualClock clock{Time{1'700'000'000'000'000}};
  event::Bus bus;
  std::map<std::string, int> jobs;
  std::unique_ptr<FakeTasks> tasks;
  std::unique_ptr<Engine> engine;

 private:
  store::TestFolder folder_;
  SystemDisk disk_;
  SeededRandom random_{7};
  Log log_{clock, Log::Level::error};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Records> records_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<store::LogLines> lines_;
  std::unique_ptr<Revisions> revisions_;
  int machines_ = 0;
  size_t awake_max_;
};

// Ids dense from 1, previous ids of events before, one beginning, one end between redrives, and no task scheduled twice
// by one state entry.
void expect_well_formed(const std::vector<HistoryEvent>& events) {
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.front().type, EventType::execution_started);
  int ends = 0, redrives = 0;
  std::set<int64_t> scheduled_after;
  for (size_t index = 0; index < events.size(); ++index) {
    const HistoryEvent& event = events[index];
    EXPECT_EQ(event.id, static_cast<int64_t>(index) + 1);
    EXPECT_LT(event.previous_id, event.id);
    if (event.type == EventType::task_scheduled || event.type == EventType::activity_scheduled) {
      EXPECT_TRUE(scheduled_after.insert(event.previous_id).second) << "two tasks after event " << event.previous_id;
    }
    if (event.type == EventType::execution_redriven) {
      ++redrives;
      EXPECT_EQ(ends, redrives);
      scheduled_after.clear();
      continue;
    }
    ends += event.type <= EventType::execution_aborted && event.type != EventType::execution_started ? 1 : 0;
  }
  EXPECT_EQ(ends, redrives + 1);
  EXPECT_LE(events.back().type, EventType::execution_aborted);
}

const std::string pass_chain = R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},
  "B":{"Type":"Pass","Result":{"x":1},"ResultPath":"$.b","End":true}}})";

TEST(Engine, PureRunEndsInItsStart) {
  World world;
  std::string arn = world.start(pass_chain, R"({"a": 1})");
  store::ExecutionRecord record = world.record(arn);
  EXPECT_EQ(record.status, ExecutionStatus::succeeded);
  EXPECT_EQ(record.output, R"({"a":1,"b":{"x":1}})");
  EXPECT_EQ(record.input, R"({"a": 1})");
  EXPECT_EQ(world.types(arn),
            "ExecutionStarted PassStateEntered PassStateExited PassStateEntered PassStateExited "
            "ExecutionSucceeded ");
  expect_well_formed(world.history(arn));
}

TEST(Engine, WaitsLastOverARestart) {
  World world;
  std::string arn = world.start(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}})");
  EXPECT_EQ(world.record(arn).status, ExecutionStatus::running);
  world.run(1800);
  world.restart();
  world.run(1700);
  EXPECT_EQ(world.record(arn).status, ExecutionStatus::running);
  world.run(3600);
  EXPECT_EQ(world.record(arn).status, ExecutionStatus::succeeded);
  EXPECT_EQ(world.record(arn).stopped->microseconds - world.record(arn).started.microseconds, 3'600'000'000);
}

TEST(Engine, SameNameAndInputWhileItRunsIsTheSameExecution) {
  World world;
  StartRequest request;
  request.revision = world.machine(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":10,"End":true}}})");
  request.name = "one";
  request.input = R"({"a":1})";
  Outcome<Started> first = world.engine->start(request);
  Outcome<Started> again = world.engine->start(request);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->arn, again->arn);
  EXPECT_EQ(first->started, again->started);
  StartRequest other = request;
  other.input = R"({"a":2})";
  EXPECT_EQ(world.engine->start(other).error().code, "ExecutionAlreadyExists");
  world.run();
  EXPECT_EQ(world.engine->start(request).error().message, "Execution Already Exists: '" + first->arn + "'");
}

TEST(Engine, ATaskThatStartsAnExecutionAgainFindsIt) {
  World world;
  StartRequest request;
  request.revision = world.machine(pass_chain);
  request.starter = "parent/3";
  Outcome<Started> first = world.engine->start(request);
  world.restart();
  request.revision = world.engine->revisions().find(request.revision->key);
  Outcome<Started> again = world.engine->start(request);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->arn, again->arn);
  EXPECT_EQ(first->started, again->started);
}

TEST(Engine, StopEndsAnExecutionAndItsTask) {
  World world;
  std::string arn = world.start(
      R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::fake:job.sync","End":true}}})");
  world.run();
  ASSERT_EQ(world.tasks->open.size(), 1u);
  ASSERT_TRUE(world.engine->stop(arn, "E", "C").ok());
  world.run();
  store::ExecutionRecord record = world.record(arn);
  EXPECT_EQ(record.status, ExecutionStatus::aborted);
  EXPECT_EQ(record.error, "E");
  EXPECT_EQ(record.cause, "C");
  EXPECT_EQ(world.tasks->cancelled.size(), 1u);
  expect_well_formed(world.history(arn));
  EXPECT_EQ(world.engine->stop("arn:nothing", {}, {}).error().code, "ExecutionDoesNotExist");
}

TEST(Engine, ExpressRunsInMemoryOnly) {
  World world;
  StartRequest request;
  request.revision = world.machine(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"Next":"P"},
      "P":{"Type":"Pass","Result":7,"End":true}}})",
                                   pipeline::MachineType::express);
  std::optional<ExpressEnd> end;
  world.engine->start_express(request, [&](ExpressEnd ended) { end = std::move(ended); });
  EXPECT_FALSE(end.has_value());
  world.run();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->finish.output, "7");
  EXPECT_EQ(end->stopped.microseconds - end->started.microseconds, 5'000'000);
  EXPECT_TRUE(world.engine->journal().list({}).empty());
}

TEST(Engine, TokensComeBackAfterARestart) {
  World world;
  std::string arn = world.start(R"({"StartAt":"T","States":{"T":{"Type":"Task",
      "Resource":"arn:aws:states:::fake:ask.waitForTaskToken","Parameters":{"Token.$":"$$.Task.Token"},"End":true}}})");
  world.run();
  ASSERT_EQ(world.tasks->calls.size(), 1u);
  std::string token = world.tasks->calls[0].token;
  EXPECT_EQ(world.tasks->calls[0].parameters.text("Token"), token);
  world.restart();
  world.run();
  EXPECT_TRUE(world.tasks->calls.empty());
  EXPECT_TRUE(world.tasks->resumed.empty());
  EXPECT_TRUE(world.engine->send_task_heartbeat(token).ok());
  EXPECT_EQ(world.engine->send_task_success("nonsense", "").error().code, "InvalidToken");
  EXPECT_TRUE(world.engine->send_task_success(token, R"({"ok":true})").ok());
  EXPECT_EQ(world.record(arn).output, R"({"ok":true})");
  EXPECT_EQ(world.engine->send_task_success(token, "1").error().code, "TaskTimedOut");
  expect_well_formed(world.history(arn));
}

TEST(Engine, ActivitiesWaitForTheirWorkers) {
  World world;
  const std::string activity = "arn:aws:states:us-east-1:123456789012:activity:work";
  std::vector<ActivityTask> got;
  auto reply = [&](ActivityTask task) { got.push_back(std::move(task)); };
  world.engine->poll_activity(activity, "early", reply);
  world.run();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_TRUE(got[0].token.empty()) << "nothing came within the minute of the poll";

  std::string definition =
      R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":")" + activity + R"(","End":true}}})";
  std::string queued = world.start(definition, R"({"n":1})");
  world.restart();
  world.engine->poll_activity(activity, "one", reply);
  ASSERT_EQ(got.size(), 2u) << "a scheduled task survives the restart";
  EXPECT_EQ(got[1].input, R"({"n":1})");

  world.engine->poll_activity(activity, "two", reply);
  std::string awaited = world.start(definition, R"({"n":2})");
  world.run(1);
  ASSERT_EQ(got.size(), 3u);
  world.restart();  // both are with their workers now: nobody else gets them
  world.engine->poll_activity(activity, "three", reply);
  world.run(70);
  ASSERT_EQ(got.size(), 4u);
  EXPECT_TRUE(got[3].token.empty());
  EXPECT_TRUE(world.engine->send_task_success(got[1].token, "\"a\"").ok());
  EXPECT_TRUE(world.engine->send_task_failure(got[2].token, "Bad", std::nullopt).ok());
  EXPECT_EQ(world.record(queued).output, "\"a\"");
  EXPECT_EQ(world.record(awaited).error, "Bad");
  EXPECT_EQ(world.types(queued),
            "ExecutionStarted TaskStateEntered ActivityScheduled ActivityStarted ActivitySucceeded "
            "TaskStateExited ExecutionSucceeded ");
}

TEST(Engine, TellsTheEndOnce) {
  World world;
  std::string arn = world.start(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}})");
  int told = 0;
  ASSERT_TRUE(world.engine->when_ended(arn, [&] { ++told; }).ok());
  world.run(1);
  EXPECT_EQ(told, 0);
  world.run();
  EXPECT_EQ(told, 1);
  ASSERT_TRUE(world.engine->when_ended(arn, [&] { ++told; }).ok());
  world.run();
  EXPECT_EQ(told, 2);
  EXPECT_FALSE(world.engine->when_ended("arn:none", [] {}).ok());
}

TEST(Engine, AnnouncesStatusChanges) {
  World world;
  std::vector<event::Event> events;
  world.bus.subscribe([&](const event::Event& event) { events.push_back(event); }, "aws.states");
  std::string arn =
      world.start(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}})", "{\"a\":1}");
  world.run();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].detail.text("status"), "RUNNING");
  EXPECT_EQ(events[1].detail.text("status"), "SUCCEEDED");
  EXPECT_EQ(events[1].resource, arn);
  EXPECT_EQ(events[1].detail.text("input"), "{\"a\":1}");
  EXPECT_EQ(events[1].detail["stopDate"].as_integer().value() - events[1].detail["startDate"].as_integer().value(),
            5000);
}

// A pipeline with everything in it, cut off after each of its steps in turn, and again some steps later: it must always
// end the same way, and no task may run twice but as a recorded retry.
const std::string everything = R"({"StartAt":"Fan","States":{
  "Fan":{"Type":"Parallel","Next":"Each","Branches":[
    {"StartAt":"Wait","States":{"Wait":{"Type":"Wait","Seconds":5,"Next":"Call"},
      "Call":{"Type":"Task","Resource":"arn:aws:states:::fake:echo","Parameters":{"v":1},"End":true}}},
    {"StartAt":"Job","States":{"Job":{"Type":"Task","Resource":"arn:aws:states:::fake:job.sync","TimeoutSeconds":900,"End":true}}},
    {"StartAt":"Try","States":{"Try":{"Type":"Task","Resource":"arn:aws:states:::fake:fail",
       "Retry":[{"ErrorEquals":["Fake.Failure"],"MaxAttempts":2,"IntervalSeconds":3}],
       "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"End":true},
      "Caught":{"Type":"Pass","Result":"caught","End":true}}}]},
  "Each":{"Type":"Map","ItemsPath":"$","MaxConcurrency":2,"Next":"Last","ItemProcessor":{"StartAt":"Item","States":{
    "Item":{"Type":"Task","Resource":"arn:aws:states:::fake:echo","Parameters":{"item.$":"$$.Map.Item.Index"},"End":true}}}},
  "Last":{"Type":"Succeed"}}})";

// One step of whatever can go on: the engine's work, then a job's end, then time.
bool step(World& world) {
  if (world.engine->run_one() || world.tasks->complete_one()) return true;
  world.settle();
  if (world.engine->run_one()) return true;
  std::optional<Time> next = world.engine->next_timer();
  if (!next) return false;
  if (*next > world.clock.now()) world.clock.advance_to(*next);
  return true;
}

void expect_everything_done(World& world, const std::string& arn) {
  store::ExecutionRecord record = world.record(arn);
  EXPECT_EQ(record.status, ExecutionStatus::succeeded) << world.types(arn);
  EXPECT_EQ(record.output, R"([{"item":0},{"item":1},{"item":2}])");
  std::vector<HistoryEvent> events = world.history(arn);
  expect_well_formed(events);
  auto count = [&](EventType type) { return std::ranges::count(events, type, &HistoryEvent::type); };
  EXPECT_EQ(count(EventType::task_scheduled), 1 + 1 + 3 + 3);
  EXPECT_EQ(count(EventType::task_failed), 3);
  EXPECT_EQ(count(EventType::task_submitted), 1);
  EXPECT_EQ(world.jobs.size(), 8u) << "each scheduled task has one idempotency token, however often it was called";
}

// `awake_max` 0: parked and woken for each step, besides.
class CutOff : public testing::TestWithParam<size_t> {};

TEST_P(CutOff, EndsTheSameWayWherever) {
  constexpr int steps_max = 200;
  for (int cut = 1; cut < steps_max; ++cut) {
    SCOPED_TRACE(cut);
    World world(GetParam());
    std::string arn = world.start(everything);
    int steps = 0;
    while (steps < steps_max && step(world)) {
      ++steps;
      if (steps == cut || steps == cut + 4) world.restart();
    }
    ASSERT_LT(steps, steps_max);
    expect_everything_done(world, arn);
    if (cut > steps) return;  // every step was cut once
  }
}

INSTANTIATE_TEST_SUITE_P(Engine, CutOff, testing::Values(0, 10'000));

// ---- redrives

std::string redrive_error(World& world, const std::string& arn) {
  Outcome<Time> redriven = world.engine->redrive(arn, "");
  return redriven
             ? ""
             : redriven.error().code + ": " + redriven.error().message.substr(redriven.error().message.find(": ") + 2);
}

TEST(Engine, RedriveGoesOnFromTheStateThatFailed) {
  World world;
  std::string arn = world.start(R"({"StartAt":"A","TimeoutSeconds":100,"States":{
    "A":{"Type":"Task","Resource":"arn:aws:states:::fake:echo","Parameters":{"n":1},"Next":"B"},
    "B":{"Type":"Task","Resource":"arn:aws:states:::fake:broken","Parameters":{"part":"b","times.$":"$$.Execution.RedriveCount"},
         "Retry":[{"ErrorEquals":["Fake.Broken"],"MaxAttempts":1}],"Next":"C"},
    "C":{"Type":"Wait","Seconds":90,"End":true}}})");
  world.run(50);
  EXPECT_EQ(world.record(arn).status, ExecutionStatus::failed);
  world.restart();
  Time first = *world.engine->redrive(arn, "");  // still broken
  world.run(50);
  world.jobs["b"] = 1;
  world.clock.advance_to(plus_seconds(world.clock.now(), 1));
  Time second = *world.engine->redrive(arn, "a token");
  EXPECT_GT(second, first);
  EXPECT_EQ(*world.engine->redrive(arn, "a token"), second);
  EXPECT_EQ(world.engine->running(machine_arn), 1u);
  world.settle();
  EXPECT_EQ(redrive_error(world, arn), "ExecutionNotRedrivable: Execution is RUNNING and cannot be redriven");
  world.run();
  store::ExecutionRecord record = world.record(arn);
  EXPECT_EQ(record.status, ExecutionStatus::succeeded);
  EXPECT_EQ(record.output, R"({"part":"b","times":2})");
  EXPECT_EQ(record.remains, "");
  EXPECT_EQ(parse_details(record.details).redrives, 2);
  EXPECT_EQ(redrive_error(world, arn), "ExecutionNotRedrivable: Execution is SUCCEEDED and cannot be redriven");
  expect_well_formed(world.history(arn));
  std::string attempt = "TaskScheduled TaskStarted TaskFailed ";
  EXPECT_EQ(
      world.types(arn),
      "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited TaskStateEntered " +
          attempt + attempt + "ExecutionFailed ExecutionRedriven " + attempt + attempt +
          "ExecutionFailed ExecutionRedriven TaskScheduled TaskStarted TaskSucceeded TaskStateExited "
          "WaitStateEntered WaitStateExited ExecutionSucceeded ");
  std::vector<HistoryEvent> events = world.history(arn);
  EXPECT_EQ(events[14].type, EventType::execution_redriven);
  EXPECT_EQ(events[15].previous_id, events[7].previous_id) << "the new attempt follows the state's entry";
}

TEST(Engine, RedriveOfWhatWasStoppedOrTimedOut) {
  World world;
  const std::string definition =
      R"({"StartAt":"W","TimeoutSeconds":30,"States":{"W":{"Type":"Wait","Seconds":60,"End":true}}})";
  std::string stopped = world.start(definition), timed_out = world.start(definition);
  ASSERT_TRUE(world.engine->stop(stopped, "E", "C").ok());
  world.run();
  for (const std::string& arn : {stopped, timed_out}) {
    ASSERT_TRUE(world.engine->redrive(arn, "").ok());
    world.restart();
    EXPECT_EQ(world.record(arn).status, ExecutionStatus::running);
    EXPECT_EQ(world.record(arn).error, std::nullopt);
    world.run();
    EXPECT_EQ(world.record(arn).status, ExecutionStatus::timed_out) << "its time counts afresh, and is too short again";
    expect_well_formed(world.history(arn));
  }
  world.clock.advance_to(plus_seconds(world.clock.now(), 14 * 86'400 + 1));
  EXPECT_EQ(redrive_error(world, stopped), "ExecutionNotRedrivable: Execution redrivable period exceeded");
  EXPECT_EQ(redrive_error(world, "arn:none"), "ExecutionDoesNotExist: 'arn:none'");
}

// Fails at `a` in a branch, at `b` in an iteration, at `c` in an item of a map run, and where nothing is nested.
const std::string broken_everywhere = R"json({"StartAt":"Fan","States":{
  "Fan":{"Type":"Parallel","Next":"Each","ResultPath":null,"Branches":[
    {"StartAt":"Once","States":{"Once":{"Type":"Task","Resource":"arn:aws:states:::fake:echo","Parameters":{"once":1},"Next":"In"},
      "In":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::fake:broken","Parameters":{"part":"a"},"End":true}}},
        {"StartAt":"Slow","States":{"Slow":{"Type":"Wait","Seconds":7,"End":true}}}]}}},
    {"StartAt":"Job","States":{"Job":{"Type":"Task","Resource":"arn:aws:states:::fake:job.sync","End":true}}},
    {"StartAt":"Kept","States":{"Kept":{"Type":"Pass","Result":"kept","End":true}}}]},
  "Each":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"ResultPath":null,"Next":"Run","ItemProcessor":{"StartAt":"First","States":{
    "First":{"Type":"Task","Resource":"arn:aws:states:::fake:echo","Parameters":{"first.$":"$"},"Next":"B"},
    "B":{"Type":"Task","Resource":"arn:aws:states:::fake:broken","Parameters":{"part.$":"$.first"},"End":true}}}},
  "Run":{"Type":"Map","ItemsPath":"$.items","ToleratedFailureCount":1,"MaxConcurrency":2,"Next":"Last","ItemProcessor":{
    "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"C","States":{
    "C":{"Type":"Task","Resource":"arn:aws:states:::fake:broken","Parameters":{"part.$":"States.Format('c{}', $)"},"End":true}}}},
  "Last":{"Type":"Task","Resource":"arn:aws:states:::fake:broken","Parameters":{"part":"d","in.$":"$"},"End":true}}})json";

void expect_mended(World& world, const std::string& arn) {
  store::ExecutionRecord record = world.record(arn);
  EXPECT_EQ(record.status, ExecutionStatus::succeeded) << world.types(arn);
  EXPECT_EQ(record.output, R"({"part":"d","in":[{"part":"cx"},{"part":"cy"},{"part":"cz"}]})");
  std::vector<HistoryEvent> events = world.history(arn);
  expect_well_formed(events);
  auto count = [&](EventType type) { return std::ranges::count(events, type, &HistoryEvent::type); };
  EXPECT_EQ(count(EventType::execution_redriven), 4);
  EXPECT_EQ(count(EventType::map_run_redriven), 1);
  EXPECT_EQ(count(EventType::parallel_state_started), 2);
  EXPECT_EQ(count(EventType::map_iteration_started), 3);
  EXPECT_EQ(count(EventType::pass_state_entered), 1);
  int firsts = 0, onces = 0;
  for (const HistoryEvent& event : events) {
    if (event.type != EventType::task_scheduled) continue;
    std::string_view parameters = event.find(pipeline::Field::parameters)->as_string();
    firsts += parameters.find("\"first\"") != std::string_view::npos ? 1 : 0;
    onces += parameters.find("\"once\"") != std::string_view::npos ? 1 : 0;
  }
  EXPECT_EQ(onces, 1);
  EXPECT_GE(firsts, 3);
  EXPECT_LE(firsts, 4) << "an iteration that was in its first state when another failed does that one again";
}

TEST_P(CutOff, RedrivesWherever) {
  constexpr int steps_max = 400;
  const std::vector<std::vector<std::string>> mends = {{"a"}, {"x", "y", "z"}, {"cx", "cy", "cz"}, {"d"}};
  for (int cut = 1; cut < steps_max; ++cut) {
    SCOPED_TRACE(cut);
    World world(GetParam());
    std::string arn = world.start(broken_everywhere, R"({"items":["x","y","z"]})");
    int steps = 0;
    auto run_and_cut = [&] {
      while (steps < steps_max && step(world)) {
        ++steps;
        if (steps == cut || steps == cut + 5) world.restart();
      }
    };
    run_and_cut();
    for (const std::vector<std::string>& parts : mends) {
      ASSERT_EQ(world.record(arn).status, ExecutionStatus::failed);
      for (const std::string& part : parts) world.jobs[part] = 1;
      ASSERT_TRUE(world.engine->redrive(arn, "").ok());
      run_and_cut();
    }
    ASSERT_LT(steps, steps_max);
    expect_mended(world, arn);
    if (HasFatalFailure() || HasNonfatalFailure() || cut > steps) return;  // every step was cut once
  }
}

TEST(Engine, ParkedExecutionsWakeForWhatConcernsThem) {
  World world(2);
  std::vector<std::string> waiting;
  for (int number = 0; number < 20; ++number) {
    waiting.push_back(world.start(R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}})"));
    world.settle();
  }
  int told = 0;
  ASSERT_TRUE(world.engine->when_ended(waiting[3], [&] { ++told; }).ok());
  ASSERT_TRUE(world.engine->stop(waiting[5], "E", {}).ok());
  EXPECT_EQ(world.record(waiting[5]).status, ExecutionStatus::aborted);
  EXPECT_EQ(world.engine->running(machine_arn), 19u);
  world.run();
  for (const std::string& arn : waiting) expect_well_formed(world.history(arn));
  EXPECT_EQ(told, 1);
  EXPECT_EQ(world.engine->running(machine_arn), 0u);
}

}  // namespace
}  // namespace penstock::execution
