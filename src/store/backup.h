// Backups: a consistent moment of a store, running or not, with the object files it names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/outcome.h"

namespace penstock::store {

// Everything a restored data directory needs, laid out under `folder`; removed when this goes.
class StagedBackup {
 public:
  // Stages the store of the data directory `data` in a folder of that directory: the database is copied, object files
  // are hard links (they never change), so they stay whatever the server removes meanwhile. Errors: NoSuchStore,
  // BackupRuns (another one is under way), StoreCorrupt, DiskFull, DiskError.
  static Outcome<std::unique_ptr<StagedBackup>> make(Disk& disk, const std::string& data);
  ~StagedBackup();
  StagedBackup(const StagedBackup&) = delete;
  StagedBackup& operator=(const StagedBackup&) = delete;

  const std::string& folder() const { return folder_; }
  // Paths below `folder`: penstock.db, credentials.json, objects/ab/... The database first.
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  StagedBackup(Disk& disk, const std::string& data);
  Outcome<void> stage(const std::string& data);
  Outcome<bool> link_objects(const std::string& data);

  Disk& disk_;
  std::string folder_;
  std::unique_ptr<FileLock> lock_;
  std::vector<std::string> paths_;
};

}  // namespace penstock::store
