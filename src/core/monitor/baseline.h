// Baseline: the distributions of a data set's columns, kept so that later data is compared without reading the first
// data set again. Exact, and two baselines merge into that of both data sets together.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/monitor/comparison.h"

namespace penstock::monitor {

struct BaselineColumn {
  std::string name;
  Distribution distribution;
  // NannyML's threshold from chunks of the rows in their order; it cannot be merged.
  std::optional<double> chunk_threshold;
};

struct Baseline {
  uint64_t rows = 0;
  std::vector<BaselineColumn> columns;
  std::vector<std::pair<std::string, std::string>> skipped;  // columns that are not compared, and why

  const BaselineColumn* find(std::string_view name) const;
};

// Adds the columns of `other`. Error "BaselinesDiffer" names the first column that the other lacks or has as another
// type.
Outcome<void> merge_into(Baseline& baseline, const Baseline& other);

// A file's content: a first line that says what it is and of which version, a line of JSON (columns, categories), then
// each numeric column's distinct numbers in ascending order and how often each occurs. All are little-endian: integers
// of 32 bits over 10^decimals where the column has `decimals`, else doubles; then counts of `count_bytes` (1, 2, 4 or
// 8; 0: every number occurs once). Version 1, which had doubles only, is read, too.
std::string to_bytes(const Baseline& baseline);
bool is_baseline(std::string_view bytes);
// Error "BadBaseline" says what is wrong.
Outcome<Baseline> baseline_from_bytes(std::string_view bytes);

// A file's content, which is read where it is needed: a column at a time takes no more memory than one column needs.
class SavedBaseline {
 public:
  struct Source {
    uint64_t bytes = 0;
    // Puts `count` bytes of it, from `at` on, into `to`; an error when they cannot be read.
    std::function<Outcome<void>(uint64_t at, char* to, size_t count)> read;
  };
  // Reads the description. Errors: "BadBaseline", those of the source.
  static Outcome<SavedBaseline> open(Source source);

  uint64_t rows() const { return rows_; }
  size_t columns() const { return columns_.size(); }
  std::string_view name(size_t column) const { return columns_[column].description.text("name"); }
  const std::vector<std::pair<std::string, std::string>>& skipped() const { return skipped_; }
  Outcome<BaselineColumn> read(size_t column) const;

 private:
  struct Column {
    Json description;
    uint64_t at = 0;  // where its numbers begin in the source
  };

  Source source_;
  uint64_t rows_ = 0;
  std::vector<Column> columns_;
  std::vector<std::pair<std::string, std::string>> skipped_;
};

}  // namespace penstock::monitor
