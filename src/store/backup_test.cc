#include "store/backup.h"

#include <gtest/gtest.h>

#include "store/check.h"
#include "store/objects.h"
#include "store/test_folder.h"

namespace penstock::store {
namespace {

TEST(StagedBackup, IsAWholeDataDirectoryOfARunningStore) {
  TestFolder folder;
  SystemDisk disk;
  SystemClock clock;
  SeededRandom random(1);
  auto database = std::move(*Database::open(disk, folder.path(), {}));
  auto objects = std::move(*Objects::open(*database, disk, clock, random, folder.path()));
  ASSERT_TRUE(disk.write_file_atomically(folder.at("credentials.json"), "{}", 0600).ok());
  Bucket bucket;
  bucket.name = "b";
  ASSERT_TRUE(objects->create_bucket(bucket).ok());
  for (std::string key : {"large", "small"}) {
    NewObject object;
    object.bucket = "b";
    object.key = key;
    object.source.bytes = std::string(key == "large" ? 300'000 : 3, 'x');
    ASSERT_TRUE(objects->put(std::move(object)).ok());
  }
  auto staged = StagedBackup::make(disk, folder.path());
  ASSERT_TRUE(staged.ok()) << staged.error().message;
  EXPECT_EQ((*staged)->paths().size(), 3U);
  EXPECT_EQ(StagedBackup::make(disk, folder.path()).error().code, "BackupRuns");

  ASSERT_TRUE(objects->remove("b", Removal{"large", {}, {}}).ok());  // the backup keeps it
  auto report = check_store(disk, clock, random, (*staged)->folder());
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->problems.empty()) << report->problems.front();
  EXPECT_EQ(report->contents, 2);

  std::string left = (*staged)->folder();
  *staged = nullptr;
  EXPECT_FALSE(disk.exists(left));
}

}  // namespace
}  // namespace penstock::store
