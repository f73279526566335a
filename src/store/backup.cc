#include <fmt/format.h>

#include "store/database.h"
#include "store/sqlite.h"

namespace penstock::store {

namespace {

using internal::check;

void copy_pages(Connection& source, Connection& target) {
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  if (backup == nullptr) check(sqlite3_errcode(target.handle()), target.handle(), "begin the copy");
  int code = sqlite3_backup_step(backup, -1);  // in one step: one snapshot; writers go on meanwhile (WAL)
  int finished = sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) check(code, target.handle(), "copy");
  check(finished, target.handle(), "finish the copy");
}

}  // namespace

Outcome<void> backup_store(Disk& disk, const std::string& store_file, const std::string& file) {
  if (disk.exists(file))
    return Error{
        "FileExists", fmt::format("{} exists already; a backup overwrites nothing. Name a new file", file), 400, {}};
  if (!disk.exists(store_file)) return Error{"NoSuchStore", fmt::format("there is no store {}", store_file), 400, {}};
  std::string part = file + ".part";
  if (Outcome<void> removed = disk.remove(part); !removed) return removed;
  try {
    Connection source(internal::open_handle(store_file, SQLITE_OPEN_READONLY));
    Connection target(internal::open_handle(part, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    copy_pages(source, target);
    // One file, complete in itself: without this it would ask for a log beside it.
    target.execute("PRAGMA journal_mode=DELETE");
  } catch (const internal::SqliteFailure& failure) {
    (void)disk.remove(part);
    return internal::to_error(failure, failure.code == SQLITE_FULL ? part : store_file);
  }
  return disk.rename(part, file);
}

}  // namespace penstock::store
