#include "base/mapped_file.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace penstock {

Outcome<std::shared_ptr<const char>> map_file(const File& file, uint64_t bytes) {
  void* const memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.descriptor(), 0);
  if (memory == MAP_FAILED)
    return Error{"DiskError", fmt::format("cannot read a file as memory: {}", std::strerror(errno))};
  return std::shared_ptr<const char>(static_cast<const char*>(memory),
                                     [memory, bytes](const char*) { ::munmap(memory, bytes); });
}

}  // namespace penstock
