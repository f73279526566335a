// Contents of S3 objects as bytes to read, plain or compressed.
#pragma once

#include <memory>
#include <string>

#include "aws/protocol/stream_out.h"
#include "base/disk.h"
#include "core/execution/item_text.h"

namespace penstock::aws::integration {

// The answer of GetObject. Error: DiskError.
Outcome<std::unique_ptr<execution::ByteSource>> open_content(Disk& disk, StreamOut content);

// Bytes that are there already.
std::unique_ptr<execution::ByteSource> held_bytes(std::string bytes);

// What `packed` holds, which is compressed by gzip or zstd (or not at all); read errors name the fault.
std::unique_ptr<execution::ByteSource> unpacked(std::unique_ptr<execution::ByteSource> packed);

}  // namespace penstock::aws::integration
