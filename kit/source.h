// Where a data set lies: the files behind a path, a folder, a glob or an s3:// address.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "kit/command.h"

namespace penstock::kit {

struct SourceFile {
  std::string path;         // on this machine; empty while it lies in a bucket only
  std::string shown;        // as messages name it
  std::string format;       // "csv", "json" or "parquet"
  std::string compression;  // "gzip", "zstd" or empty
  uint64_t bytes = 0;
  bool tabs = false;  // *.tsv
};

// The files of a data set, sorted by name. In folders, names that begin with . or _ are left out (as Spark and Hive
// do), and so are empty files beside others. Error "NoData" says what was looked for.
Outcome<std::vector<SourceFile>> find_files(Session& session, const std::string& location, const std::string& format);

}  // namespace penstock::kit
