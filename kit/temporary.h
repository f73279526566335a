// TemporaryFolder: where a command's sorted runs lie, under $TMPDIR; removed at the end.
#pragma once

#include <string>

#include "base/disk.h"

namespace penstock::kit {

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

}  // namespace penstock::kit
