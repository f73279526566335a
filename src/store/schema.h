// Schema: the tables of the store and how an older file becomes a newer one. docs/schema.md describes them for users.
#pragma once

#include <span>

#include "store/database.h"

namespace penstock::store {

// One step from version `version - 1` to `version`. A released step never changes; a change of a table is a new step.
struct Migration {
  int version;
  const char* sql;
};

// In order of version, from 1. Whoever needs a new table adds a step at the end of the array in schema.cc.
std::span<const Migration> migrations();

// "PNST": PRAGMA application_id of every store, so that a foreign SQLite file is not taken for one of ours.
inline constexpr int64_t application_id = 0x504E5354;

// Whether the file behind `connection` is a store that this version can use: an empty file, or one of ours that is not
// newer. Errors: StoreCorrupt (foreign), StoreNewer. Throws internal::SqliteFailure when SQLite cannot read it.
Outcome<void> check_identity(Connection& connection, const std::string& file);

// The version of the schema in the file; 0 for an empty one. Throws internal::SqliteFailure.
int64_t schema_version(Connection& connection);

// Brings the tables to the newest version and the views for `penstock sql` to this version's text, all in one
// transaction. Throws internal::SqliteFailure.
void migrate(Connection& connection);

}  // namespace penstock::store
