#include "core/pipeline/jsonata/arena.h"

#include <algorithm>
#include <cstring>

#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {

void Arena::charge(size_t bytes) {
  bytes_ += bytes;
  if (bytes > bytes_max_ || bytes_ > bytes_max_)
    throw Failure{.code = "U1001", .message = "The expression needs more memory than is allowed"};
}

void* Arena::allocate_block(size_t bytes) {
  const size_t block =
      std::max(bytes, std::min<size_t>(size_t{8} << 10 << std::min<size_t>(blocks_.size(), 7), size_t{1} << 20));
  charge(block);
  blocks_.emplace_back(new char[block]);
  char* start = blocks_.back().get();
  // A large one of its own leaves the current block in use.
  if (bytes < block) {
    at_ = start + bytes;
    end_ = start + block;
  }
  return start;
}

std::string_view Arena::copy(std::string_view text) {
  char* start = static_cast<char*>(allocate(text.size()));
  if (!text.empty()) std::memcpy(start, text.data(), text.size());
  return {start, text.size()};
}

}  // namespace penstock::jsonata
