// Profile: everything that an exploration found out about a data set: exact figures of each column, relations between
// columns, alerts. Aggregates only: it holds no rows, beyond each column's most frequent values. docs/kit.md has the
// definitions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/explore/column.h"
#include "core/explore/column_orders.h"
#include "core/explore/correlation.h"

namespace penstock::explore {

inline constexpr size_t top_shown = 10;

// Equal-width bins: bin i is [edges[i], edges[i + 1]), the last one closed (numpy.histogram).
struct Histogram {
  std::vector<double> edges;
  std::vector<uint64_t> counts;
};

struct ValueCount {
  std::string text;
  double number = 0;  // of a numeric column, which has no text
  uint64_t count = 0;
};

struct NumberProfile {
  double min = 0, max = 0, mean = 0, std = 0, skew = 0, kurtosis = 0, sum = 0;  // of the finite values
  uint64_t zeros = 0, negatives = 0, infinite = 0;
  std::vector<std::pair<double, double>> quantiles;  // (level, value)
  Histogram histogram;                               // of the finite values, in 20 bins
  Histogram buckets;                                 // in 10, as Model Monitor has them
  std::vector<double> sketch;  // finite values at equal ranks, ascending; all of few; where it was asked for
};

struct TextProfile {
  uint64_t length_min = 0, length_max = 0;  // in characters (Unicode code points)
  double length_mean = 0;
  std::vector<ValueCount> patterns;  // the most frequent shapes: "AA-99999"
  uint64_t numbers = 0;              // values that are numbers
  uint64_t padded = 0;               // values with blanks before or after
  uint64_t non_ascii = 0;            // values with characters beyond ASCII
};

struct ColumnProfile {
  std::string name;
  ColumnType type = ColumnType::Unknown;
  uint64_t count = 0;  // values that are there
  uint64_t missing = 0;
  uint64_t distinct = 0;
  // The most frequent first, at most levels_max: a category's whole domain. Reports show the first top_shown.
  std::vector<ValueCount> top;
  std::optional<NumberProfile> numbers;
  std::optional<TextProfile> texts;
  uint64_t total() const { return count + missing; }
};

struct Relations {
  std::vector<std::string> names;
  PairMatrix matrix;
  uint64_t rows = 0;  // that it was computed from
};

struct Alert {
  std::string kind;  // one of docs/kit.md: "constant", "unique", ...
  std::vector<std::string> columns;
  std::string message;
};

struct Profile {
  uint64_t rows = 0;
  uint64_t duplicates = 0;  // rows equal to an earlier one
  std::vector<ColumnProfile> columns;
  Relations pearson, spearman, cramers_v;
  std::string target;
  std::vector<Alert> alerts;
  std::vector<ColumnOrder> orders;  // where they were asked for
  const ColumnProfile* find(std::string_view name) const;
};

// "Integral", "Fractional", "Boolean", "Timestamp", "String", "Unknown".
std::string_view type_name(ColumnType type);

}  // namespace penstock::explore
