#include "core/learn/distinct_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace penstock::learn {
namespace {

// The finalizer of MurmurHash3 (Austin Appleby, public domain), with a multiplier of the caller's.
uint64_t mix(uint64_t value, uint64_t multiplier) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdU;
  value ^= value >> 33;
  value *= multiplier;
  return value ^ value >> 33;
}

// Of a value that is not there, whatever the column: its type may show in a later part only.
constexpr uint64_t missing = ~uint64_t{0};
constexpr uint64_t one_multiplier = 0xc4ceb9fe1a85ec53U;
constexpr uint64_t other_multiplier = 0x9fb21c651e98df25U;

}  // namespace

Outcome<Rows> DistinctRows::add(Frame& frame, const std::vector<const Column*>& columns, const Rows& rows) {
  std::vector<Print> prints(rows.size(), Print{1, 1});
  const auto take = [&](size_t i, uint64_t one, uint64_t other) {
    prints[i].one = mix(prints[i].one * 0x9e3779b97f4a7c15U + one, one_multiplier);
    prints[i].other = mix(prints[i].other * 0x9e3779b97f4a7c15U + other, other_multiplier);
  };
  for (const Column* column : columns) {
    if (auto brought = frame.bring(*column); !brought) return brought.error();
    if (column->numeric()) {
      for (size_t i = 0; i < rows.size(); ++i) {
        const double value = column->numbers[rows[i]];
        const uint64_t bits = std::isnan(value) ? missing : std::bit_cast<uint64_t>(value + 0.0);
        take(i, bits, bits);
      }
      continue;
    }
    const Codes& codes = frame.codes(*column);
    std::vector<Print> of_text(codes.texts.size() + 1, Print{missing, missing});  // the last one: of no text
    for (size_t code = 0; code < codes.texts.size(); ++code)
      of_text[code] = {hash_text(codes.texts[code], 1), hash_text(codes.texts[code], 2)};
    for (size_t i = 0; i < rows.size(); ++i) {
      const Print& text = of_text[std::min<size_t>(codes.of_row[rows[i]], codes.texts.size())];
      take(i, text.one, text.other);
    }
  }
  Rows added;
  for (size_t i = 0; i < rows.size(); ++i)
    if (insert(prints[i])) added.push_back(rows[i]);
  return added;
}

bool DistinctRows::insert(Print print) {
  if (print == Print{}) print.other = 1;
  size_t slot = print.one & (slots_.size() - 1);
  for (; slots_[slot] != Print{}; slot = (slot + 1) & (slots_.size() - 1))
    if (slots_[slot] == print) return false;
  slots_[slot] = print;
  if (++used_ > slots_.size() / 4 * 3) grow();
  return true;
}

void DistinctRows::grow() {
  std::vector<Print> before(slots_.size() * 2);
  before.swap(slots_);
  for (const Print& print : before) {
    if (print == Print{}) continue;
    size_t slot = print.one & (slots_.size() - 1);
    while (slots_[slot] != Print{}) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = print;
  }
}

}  // namespace penstock::learn
