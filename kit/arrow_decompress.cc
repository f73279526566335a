#include "kit/arrow_decompress.h"

#include <archive.h>
#include <archive_entry.h>
#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/status.h>
#include <arrow/util/compression.h>

#include <algorithm>

namespace penstock::kit {

namespace {

// Feeds libarchive from an Arrow stream; one archive of one file is what libarchive calls the format "raw".
class XzStream final : public arrow::io::InputStream {
 public:
  explicit XzStream(std::shared_ptr<arrow::io::InputStream> raw) : raw_(std::move(raw)) {
    archive_read_support_filter_xz(archive_.get());
    archive_read_support_format_raw(archive_.get());
  }

  arrow::Status open() {
    archive_entry* entry = nullptr;
    if (archive_read_open(archive_.get(), this, nullptr, feed, nullptr) != ARCHIVE_OK ||
        archive_read_next_header(archive_.get(), &entry) != ARCHIVE_OK) {
      return problem();
    }
    // Without the filter libarchive takes the bytes as they are.
    if (archive_filter_code(archive_.get(), 0) != ARCHIVE_FILTER_XZ) return arrow::Status::IOError("not an xz file");
    return arrow::Status::OK();
  }

  arrow::Result<int64_t> Read(int64_t size, void* out) override {
    const auto count = archive_read_data(archive_.get(), out, static_cast<size_t>(size));
    if (count < 0) return problem();
    given_ += count;
    return count;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(size));
    ARROW_ASSIGN_OR_RAISE(const int64_t count, Read(size, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(count));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Status Close() override {
    closed_ = true;
    return raw_->Close();
  }
  arrow::Result<int64_t> Tell() const override { return given_; }
  bool closed() const override { return closed_; }

 private:
  static la_ssize_t feed(archive* reader, void* self, const void** out) {
    auto& stream = *static_cast<XzStream*>(self);
    auto piece = stream.raw_->Read(piece_bytes);
    if (!piece.ok()) {
      archive_set_error(reader, EIO, "%s", piece.status().message().c_str());
      return -1;
    }
    stream.piece_ = *std::move(piece);
    *out = stream.piece_->data();
    return static_cast<la_ssize_t>(stream.piece_->size());
  }

  arrow::Status problem() {
    const char* text = archive_error_string(archive_.get());
    return arrow::Status::IOError(text != nullptr ? text : "damaged data");
  }

  static constexpr int64_t piece_bytes = 256 * 1024;

  std::shared_ptr<arrow::io::InputStream> raw_;
  std::shared_ptr<arrow::Buffer> piece_;  // what libarchive reads until it asks for the next
  std::unique_ptr<archive, int (*)(archive*)> archive_{archive_read_new(), archive_read_free};
  int64_t given_ = 0;
  bool closed_ = false;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::io::InputStream>> decompress(const std::string& compression,
                                                                  std::shared_ptr<arrow::io::InputStream> raw) {
  if (compression == "xz") {
    auto stream = std::make_shared<XzStream>(std::move(raw));
    ARROW_RETURN_NOT_OK(stream->open());
    return stream;
  }
  ARROW_ASSIGN_OR_RAISE(const auto kind, arrow::util::Codec::GetCompressionType(compression));
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(kind));
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::CompressedInputStream::Make(codec.get(), std::move(raw)));
  // The codec lives as long as the stream.
  struct Both {
    std::shared_ptr<arrow::util::Codec> codec;
    std::shared_ptr<arrow::io::InputStream> stream;
  };
  auto both = std::make_shared<Both>(Both{std::move(codec), std::move(stream)});
  auto* inner = both->stream.get();
  return std::shared_ptr<arrow::io::InputStream>(std::move(both), inner);
}

}  // namespace penstock::kit
