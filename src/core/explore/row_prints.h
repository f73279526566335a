// RowPrints: how many rows of a data set are copies of an earlier one, by a fingerprint of 128 bits a row.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/outcome.h"
#include "core/explore/column.h"
#include "core/explore/spill.h"
#include "core/explore/text_values.h"

namespace penstock::explore {

// Stands for a missing value of any column.
inline constexpr uint64_t missing_print = 0x9d3a6f1c2b7e4805ULL;

// Mixes a value's bits (or a text's hash) into each row's print, in the order of the columns.
void mix_numbers(std::span<const double> numbers, std::span<TextHash> prints);
void mix_texts(const Column& column, std::span<const TextHash> hashes, std::span<TextHash> prints);

class RowPrints {
 public:
  explicit RowPrints(Spill& spill) : account_(spill) {}
  Outcome<void> add(std::span<const TextHash> prints);
  // Rows that are equal to an earlier one, as pandas' duplicated().sum() has it.
  Outcome<uint64_t> duplicates();

 private:
  struct Run {
    uint64_t at;
    uint64_t count;
  };
  void sort_rows();
  Outcome<void> spill_run();

  SpillAccount account_;
  std::vector<TextHash> rows_;
  std::unique_ptr<SpillFile> file_;
  std::vector<Run> runs_;
};

}  // namespace penstock::explore
