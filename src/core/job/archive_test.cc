#include "core/job/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "base/assert.h"
#include "base/disk.h"

namespace penstock::job {
namespace {

namespace fs = std::filesystem;

class ArchiveTest : public testing::Test {
 protected:
  ArchiveTest() {
    folder_ = testing::TempDir() + "penstock_archive_XXXXXX";
    PENSTOCK_ASSERT(::mkdtemp(folder_.data()) != nullptr);
    fs::create_directories(folder_ + "/to");
  }
  ~ArchiveTest() override { fs::remove_all(folder_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(folder_ + "/" + path).parent_path());
    ASSERT_TRUE(disk_.write_file_atomically(folder_ + "/" + path, text).ok());
  }
  std::string read(const std::string& path) { return *disk_.read_file(folder_ + "/" + path); }

  // An archive with one entry of any name; a link when `target` is given.
  void make_foreign(const std::string& name, const char* target = nullptr) {
    archive* writer = archive_write_new();
    archive_write_set_format_pax_restricted(writer);
    archive_write_open_filename(writer, (folder_ + "/foreign.tar").c_str());
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_mode(entry, 0100644);
    if (target != nullptr) archive_entry_set_hardlink(entry, target);
    archive_write_header(writer, entry);
    archive_entry_free(entry);
    archive_write_free(writer);
  }

  SystemDisk disk_;
  std::string folder_;
};

TEST_F(ArchiveTest, trees_are_merged_and_come_back) {
  write("one/a/x", "1");
  write("two/a/y", "2");
  write("two/z", "3");
  fs::create_symlink("x", folder_ + "/one/a/link");
  ASSERT_TRUE(make_archive({folder_ + "/one", folder_ + "/two"}, folder_ + "/both.tar.gz").ok());
  ASSERT_TRUE(unpack_archive(folder_ + "/both.tar.gz", folder_ + "/to").ok());
  EXPECT_EQ(read("to/a/x") + read("to/a/y") + read("to/z") + read("to/a/link"), "1231");
}

TEST_F(ArchiveTest, equal_trees_give_equal_archives) {
  write("one/x", "1");
  ASSERT_TRUE(make_archive({folder_ + "/one"}, folder_ + "/first").ok());
  fs::last_write_time(folder_ + "/one/x", fs::file_time_type::min());
  ASSERT_TRUE(make_archive({folder_ + "/one"}, folder_ + "/second").ok());
  EXPECT_EQ(read("first"), read("second"));
}

TEST_F(ArchiveTest, entries_that_leave_their_folder_are_refused) {
  for (const char* name : {"../out", "/absolute", "a/../../out"}) {
    make_foreign(name);
    EXPECT_FALSE(unpack_archive(folder_ + "/foreign.tar", folder_ + "/to").ok()) << name;
  }
  make_foreign("link", "../secret");
  EXPECT_FALSE(unpack_archive(folder_ + "/foreign.tar", folder_ + "/to").ok());
  write("no-archive", "text");
  EXPECT_FALSE(unpack_archive(folder_ + "/no-archive", folder_ + "/to").ok());
}

TEST_F(ArchiveTest, links_on_the_way_are_noticed) {
  write("base/a/b/file", "");
  EXPECT_FALSE(leads_elsewhere(folder_ + "/base", folder_ + "/base/a/b/file"));
  fs::create_symlink(folder_, folder_ + "/base/link");
  EXPECT_TRUE(leads_elsewhere(folder_ + "/base", folder_ + "/base/link/to"));
  EXPECT_TRUE(is_empty_tree(folder_ + "/to"));
  EXPECT_FALSE(is_empty_tree(folder_ + "/base"));
}

}  // namespace
}  // namespace penstock::job
