// CsvReader: CSV files as a stream of tables.
#pragma once

#include <memory>
#include <vector>

#include "base/outcome.h"
#include "kit/reader.h"
#include "kit/source.h"

namespace penstock::kit {

Outcome<std::unique_ptr<Reader>> open_csv_reader(Session& session, std::vector<SourceFile> files,
                                                 const ReadOptions& options);

}  // namespace penstock::kit
