// How much memory there is to take.
#pragma once

#include <cstdint>
#include <optional>

#include "base/disk.h"

namespace penstock {

// Bytes that this process may take from now on: the least of what the machine has (MemAvailable of /proc/meminfo), what
// its control groups leave it (cgroup v2: memory.max, without the files' pages that would make room), and its limits
// of data and address space. nullopt where none of them says.
std::optional<uint64_t> available_memory(Disk& disk);

}  // namespace penstock
