// Large pages for large memory: a page fault for each 2 MiB instead of each 4 KiB.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace penstock {

inline constexpr size_t large_page_bytes = size_t{2} << 20;

// Asks the kernel for large pages in [begin, begin + bytes), which will be filled whole soon; only a hint, and nothing
// for small memory.
void prefer_large_pages(void* begin, size_t bytes);

// What is freed from now on stays with the process (up to 256 MiB) for whoever asks next: given back to the kernel, it
// costs page faults and clearing again. For programs that make and free large memory over and over.
void keep_freed_memory();

// Room for `count` values in an empty vector, in large pages where that pays.
template <class Vector>
void reserve_large(Vector& vector, size_t count) {
  vector.reserve(count);
  prefer_large_pages(vector.data(), count * sizeof(*vector.data()));
}

// Memory of its own for a vector that will be large: it begins where a large page does, so that all of it can lie in
// them.
template <class Value>
struct LargePageAllocator {
  using value_type = Value;

  LargePageAllocator() = default;
  template <class Other>
  LargePageAllocator(const LargePageAllocator<Other>&) {}

  Value* allocate(size_t count) {
    size_t bytes = count * sizeof(Value);
    const size_t alignment = bytes < 2 * large_page_bytes ? alignof(std::max_align_t) : large_page_bytes;
    bytes = (bytes + alignment - 1) / alignment * alignment;
    void* const memory = std::aligned_alloc(alignment, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    prefer_large_pages(memory, bytes);
    return static_cast<Value*>(memory);
  }
  void deallocate(Value* memory, size_t) { std::free(memory); }
  template <class Other>
  bool operator==(const LargePageAllocator<Other>&) const {
    return true;
  }
};
template <class Value>
using LargeVector = std::vector<Value, LargePageAllocator<Value>>;

}  // namespace penstock
