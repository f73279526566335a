// How data goes from raw files to features: raw columns as a recipe reads them, features and labels as files, which
// prepared_rows.h reads again.
//
// A place for prepared rows is a folder or a file. A folder has features.csv and labels.csv without a header (as
// SageMaker's examples and scikit-learn scripts read them), prepared.json with the names, and kept.csv when the recipe
// keeps columns. A file NAME.csv has a header, the label first (as SageMaker's built-in algorithms want it), then the
// features.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/learn/preprocessor.h"
#include "kit/output_files.h"
#include "kit/reader.h"

namespace penstock::kit {

// Raw data as a frame, with the recipe's expressions added.
struct RawData {
  Table table;
  std::unique_ptr<learn::Frame> frame;
};

// Reads the columns that the recipe names, or all when it chooses some by type. The target may be absent unless
// `needs_target`. `also`: further columns, such as a backtest's time.
Outcome<RawData> read_raw(Session& session, const std::string& location, ReadOptions options,
                          const learn::Recipe& recipe, bool needs_target, const std::vector<std::string>& also = {});

// A recipe from YAML, a state from JSON; errors name the file.
Outcome<learn::Recipe> read_recipe(Session& session, const std::string& path);
Outcome<learn::Preprocessor> read_state(Session& session, const std::string& path);

// The same columns a batch at a time: `take` gets each batch as a frame with the recipe's expressions, and what it is a
// part of. `begin` runs first, and again should reading have to start over (reader.h).
struct BatchPlace {
  uint64_t first_row = 0;      // of the data set
  uint64_t rows_expected = 0;  // in all: a guess
};
Outcome<void> stream_raw(Session& session, const std::string& location, const ReadOptions& options,
                         const learn::Recipe& recipe, bool needs_target, const std::function<void()>& begin,
                         const std::function<Outcome<void>(learn::Frame&, const BatchPlace&)>& take);

// Writes prepared rows to a place, some rows at a time.
class PreparedWriter {
 public:
  PreparedWriter(OutputFiles& files, std::string place, const learn::Recipe& recipe)
      : files_(files), place_(std::move(place)), recipe_(recipe) {}

  // Begins anew.
  void clear() {
    rows_ = 0;
    features_ = labels_ = kept_ = nullptr;
  }
  // The features of `rows` of a frame, which has the columns that the recipe keeps, and their labels if there are any.
  Outcome<void> add(const learn::Features& features, const std::optional<learn::Labels>& labels, learn::Frame& frame,
                    const learn::Rows& rows);
  // After the last row. The files are there once `files` are committed.
  Outcome<void> finish();
  size_t rows() const { return rows_; }

 private:
  Outcome<void> open(const learn::Features& features, const std::optional<learn::Labels>& labels);
  Outcome<void> add_labels(const learn::Labels& labels);
  Outcome<void> add_kept(learn::Frame& frame, const learn::Rows& rows);
  bool is_folder() const { return !place_.ends_with(".csv"); }

  OutputFiles& files_;
  std::string place_;
  const learn::Recipe& recipe_;
  size_t rows_ = 0;
  Json about_;
  File* features_ = nullptr;
  File* labels_ = nullptr;
  File* kept_ = nullptr;
};

}  // namespace penstock::kit
