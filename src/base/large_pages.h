// Large pages for large memory: a page fault for each 2 MiB instead of each 4 KiB.
#pragma once

#include <cstddef>

namespace penstock {

// Asks the kernel for large pages in [begin, begin + bytes), which will be filled whole soon; only a hint, and nothing
// for small memory.
void prefer_large_pages(void* begin, size_t bytes);

// Room for `count` values in an empty vector, in large pages where that pays.
template <class Vector>
void reserve_large(Vector& vector, size_t count) {
  vector.reserve(count);
  prefer_large_pages(vector.data(), count * sizeof(*vector.data()));
}

}  // namespace penstock
