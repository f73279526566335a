#include "core/explore/spill.h"

#include <fmt/format.h>

namespace penstock::explore {

Outcome<uint64_t> SpillFile::append(std::string_view bytes) {
  if (auto appended = file_->append(bytes); !appended) return appended.error();
  const uint64_t at = size_;
  size_ += bytes.size();
  return at;
}

Outcome<void> SpillFile::read(uint64_t at, char* buffer, size_t size) {
  while (size > 0) {
    auto count = file_->read_at(at, buffer, size);
    if (!count) return count.error();
    if (*count == 0) return Error{"DiskError", "a temporary file became shorter while it was read"};
    at += *count;
    buffer += *count;
    size -= *count;
  }
  return {};
}

Outcome<std::unique_ptr<SpillFile>> Spill::make_file() {
  const std::string path = fmt::format("{}/run-{}", folder_, made_++);
  if (auto made = disk_.make_folders(folder_); !made) return made.error();
  auto file = disk_.open(path, Disk::Mode::create_exclusive, 0600);
  if (!file) return file.error();
  if (auto removed = disk_.remove(path); !removed) return removed.error();
  return std::make_unique<SpillFile>(*std::move(file));
}

}  // namespace penstock::explore
