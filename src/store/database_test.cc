#include "store/database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "store/schema.h"
#include "store/test_folder.h"
#include "store/views.h"

namespace penstock::store {
namespace {

Sequence put(Database& database, std::string key, std::string value) {
  return database.write([key = std::move(key), value = std::move(value)](Connection& connection) {
    connection.prepare("INSERT OR REPLACE INTO record (kind, key, value) VALUES ('test', ?1, ?2)")
        .bind(1, key)
        .bind(2, value)
        .step();
  });
}

std::string get(Database& database, std::string_view key) {
  std::string value;
  database.read([&](Connection& connection) {
    Statement statement = connection.prepare("SELECT value FROM record WHERE kind = 'test' AND key = ?1");
    statement.bind(1, key);
    if (statement.step()) value = statement.text(0);
  });
  return value;
}

int64_t count(Database& database) {
  int64_t rows = 0;
  database.read([&](Connection& connection) {
    Statement statement = connection.prepare("SELECT count(*) FROM record WHERE kind = 'test'");
    statement.step();
    rows = statement.integer(0);
  });
  return rows;
}

class DatabaseTest : public testing::Test {
 protected:
  std::unique_ptr<Database> open() {
    Outcome<std::unique_ptr<Database>> opened = Database::open(disk_, folder_.path(), {});
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  Error open_error() {
    Outcome<std::unique_ptr<Database>> opened = Database::open(disk_, folder_.path(), {});
    EXPECT_FALSE(opened.ok());
    return opened ? Error{} : opened.error();
  }

  TestFolder folder_;
  SmallDisk disk_;
};

TEST_F(DatabaseTest, WhatIsDurableIsReadAndSurvivesReopening) {
  auto database = open();
  Sequence sequence = 0;
  for (int i = 0; i < 100; ++i) sequence = put(*database, std::to_string(i), "value " + std::to_string(i));
  EXPECT_EQ(database->last_written(), sequence);
  ASSERT_TRUE(database->wait_durable(sequence).ok());
  EXPECT_EQ(database->last_durable(), sequence);
  EXPECT_EQ(get(*database, "99"), "value 99");
  database.reset();
  EXPECT_EQ(get(*open(), "42"), "value 42");
}

TEST_F(DatabaseTest, WritesFromManyThreadsKeepTheirOrderAndAreToldOnce) {
  auto database = open();
  constexpr int threads = 4, each = 500;
  std::atomic<int> told = 0;
  {
    std::vector<std::jthread> writers;
    for (int t = 0; t < threads; ++t) {
      writers.emplace_back([&, t] {
        for (int i = 0; i < each; ++i) {
          Sequence sequence = put(*database, std::to_string(t), std::to_string(i));
          database->when_durable(sequence, [&](Outcome<void> outcome) { told += outcome.ok() ? 1 : 0; });
        }
      });
    }
  }
  ASSERT_TRUE(database->wait_durable(database->last_written()).ok());
  EXPECT_EQ(told, threads * each);
  for (int t = 0; t < threads; ++t) EXPECT_EQ(get(*database, std::to_string(t)), std::to_string(each - 1));
}

TEST_F(DatabaseTest, ClosingWritesWhatWasQueued) {
  auto database = open();
  for (int i = 0; i < 5000; ++i) put(*database, std::to_string(i), "x");
  database.reset();
  EXPECT_EQ(count(*open()), 5000);
}

TEST_F(DatabaseTest, SecondProcessIsRefusedByTheHoldersId) {
  auto database = open();
  Error error = open_error();
  EXPECT_EQ(error.code, "StoreLocked");
  EXPECT_NE(error.message.find("in use by process " + std::to_string(::getpid())), std::string::npos) << error.message;
}

TEST_F(DatabaseTest, DamagedForeignAndNewerFilesAreLeftAsTheyAre) {
  std::string file = folder_.at("penstock.db");
  std::string text = "this is not a database, it is a diary";
  ASSERT_TRUE(disk_.write_file_atomically(file, text).ok());
  EXPECT_EQ(open_error().code, "StoreCorrupt");
  EXPECT_EQ(*disk_.read_file(file), text);

  ASSERT_TRUE(disk_.remove(file).ok());
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, "CREATE TABLE theirs (x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
  std::string foreign = *disk_.read_file(file);
  Error error = open_error();
  EXPECT_EQ(error.code, "StoreCorrupt");
  EXPECT_NE(error.message.find("not a Penstock store"), std::string::npos) << error.message;
  EXPECT_EQ(*disk_.read_file(file), foreign);

  ASSERT_TRUE(disk_.remove(file).ok());
  open().reset();
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, "PRAGMA user_version = 1000000", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
  error = open_error();
  EXPECT_EQ(error.code, "StoreNewer");
  EXPECT_NE(error.message.find("newer Penstock (schema 1000000"), std::string::npos) << error.message;
}

TEST_F(DatabaseTest, OlderStoreIsBroughtUpToDateWithItsContent) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.at("penstock.db").c_str(), &handle), SQLITE_OK);
  std::string first = std::string(migrations().front().sql) +
                      ";PRAGMA user_version=1;PRAGMA application_id=" + std::to_string(application_id) +
                      ";INSERT INTO record VALUES ('test', 'k', 'kept')";
  ASSERT_EQ(sqlite3_exec(handle, first.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(handle);
  auto database = open();
  EXPECT_EQ(get(*database, "k"), "kept");
  database->read([](Connection& connection) { EXPECT_EQ(schema_version(connection), migrations().back().version); });
}

TEST_F(DatabaseTest, MigrationsAreNumberedInOrder) {
  int version = 0;
  for (const Migration& step : migrations()) EXPECT_EQ(step.version, ++version);
}

TEST_F(DatabaseTest, TruncatedFileIsFoundAtOpen) {
  {
    auto database = open();
    ASSERT_TRUE(database->wait_durable(put(*database, "k", std::string(100'000, 'v'))).ok());
  }
  std::string file = folder_.at("penstock.db");
  ASSERT_EQ(::truncate(file.c_str(), 3 * 8192), 0);
  std::string left = *disk_.read_file(file);
  EXPECT_EQ(open_error().code, "StoreCorrupt");
  EXPECT_EQ(*disk_.read_file(file), left);
}

TEST_F(DatabaseTest, LowSpaceIsSaidAndComesBack) {
  auto database = open();
  EXPECT_TRUE(database->accepts_writes());
  disk_.free = 1000;
  ASSERT_TRUE(database->wait_durable(put(*database, "a", "1")).ok());
  EXPECT_FALSE(database->accepts_writes());
  disk_.free = 1ULL << 40;
  ASSERT_TRUE(database->wait_durable(put(*database, "a", "2")).ok());
  EXPECT_TRUE(database->accepts_writes());
}

// PRAGMA max_page_count makes SQLite answer SQLITE_FULL as a full disk does. A write that meets a disk of its own size:
Sequence put_on_disk_of(Database& database, std::shared_ptr<std::atomic<int>> pages_max, std::string key, size_t size) {
  return database.write([pages_max, key = std::move(key), value = std::string(size, 'x')](Connection& connection) {
    connection.execute(("PRAGMA max_page_count=" + std::to_string(*pages_max)).c_str());
    connection.prepare("INSERT INTO record (kind, key, value) VALUES ('test', ?1, ?2)")
        .bind(1, key)
        .bind(2, value)
        .step();
  });
}

TEST_F(DatabaseTest, FullDiskRefusesKeepsAndWritesLater) {
  auto database = open();
  ASSERT_TRUE(database->wait_durable(put(*database, "before", "1")).ok());
  auto pages_max = std::make_shared<std::atomic<int>>(1);
  Outcome<void> outcome = database->wait_durable(put_on_disk_of(*database, pages_max, "big", 1'000'000));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, "DiskFull");
  EXPECT_FALSE(database->accepts_writes());
  EXPECT_FALSE(database->wait_durable(put(*database, "after", "2")).ok());
  EXPECT_EQ(get(*database, "before"), "1");
  EXPECT_EQ(get(*database, "big"), "");

  *pages_max = 1'000'000;
  while (database->last_durable() < database->last_written()) std::this_thread::yield();
  EXPECT_EQ(get(*database, "big").size(), 1'000'000U);
  EXPECT_EQ(get(*database, "after"), "2");
  EXPECT_TRUE(database->accepts_writes());
}

TEST_F(DatabaseTest, FullDiskAtCloseLosesOnlyWhatNobodyWasToldOf) {
  auto database = open();
  ASSERT_TRUE(database->wait_durable(put(*database, "before", "1")).ok());
  auto pages_max = std::make_shared<std::atomic<int>>(1);
  EXPECT_FALSE(database->wait_durable(put_on_disk_of(*database, pages_max, "big", 1'000'000)).ok());
  put(*database, "after", "2");
  database.reset();
  database = open();
  EXPECT_EQ(get(*database, "before"), "1");
  EXPECT_EQ(get(*database, "after"), "");  // never without the one before it
}

TEST_F(DatabaseTest, BackupOfARunningStoreIsAWholeStore) {
  auto database = open();
  Sequence sequence = 0;
  for (int i = 0; i < 1000; ++i) sequence = put(*database, std::to_string(i), std::string(500, 'v'));
  ASSERT_TRUE(database->wait_durable(sequence).ok());
  ASSERT_TRUE(disk_.make_folders(folder_.at("copy")).ok());
  std::string copy = folder_.at("copy/penstock.db");
  ASSERT_TRUE(database->backup(copy).ok());
  EXPECT_EQ(database->backup(copy).error().code, "FileExists");
  auto restored = Database::open(disk_, folder_.at("copy"), {});
  ASSERT_TRUE(restored.ok());
  EXPECT_EQ(count(**restored), 1000);
}

TEST_F(DatabaseTest, LongLogsAreCopiedBackWhileWriting) {
  auto database = open();
  Sequence sequence = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 100; ++i)
      sequence = put(*database, std::to_string(i), std::string(30'000, static_cast<char>('a' + round % 26)));
    ASSERT_TRUE(database->wait_durable(sequence).ok());
  }
  auto log = disk_.open(folder_.at("penstock.db-wal"), Disk::Mode::read, 0);
  ASSERT_TRUE(log.ok());
  EXPECT_LT(*(*log)->size(), 100ULL << 20);  // 120 MB were written
}

TEST_F(DatabaseTest, ViewsAreThereAndCanBeRead) {
  auto database = open();
  database->read([](Connection& connection) {
    for (const View& view : views()) {
      std::string sql = "SELECT * FROM " + std::string(view.name);
      EXPECT_NO_THROW(connection.execute(sql.c_str())) << view.name;
    }
  });
}

// A child writes and says of each durable write how far it is; it is killed at an instant of its own; what it said must
// be there, and the rest must be a prefix.
TEST_F(DatabaseTest, KilledWriterLosesNothingItAcknowledged) {
  for (int round = 0; round < 12; ++round) {
    int channel[2];
    ASSERT_EQ(::pipe(channel), 0);
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(channel[0]);
      auto opened = Database::open(disk_, folder_.path(), {});
      if (!opened) ::_exit(1);
      for (int i = 0;; ++i) {
        put(**opened, std::to_string(round) + "/" + std::to_string(i), std::string(300, 'x'));
        if (i % 7 != 6) continue;
        if (!(*opened)->wait_durable((*opened)->last_written())) ::_exit(1);
        if (::write(channel[1], &i, sizeof i) != sizeof i) ::_exit(1);
      }
    }
    ::close(channel[1]);
    int acknowledged = -1;
    for (int reports = 0; reports < 3 + 11 * round; ++reports)
      ASSERT_EQ(::read(channel[0], &acknowledged, sizeof acknowledged), 4);
    ::kill(child, SIGKILL);
    for (int last; ::read(channel[0], &last, sizeof last) == 4;) acknowledged = last;
    ::close(channel[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    auto database = open();
    int present = 0;
    while (!get(*database, std::to_string(round) + "/" + std::to_string(present)).empty()) ++present;
    EXPECT_GT(present, acknowledged);
    EXPECT_TRUE(get(*database, std::to_string(round) + "/" + std::to_string(present + 1)).empty());
  }
}

}  // namespace
}  // namespace penstock::store
