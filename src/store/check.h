// check_store: what `penstock doctor` looks at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/outcome.h"
#include "base/random.h"

namespace penstock::store {

struct StoreReport {
  int64_t schema = 0;  // version
  int64_t bytes = 0;   // of the file's pages
  int64_t executions = 0;
  int64_t contents = 0;               // object contents compared with their digests
  std::vector<std::string> problems;  // one sentence each; empty: all is well
};

// Reads everything in the store under `folder`, also beside the process that runs it: SQLite's own integrity check, the
// schema against a fresh one, the rows of executions against each other, every object's content against its digest.
// Writes nothing. Errors as Database::open_read_only.
Outcome<StoreReport> check_store(Disk& disk, const Clock& clock, Random& random, const std::string& folder);

}  // namespace penstock::store
