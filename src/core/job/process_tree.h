// What the processes and files of a job use, read from /proc and the disk.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace penstock::job {

// `process` and all its descendants, parents first; one that ends meanwhile is left out.
std::vector<pid_t> descendants(pid_t process);

// Kills all descendants of `process`, but not itself, and again until none is left (bounded).
void kill_descendants(pid_t process);

// Memory that `process` and its descendants hold by themselves, in bytes: private and shared-memory pages; pages that a
// fork shares count once when the first sum is above `doubtful_above` (that takes longer to find out).
int64_t memory_in_use(pid_t process, int64_t doubtful_above);

// Bytes on disk below `folder`, links not followed; stops counting beyond `enough`.
int64_t disk_in_use(const std::string& folder, int64_t enough);

}  // namespace penstock::job
