#include "store/log_lines.h"

#include <gtest/gtest.h>

#include "store/test_folder.h"

namespace penstock::store {
namespace {

constexpr int64_t day = 86'400'000'000;

class LogLinesTest : public testing::Test {
 protected:
  void open() {
    logs_.reset();
    database_.reset();
    database_ = std::move(*Database::open(disk_, folder_.path(), {}));
    logs_ = LogLines::open(*database_);
  }
  void SetUp() override { open(); }
  void settle() { ASSERT_TRUE(database_->wait_durable(database_->last_written()).ok()); }
  void add(const std::string& stream, int64_t time, const std::string& message) {
    logs_->append_making(group_, stream, {{Time{time}, message}}, Time{1000});
    settle();
  }
  std::string read(std::optional<LogPosition> from, bool backwards, size_t count, LogWindow window = {}) {
    std::string text;
    for (const LogEvent& event : logs_->read(group_, "s", window, from, backwards, count)) text += event.message + " ";
    return text;
  }
  std::string scan(const std::vector<std::string>& streams, LogWindow window = {}, std::optional<LogPosition> from = {},
                   bool backwards = false) {
    std::string text;
    logs_->scan(group_, streams, window, from, backwards, [&](const LogEvent& event) {
      text += event.stream + ":" + event.message + " ";
      return true;
    });
    return text;
  }
  int64_t lines() {
    int64_t count = 0;
    database_->read([&](Connection& connection) {
      Statement row = connection.prepare("SELECT count(*) FROM log_line");
      row.step();
      count = row.integer(0);
    });
    return count;
  }

  const LogGroupName group_{"us-east-1", "g"};
  TestFolder folder_;
  SystemDisk disk_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<LogLines> logs_;
};

TEST_F(LogLinesTest, RegionsHaveTheirOwnGroups) {
  const LogGroupName there{"eu-west-1", "g"};
  EXPECT_EQ(logs_->create_group(group_, Time{5}), LogResult::done);
  EXPECT_FALSE(logs_->group(there));
  EXPECT_EQ(logs_->append(there, "s", {}, Time{6}), LogResult::no_group);
  EXPECT_EQ(logs_->create_group(there, Time{7}), LogResult::done);
  logs_->append_making(group_, "s", {{Time{8}, "here"}}, Time{8});
  logs_->append_making(there, "s", {{Time{9}, "there"}}, Time{9});
  settle();
  for (int round = 0; round < 2; ++round, open()) {
    EXPECT_EQ(read({}, false, 10), "here ");
    EXPECT_EQ(logs_->read(there, "s", {}, {}, false, 10).front().message, "there");
    ASSERT_EQ(logs_->groups("eu-west-1").size(), 1U);
    EXPECT_EQ(logs_->groups("eu-west-1").front().created, Time{7});
    EXPECT_TRUE(logs_->groups("ap-south-1").empty());
    EXPECT_TRUE(logs_->groups("eu-west-1", "", "g").empty());
  }
  EXPECT_EQ(logs_->delete_group(there), LogResult::done);
  EXPECT_TRUE(logs_->group(group_));
}

TEST_F(LogLinesTest, GroupsAndStreams) {
  EXPECT_EQ(logs_->create_group(group_, Time{5}, Json::object({{"team", "ml"}})), LogResult::done);
  EXPECT_EQ(logs_->create_group(group_, Time{6}), LogResult::exists);
  EXPECT_EQ(logs_->create_stream({"us-east-1", "none"}, "s", Time{7}), LogResult::no_group);
  EXPECT_EQ(logs_->create_stream(group_, "s", Time{7}), LogResult::done);
  EXPECT_EQ(logs_->create_stream(group_, "s", Time{7}), LogResult::exists);
  EXPECT_EQ(logs_->append(group_, "none", {}, Time{8}), LogResult::no_stream);
  EXPECT_EQ(logs_->append(group_, "s", {{Time{100}, "abc"}, {Time{90}, "d"}}, Time{200}), LogResult::done);
  EXPECT_EQ(logs_->update_group(group_, [](LogGroup& group) { group.retention_days = 7; }), LogResult::done);
  for (int round = 0; round < 2; ++round) {
    auto group = logs_->group(group_);
    ASSERT_TRUE(group);
    EXPECT_EQ(group->created, Time{5});
    EXPECT_EQ(group->retention_days, 7);
    EXPECT_EQ(group->tags.text("team"), "ml");
    EXPECT_EQ(group->bytes, 4 + 2 * 26);
    auto stream = logs_->stream(group_, "s");
    ASSERT_TRUE(stream);
    EXPECT_EQ(stream->first_event, Time{90});
    EXPECT_EQ(stream->last_event, Time{100});
    EXPECT_EQ(stream->last_ingestion, Time{200});
    EXPECT_EQ(logs_->groups("us-east-1", "g").size(), 1U);
    EXPECT_EQ(logs_->groups("us-east-1", "x").size(), 0U);
    EXPECT_EQ(logs_->streams(group_, "", "s").size(), 0U);
    open();
  }
}

TEST_F(LogLinesTest, ReadsBothWaysInPages) {
  for (int i = 1; i <= 5; ++i) add("s", 10 * i, std::to_string(i));
  add("s", 30, "3b");  // late: comes after the line of the same time
  EXPECT_EQ(read({}, false, 100), "1 2 3 3b 4 5 ");
  EXPECT_EQ(read({}, true, 2), "5 4 ");
  auto page = logs_->read(group_, "s", {}, {}, false, 3);
  EXPECT_EQ(read(page.back().position, false, 2), "3b 4 ");
  EXPECT_EQ(read(page.back().position, true, 2), "2 1 ");
  EXPECT_EQ(read({}, false, 100, {Time{20}, Time{40}}), "2 3 3b ");
  EXPECT_EQ(read(page.front().position, true, 10), "");
  EXPECT_TRUE(logs_->read(group_, "none", {}, {}, false, 1).empty());
}

TEST_F(LogLinesTest, ScansStreamsMergedByTime) {
  for (int i = 0; i < 100; ++i) add(i % 2 == 0 ? "a" : "b", i, std::to_string(i));
  add("c", 50, "c");
  std::string expected;
  for (int i = 48; i < 53; ++i) {
    expected += (i % 2 == 0 ? "a:" : "b:") + std::to_string(i) + " ";
    if (i == 50) expected += "c:c ";
  }
  EXPECT_EQ(scan({}, {Time{48}, Time{53}}), expected);
  EXPECT_EQ(scan({"c", "none"}), "c:c ");
  LogPosition position;
  logs_->scan(group_, {}, {}, {}, false, [&](const LogEvent& event) {
    position = event.position;
    return event.message != "97";
  });
  EXPECT_EQ(scan({}, {}, position), "a:98 b:99 ");
  EXPECT_EQ(scan({}, {Time{95}, Time{99}}, position, true), "a:96 b:95 ");
  EXPECT_EQ(scan({}, {Time{97}, Time{200}}, {}, true), "b:99 a:98 b:97 ");
}

TEST_F(LogLinesTest, DeletedStreamsAndGroupsTakeTheirLinesAlong) {
  for (int i = 0; i < 10; ++i) add("s", i, "x");
  add("t", 1, "y");
  EXPECT_EQ(logs_->delete_stream(group_, "s"), LogResult::done);
  EXPECT_EQ(logs_->delete_stream(group_, "s"), LogResult::no_stream);
  EXPECT_EQ(logs_->create_stream(group_, "s", Time{1}), LogResult::done);
  settle();
  EXPECT_EQ(read({}, false, 10), "");
  EXPECT_EQ(logs_->delete_group(group_), LogResult::done);
  EXPECT_EQ(logs_->delete_group(group_), LogResult::no_group);
  while (lines() > 0) settle();
  open();
  EXPECT_FALSE(logs_->group(group_));
  EXPECT_EQ(lines(), 0);
}

TEST_F(LogLinesTest, RetentionRemovesOldLines) {
  add("s", 1 * day, "old");
  add("s", 5 * day, "new");
  logs_->expire(Time{6 * day});
  settle();
  EXPECT_EQ(read({}, false, 10), "old new ");
  logs_->update_group(group_, [](LogGroup& group) { group.retention_days = 3; });
  logs_->expire(Time{6 * day});
  settle();
  EXPECT_EQ(read({}, false, 10), "new ");
}

TEST_F(LogLinesTest, AppendingRemovesWhatExpired) {
  for (int i = 0; i < 3; ++i) {
    std::vector<LogLine> lines(4'000, LogLine{Time{day + i}, "old"});  // more than one transaction removes
    logs_->append_making(group_, "s", std::move(lines), Time{day});
  }
  logs_->update_group(group_, [](LogGroup& group) { group.retention_days = 1; });
  logs_->append(group_, "s", {{Time{9 * day}, "new"}}, Time{9 * day});
  settle();
  while (lines() > 1) settle();
  EXPECT_EQ(read({}, false, 10), "new ");
}

}  // namespace
}  // namespace penstock::store
