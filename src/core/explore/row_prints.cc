#include "core/explore/row_prints.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/explore/merge.h"
#include "core/explore/radix.h"

namespace penstock::explore {

namespace {

__extension__ using Product = unsigned __int128;
constexpr size_t rows_first = size_t{1} << 15;

// Both halves of the 128-bit product, folded: every bit of the result depends on every bit of both factors.
uint64_t fold_product(uint64_t one, uint64_t other) {
  const auto product = static_cast<Product>(one) * other;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

void mix(TextHash& print, uint64_t bits) {
  print.high = fold_product(print.high ^ bits, 0xa0761d6478bd642fULL);
  print.low = fold_product(print.low ^ std::rotl(bits, 32), 0xe7037ed1a0b428dbULL);
}

struct PrintSource {
  TextHash value;
  RunReader<TextHash> run;
  Outcome<bool> advance() { return run.next(value); }
};

}  // namespace

void mix_numbers(std::span<const double> numbers, std::span<TextHash> prints) {
  for (size_t row = 0; row < numbers.size(); ++row) {
    const double value = numbers[row] + 0.0;  // -0 equals 0
    mix(prints[row], std::isnan(value) ? missing_print : std::bit_cast<uint64_t>(value) + 1);
  }
}

void mix_texts(const Column& column, std::span<const TextHash> hashes, std::span<TextHash> prints) {
  for (size_t row = 0; row < column.rows; ++row) {
    const bool missing = !column.present.empty() && column.present[row] == 0;
    mix(prints[row], missing ? missing_print : hashes[row].high ^ std::rotl(hashes[row].low, 17));
  }
}

Outcome<void> RowPrints::add(std::span<const TextHash> prints) {
  if (rows_.size() + prints.size() > rows_.capacity()) {
    if (account_.is_over()) {
      if (auto spilled = spill_run(); !spilled) return spilled;
    }
    const size_t needed = rows_.size() + prints.size();
    if (needed > rows_.capacity()) rows_.reserve(std::max({needed, rows_first, rows_.size() + rows_.size() / 2}));
    account_.hold(rows_.capacity() * sizeof(TextHash));
  }
  rows_.insert(rows_.end(), prints.begin(), prints.end());
  return {};
}

void RowPrints::sort_rows() {
  std::vector<TextHash> scratch;
  sort_by_hash(
      rows_, scratch, [](const TextHash& print) { return print.high; }, std::less<>());
}

Outcome<void> RowPrints::spill_run() {
  if (!file_) {
    auto file = account_.spill().make_file();
    if (!file) return file.error();
    file_ = *std::move(file);
  }
  sort_rows();
  auto at = file_->append({reinterpret_cast<const char*>(rows_.data()), rows_.size() * sizeof(TextHash)});
  if (!at) return at.error();
  runs_.push_back({*at, rows_.size()});
  rows_.clear();
  return {};
}

Outcome<uint64_t> RowPrints::duplicates() {
  uint64_t copies = 0;
  if (runs_.empty()) {
    sort_rows();
    for (size_t row = 1; row < rows_.size(); ++row) copies += rows_[row] == rows_[row - 1];
    return copies;
  }
  if (auto spilled = spill_run(); !spilled) return spilled.error();
  std::vector<PrintSource> sources;
  for (const Run& run : runs_) sources.push_back({{}, RunReader<TextHash>(*file_, run.at, run.count)});
  TextHash last;
  bool any = false;
  auto merged = merge_sorted(sources, std::less<>(), [&](const TextHash& next) {
    copies += any && next == last;
    last = next;
    any = true;
  });
  if (!merged) return merged.error();
  return copies;
}

}  // namespace penstock::explore
