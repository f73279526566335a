#include "core/monitor/category_counter.h"

#include <cstring>

namespace penstock::monitor {
namespace {

constexpr uint64_t factor = 0x9e3779b97f4a7c15;
constexpr size_t key_bytes = 16;  // texts of up to so many are told apart by their key alone

template <class Word>
uint64_t load(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Multiply and fold, eight bytes at a time; not for hostile keys (a table of equal hashes is only slow).
uint64_t hash_words(std::string_view text) {
  uint64_t hash = text.size() * factor;
  for (size_t at = 0; at + 8 <= text.size(); at += 8) {
    hash = (hash ^ load<uint64_t>(text.data() + at)) * factor;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

CategoryCounter::Key CategoryCounter::key_of(std::string_view text) {
  const char* const begin = text.data();
  const size_t size = text.size();
  const auto length = static_cast<uint32_t>(size);
  if (size > key_bytes) return {hash_words(text), load<uint64_t>(begin + size - 8), length};
  // The first and the last bytes, which overlap unless there is a gap of nothing between them.
  if (size >= 8) return {load<uint64_t>(begin), load<uint64_t>(begin + size - 8), length};
  if (size >= 4) return {load<uint32_t>(begin), load<uint32_t>(begin + size - 4), length};
  if (size == 0) return {};
  const auto byte = [&](size_t at) { return static_cast<uint64_t>(static_cast<unsigned char>(begin[at])); };
  return {byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16, 0, length};
}

size_t CategoryCounter::hash_of(const Key& key) {
  uint64_t hash = (key.first ^ key.length) * factor;
  hash = (hash ^ hash >> 32 ^ key.last) * factor;
  return static_cast<size_t>(hash >> 32);
}

uint32_t CategoryCounter::add(std::string_view text, uint64_t count) {
  const Key key = key_of(text);
  const size_t mask = slots_.size() - 1;
  size_t at = hash_of(key) & mask;
  for (; slots_[at].number != 0; at = (at + 1) & mask) {
    if (slots_[at].key != key) continue;
    const uint32_t number = slots_[at].number - 1;
    if (text.size() > key_bytes && texts_[number] != text) continue;
    counts_[number] += count;
    return number;
  }
  const auto number = static_cast<uint32_t>(texts_.size());
  slots_[at] = {key, number + 1};
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
    size_t at = hash_of(slot.key) & mask;
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
