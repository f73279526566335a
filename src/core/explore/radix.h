// Radix sorts for what a profile sorts much of: doubles, and records by a hash.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace penstock::explore {

// A double's bits as an unsigned number of the same order (IEEE 754: negative numbers reversed, below positive ones).
inline uint64_t ordered_bits(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  return bits ^ (static_cast<uint64_t>(static_cast<int64_t>(bits) >> 63) | uint64_t{1} << 63);
}
inline double from_ordered_bits(uint64_t ordered) {
  const uint64_t mask = (ordered >> 63) - 1;
  return std::bit_cast<double>(ordered ^ (mask | uint64_t{1} << 63));
}

inline constexpr size_t radix_size_min = 2'048;  // fewer are sorted faster by comparing them

// Sorts by `key(record)` (uint64_t), least significant digit first, from bit `lowest_bit` on; digits that all records
// share cost nothing. `scratch` is working memory.
template <class Record, class Key>
void radix_sort(std::vector<Record>& records, std::vector<Record>& scratch, Key key, unsigned lowest_bit = 0) {
  constexpr unsigned digit_bits = 11;
  constexpr size_t digits = size_t{1} << digit_bits;
  constexpr unsigned passes_max = 6;
  const unsigned passes = (64 - lowest_bit + digit_bits - 1) / digit_bits;
  std::vector<std::array<uint32_t, digits>> counts(std::min(passes, passes_max));
  for (auto& count : counts) count.fill(0);
  for (const Record& record : records) {
    uint64_t bits = key(record) >> lowest_bit;
    for (auto& count : counts) {
      ++count[bits & (digits - 1)];
      bits >>= digit_bits;
    }
  }
  scratch.resize(records.size());
  for (unsigned pass = 0; pass < counts.size(); ++pass) {
    const unsigned shift = lowest_bit + pass * digit_bits;
    auto& count = counts[pass];
    if (std::ranges::any_of(count, [&](uint32_t one) { return one == records.size(); })) continue;
    uint32_t sum = 0;
    for (uint32_t& one : count) sum += std::exchange(one, sum);
    for (const Record& record : records) scratch[count[key(record) >> shift & (digits - 1)]++] = record;
    records.swap(scratch);
  }
}

// Sorts records by a 64-bit hash: radix passes over its upper half, then the few that share it by `less`.
template <class Record, class Key, class Less>
void sort_by_hash(std::vector<Record>& records, std::vector<Record>& scratch, Key key, Less less) {
  radix_sort(records, scratch, key, 31);
  for (size_t begin = 0; begin < records.size();) {
    size_t end = begin + 1;
    while (end < records.size() && key(records[end]) >> 31 == key(records[begin]) >> 31) ++end;
    if (end - begin > 1) {
      std::sort(records.begin() + static_cast<ptrdiff_t>(begin), records.begin() + static_cast<ptrdiff_t>(end), less);
    }
    begin = end;
  }
}

}  // namespace penstock::explore
