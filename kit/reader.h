// Reader: a data set as a stream of tables. One data set is a file, a folder, a glob or an s3:// prefix of CSV, JSON
// lines or Parquet files of the same columns, plain or compressed (.gz, .zst, .bz2, .xz). docs/kit.md says how types
// are inferred and what happens to bad input; an Error (code "BadData") names file, row and column.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/outcome.h"
#include "kit/command.h"
#include "kit/table.h"

namespace penstock::kit {

struct ReadOptions {
  std::string format;                 // "csv", "json" or "parquet"; empty: as the file's name says
  std::vector<std::string> columns;   // only these, in this order; empty: all
  std::vector<std::string> left_out;  // of all, but not these
  char delimiter = 0;                 // of CSV; 0: a tab in *.tsv, else a comma
  bool header = true;                 // CSV's first row names the columns; else c0, c1, ...
  // Texts of CSV that mean a missing value beside those of docs/kit.md.
  std::vector<std::string> missing;
  // Types that are given, not inferred, as (column, type).
  std::vector<std::pair<std::string, explore::ColumnType>> types;
  bool packed = false;                   // numbers may come as integers over a power of ten (explore::Column)
  size_t batch_bytes = size_t{1} << 19;  // about as much of a file makes a batch
};

// Declares --format, --columns, --delimiter, --no-header and --missing on a command.
void add_read_options(CLI::App& app, ReadOptions& options);

class Reader {
 public:
  virtual ~Reader() = default;
  // The next batch, or false at the end. All batches have the same columns. A column's type may widen from one batch to
  // the next, from Unknown (all missing so far) to any other and from Integral to Fractional: the last one holds. A
  // text column may have been taken for a numeric one from its beginning, or rows of JSON may bring a column more: then
  // the error's code is "TypesChanged", the reader has been rewound, and the types are right from then on (`stream`
  // below deals with it). An empty data set gives one batch without rows.
  virtual Outcome<bool> next(Table& batch) = 0;
  virtual Outcome<void> rewind() = 0;
  // How far the reader is, in bytes of the files.
  virtual uint64_t bytes_read() const = 0;
  virtual uint64_t bytes_total() const = 0;
  // About what it holds in memory beside the batches.
  virtual uint64_t bytes_held() const { return 0; }
};

// Finds the files and opens them. Errors: "NoData" when nothing is there, "BadData".
Outcome<std::unique_ptr<Reader>> open_reader(Session& session, const std::string& location,
                                             const ReadOptions& options = {});

// Feeds every batch to `take`, with a progress bar on a terminal. `begin` runs first, and again should the reader have
// to start over.
Outcome<void> stream(Session& session, Reader& reader, const std::function<void()>& begin,
                     const std::function<Outcome<void>(const Table&)>& take);

// The whole data set in memory.
Outcome<Table> read_table(Session& session, const std::string& location, const ReadOptions& options = {});

}  // namespace penstock::kit
