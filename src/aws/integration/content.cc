#include "aws/integration/content.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
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

class Unzipped final : public execution::ByteSource {
 public:
  explicit Unzipped(std::unique_ptr<execution::ByteSource> packed) : packed_(std::move(packed)) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    inflateInit2(&stream_, gzip_only);
  }
  ~Unzipped() override { inflateEnd(&stream_); }

  Outcome<size_t> read(char* buffer, size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size && !ended_) {
      if (stream_.avail_in == 0) {
        Outcome<size_t> count = packed_->read(in_.data(), in_.size());
        if (!count) return count.error();
        if (*count == 0) return Error{"BadGzip", "The gzipped file ends too early."};
        stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
        stream_.avail_in = static_cast<uInt>(*count);
      }
      int state = inflate(&stream_, Z_NO_FLUSH);
      if (state != Z_OK && state != Z_STREAM_END) return Error{"BadGzip", "The file is not a valid gzip file."};
      ended_ = state == Z_STREAM_END;
    }
    return size - stream_.avail_out;
  }

 private:
  std::unique_ptr<execution::ByteSource> packed_;
  std::array<char, 64 * 1024> in_;
  z_stream stream_{};
  bool ended_ = false;
};

}  // namespace

Outcome<std::unique_ptr<execution::ByteSource>> open_content(Disk& disk, StreamOut content) {
  if (!content.file) return {std::make_unique<HeldBytes>(std::move(content.bytes))};
  std::shared_ptr<File> file = content.file->opened;
  if (!file) {
    Outcome<std::unique_ptr<File>> opened = disk.open(content.file->path, Disk::Mode::read);
    if (!opened) return opened.error();
    file = std::move(*opened);
  }
  return {std::make_unique<FileBytes>(std::move(file), std::move(*content.file))};
}

std::unique_ptr<execution::ByteSource> unzipped(std::unique_ptr<execution::ByteSource> packed) {
  return std::make_unique<Unzipped>(std::move(packed));
}

}  // namespace penstock::aws::integration
