// open_bytes, over Arrow's decompressors.
#include <arrow/io/api.h>
#include <fmt/format.h>

#include "kit/arrow_decompress.h"
#include "kit/byte_stream.h"

namespace penstock::kit {

namespace {

Error bad_data(const SourceFile& file, std::string_view what) {
  return Error{"BadData", fmt::format("{}: {}", file.shown, what)};
}

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(std::unique_ptr<File> file) : file_(std::move(file)) {}
  Outcome<size_t> read(char* buffer, size_t size) override {
    auto count = file_->read_at(at_, buffer, size);
    if (count) at_ += *count;
    return count;
  }
  uint64_t position() const override { return at_; }

 private:
  std::unique_ptr<File> file_;
  uint64_t at_ = 0;
};

class DecompressedStream final : public ByteStream {
 public:
  explicit DecompressedStream(SourceFile file) : file_(std::move(file)) {}

  Outcome<void> open() {
    auto status = [&]() -> arrow::Status {
      ARROW_ASSIGN_OR_RAISE(raw_, arrow::io::ReadableFile::Open(file_.path));
      ARROW_ASSIGN_OR_RAISE(stream_, decompress(file_.compression, raw_));
      return arrow::Status::OK();
    }();
    if (!status.ok()) {
      return bad_data(file_, fmt::format("cannot decompress {}: {}", file_.compression, status.message()));
    }
    return {};
  }

  Outcome<size_t> read(char* buffer, size_t size) override {
    auto count = stream_->Read(static_cast<int64_t>(size), buffer);
    if (!count.ok()) {
      return bad_data(file_, fmt::format("cannot decompress {}: {}", file_.compression, count.status().message()));
    }
    return static_cast<size_t>(*count);
  }
  uint64_t position() const override { return static_cast<uint64_t>(raw_->Tell().ValueOr(0)); }

 private:
  SourceFile file_;
  std::shared_ptr<arrow::io::ReadableFile> raw_;
  std::shared_ptr<arrow::io::InputStream> stream_;
};

}  // namespace

Outcome<std::unique_ptr<ByteStream>> open_bytes(Session& session, const SourceFile& file) {
  if (!file.compression.empty()) {
    auto stream = std::make_unique<DecompressedStream>(file);
    if (auto opened = stream->open(); !opened) return opened.error();
    return std::unique_ptr<ByteStream>(std::move(stream));
  }
  auto opened = session.disk.open(file.path, Disk::Mode::read);
  if (!opened) return opened.error();
  return std::unique_ptr<ByteStream>(std::make_unique<PlainStream>(*std::move(opened)));
}

}  // namespace penstock::kit
