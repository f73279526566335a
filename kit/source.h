// Where a data set lies: the files behind a path, a folder, a glob or an s3:// address.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/outcome.h"
#include "kit/command.h"

namespace penstock::kit {

struct SourceFile {
  std::string path;         // on this machine
  std::string shown;        // as messages name it
  std::string format;       // "csv", "json" or "parquet"
  std::string compression;  // "gzip", "zstd", "bz2", "xz" or empty
  uint64_t bytes = 0;
  bool tabs = false;           // *.tsv
  std::shared_ptr<File> held;  // a copy of an object, without a name of its own, which goes with the last reader
};

// The files of a data set, sorted by name. Objects of s3://BUCKET/KEY (an object, a prefix as a folder, or a glob in
// the last part) are copied into $TMPDIR first, from the endpoint and with the keys of the environment. In folders,
// names that begin with . or _ are left out (as Spark and Hive do), and so are empty files beside others. Error
// "NoData" says what was looked for.
Outcome<std::vector<SourceFile>> find_files(Session& session, const std::string& location, const std::string& format);

}  // namespace penstock::kit
