#include "core/job/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>

namespace penstock::job {

namespace {

namespace fs = std::filesystem;

struct WriteCloser {
  void operator()(archive* one) const { archive_write_free(one); }
};
struct ReadCloser {
  void operator()(archive* one) const { archive_read_free(one); }
};
struct EntryCloser {
  void operator()(archive_entry* one) const { archive_entry_free(one); }
};
using Writer = std::unique_ptr<archive, WriteCloser>;
using Reader = std::unique_ptr<archive, ReadCloser>;
using Entry = std::unique_ptr<archive_entry, EntryCloser>;

Error failed(std::string_view doing, archive* one) {
  const char* why = archive_error_string(one);
  return Error{"ArchiveError", fmt::format("{}: {}", doing, why != nullptr ? why : "unknown error"), 500, {}};
}

// Paths of all files, folders and links below the folders, by their name in the archive.
std::map<std::string, fs::path> merged_tree(const std::vector<std::string>& folders) {
  std::map<std::string, fs::path> tree;
  for (const std::string& folder : folders) {
    std::error_code error;
    fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
      tree.emplace(walk->path().lexically_relative(folder).string(), walk->path());
    }
  }
  return tree;
}

Outcome<void> write_content(archive* writer, int file, const fs::path& path) {
  std::array<char, 256 * 1024> buffer;
  for (;;) {
    ssize_t count = ::read(file, buffer.data(), buffer.size());
    if (count < 0) return Error{"ArchiveError", "cannot read " + path.string(), 500, {}};
    if (count == 0) return {};
    if (archive_write_data(writer, buffer.data(), static_cast<size_t>(count)) < 0) {
      return failed("cannot write " + path.string(), writer);
    }
  }
}

Outcome<void> write_entry(archive* writer, const std::string& name, const fs::path& path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode)) return {};
  Entry entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_mode(entry.get(), status.st_mode);
  archive_entry_set_mtime(entry.get(), 0, 0);
  int file = -1;
  if (S_ISLNK(status.st_mode)) {
    std::error_code error;
    archive_entry_set_symlink(entry.get(), fs::read_symlink(path, error).c_str());
  } else if (S_ISREG(status.st_mode)) {
    file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0 || ::fstat(file, &status) != 0) return Error{"ArchiveError", "cannot open " + path.string(), 500, {}};
    archive_entry_set_size(entry.get(), status.st_size);
  }
  Outcome<void> outcome;
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK) {
    outcome = failed("cannot write " + name, writer);
  } else if (file >= 0) {
    outcome = write_content(writer, file, path);
  }
  if (file >= 0) ::close(file);
  return outcome;
}

}  // namespace

Outcome<void> make_archive(const std::vector<std::string>& folders, const std::string& file) {
  Writer writer(archive_write_new());
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_options(writer.get(), "gzip:!timestamp,gzip:compression-level=6");
  archive_write_set_format_pax_restricted(writer.get());
  if (archive_write_open_filename(writer.get(), file.c_str()) != ARCHIVE_OK)
    return failed("cannot make " + file, writer.get());
  for (const auto& [name, path] : merged_tree(folders)) {
    if (Outcome<void> written = write_entry(writer.get(), name, path); !written) return written;
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return failed("cannot finish " + file, writer.get());
  return {};
}

Outcome<void> unpack_archive(const std::string& file, const std::string& folder) {
  Reader reader(archive_read_new());
  archive_read_support_filter_all(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_filename(reader.get(), file.c_str(), 256 * 1024) != ARCHIVE_OK) {
    return failed("cannot read the archive", reader.get());
  }
  Writer disk(archive_write_disk_new());
  archive_write_disk_set_options(
      disk.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_SYMLINKS);
  // Links on the way to the folder are ours; those inside it are the archive's and refused.
  std::error_code ignored;
  std::string base = fs::canonical(folder, ignored).string() + "/";
  auto leaves = [](std::string_view name) {
    return name.starts_with('/') || fs::path(name).lexically_normal().string().starts_with("..");
  };
  for (;;) {
    archive_entry* entry = nullptr;
    int result = archive_read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_EOF) return {};
    if (result < ARCHIVE_WARN) return failed("cannot read the archive", reader.get());
    std::string_view name = archive_entry_pathname(entry);
    const char* target = archive_entry_hardlink(entry);
    if (leaves(name) || (target != nullptr && leaves(target))) {
      return Error{"ArchiveError", fmt::format("the archive's entry '{}' would leave its folder", name), 400, {}};
    }
    if (target != nullptr) archive_entry_set_hardlink(entry, (base + target).c_str());
    archive_entry_set_pathname(entry, (base + std::string(name)).c_str());
    if (archive_read_extract2(reader.get(), entry, disk.get()) < ARCHIVE_WARN) {
      return failed("cannot unpack the archive", disk.get());
    }
  }
}

bool leads_elsewhere(const std::string& base, const std::string& path) {
  for (size_t end = base.size(); end != std::string::npos;) {
    end = path.find('/', end + 1);
    struct stat status;
    if (::lstat(path.substr(0, end).c_str(), &status) == 0 && S_ISLNK(status.st_mode)) return true;
  }
  return false;
}

bool is_empty_tree(const std::string& folder) {
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    if (walk->symlink_status(error).type() != fs::file_type::directory) return false;
  }
  return true;
}

}  // namespace penstock::job
