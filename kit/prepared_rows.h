// Prepared rows, read again: what models train on and score. A folder of `preprocess` (prepared_data.h says what lies
// in it) or any data set of numbers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/explore/column.h"
#include "core/learn/matrix.h"
#include "kit/reader.h"

namespace penstock::kit {

// Some rows in the order of the files.
struct PreparedBlock {
  learn::Matrix features;
  std::vector<double> labels;             // of a data set with a column of labels; else empty
  const std::vector<std::string>& names;  // of the features; empty when they have none
  uint64_t first_row = 0;                 // how many rows came before
  double share = 1;                       // of the data set's bytes, read so far
};

// Where the labels of a data set are that is no folder of `preprocess`: in the column of that name, or, when it is
// empty and labels are needed, in the first one.
struct LabelColumn {
  std::string name;
  bool needed = false;
};

// Feeds all features to `take`, some thousand rows at a time: memory does not grow with the data. `begin` runs first,
// and again should reading have to start over (reader.h). All blocks have the same number of columns.
Outcome<void> stream_prepared(Session& session, const std::string& place, const ReadOptions& options,
                              const LabelColumn& label, const std::function<void()>& begin,
                              const std::function<Outcome<void>(PreparedBlock&)>& take);

// What lies beside a folder's features: labels.csv, kept.csv and what prepared.json says.
struct Beside {
  std::vector<double> labels;  // empty when there are none
  std::vector<std::string> classes;
  std::vector<explore::Column> kept;
  std::vector<std::shared_ptr<const void>> memory;  // of `kept`
};
// nullopt when the place is no folder.
Outcome<std::optional<Beside>> read_beside(Session& session, const std::string& place, bool needs_labels);
// An error unless there are as many labels, if any, as `rows` of features.
Outcome<void> check_rows(const std::string& place, const Beside& beside, size_t rows);

// All rows: 8 bytes a value, or 12 bytes a value that is not 0 when these are few; beyond `memory_bytes` in a temporary
// file under $TMPDIR.
struct Prepared {
  learn::Matrix features;
  std::vector<std::string> names;  // of the features
  std::vector<double> labels;      // empty when there are none
  std::vector<std::string> classes;
};
Outcome<Prepared> read_prepared(Session& session, const std::string& place, const ReadOptions& options,
                                const LabelColumn& label, size_t memory_bytes);

// "f0", "f1", ...: of features that have no names.
std::vector<std::string> numbered_names(size_t count);

}  // namespace penstock::kit
