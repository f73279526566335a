// A data set read into the distributions of its columns: a baseline, or the data that is compared with one.
#pragma once

#include <functional>
#include <string>
#include <string_view>
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

// A column that is worked out (or read) once it is asked for, so that not all need be in memory at once.
struct SummaryColumn {
  std::string name;
  std::function<Outcome<monitor::BaselineColumn>()> take;  // once
};

struct Summary {
  uint64_t rows = 0;
  std::vector<SummaryColumn> columns;
  std::vector<std::pair<std::string, std::string>> skipped;        // columns that are not compared, and why
  std::vector<std::pair<std::string, monitor::Baseline>> windows;  // by name, in the order of time
  uint64_t rows_without_time = 0;

  SummaryColumn* find(std::string_view name);
};

// All columns of it, taken.
Outcome<monitor::Baseline> whole(const Summary& summary);
Summary summary_of(monitor::Baseline baseline);

// Reads the whole data set. Booleans become the categories "false" and "true"; times and columns without any value are
// skipped. Errors: those of the reader; "NoColumn" for a name in the options that the data does not have.
Outcome<Summary> read_summary(Session& session, const std::string& location, const SummaryOptions& options);

// Whether it is a file that --save-baseline wrote: by its first bytes, or on s3:// by its name, *.baseline.
bool is_saved_baseline(Session& session, const std::string& location);

// The baseline that `location` is: a saved one (a file that --save-baseline wrote), or a data set.
Outcome<Summary> read_baseline(Session& session, const std::string& location, const SummaryOptions& options);

}  // namespace penstock::kit
