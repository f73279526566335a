#include "base/large_pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace penstock {

void prefer_large_pages(void* begin, size_t bytes) {
  constexpr uintptr_t page = 4096;
  constexpr size_t worth_bytes = size_t{4} << 20;
  if (bytes < worth_bytes) return;
  const uintptr_t first = (reinterpret_cast<uintptr_t>(begin) + page - 1) / page * page;
  const uintptr_t last = (reinterpret_cast<uintptr_t>(begin) + bytes) / page * page;
  // Where the kernel knows no large pages (or pages of another size), it refuses, and small ones do.
  static_cast<void>(::madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE));
}

}  // namespace penstock
