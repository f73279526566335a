// Views: what `penstock sql` queries: runs, definitions, jobs, parameters, metrics, artifacts, drift (docs/schema.md).
#pragma once

#include <string>
#include <vector>

#include "store/database.h"

namespace penstock::store {

// A view. Its text is kept in the file as written, so that any SQLite tool sees the views.
struct View {
  std::string name;
  std::string sql;  // CREATE VIEW name AS ...
};

std::vector<View> views();

// SQL that makes each view anew whose text in the file differs from this version's; empty when none does. Throws
// internal::SqliteFailure.
std::string view_changes(Connection& connection);

}  // namespace penstock::store
