// A folder for one test, removed at its end; and a Disk whose free space the test sets.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <string>

#include "base/assert.h"
#include "base/disk.h"

namespace penstock::store {

class TestFolder {
 public:
  TestFolder() : path_(testing::TempDir() + "penstock_store_XXXXXX") {
    PENSTOCK_ASSERT(mkdtemp(path_.data()) != nullptr);
  }
  ~TestFolder() { (void)SystemDisk().remove_tree(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class SmallDisk final : public Disk {
 public:
  std::atomic<uint64_t> free{1ULL << 40};

  Outcome<std::unique_ptr<File>> open(const std::string& path, Mode mode, int permissions) override {
    return disk_.open(path, mode, permissions);
  }
  Outcome<void> rename(const std::string& from, const std::string& to) override { return disk_.rename(from, to); }
  Outcome<void> link(const std::string& from, const std::string& to) override { return disk_.link(from, to); }
  Outcome<void> remove(const std::string& path) override { return disk_.remove(path); }
  Outcome<void> remove_tree(const std::string& path) override { return disk_.remove_tree(path); }
  Outcome<void> make_folders(const std::string& path) override { return disk_.make_folders(path); }
  Outcome<std::vector<std::string>> list(const std::string& path) override { return disk_.list(path); }
  bool exists(const std::string& path) override { return disk_.exists(path); }
  Outcome<uint64_t> free_bytes(const std::string&) override { return free.load(); }
  Outcome<std::unique_ptr<FileLock>> lock(const std::string& path) override { return disk_.lock(path); }

 private:
  SystemDisk disk_;
};

}  // namespace penstock::store
