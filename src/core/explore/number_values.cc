#include "core/explore/number_values.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/explore/merge.h"
#include "core/explore/radix.h"

namespace penstock::explore {

namespace {

constexpr size_t slots_first = 256;
constexpr size_t slots_max = size_t{1} << 14;  // 256 KiB: more would leave the cache, and sorting is then as quick
constexpr size_t collected_first = size_t{1} << 15;

size_t slot_of(double value, size_t slots) {
  // Fibonacci hashing; the upper bits of the product depend on all bits of the value.
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  return static_cast<size_t>(((bits ^ bits >> 32) * 0x9e3779b97f4a7c15ULL) >> (64 - std::countr_zero(slots)));
}

struct NumberSource {
  CountedNumber value;
  std::span<const CountedNumber> counted;
  std::span<const double> sorted;
  RunReader<double>* run = nullptr;

  Outcome<bool> advance() {
    if (run) {
      value.count = 1;
      return run->next(value.value);
    }
    if (!counted.empty()) {
      value = counted.front();
      counted = counted.subspan(1);
      return true;
    }
    if (sorted.empty()) return false;
    value = {sorted.front(), 1};
    sorted = sorted.subspan(1);
    return true;
  }
};

}  // namespace

NumberValues::NumberValues(Spill& spill) : account_(spill), slots_(slots_first) {}

// False when the value is new and the table full.
bool NumberValues::count_in_table(double value) {
  for (;;) {
    for (size_t slot = slot_of(value, slots_.size());; slot = (slot + 1) & (slots_.size() - 1)) {
      CountedNumber& found = slots_[slot];
      if (found.count > 0 && found.value == value) {
        ++found.count;
        return true;
      }
      if (found.count > 0) continue;
      if (used_ * 2 >= slots_.size()) break;
      found = {value, 1};
      ++used_;
      return true;
    }
    if (slots_.size() == slots_max) return false;
    std::vector<CountedNumber> larger(slots_.size() * 4);
    for (const CountedNumber& one : slots_) {
      if (one.count == 0) continue;
      size_t slot = slot_of(one.value, larger.size());
      while (larger[slot].count > 0) slot = (slot + 1) & (larger.size() - 1);
      larger[slot] = one;
    }
    slots_ = std::move(larger);
  }
}

void NumberValues::freeze_table() {
  table_open_ = false;
  std::erase_if(slots_, [](const CountedNumber& one) { return one.count == 0; });
  std::ranges::sort(slots_, {}, &CountedNumber::value);
  frozen_ = std::move(slots_);
  slots_ = {};
}

Outcome<void> NumberValues::add(std::span<const double> values) {
  size_t at = 0;
  while (table_open_ && at < values.size()) {
    const double value = values[at] + 0.0;  // -0 becomes 0
    if (!std::isnan(value) && !count_in_table(value)) {
      freeze_table();
      break;
    }
    ++at;
  }
  if (at == values.size()) return {};
  if (collected_.size() + values.size() > collected_.capacity()) {
    if (account_.is_over()) {
      if (auto spilled = spill_run(); !spilled) return spilled;
    }
    const size_t needed = collected_.size() + values.size();
    if (needed > collected_.capacity()) {
      collected_.reserve(std::max({needed, collected_first, collected_.size() + collected_.size() / 2}));
      account_.hold(collected_.capacity() * sizeof(double));
    }
  }
  for (; at < values.size(); ++at) {
    if (!std::isnan(values[at])) collected_.push_back(values[at] + 0.0);
  }
  return {};
}

void NumberValues::sort_collected() {
  std::vector<double> scratch;
  radix_sort(collected_, scratch,
             [](double value) { return ordered_bits(value); });  // inlined, unlike a function's name
}

Outcome<void> NumberValues::spill_run() {
  sort_collected();
  if (!file_) {
    auto file = account_.spill().make_file();
    if (!file) return file.error();
    file_ = *std::move(file);
  }
  auto at = file_->append({reinterpret_cast<const char*>(collected_.data()), collected_.size() * sizeof(double)});
  if (!at) return at.error();
  runs_.push_back({*at, collected_.size()});
  collected_.clear();
  return {};
}

template <class Take>
Outcome<void> NumberValues::merge(Take take) {
  std::vector<RunReader<double>> readers;
  readers.reserve(runs_.size());
  std::vector<NumberSource> sources;
  for (const Run& run : runs_) {
    readers.emplace_back(*file_, run.at, run.count);
    sources.emplace_back().run = &readers.back();
  }
  sources.emplace_back().counted = frozen_;
  sources.emplace_back().sorted = collected_;
  return merge_sorted(
      sources, [](const CountedNumber& one, const CountedNumber& other) { return one.value < other.value; }, take);
}

Outcome<void> NumberValues::visit(const std::function<void(double value, uint64_t count)>& take) {
  if (table_open_) freeze_table();
  sort_collected();
  CountedNumber last;
  auto merged = merge([&](const CountedNumber& next) {
    if (last.count > 0 && next.value == last.value) {
      last.count += next.count;
      return;
    }
    if (last.count > 0) take(last.value, last.count);
    last = next;
  });
  if (merged && last.count > 0) take(last.value, last.count);
  return merged;
}

}  // namespace penstock::explore
