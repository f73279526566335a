// The data of a built-in algorithm's channel as a matrix: text/csv (no header), text/libsvm, application/x-parquet and
// application/x-recordio-protobuf, in every file of the channel's folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "kit/builtin.h"

namespace penstock::kit {

struct TrainingRows {
  size_t rows = 0;
  size_t columns = 0;          // features
  std::vector<double> values;  // by rows
  std::vector<double> labels;  // empty: there are none
  std::vector<double> weights;
};

// How a channel is read.
struct RowsOptions {
  std::string content_type;  // where the channel says none
  bool labels = true;        // the first column is the label (text/csv;label_size= says otherwise)
  bool weights = false;      // CSV's second column is the row's weight
  double absent = 0;         // what a value that is not given is: 0, or NaN for XGBoost
};
// Every value of all channels together is kept in memory.
inline constexpr size_t training_values_max = size_t{1} << 31;

// Errors are the client's: unreadable content, rows of different lengths, no rows.
Outcome<TrainingRows> read_rows(const BuiltinJob& job, const Channel& channel, const RowsOptions& options);

// One file's rows in two of the formats. `where` names it in errors.
struct SparseRows {
  struct Entry {
    uint32_t row = 0;
    uint32_t column = 0;
    double value = 0;
  };
  size_t rows = 0;
  size_t columns = 0;  // the greatest index + 1, or as the file says
  std::vector<Entry> entries;
  std::vector<double> labels;   // a place for each row, NaN where none is given
  std::vector<double> weights;  // empty, or a place for each row
};
// "<label>[:<weight>] <index>:<value> ..."; # begins a comment, qid: is not taken.
Outcome<void> read_libsvm(std::string_view text, const std::string& where, SparseRows& rows);
// Records of SageMaker's protobuf (aialgs.data.Record): a tensor "values" of features, and one of labels.
Outcome<void> read_recordio(std::string_view bytes, const std::string& where, SparseRows& rows);

}  // namespace penstock::kit
