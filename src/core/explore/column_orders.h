// ColumnOrders: pairs of numeric columns of which one is never above the other, as "opened <= closed": comparisons that
// a data set meets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/explore/column.h"

namespace penstock::explore {

struct ColumnProfile;

// left <= right in every row that has both, or left == right.
struct ColumnOrder {
  std::string left;
  std::string right;
  bool equal = false;
};

class ColumnOrders {
 public:
  // One batch: the same columns every time. The first 60 columns of numbers or times are looked at.
  void add(std::span<const Column> columns);

  // The orders that are no accident: were the two columns independent, a tenth of the rows and at least 20 would
  // break it. `profiles` are
  // those of all columns, with sketches. What follows from two others is left out.
  std::vector<ColumnOrder> find(std::span<const ColumnProfile> profiles) const;

 private:
  struct Pair {
    size_t left, right;  // indices of the columns
    bool below = true;   // left <= right so far
    bool above = true;   // left >= right so far
    uint64_t rows = 0;   // that have both
  };
  void start(std::span<const Column> columns);

  bool started_ = false;
  std::vector<Pair> pairs_;
};

}  // namespace penstock::explore
