// FileSequence: the files of a data set as readers of text go through them, one open at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/outcome.h"
#include "kit/byte_stream.h"
#include "kit/source.h"

namespace penstock::kit {

class FileSequence {
 public:
  // There is at least one.
  explicit FileSequence(std::vector<SourceFile> files) : files_(std::move(files)) {
    for (const SourceFile& file : files_) bytes_total_ += file.bytes;
  }

  bool is_open() const { return bytes_ != nullptr; }
  // All have been closed.
  bool at_end() const { return current_ == files_.size(); }
  const SourceFile& first() const { return files_.front(); }
  // The open one, or the next; not at the end.
  const SourceFile& current() const { return files_[current_]; }

  Outcome<void> open(Session& session) {
    auto opened = open_bytes(session, current());
    if (!opened) return opened.error();
    bytes_ = *std::move(opened);
    return {};
  }
  // Of the open file; 0 at its end.
  Outcome<size_t> read(char* buffer, size_t size) { return bytes_->read(buffer, size); }
  // The open file has been read; the next one is current.
  void close() {
    bytes_.reset();
    bytes_closed_ += files_[current_++].bytes;
  }
  // Before the first one again.
  void rewind() {
    bytes_.reset();
    current_ = 0;
    bytes_closed_ = 0;
  }

  uint64_t bytes_read() const { return bytes_closed_ + (bytes_ ? bytes_->position() : 0); }
  uint64_t bytes_total() const { return bytes_total_; }

 private:
  std::vector<SourceFile> files_;
  size_t current_ = 0;
  std::unique_ptr<ByteStream> bytes_;  // of the open one
  uint64_t bytes_closed_ = 0;
  uint64_t bytes_total_ = 0;
};

}  // namespace penstock::kit
