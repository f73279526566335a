// The Parquet reader, over Apache Arrow, whose types stay in arrow_reader.cc.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "kit/reader.h"
#include "kit/source.h"

namespace penstock::kit {

// Parquet files.
Outcome<std::unique_ptr<Reader>> open_arrow_reader(std::vector<SourceFile> files, const ReadOptions& options);

}  // namespace penstock::kit
