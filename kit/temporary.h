// What a command does with more data than it may hold in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kit/command.h"

namespace penstock::kit {

// Where a command's temporary files lie, under $TMPDIR; removed at the end.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(Disk& disk);
  ~TemporaryFolder() { (void)disk_.remove_tree(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // It is made by who writes into it first.
  const std::string& path() const { return path_; }

 private:
  Disk& disk_;
  std::string path_;
};

// Declares --memory: how many megabytes of `what` to hold before using temporary files.
void add_memory_option(CLI::App& app, size_t& megabytes, std::string_view what);

// Of what has to lie in memory whole: an error (code "NotEnoughMemory") that says how much it takes, when the machine,
// the container or the process's limits have less. `what` begins the message: "training on 5 rows".
Outcome<void> check_memory(Session& session, uint64_t bytes, std::string_view what);

}  // namespace penstock::kit
