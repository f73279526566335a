#include "base/large_pages.h"

#include <sys/mman.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

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

void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kept_bytes = 256 << 20;
  ::mallopt(M_TRIM_THRESHOLD, kept_bytes);
  ::mallopt(M_MMAP_THRESHOLD, kept_bytes);
#endif
}

}  // namespace penstock
