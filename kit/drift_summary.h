// A data set read into the distributions of its columns: a baseline, or the data that is compared with one.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/outcome.h"
#include "core/monitor/baseline.h"
#include "kit/reader.h"
#include "kit/time_window.h"

namespace penstock::kit {

// Why a column without any value is skipped.
constexpr const char* no_value = "it has no value";

struct SummaryOptions {
  ReadOptions read;
  std::vector<std::string> categorical;  // numeric columns whose values are names
  std::vector<std::string> left_out;     // columns that are not compared: ids, labels
  bool chunk_thresholds = false;         // work out NannyML's thresholds from chunks of the rows
  std::string time;                      // a column; empty: no windows
  Window window = Window::month;
};

struct Summary {
  monitor::Baseline all;                                           // also what is skipped
  std::vector<std::pair<std::string, monitor::Baseline>> windows;  // by name, in the order of time
  uint64_t rows_without_time = 0;
};

// Reads the whole data set. Booleans become the categories "false" and "true"; times and columns without any value are
// skipped. Errors: those of the reader; "NoColumn" for a name in the options that the data does not have.
Outcome<Summary> read_summary(Session& session, const std::string& location, const SummaryOptions& options);

// Whether it is a file that --save-baseline wrote: by its first bytes, or on s3:// by its name, *.baseline.
bool is_saved_baseline(Session& session, const std::string& location);

// The baseline that `location` is: a saved one (a file that --save-baseline wrote), or a data set.
Outcome<Summary> read_baseline(Session& session, const std::string& location, const SummaryOptions& options);

}  // namespace penstock::kit
