// Files of JSON rows.
#pragma once

#include <memory>
#include <vector>

#include "base/outcome.h"
#include "kit/command.h"
#include "kit/reader.h"
#include "kit/source.h"

namespace penstock::kit {

// JSON lines and arrays of objects, in batches: memory does not grow with the files. A column is there in all batches
// as soon as any row has it; one whose values are of different kinds is a text. See docs/kit.md.
std::unique_ptr<Reader> open_json_reader(Session& session, std::vector<SourceFile> files, const ReadOptions& options);

}  // namespace penstock::kit
