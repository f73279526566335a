// NumberValues: all values of a numeric column, exactly: which there are and how often, in order. Few distinct values
// are counted in a table; many are collected, sorted and, beyond the memory budget, spilled as sorted runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/outcome.h"
#include "core/explore/packed_numbers.h"
#include "core/explore/spill.h"

namespace penstock::explore {

struct CountedNumber {
  double value = 0;
  uint64_t count = 0;
};

class NumberValues {
 public:
  explicit NumberValues(Spill& spill);

  // NaN is missing and skipped; -0 counts as 0.
  Outcome<void> add(std::span<const double> values);
  // Visits every distinct value once, ascending, with its count, many at a time. No value may be added after.
  Outcome<void> visit(const std::function<void(std::span<const CountedNumber> values)>& take);

 private:
  struct Run {
    uint64_t at;
    uint64_t count;
  };
  bool count_in_table(double value);
  void freeze_table();
  Outcome<void> spill_run();

  SpillAccount account_;
  // The table: open addressing over the bits of the value; a count of 0 is an empty slot.
  std::vector<CountedNumber> slots_;
  size_t used_ = 0;
  bool table_open_ = true;
  std::vector<CountedNumber> frozen_;  // the table's content, sorted, once there were too many values for it
  PackedNumbers collected_;
  std::unique_ptr<SpillFile> file_;
  std::vector<Run> runs_;
};

}  // namespace penstock::explore
