// query: one SELECT of a user's over a store, for `penstock sql`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/disk.h"
#include "base/json.h"
#include "base/outcome.h"

namespace penstock::store {

struct QueryResult {
  std::vector<std::string> columns;
  std::vector<std::vector<Json>> rows;  // null, number or text; a blob is text: X'68657861'
};

// Runs `sql`, which must be one statement that only reads, on the store under `folder`, also beside the process that
// runs it. Errors: InvalidQuery (with SQLite's text, and the tables there are when one is unknown), ReadOnlyQuery, and
// those of Database::open_read_only.
Outcome<QueryResult> query(Disk& disk, const std::string& folder, std::string_view sql);

}  // namespace penstock::store
