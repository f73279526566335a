// CategoryCounter: counts equal texts as they come, by hash; the distribution of a text column is made from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/explore/column.h"
#include "core/monitor/distribution.h"

namespace penstock::monitor {

class CategoryCounter {
 public:
  // Counts a text and returns its number: 0 for the first one seen, 1 for the next new one, ...
  uint32_t add(std::string_view text, uint64_t count = 1);
  // Counts all texts of a column.
  void add(const explore::Column& column);
  void add_missing(uint64_t count = 1) { missing_ += count; }

  size_t distinct() const { return counts_.size(); }
  std::string_view text(uint32_t number) const { return texts_[number]; }
  CategoryDistribution distribution() const;

 private:
  // What tells texts apart: of up to 16 bytes these themselves, of more a hash and the last bytes.
  struct Key {
    uint64_t first = 0;
    uint64_t last = 0;
    uint32_t length = 0;  // of texts beyond 4 GiB the lower half
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Slot {
    Key key;
    uint32_t number = 0;  // one more than the text's; 0: empty
  };
  static Key key_of(std::string_view text);
  static size_t hash_of(const Key& key);
  void grow();

  std::vector<Slot> slots_ = std::vector<Slot>(64);
  std::vector<std::string> texts_;
  std::vector<uint64_t> counts_;
  uint64_t missing_ = 0;
};

}  // namespace penstock::monitor
