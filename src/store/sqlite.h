// What the SQLite implementations share with each other and with nobody else: failures and the opening of files.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "base/outcome.h"

namespace penstock::store::internal {

// Thrown where SQLite refuses; it never leaves the store: Database turns it into an Error or stops the process.
struct SqliteFailure {
  int code = SQLITE_ERROR;  // extended result code
  std::string message;      // SQLite's text and what was being done
};

// Throws unless `code` is SQLITE_OK, SQLITE_ROW or SQLITE_DONE.
void check(int code, sqlite3* handle, std::string_view doing);

// Opens `file` with SQLITE_OPEN_* `flags`, without a connection mutex (a connection belongs to one thread at a time).
sqlite3* open_handle(const std::string& file, int flags);

// The Error for a failure on `file`: DiskFull, StoreCorrupt or DiskError.
Error to_error(const SqliteFailure& failure, const std::string& file);

}  // namespace penstock::store::internal
