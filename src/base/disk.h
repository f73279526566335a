// Disk: the file system behind a seam, so that tests can fill it and break it. Paths are absolute or relative to the
// working directory. Every failure is an Error with code "DiskError" (or "DiskFull" for ENOSPC and EDQUOT) that names
// the path and what the system said.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"

namespace penstock {

// An open file; closes on destruction. Offsets and sizes in bytes.
class File {
 public:
  virtual ~File() = default;
  virtual Outcome<void> append(std::string_view bytes) = 0;
  virtual Outcome<size_t> read_at(uint64_t offset, char* buffer, size_t size) = 0;  // 0 at the end
  virtual Outcome<void> sync() = 0;                                                 // fdatasync
  // Begins to write these bytes to the disk and does not wait for it, so that a later `sync` has less to do. A hint.
  virtual void begin_sync(uint64_t offset, uint64_t size) { (void)offset, (void)size; }
  // Appends bytes of `source`, where the file system can by sharing its blocks; fewer when it ends before. Returns how
  // many.
  virtual Outcome<uint64_t> append_from(File& source, uint64_t offset, uint64_t size);
  virtual Outcome<uint64_t> size() = 0;
  virtual int descriptor() const { return -1; }  // for sendfile; -1: only through the calls above
};

// An advisory lock on a file, held until destruction (also when the process dies).
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class Disk {
 public:
  enum class Mode { read, create_exclusive, append };
  virtual ~Disk() = default;
  virtual Outcome<std::unique_ptr<File>> open(const std::string& path, Mode mode, int permissions = 0644) = 0;
  virtual Outcome<void> rename(const std::string& from, const std::string& to) = 0;  // atomic; then syncs the folder
  virtual Outcome<void> link(const std::string& from, const std::string& to) = 0;    // hard link
  virtual Outcome<void> remove(const std::string& path) = 0;                         // a file; absent is fine
  virtual Outcome<void> remove_tree(const std::string& path) = 0;
  virtual Outcome<void> make_folders(const std::string& path) = 0;              // like mkdir -p
  virtual Outcome<std::vector<std::string>> list(const std::string& path) = 0;  // names, sorted
  virtual bool exists(const std::string& path) = 0;
  virtual Outcome<uint64_t> free_bytes(const std::string& path) = 0;  // for a plain user
  // Locks `path` (made when absent) against other processes and writes our process id into it, or fails at once with
  // the code "Locked" and, as the message, what the file says: the process id of the holder.
  virtual Outcome<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;

  Outcome<std::string> read_file(const std::string& path);
  // Writes a temporary file beside `path`, syncs and renames it: readers see the old or the new content, never a part.
  Outcome<void> write_file_atomically(const std::string& path, std::string_view bytes, int permissions = 0644);
};

class SystemDisk final : public Disk {
 public:
  Outcome<std::unique_ptr<File>> open(const std::string& path, Mode mode, int permissions) override;
  Outcome<void> rename(const std::string& from, const std::string& to) override;
  Outcome<void> link(const std::string& from, const std::string& to) override;
  Outcome<void> remove(const std::string& path) override;
  Outcome<void> remove_tree(const std::string& path) override;
  Outcome<void> make_folders(const std::string& path) override;
  Outcome<std::vector<std::string>> list(const std::string& path) override;
  bool exists(const std::string& path) override;
  Outcome<uint64_t> free_bytes(const std::string& path) override;
  Outcome<std::unique_ptr<FileLock>> lock(const std::string& path) override;
};

}  // namespace penstock
