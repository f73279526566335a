// Quality against the truth that arrives later: predictions merged with labels by id, and how good they were, as a
// whole and window by window.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "kit/reader.h"
#include "kit/time_window.h"

namespace penstock::kit {

struct QualityOptions {
  std::string ground_truth;  // a data set with the columns `id` and `label`
  std::string id;
  std::string prediction = "prediction";
  std::string label = "label";
  std::string time;  // a column of the data; empty: no series
  Window window = Window::month;
};

// Of rows with both a prediction and a label. Classes (texts, booleans, or whole numbers of at most `classes_max`
// distinct values) have accuracy, and precision, recall and f1 with two of them (the greater one is positive) or their
// macro averages; other numbers have mae, rmse and r2.
struct QualityMetrics {
  uint64_t rows = 0;
  std::vector<std::pair<std::string, double>> values;
};
inline constexpr size_t classes_max = 50;

struct Quality {
  bool classes = false;
  uint64_t data_rows = 0;
  uint64_t truth_rows = 0;
  uint64_t without_truth = 0;       // rows of the data whose id has no label (yet)
  uint64_t without_prediction = 0;  // labels whose id is not in the data
  uint64_t repeated_ids = 0;        // labels of an id that had one already; the last one counts
  QualityMetrics all;
  std::vector<std::pair<std::string, QualityMetrics>> windows;
};

// Reads both and merges them. Errors: those of the reader, "NoColumn".
Outcome<Quality> read_quality(Session& session, const std::string& data, const ReadOptions& read,
                              const QualityOptions& options);

Json to_json(const Quality& quality);

}  // namespace penstock::kit
