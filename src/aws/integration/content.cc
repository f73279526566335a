#include "aws/integration/content.h"

#include <archive.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace penstock::aws::integration {
namespace {

class HeldBytes final : public execution::ByteSource {
 public:
  explicit HeldBytes(std::string bytes) : bytes_(std::move(bytes)) {}
  Outcome<size_t> read(char* buffer, size_t size) override {
    size_t count = std::min(size, bytes_.size() - place_);
    std::memcpy(buffer, bytes_.data() + place_, count);
    place_ += count;
    return count;
  }

 private:
  std::string bytes_;
  size_t place_ = 0;
};

class FileBytes final : public execution::ByteSource {
 public:
  FileBytes(std::shared_ptr<File> file, FileRange range) : file_(std::move(file)), range_(std::move(range)) {}
  Outcome<size_t> read(char* buffer, size_t size) override {
    auto wanted = static_cast<size_t>(std::min<uint64_t>(size, range_.size - place_));
    Outcome<size_t> count = file_->read_at(range_.offset + place_, buffer, wanted);
    if (count) place_ += *count;
    return count;
  }

 private:
  std::shared_ptr<File> file_;
  FileRange range_;  // its pin keeps the content
  uint64_t place_ = 0;
};

// libarchive knows the compression by the first bytes.
class Unpacked final : public execution::ByteSource {
 public:
  explicit Unpacked(std::unique_ptr<execution::ByteSource> packed) : packed_(std::move(packed)) {
    archive_read_support_filter_gzip(archive_.get());
    archive_read_support_filter_zstd(archive_.get());
    archive_read_support_format_raw(archive_.get());
    archive_read_support_format_empty(archive_.get());
  }

  Outcome<size_t> read(char* buffer, size_t size) override {
    if (!opened_) {
      opened_ = true;
      if (archive_read_open(archive_.get(), this, nullptr, &Unpacked::next_bytes, nullptr) != ARCHIVE_OK)
        return fault();
      archive_entry* entry = nullptr;
      int found = archive_read_next_header(archive_.get(), &entry);
      if (found != ARCHIVE_OK && found != ARCHIVE_EOF) return fault();
      ended_ = found == ARCHIVE_EOF;
    }
    if (ended_) return size_t{0};
    la_ssize_t count = archive_read_data(archive_.get(), buffer, size);
    if (count < 0) return fault();
    return static_cast<size_t>(count);
  }

 private:
  struct Closer {
    void operator()(archive* opened) const { archive_read_free(opened); }
  };

  static la_ssize_t next_bytes(archive*, void* self, const void** bytes) {
    auto* unpacked = static_cast<Unpacked*>(self);
    Outcome<size_t> count = unpacked->packed_->read(unpacked->in_.data(), unpacked->in_.size());
    if (!count) {
      unpacked->error_ = count.error();
      return -1;
    }
    *bytes = unpacked->in_.data();
    return static_cast<la_ssize_t>(*count);
  }

  Error fault() const {
    if (error_) return *error_;
    const char* reason = archive_error_string(archive_.get());
    return {"BadCompression",
            std::string("The compressed file cannot be read: ") + (reason ? reason : "it is damaged")};
  }

  std::unique_ptr<execution::ByteSource> packed_;
  std::unique_ptr<archive, Closer> archive_{archive_read_new()};
  std::array<char, 64 * 1024> in_;
  std::optional<Error> error_;
  bool opened_ = false, ended_ = false;
};

}  // namespace

Outcome<std::unique_ptr<execution::ByteSource>> open_content(Disk& disk, StreamOut content) {
  if (!content.file) return held_bytes(std::move(content.bytes));
  std::shared_ptr<File> file = content.file->opened;
  if (!file) {
    Outcome<std::unique_ptr<File>> opened = disk.open(content.file->path, Disk::Mode::read);
    if (!opened) return opened.error();
    file = std::move(*opened);
  }
  return {std::make_unique<FileBytes>(std::move(file), std::move(*content.file))};
}

std::unique_ptr<execution::ByteSource> held_bytes(std::string bytes) {
  return std::make_unique<HeldBytes>(std::move(bytes));
}

std::unique_ptr<execution::ByteSource> unpacked(std::unique_ptr<execution::ByteSource> packed) {
  return std::make_unique<Unpacked>(std::move(packed));
}

}  // namespace penstock::aws::integration
