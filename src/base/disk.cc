#include "base/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace penstock {

namespace {

Error disk_error(std::string_view doing, std::string_view path, int number) {
  bool full = number == ENOSPC || number == EDQUOT;
  return Error{full ? "DiskFull" : "DiskError",
               fmt::format("cannot {} {}: {}", doing, path, std::generic_category().message(number)),
               500,
               {}};
}

// Runs a system call again while signals interrupt it.
template <class Call>
auto retried(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

std::string folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// A rename or a new name is durable only once its folder is.
Outcome<void> sync_folder(const std::string& folder) {
  int descriptor = retried([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) return disk_error("open the folder", folder, errno);
  int result = retried([&] { return ::fsync(descriptor); });
  int number = errno;
  ::close(descriptor);
  if (result != 0 && number != EINVAL) return disk_error("sync the folder", folder, number);  // EINVAL: needs no sync
  return {};
}

class SystemFile final : public File {
 public:
  SystemFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~SystemFile() override { ::close(descriptor_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  Outcome<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      ssize_t written = retried([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
      if (written < 0) return disk_error("write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  int descriptor() const override { return descriptor_; }

  Outcome<size_t> read_at(uint64_t offset, char* buffer, size_t size) override {
    ssize_t count = retried([&] { return ::pread(descriptor_, buffer, size, static_cast<off_t>(offset)); });
    if (count < 0) return disk_error("read", path_, errno);
    return static_cast<size_t>(count);
  }

  Outcome<void> sync() override {
    if (retried([&] { return ::fdatasync(descriptor_); }) != 0) return disk_error("sync", path_, errno);
    return {};
  }

  void begin_sync(uint64_t offset, uint64_t size) override {
    (void)::sync_file_range(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(size), SYNC_FILE_RANGE_WRITE);
  }

  Outcome<uint64_t> append_from(File& source, uint64_t offset, uint64_t size) override {
    auto from = static_cast<off_t>(offset);
    uint64_t appended = 0;
    while (appended < size && source.descriptor() >= 0) {
      ssize_t count = retried(
          [&] { return ::copy_file_range(source.descriptor(), &from, descriptor_, nullptr, size - appended, 0); });
      if (count < 0 && (errno == ENOSPC || errno == EDQUOT)) return disk_error("write", path_, errno);
      if (count <= 0) break;  // not between these files, or the end: reading and writing finds out
      appended += static_cast<uint64_t>(count);
    }
    if (appended == size) return size;
    Outcome<uint64_t> rest = File::append_from(source, offset + appended, size - appended);
    if (!rest) return rest;
    return appended + *rest;
  }

  Outcome<uint64_t> size() override {
    struct stat status;
    if (::fstat(descriptor_, &status) != 0) return disk_error("look at", path_, errno);
    return static_cast<uint64_t>(status.st_size);
  }

 private:
  int descriptor_;
  std::string path_;
};

class SystemFileLock final : public FileLock {
 public:
  explicit SystemFileLock(int descriptor) : descriptor_(descriptor) {}
  ~SystemFileLock() override { ::close(descriptor_); }
  SystemFileLock(const SystemFileLock&) = delete;
  SystemFileLock& operator=(const SystemFileLock&) = delete;

 private:
  int descriptor_;
};

int open_flags(Disk::Mode mode) {
  switch (mode) {
    case Disk::Mode::read:
      return O_RDONLY;
    case Disk::Mode::create_exclusive:
      return O_RDWR | O_CREAT |
             O_EXCL;  // nobody else writes: it appends also without O_APPEND, which forbids copy_file_range
    case Disk::Mode::append:
      return O_RDWR | O_CREAT | O_APPEND;
  }
  return O_RDONLY;
}

// A device, a pipe or a socket takes bytes, and must not be replaced by a file: root would lose /dev/null.
bool is_stream(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace

Outcome<uint64_t> File::append_from(File& source, uint64_t offset, uint64_t size) {
  std::string piece(static_cast<size_t>(std::min<uint64_t>(size, 1 << 20)), '\0');
  uint64_t appended = 0;
  while (appended < size) {
    size_t wanted = static_cast<size_t>(std::min<uint64_t>(size - appended, piece.size()));
    Outcome<size_t> count = source.read_at(offset + appended, piece.data(), wanted);
    if (!count) return count.error();
    if (*count == 0) break;
    if (Outcome<void> written = append({piece.data(), *count}); !written) return written.error();
    appended += *count;
  }
  return appended;
}

Outcome<std::string> Disk::read_file(const std::string& path) {
  Outcome<std::unique_ptr<File>> file = open(path, Mode::read);
  if (!file) return file.error();
  Outcome<uint64_t> size = (*file)->size();
  if (!size) return size.error();
  // One byte more than the size, so that one read also finds the end; /proc files say 0 and are longer.
  std::string bytes(std::max<size_t>(*size + 1, 4096), '\0');
  size_t used = 0;
  for (;;) {
    Outcome<size_t> count = (*file)->read_at(used, bytes.data() + used, bytes.size() - used);
    if (!count) return count.error();
    if (*count == 0) break;
    used += *count;
    if (used == bytes.size()) bytes.resize(bytes.size() * 2);
  }
  bytes.resize(used);
  return bytes;
}

Outcome<void> Disk::write_file_atomically(const std::string& path, std::string_view bytes, int permissions) {
  if (is_stream(path)) {
    Outcome<std::unique_ptr<File>> stream = open(path, Mode::append, permissions);
    return stream ? (*stream)->append(bytes) : stream.error();
  }
  static std::atomic<uint64_t> next{0};  // keeps two writers of one process apart
  std::string temporary = fmt::format("{}.tmp-{}-{}", path, ::getpid(), next++);
  auto written = [&]() -> Outcome<void> {
    Outcome<std::unique_ptr<File>> file = open(temporary, Mode::create_exclusive, permissions);
    if (!file) return file.error();
    if (Outcome<void> appended = (*file)->append(bytes); !appended) return appended;
    if (Outcome<void> synced = (*file)->sync(); !synced) return synced;
    return rename(temporary, path);
  }();
  if (!written) (void)remove(temporary);
  return written;
}

Outcome<std::unique_ptr<File>> SystemDisk::open(const std::string& path, Mode mode, int permissions) {
  int descriptor = retried([&] { return ::open(path.c_str(), open_flags(mode) | O_CLOEXEC, permissions); });
  if (descriptor < 0) return disk_error(mode == Mode::read ? "open" : "create", path, errno);
  return std::unique_ptr<File>(new SystemFile(descriptor, path));
}

Outcome<void> SystemDisk::rename(const std::string& from, const std::string& to) {
  if (is_stream(to))
    return Error{
        "DiskError", "cannot put a file in the place of " + to + ": it is a device, a pipe or a socket", 500, {}};
  if (::rename(from.c_str(), to.c_str()) != 0) return disk_error("rename " + from + " to", to, errno);
  return sync_folder(folder_of(to));
}

Outcome<void> SystemDisk::link(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) != 0) return disk_error("link " + from + " to", to, errno);
  return {};
}

Outcome<void> SystemDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return disk_error("remove", path, errno);
  return {};
}

Outcome<void> SystemDisk::remove_tree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return disk_error("remove the folder", path, error.value());
  return {};
}

Outcome<void> SystemDisk::make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return disk_error("make the folder", path, error.value());
  return {};
}

Outcome<std::vector<std::string>> SystemDisk::list(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return disk_error("list", path, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

bool SystemDisk::exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

Outcome<uint64_t> SystemDisk::free_bytes(const std::string& path) {
  struct statvfs status;
  if (::statvfs(path.c_str(), &status) != 0) return disk_error("look at the file system of", path, errno);
  return static_cast<uint64_t>(status.f_bavail) * status.f_frsize;
}

Outcome<std::unique_ptr<FileLock>> SystemDisk::lock(const std::string& path) {
  int descriptor = retried([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); });
  if (descriptor < 0) return disk_error("create", path, errno);
  auto held = std::make_unique<SystemFileLock>(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return disk_error("lock", path, errno);
    char holder[32];
    ssize_t size = ::pread(descriptor, holder, sizeof holder, 0);
    std::string_view text(holder, size > 0 ? static_cast<size_t>(size) : 0);
    return Error{"Locked", std::string(text.substr(0, text.find('\n'))), 500, {}};
  }
  std::string process = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, process.data(), process.size(), 0) < 0) {
    return disk_error("write", path, errno);
  }
  return std::unique_ptr<FileLock>(std::move(held));
}

}  // namespace penstock
