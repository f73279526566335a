// A part of a file in memory, which goes on where the last one ended. Some bytes before and behind its text may be read
// (as anything), so that kernels need not look where it begins or ends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "kit/csv_decimal.h"

namespace penstock::kit {

class TextBlock {
 public:
  // What has not been dropped.
  std::string_view text() const { return {front() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  // Drops the text's first bytes.
  void drop(size_t bytes) { begin_ += bytes; }
  void clear() { begin_ = end_ = 0; }

  // Moves the text to the front of `bytes` of memory, more than it has; then `room` is what is free behind it.
  void make_room(size_t bytes) {
    const size_t kept = end_ - begin_;
    if (bytes > capacity_) {
      auto larger = std::make_unique_for_overwrite<char[]>(bytes + 2 * text_margin);
      std::memset(larger.get(), 0, text_margin);
      std::memset(larger.get() + text_margin + bytes, 0, text_margin);
      if (kept > 0) std::memcpy(larger.get() + text_margin, front() + begin_, kept);
      memory_ = std::move(larger);
      capacity_ = bytes;
    } else if (kept > 0) {
      std::memmove(front(), front() + begin_, kept);
    }
    begin_ = 0;
    end_ = kept;
    limit_ = bytes;
  }
  char* free_memory() { return front() + end_; }
  size_t room() const { return limit_ - end_; }
  // So many bytes were written there.
  void added(size_t bytes) { end_ += bytes; }

 private:
  // Behind a margin.
  char* front() const { return memory_ ? memory_.get() + text_margin : nullptr; }

  std::unique_ptr<char[]> memory_;
  size_t capacity_ = 0;
  size_t limit_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace penstock::kit
