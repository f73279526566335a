#include "core/monitor/category_counter.h"

#include <cstring>

namespace penstock::monitor {
namespace {

// Multiply and fold, eight bytes at a time; not for hostile keys (a table of equal hashes is only slow).
uint32_t hash_of(std::string_view text) {
  constexpr uint64_t factor = 0x9e3779b97f4a7c15;
  uint64_t hash = text.size() * factor;
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    hash = (hash ^ word) * factor;
    hash ^= hash >> 32;
  }
  uint64_t last = 0;
  std::memcpy(&last, text.data() + at, text.size() - at);
  hash = (hash ^ last) * factor;
  return static_cast<uint32_t>(hash >> 32);
}

}  // namespace

uint32_t CategoryCounter::add(std::string_view text, uint64_t count) {
  const uint32_t hash = hash_of(text);
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  for (; slots_[at].number != 0; at = (at + 1) & mask) {
    if (slots_[at].hash != hash) continue;
    const uint32_t number = slots_[at].number - 1;
    if (texts_[number] != text) continue;
    counts_[number] += count;
    return number;
  }
  const auto number = static_cast<uint32_t>(texts_.size());
  slots_[at] = {hash, number + 1};
  texts_.emplace_back(text);
  counts_.push_back(count);
  if (texts_.size() * 2 > slots_.size()) grow();
  return number;
}

void CategoryCounter::add(const explore::Column& column) {
  for (size_t row = 0; row < column.rows; ++row) {
    if (!column.present.empty() && column.present[row] == 0)
      ++missing_;
    else
      add(column.strings[row]);
  }
}

void CategoryCounter::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.number == 0) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].number != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

CategoryDistribution CategoryCounter::distribution() const {
  std::vector<std::pair<std::string, uint64_t>> counts;
  for (size_t i = 0; i < texts_.size(); ++i)
    if (counts_[i] > 0) counts.emplace_back(texts_[i], counts_[i]);
  return distribution_of(std::move(counts), missing_);
}

}  // namespace penstock::monitor
