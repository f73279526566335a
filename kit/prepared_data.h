// How data goes from raw files to features: raw columns as a recipe reads them, features and labels as files, which
// prepared_rows.h reads again.
//
// A place for prepared rows is a folder or a file. A folder has features.csv and labels.csv without a header (as
// SageMaker's examples and scikit-learn scripts read them), prepared.json with the names, and kept.csv when the recipe
// keeps columns. A file NAME.csv has a header, the label first (as SageMaker's built-in algorithms want it), then the
// features.
#pragma once

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

// Writes the features of `rows` (rows of the raw data, in the features' order) and their labels, if any, to a place.
struct PreparedRows {
  const learn::Features& features;
  const std::optional<learn::Labels>& labels;
  const learn::Rows& rows;
};
Outcome<void> write_prepared(OutputFiles& files, const std::string& place, const PreparedRows& prepared,
                             const learn::Recipe& recipe, const RawData& raw);

}  // namespace penstock::kit
