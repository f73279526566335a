// Contents of S3 objects as bytes to read, plain or gzipped.
#pragma once

#include <memory>

#include "aws/protocol/stream_out.h"
#include "base/disk.h"
#include "core/execution/item_text.h"

namespace penstock::aws::integration {

// The answer of GetObject. Error: DiskError.
Outcome<std::unique_ptr<execution::ByteSource>> open_content(Disk& disk, StreamOut content);

// What `packed` holds when it is gzipped; read errors name the fault.
std::unique_ptr<execution::ByteSource> unzipped(std::unique_ptr<execution::ByteSource> packed);

}  // namespace penstock::aws::integration
