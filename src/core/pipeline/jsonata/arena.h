// Arena: memory of one evaluation, given back all at once. The first kilobytes lie in the arena itself, so that a small
// expression asks the allocator for nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace penstock::jsonata {

class Arena {
 public:
  explicit Arena(size_t bytes_max) : bytes_max_(bytes_max), at_(first_), end_(first_ + sizeof first_) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Throws Failure U1001 beyond `bytes_max`. Aligned for any of our types.
  void* allocate(size_t bytes) {
    bytes = (bytes + 7) & ~size_t{7};
    if (bytes > static_cast<size_t>(end_ - at_)) return allocate_block(bytes);
    void* result = at_;
    at_ += bytes;
    return result;
  }
  template <class T>
  T* make() {
    return new (allocate(sizeof(T))) T();
  }
  template <class T>
  T* make_many(size_t count) {
    T* result = static_cast<T*>(allocate(sizeof(T) * count));
    for (size_t at = 0; at < count; ++at) new (result + at) T();
    return result;
  }
  std::string_view copy(std::string_view text);
  // Takes bytes into account that are held elsewhere.
  void charge(size_t bytes);

 private:
  void* allocate_block(size_t bytes);

  size_t bytes_max_;
  size_t bytes_ = 0;
  char* at_;
  char* end_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  alignas(16) char first_[2048];
};

}  // namespace penstock::jsonata
