#include "store/journal.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "store/test_folder.h"

namespace penstock::store {
namespace {

const std::string prefix = "arn:aws:states:us-east-1:123456789012:execution:M";
const std::string machine = "arn:aws:states:us-east-1:123456789012:stateMachine:M";

NewExecution new_execution(std::string name, int64_t started = 1'000'000) {
  return {prefix, machine, std::move(name), false, Time{started}, "{\"in\":1}", "{}"};
}

JournalBatch batch(int64_t count, std::string events) {
  return {count, std::move(events), {}, std::nullopt};
}

JournalBatch ending(int64_t count, std::string events, ExecutionStatus status = ExecutionStatus::succeeded) {
  ExecutionEnd end;
  end.status = status;
  end.stopped = Time{2'000'000};
  if (status == ExecutionStatus::succeeded) {
    end.output = "{\"out\":1}";
  } else {
    end.error = "E";
    end.cause = "C";
    end.remains = "rest";
  }
  return {count, std::move(events), {}, end};
}

class JournalTest : public testing::Test {
 protected:
  void open() {
    journal_.reset();
    database_.reset();
    database_ = std::move(*Database::open(disk_, folder_.path(), {}));
    journal_ = Journal::open(*database_);
  }
  void SetUp() override { open(); }
  void settle() { ASSERT_TRUE(database_->wait_durable(database_->last_written()).ok()); }
  std::string events(ExecutionId execution, int64_t first, int64_t count) {
    std::string text;
    for (const JournalRow& row : journal_->events(execution, first, count)) {
      text += std::to_string(row.first_event) + "+" + std::to_string(row.event_count) + ":" + row.events + " ";
    }
    return text;
  }
  std::vector<RunningExecution> running() {
    std::vector<RunningExecution> all;
    journal_->load_running([](ExecutionId, std::string_view) { return false; },
                           [&](RunningExecution one) { all.push_back(std::move(one)); });
    return all;
  }
  std::string names(const ExecutionFilter& filter) {
    std::string text;
    for (const ExecutionSummary& summary : journal_->list(filter)) text += summary.name + " ";
    return text;
  }

  TestFolder folder_;
  SystemDisk disk_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Journal> journal_;
};

// Only the last batch's rest stands; who refuses it gets the execution as a whole.
TEST_F(JournalTest, WhatOnlyWaitsIsTakenUpByItsRest) {
  JournalPosition resting = *journal_->start(new_execution("a"), batch(1, "start"));
  JournalBatch rests = batch(1, "wait");
  rests.rest = "rest of a";
  journal_->append(resting, rests);
  JournalPosition refused = *journal_->start(new_execution("b"), rests);
  JournalPosition moved = *journal_->start(new_execution("c"), rests);
  journal_->append(moved, batch(1, "on"));
  JournalPosition ended = *journal_->start(new_execution("d"), rests);
  journal_->append(ended, ending(1, "end"));
  settle();
  open();
  std::string rest;
  std::vector<ExecutionId> whole;
  auto take_rest = [&](ExecutionId execution, std::string_view bytes) {
    if (execution == refused.execution) return false;
    rest += std::to_string(execution) + ":" + std::string(bytes);
    return true;
  };
  journal_->load_running(take_rest, [&](RunningExecution one) { whole.push_back(one.record.id); });
  EXPECT_EQ(rest, std::to_string(resting.execution) + ":rest of a");
  EXPECT_EQ(whole, (std::vector<ExecutionId>{refused.execution, moved.execution}));
}

TEST_F(JournalTest, AnExecutionFromStartToEnd) {
  JournalPosition position = *journal_->start(new_execution("a"), batch(1, "start"));
  journal_->append(position, {2, "two", {{0, "frame 0"}, {3, "frame 3"}}, std::nullopt});
  journal_->append(position, {0, "", {{3, std::nullopt}, {4, "frame 4"}}, std::nullopt});
  settle();
  auto all = running();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].record.arn, prefix + ":a");
  EXPECT_EQ(all[0].record.input, "{\"in\":1}");
  EXPECT_EQ(all[0].position.last_row, position.last_row);
  EXPECT_EQ(all[0].position.events, 3);
  ASSERT_EQ(all[0].frames.size(), 2U);
  EXPECT_EQ(all[0].frames[0].bytes, "frame 0");
  EXPECT_EQ(all[0].frames[1].frame, 4);
  auto loaded = journal_->load(position.execution);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->position.last_row, position.last_row);
  EXPECT_EQ(loaded->frames.size(), 2U);
  EXPECT_EQ(journal_->find(prefix + ":a")->events, 3);

  journal_->append(position, ending(2, "end"));
  settle();
  open();
  EXPECT_TRUE(running().empty());
  EXPECT_FALSE(journal_->load(position.execution));
  auto record = journal_->find(prefix + ":a");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->status, ExecutionStatus::succeeded);
  EXPECT_EQ(record->machine_arn, machine);
  EXPECT_EQ(record->output, "{\"out\":1}");
  EXPECT_EQ(record->stopped, Time{2'000'000});
  EXPECT_EQ(record->events, 5);
  EXPECT_EQ(events(record->id, 1, 100), "1+1:start 2+2:two 4+2:end ");
  EXPECT_EQ(events(record->id, 3, 1), "2+2:two ");
  EXPECT_EQ(events(record->id, 3, 2), "2+2:two 4+2:end ");
  EXPECT_EQ(events(record->id, 6, 10), "");
  EXPECT_FALSE(journal_->find(prefix + ":none"));
  EXPECT_FALSE(journal_->find("none"));
}

TEST_F(JournalTest, StartThatEndsAtOnce) {
  JournalPosition position = *journal_->start(new_execution("a"), ending(5, "all", ExecutionStatus::failed));
  settle();
  auto record = journal_->find(position.execution);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->status, ExecutionStatus::failed);
  EXPECT_EQ(record->error, "E");
  EXPECT_EQ(record->cause, "C");
  EXPECT_FALSE(record->output);
  EXPECT_EQ(record->events, 5);
  EXPECT_EQ(events(position.execution, 1, 5), "1+5:all ");
  EXPECT_TRUE(running().empty());
}

TEST_F(JournalTest, NamesAreTakenOnceWhileWritingAndAfter) {
  ASSERT_TRUE(journal_->start(new_execution("a"), batch(1, "s")).ok());
  EXPECT_EQ(journal_->start(new_execution("a"), batch(1, "s")).error().code, "ExecutionAlreadyExists");
  EXPECT_TRUE(journal_->find(prefix + ":a"));
  settle();
  EXPECT_EQ(journal_->start(new_execution("a"), batch(1, "s")).error().code, "ExecutionAlreadyExists");
  open();
  EXPECT_EQ(journal_->start(new_execution("a"), batch(1, "s")).error().code, "ExecutionAlreadyExists");
  EXPECT_TRUE(journal_->start(new_execution("b"), batch(1, "s")).ok());

  journal_->retire(machine);
  EXPECT_FALSE(journal_->find(prefix + ":a"));
  EXPECT_EQ(names({machine, std::nullopt, std::nullopt, 10}), "");
  EXPECT_TRUE(journal_->start(new_execution("a"), batch(1, "s")).ok());
  settle();
  open();
  EXPECT_EQ(names({machine, std::nullopt, std::nullopt, 10}), "a ");
}

TEST_F(JournalTest, OneOfManyThreadsGetsAName) {
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 300; ++i)
          won += journal_->start(new_execution(std::to_string(i)), batch(1, "s")).ok() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(won, 300);
}

TEST_F(JournalTest, ListsNewestFirstInPagesByMachineAndStatus) {
  for (int i = 0; i < 6; ++i) {
    JournalPosition position = *journal_->start(new_execution(std::to_string(i)), batch(1, "s"));
    if (i % 2 == 0) journal_->append(position, ending(1, "e"));
  }
  NewExecution other = new_execution("o");
  other.execution_prefix = "other";
  other.machine_arn = "other machine";
  ASSERT_TRUE(journal_->start(other, batch(1, "s")).ok());
  settle();
  EXPECT_EQ(names({machine, std::nullopt, std::nullopt, 10}), "5 4 3 2 1 0 ");
  EXPECT_EQ(names({machine, ExecutionStatus::running, std::nullopt, 2}), "5 3 ");
  EXPECT_EQ(names({"", std::nullopt, std::nullopt, 3}), "o 5 4 ");
  EXPECT_EQ(names({"", ExecutionStatus::succeeded, std::nullopt, 3}), "4 2 0 ");
  auto page = journal_->list({machine, ExecutionStatus::succeeded, std::nullopt, 2});
  EXPECT_EQ(names({machine, ExecutionStatus::succeeded, page.back().id, 2}), "0 ");
  EXPECT_EQ(journal_->count(machine, ExecutionStatus::running), 3);
  EXPECT_EQ(journal_->count(machine, std::nullopt), 6);
}

TEST_F(JournalTest, ChildrenOfAMapRunAreFoundInTheOrderOfTheirItems) {
  for (int i = 0; i < 5; ++i) {
    NewExecution child = new_execution(std::to_string(i));
    child.execution_prefix = prefix + "/Label";
    child.machine_arn = machine + "/Label";
    child.map_child = {7, 2 * i, 2};
    JournalPosition position = *journal_->start(child, batch(1, "s"));
    if (i % 2 == 0) journal_->append(position, ending(1, "e"));
  }
  ASSERT_TRUE(journal_->start(new_execution("parent"), batch(1, "s")).ok());
  settle();
  std::vector<ChildRecord> first = journal_->children(7, 0, 2);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[1].name, "1");
  EXPECT_EQ(first[1].place.first_item, 2);
  EXPECT_EQ(journal_->children(7, first[1].id, 10).size(), 3u);
  EXPECT_TRUE(journal_->children(8, 0, 10).empty());
  int64_t executions = 0, items = 0;
  std::set<ExecutionId> newest;
  for (const ChildTally& tally : journal_->tally_children(7)) {
    executions += tally.executions;
    items += tally.items;
    EXPECT_EQ(tally.executions, tally.status == ExecutionStatus::running ? 1 : 3);
    newest.insert(tally.newest);
  }
  EXPECT_EQ(executions, 5);
  // The two that run, each by itself, and the last of those that ended.
  const std::vector<ChildRecord> all = journal_->children(7, 0, 10);
  EXPECT_EQ(newest, (std::set<ExecutionId>{all[1].id, all[3].id, all[4].id}));
  EXPECT_EQ(items, 10);
  ExecutionFilter filter;
  filter.map_run = 7;
  filter.status = ExecutionStatus::running;
  EXPECT_EQ(names(filter), "3 1 ");
  EXPECT_EQ(names({machine, std::nullopt, std::nullopt, 10}), "parent ");

  journal_->retire(machine);
  EXPECT_FALSE(journal_->find(prefix + "/Label:0")) << "the children's names go with the machine";
  EXPECT_FALSE(journal_->find(prefix + ":parent"));
}

TEST_F(JournalTest, RedriveGoesOnWhereItStopped) {
  JournalPosition position = *journal_->start(new_execution("a"), batch(1, "s"));
  journal_->append(position, ending(2, "failed", ExecutionStatus::failed));
  settle();
  EXPECT_EQ(journal_->find(position.execution)->remains, "rest");
  std::optional<JournalPosition> again = journal_->ended_position(position.execution);
  ASSERT_TRUE(again);
  journal_->reopen(*again, "{\"redriveCount\":1}", {1, "redriven", {{0, "f"}}, std::nullopt});
  settle();
  open();
  auto all = running();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].record.status, ExecutionStatus::running);
  EXPECT_EQ(all[0].record.details, "{\"redriveCount\":1}");
  EXPECT_FALSE(all[0].record.stopped);
  EXPECT_FALSE(all[0].record.error);
  EXPECT_FALSE(journal_->ended_position(position.execution));
  journal_->append(all[0].position, ending(1, "e"));
  settle();
  EXPECT_EQ(events(position.execution, 1, 100), "1+1:s 2+2:failed 4+1:redriven 5+1:e ");
}

TEST_F(JournalTest, ManyExecutionsInterleaved) {
  std::vector<JournalPosition> positions;
  for (int i = 0; i < 50; ++i) positions.push_back(*journal_->start(new_execution(std::to_string(i)), batch(1, "s")));
  for (int round = 0; round < 20; ++round) {
    for (JournalPosition& position : positions)
      journal_->append(position, batch(1, std::to_string(position.execution)));
  }
  settle();
  for (const JournalPosition& position : positions) {
    auto rows = journal_->events(position.execution, 2, 20);
    ASSERT_EQ(rows.size(), 20U);
    for (const JournalRow& row : rows) EXPECT_EQ(row.events, std::to_string(position.execution));
  }
}

}  // namespace
}  // namespace penstock::store
