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
  struct Slot {
    uint32_t hash = 0;
    uint32_t number = 0;  // one more than the text's; 0: empty
  };
  void grow();

  std::vector<Slot> slots_ = std::vector<Slot>(64);
  std::vector<std::string> texts_;
  std::vector<uint64_t> counts_;
  uint64_t missing_ = 0;
};

}  // namespace penstock::monitor
