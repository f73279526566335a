// Views: what `penstock sql` queries: runs, jobs, parameters, metrics, artifacts (docs/schema.md).
#pragma once

#include <span>
#include <string>

#include "store/database.h"

namespace penstock::store {

// A view and its meaning. The text is kept in the file as written, so that any SQLite tool sees the views.
struct View {
  const char* name;
  const char* sql;  // CREATE VIEW name AS ...
};

std::span<const View> views();

// SQL that makes each view anew whose text in the file differs from this version's; empty when none does. Throws
// internal::SqliteFailure.
std::string view_changes(Connection& connection);

}  // namespace penstock::store
