#include "store/check.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/journal.h"
#include "store/objects.h"
#include "store/test_folder.h"

namespace penstock::store {
namespace {

class CheckTest : public testing::Test {
 protected:
  // A store with an execution and a large object.
  void SetUp() override {
    auto database = std::move(*Database::open(disk_, folder_.path(), {}));
    auto journal = Journal::open(*database);
    NewExecution execution{"p", "m", "n", false, Time{1}, "{}", "{}"};
    JournalPosition position = *journal->start(execution, {1, "a", {}, std::nullopt});
    journal->append(position, {1, "b", {}, ExecutionEnd{ExecutionStatus::succeeded, Time{2}, "{}", {}, {}, {}, {}}});
    auto objects = std::move(*Objects::open(*database, disk_, clock_, random_, folder_.path()));
    Bucket bucket;
    bucket.name = "b";
    ASSERT_TRUE(objects->create_bucket(bucket).ok());
    NewObject object;
    object.bucket = "b";
    object.key = "k";
    object.source.bytes = std::string(300'000, 'x');
    auto put = objects->put(std::move(object));
    ASSERT_TRUE(put.ok());
    file_ = objects->content(*put)->path;
    ASSERT_FALSE(file_.empty());
  }
  void execute(const char* sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(folder_.at("penstock.db").c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
  }
  std::string problems() {
    auto report = check_store(disk_, clock_, random_, folder_.path());
    if (!report) return report.error().code;
    std::string text;
    for (const std::string& problem : report->problems) text += problem + "\n";
    return text;
  }

  TestFolder folder_;
  SystemDisk disk_;
  SystemClock clock_;
  SeededRandom random_{1};
  std::string file_;
};

TEST_F(CheckTest, SoundStoreAlsoWhileItRuns) {
  EXPECT_EQ(problems(), "");
  auto database = std::move(*Database::open(disk_, folder_.path(), {}));
  auto report = check_store(disk_, clock_, random_, folder_.path());
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->problems.empty());
  EXPECT_EQ(report->executions, 1);
  EXPECT_EQ(report->contents, 1);
}

TEST_F(CheckTest, FindsWhatIsWrong) {
  execute("UPDATE journal SET first_event = 7 WHERE id = 2");
  EXPECT_EQ(problems(),
            "store: 1 histories that do not end where their execution says\n"
            "store: 1 history rows that do not follow the one before\n");
  execute("UPDATE journal SET first_event = 2 WHERE id = 2; DROP INDEX execution_status");
  EXPECT_EQ(problems(), "store: index execution_status is missing\n");
}

TEST_F(CheckTest, FindsAChangedAndAMissingObjectFile) {
  ASSERT_TRUE(disk_.write_file_atomically(file_, std::string(300'000, 'y')).ok());
  EXPECT_NE(problems().find("differs from its SHA-256"), std::string::npos) << problems();
  ASSERT_TRUE(disk_.remove(file_).ok());
  EXPECT_NE(problems().find("No such file"), std::string::npos) << problems();
}

TEST_F(CheckTest, FindsDamagedPages) {
  std::string file = folder_.at("penstock.db");
  std::string bytes = *disk_.read_file(file);
  for (size_t page = 2; page < bytes.size() / 8192; ++page)
    std::fill_n(bytes.begin() + static_cast<long>(page * 8192), 64, '\x7f');
  ASSERT_TRUE(disk_.write_file_atomically(file, bytes).ok());
  EXPECT_NE(problems(), "");
}

TEST_F(CheckTest, SaysWhenThereIsNothing) {
  TestFolder empty;
  auto report = check_store(disk_, clock_, random_, empty.path());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, "NoSuchStore");
}

}  // namespace
}  // namespace penstock::store
