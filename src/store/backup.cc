#include "store/backup.h"

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

StagedBackup::StagedBackup(Disk& disk, const std::string& data) : disk_(disk), folder_(data + "/backup-staging") {}

StagedBackup::~StagedBackup() {
  if (lock_) (void)disk_.remove_tree(folder_);
}

Outcome<std::unique_ptr<StagedBackup>> StagedBackup::make(Disk& disk, const std::string& data) {
  if (!disk.exists(data + "/penstock.db")) {
    return Error{"NoSuchStore",
                 fmt::format("there is no store {}/penstock.db. Name the server's data directory with --data", data),
                 400,
                 {}};
  }
  std::unique_ptr<StagedBackup> staged(new StagedBackup(disk, data));
  Outcome<std::unique_ptr<FileLock>> lock = disk.lock(data + "/backup.lock");
  if (!lock && lock.error().code == "Locked") {
    return Error{"BackupRuns",
                 fmt::format("process {} is making a backup of {}. Wait for it", lock.error().message, data),
                 400,
                 {}};
  }
  if (!lock) return lock.error();
  staged->lock_ = std::move(*lock);
  if (Outcome<void> done = staged->stage(data); !done) return done.error();
  return staged;
}

Outcome<void> StagedBackup::stage(const std::string& data) {
  if (Outcome<void> removed = disk_.remove_tree(folder_); !removed) return removed;  // of one that was killed
  if (Outcome<void> made = disk_.make_folders(folder_); !made) return made;
  // An object may be removed between the copy and its link; a newer copy then no longer names it.
  constexpr int attempts_max = 5;
  for (int attempt = 1;; ++attempt) {
    if (Outcome<void> removed = disk_.remove(folder_ + "/penstock.db"); !removed) return removed;
    Outcome<void> copied = backup_store(disk_, data + "/penstock.db", folder_ + "/penstock.db");
    if (!copied) return copied;
    Outcome<bool> complete = link_objects(data);
    if (!complete) return complete.error();
    if (*complete) break;
    if (attempt == attempts_max) {
      return Error{"StoreCorrupt",
                   fmt::format("object files that {}/penstock.db names are missing. Run penstock doctor", data),
                   500,
                   {}};
    }
  }
  Outcome<std::vector<std::string>> names = disk_.list(data);
  if (!names) return names.error();
  for (const std::string& name : *names) {
    if (!name.ends_with(".json")) continue;  // credentials and settings; not the lock, the endpoint, jobs' folders
    if (Outcome<void> linked = disk_.link(data + "/" + name, folder_ + "/" + name); !linked) return linked;
    paths_.push_back(name);
  }
  return {};
}

// Links what the staged database names; false when a file was gone.
Outcome<bool> StagedBackup::link_objects(const std::string& data) {
  std::vector<std::string> names;
  try {
    Connection connection(internal::open_handle(folder_ + "/penstock.db", SQLITE_OPEN_READONLY));
    Statement row = connection.prepare("SELECT file FROM content WHERE file IS NOT NULL ORDER BY file");
    while (row.step()) names.emplace_back(row.text(0));
  } catch (const internal::SqliteFailure& failure) {
    return internal::to_error(failure, folder_ + "/penstock.db");
  }
  paths_ = {"penstock.db"};
  for (const std::string& name : names) {
    std::string group = "objects/" + name.substr(0, 2);
    std::string path = group + "/" + name;
    paths_.push_back(path);
    if (disk_.exists(folder_ + "/" + path)) continue;
    if (Outcome<void> made = disk_.make_folders(folder_ + "/" + group); !made) return made.error();
    if (Outcome<void> linked = disk_.link(data + "/" + path, folder_ + "/" + path); !linked) {
      if (disk_.exists(data + "/" + path)) return linked.error();
      return false;
    }
  }
  return true;
}

}  // namespace penstock::store
