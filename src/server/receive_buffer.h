// ReceiveBuffer: bytes read from a socket and not yet used, in one piece of memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace penstock::server {

class ReceiveBuffer {
 public:
  std::string_view bytes() const { return {memory_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  size_t capacity() const { return capacity_; }

  // Where the next bytes go, and how many fit; `added` says how many were put there.
  char* free_begin() { return memory_.get() + end_; }
  size_t free_size() const { return capacity_ - end_; }
  void added(size_t count) { end_ += count; }

  // Drops the first bytes.
  void consume(size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void clear() { begin_ = end_ = 0; }
  void free_memory() { *this = {}; }

  // Makes at least `room` bytes free behind what is held; new memory is no smaller than `least`.
  void make_room(size_t room, size_t least) {
    if (free_size() >= room) return;
    size_t held = end_ - begin_;
    if (begin_ > 0 && capacity_ - held >= room) {
      std::memmove(memory_.get(), memory_.get() + begin_, held);
    } else {
      size_t capacity = std::max(least, held + room);
      std::unique_ptr<char[]> larger = std::make_unique_for_overwrite<char[]>(capacity);
      if (held > 0) std::memcpy(larger.get(), memory_.get() + begin_, held);
      memory_ = std::move(larger);
      capacity_ = capacity;
    }
    begin_ = 0;
    end_ = held;
  }

 private:
  std::unique_ptr<char[]> memory_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace penstock::server
