// ByteStream: a file's bytes from the beginning to the end, decompressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/outcome.h"
#include "kit/command.h"
#include "kit/source.h"

namespace penstock::kit {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual Outcome<size_t> read(char* buffer, size_t size) = 0;  // 0 at the end
  virtual uint64_t position() const = 0;                        // in bytes of the file as it lies on the disk
};

// Error "BadData" names the file: not there, or not compressed as its name says.
Outcome<std::unique_ptr<ByteStream>> open_bytes(Session& session, const SourceFile& file);

}  // namespace penstock::kit
