#include "base/disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace penstock {
namespace {

class DiskTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "penstock_disk_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { ASSERT_TRUE(disk_.remove_tree(folder_).ok()); }
  std::string at(std::string_view name) const { return folder_ + "/" + std::string(name); }

  SystemDisk disk_;
  std::string folder_;
};

TEST_F(DiskTest, WritesAtomicallyAndReadsBack) {
  ASSERT_TRUE(disk_.write_file_atomically(at("a"), "first", 0600).ok());
  ASSERT_TRUE(disk_.write_file_atomically(at("a"), "second", 0600).ok());
  EXPECT_EQ(*disk_.read_file(at("a")), "second");
  EXPECT_EQ(*disk_.list(folder_), std::vector<std::string>{"a"});  // no temporary file stays
  struct stat status;
  ASSERT_EQ(::stat(at("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

// As root, `--json /dev/null` once put a plain file in the place of the machine's /dev/null.
TEST_F(DiskTest, WhatIsNoFileIsWrittenIntoAndStays) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  const int reader = ::open(at("pipe").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  ASSERT_TRUE(disk_.write_file_atomically(at("pipe"), "bytes").ok());
  char buffer[16] = {};
  EXPECT_EQ(::read(reader, buffer, sizeof buffer), 5);
  EXPECT_STREQ(buffer, "bytes");
  ASSERT_TRUE(disk_.write_file_atomically(at("file"), "x").ok());
  EXPECT_FALSE(disk_.rename(at("file"), at("pipe")).ok());
  ::close(reader);
  struct stat status;
  ASSERT_EQ(::lstat(at("pipe").c_str(), &status), 0);
  EXPECT_TRUE(S_ISFIFO(status.st_mode));
  EXPECT_EQ(*disk_.list(folder_), (std::vector<std::string>{"file", "pipe"}));
}

TEST_F(DiskTest, AppendsReadsRangesAndSizes) {
  auto file = disk_.open(at("log"), Disk::Mode::append, 0644);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->append("0123456789").ok());
  ASSERT_TRUE((*file)->append("abc").ok());
  ASSERT_TRUE((*file)->sync().ok());
  EXPECT_EQ(*(*file)->size(), 13U);
  char buffer[8];
  EXPECT_EQ(*(*file)->read_at(9, buffer, 4), 4U);
  EXPECT_EQ(std::string_view(buffer, 4), "9abc");
  EXPECT_EQ(*(*file)->read_at(13, buffer, 4), 0U);
}

TEST_F(DiskTest, ErrorsNamePathAndCause) {
  auto missing = disk_.read_file(at("none"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, "DiskError");
  EXPECT_EQ(missing.error().message, "cannot open " + at("none") + ": No such file or directory");
  ASSERT_TRUE(disk_.write_file_atomically(at("x"), "").ok());
  EXPECT_FALSE(disk_.open(at("x"), Disk::Mode::create_exclusive, 0644).ok());
  EXPECT_FALSE(disk_.list(at("none")).ok());
}

TEST_F(DiskTest, AppendsFromAnotherFile) {
  ASSERT_TRUE(disk_.write_file_atomically(at("from"), "0123456789").ok());
  auto from = disk_.open(at("from"), Disk::Mode::read, 0);
  auto to = disk_.open(at("to"), Disk::Mode::create_exclusive, 0644);
  ASSERT_TRUE(from.ok() && to.ok());
  ASSERT_TRUE((*to)->append("a").ok());
  EXPECT_EQ(*(*to)->append_from(**from, 2, 3), 3U);
  EXPECT_EQ(*(*to)->append_from(**from, 8, 100), 2U);  // the end comes first
  (*to)->begin_sync(0, 6);
  ASSERT_TRUE((*to)->append("z").ok());
  EXPECT_EQ(*disk_.read_file(at("to")), "a23489z");
}

TEST_F(DiskTest, FullDiskIsSaidAsSuch) {
  auto file = disk_.open("/dev/full", Disk::Mode::append, 0644);
  if (!file.ok()) GTEST_SKIP() << "no /dev/full here";
  auto written = (*file)->append("x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, "DiskFull");
}

TEST_F(DiskTest, LockNamesItsHolder) {
  auto held = disk_.lock(at("lock"));
  ASSERT_TRUE(held.ok());
  auto second = disk_.lock(at("lock"));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, "Locked");
  EXPECT_EQ(second.error().message, std::to_string(::getpid()));
  held = Error{};
  EXPECT_TRUE(disk_.lock(at("lock")).ok());
}

TEST_F(DiskTest, FoldersLinksAndRemoval) {
  ASSERT_TRUE(disk_.make_folders(at("a/b/c")).ok());
  ASSERT_TRUE(disk_.make_folders(at("a/b/c")).ok());
  ASSERT_TRUE(disk_.write_file_atomically(at("a/f"), "bytes").ok());
  ASSERT_TRUE(disk_.link(at("a/f"), at("a/b/g")).ok());
  EXPECT_EQ(*disk_.read_file(at("a/b/g")), "bytes");
  EXPECT_EQ(*disk_.list(at("a")), (std::vector<std::string>{"b", "f"}));
  ASSERT_TRUE(disk_.rename(at("a/b/g"), at("a/b/c/h")).ok());
  EXPECT_TRUE(disk_.exists(at("a/b/c/h")));
  EXPECT_FALSE(disk_.exists(at("a/b/g")));
  ASSERT_TRUE(disk_.remove(at("a/f")).ok());
  ASSERT_TRUE(disk_.remove(at("a/f")).ok());
  ASSERT_TRUE(disk_.remove_tree(at("a")).ok());
  EXPECT_FALSE(disk_.exists(at("a")));
  EXPECT_GT(*disk_.free_bytes(folder_), 0U);
}

}  // namespace
}  // namespace penstock
