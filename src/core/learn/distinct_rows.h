// Which rows of a data set are new, also when its rows come in parts.
#pragma once

#include <cstdint>
#include <vector>

#include "core/learn/frame.h"

namespace penstock::learn {

// Remembers rows by a hash of 128 bits, without the rows: among a billion rows, two that differ are taken for equal
// with a probability below 1e-20. It takes 16 bytes a distinct row, twice that while it grows.
class DistinctRows {
 public:
  // Those of `rows` that differ from all before them, in this call and earlier ones, in the given columns of the frame;
  // two missing values are equal, and so are 0 and -0.
  Outcome<Rows> add(Frame& frame, const std::vector<const Column*>& columns, const Rows& rows);

 private:
  struct Print {
    uint64_t one = 0;
    uint64_t other = 0;
    friend bool operator==(const Print&, const Print&) = default;
  };
  bool insert(Print print);
  void grow();

  std::vector<Print> slots_ = std::vector<Print>(1024);  // open addressing; all zero: empty
  size_t used_ = 0;
};

}  // namespace penstock::learn
