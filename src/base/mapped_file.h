// A file as memory that is only read.
#pragma once

#include <cstdint>
#include <memory>

#include "base/disk.h"

namespace penstock {

// The first `bytes` of an open file, at least one. The system brings them into memory as they are looked at, and lets
// go of them when memory is short. The file may be closed and removed meanwhile, not written to. Error "DiskError".
Outcome<std::shared_ptr<const char>> map_file(const File& file, uint64_t bytes);

}  // namespace penstock
