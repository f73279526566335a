#include "kit/output_files.h"

#include <fmt/format.h>
#include <unistd.h>

namespace penstock::kit {

OutputFiles::~OutputFiles() {
  for (Pending& pending : pending_) {
    pending.file.reset();
    (void)disk_.remove(pending.temporary).ok();  // nothing can be done about what is left
  }
}

Outcome<std::string> OutputFiles::reserve(const std::string& path) {
  for (auto pending = pending_.begin(); pending != pending_.end(); ++pending) {
    if (pending->path != path) continue;
    pending->file.reset();
    if (auto removed = disk_.remove(pending->temporary); !removed) return removed.error();
    pending_.erase(pending);
    break;
  }
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
  if (!folder.empty()) {
    if (auto made = disk_.make_folders(folder); !made) return made.error();
  }
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  std::string temporary =
      fmt::format("{}{}.{}-{}.partial", folder.empty() ? "" : folder + "/", name, ::getpid(), made_++);
  if (auto removed = disk_.remove(temporary); !removed) return removed.error();
  pending_.push_back({.path = path, .temporary = temporary, .file = nullptr});
  return temporary;
}

Outcome<File*> OutputFiles::create(const std::string& path) {
  auto temporary = reserve(path);
  if (!temporary) return temporary.error();
  auto file = disk_.open(*temporary, Disk::Mode::create_exclusive);
  if (!file) return file.error();
  pending_.back().file = std::move(*file);
  return pending_.back().file.get();
}

Outcome<void> OutputFiles::write(const std::string& path, std::string_view bytes) {
  auto file = create(path);
  if (!file) return file.error();
  return (*file)->append(bytes);
}

Outcome<void> OutputFiles::commit() {
  for (Pending& pending : pending_)
    if (pending.file) {
      if (auto synced = pending.file->sync(); !synced) return synced;
    }
  for (Pending& pending : pending_) {
    pending.file.reset();
    if (auto renamed = disk_.rename(pending.temporary, pending.path); !renamed) return renamed;
  }
  pending_.clear();
  return {};
}

}  // namespace penstock::kit
