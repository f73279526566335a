// OutputFiles: files of a command that appear complete and all together, or not at all. Each is written under a
// temporary name beside its place; `commit` syncs and renames them; what was not committed is removed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/outcome.h"

namespace penstock::kit {

class OutputFiles {
 public:
  explicit OutputFiles(Disk& disk) : disk_(disk) {}
  ~OutputFiles();
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;

  // Opens a new file for appending, making its folders; it is valid until `commit`. The same path again begins anew.
  Outcome<File*> create(const std::string& path);
  Outcome<void> write(const std::string& path, std::string_view bytes);
  // A name for a file that a library writes itself; it gets its place with the others.
  Outcome<std::string> reserve(const std::string& path);
  Outcome<void> commit();

 private:
  struct Pending {
    std::string path;
    std::string temporary;
    std::unique_ptr<File> file;
  };
  Disk& disk_;
  std::vector<Pending> pending_;
  uint64_t made_ = 0;
};

}  // namespace penstock::kit
