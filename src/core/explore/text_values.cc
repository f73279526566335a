#include "core/explore/text_values.h"

#include <algorithm>
#include <limits>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/explore/merge.h"
#include "core/explore/radix.h"

namespace penstock::explore {

namespace {

constexpr size_t slots_first = 256;
constexpr size_t ahead = 8;  // rows between asking for an entry's memory and using it; twice as many for its slot

}  // namespace

TextHash hash_text(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return {hash.high64, hash.low64};
}

TextValues::TextValues(Spill& spill) : account_(spill), slots_(slots_first) {}

size_t TextValues::memory() const {
  return slots_.capacity() * sizeof(uint32_t) + entries_.capacity() * sizeof(Entry) + texts_.capacity();
}

std::string_view TextValues::text(size_t code) const {
  return std::string_view(texts_).substr(entries_[code].offset, entries_[code].length);
}

void TextValues::grow() {
  std::vector<uint32_t> larger(slots_.size() * 4);
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    size_t slot = entries_[i].hash.low & (larger.size() - 1);
    while (larger[slot] != 0) slot = (slot + 1) & (larger.size() - 1);
    larger[slot] = i + 1;
  }
  slots_ = std::move(larger);
}

uint32_t TextValues::find_or_add(const TextHash& hash, std::string_view text) {
  size_t slot = hash.low & (slots_.size() - 1);
  for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash) {
      ++entry.count;
      return slots_[slot] - 1;
    }
  }
  entries_.push_back({hash, texts_.size(), static_cast<uint32_t>(text.size()), 1});
  texts_.append(text);
  slots_[slot] = static_cast<uint32_t>(entries_.size());
  if (entries_.size() * 2 > slots_.size()) grow();
  return static_cast<uint32_t>(entries_.size() - 1);
}

Outcome<void> TextValues::add(const Column& column, std::span<const TextHash> hashes, std::span<uint16_t> codes) {
  // Counts are 32 bits wide; long before one overflows, a run with it goes to the disk.
  rows_in_table_ += column.rows;
  const bool full = rows_in_table_ > std::numeric_limits<uint32_t>::max() / 2;
  if (full || account_.is_over()) {
    if (auto spilled = spill_run(); !spilled) return spilled;
    rows_in_table_ = column.rows;
  }
  const bool all_present = column.present.empty();
  for (size_t row = 0; row < column.rows; ++row) {
    if (row + 2 * ahead < column.rows) __builtin_prefetch(&slots_[hashes[row + 2 * ahead].low & (slots_.size() - 1)]);
    if (row + ahead < column.rows) {
      const uint32_t entry = slots_[hashes[row + ahead].low & (slots_.size() - 1)];
      if (entry != 0) __builtin_prefetch(&entries_[entry - 1]);
    }
    if (!all_present && column.present[row] == 0) {
      codes[row] = no_code;
      continue;
    }
    const uint32_t code = find_or_add(hashes[row], column.strings[row]);
    codes[row] = code < no_code ? static_cast<uint16_t>(code) : no_code;
  }
  account_.hold(memory());
  return {};
}

Outcome<void> TextValues::spill_run() {
  if (!file_) {
    auto file = account_.spill().make_file();
    if (!file) return file.error();
    file_ = *std::move(file);
  }
  std::vector<Entry> scratch;
  sort_by_hash(
      entries_, scratch, [](const Entry& entry) { return entry.hash.high; },
      [](const Entry& one, const Entry& other) { return one.hash < other.hash; });
  // The texts follow in the order of the entries, so that both are read front to back.
  scratch = {};
  std::string ordered;
  ordered.reserve(texts_.size());
  for (Entry& entry : entries_) {
    ordered.append(texts_, entry.offset, entry.length);
  }
  auto at = file_->append({reinterpret_cast<const char*>(entries_.data()), entries_.size() * sizeof(Entry)});
  if (!at) return at.error();
  auto texts_at = file_->append(ordered);
  if (!texts_at) return texts_at.error();
  runs_.push_back({*at, entries_.size(), *texts_at, ordered.size()});
  entries_.clear();
  texts_.clear();
  slots_.assign(slots_first, 0);
  slots_.shrink_to_fit();
  return {};
}

// A run, with the text of the entry that it stands at.
struct TextValues::Source {
  struct Value {
    Entry entry;
    std::string text;
  };
  Value value;
  RunReader<Entry> entries;
  RunReader<char> texts;

  Outcome<bool> advance() {
    auto more = entries.next(value.entry);
    if (!more || !*more) return more;
    value.text.resize(value.entry.length);
    for (char& c : value.text) {
      if (auto read = texts.next(c); !read) return read;
    }
    return true;
  }
};

Outcome<void> TextValues::visit(const std::function<void(std::string_view text, uint64_t count)>& take) {
  if (runs_.empty()) {
    for (size_t i = 0; i < entries_.size(); ++i) take(text(i), entries_[i].count);
    return {};
  }
  if (auto spilled = spill_run(); !spilled) return spilled;
  std::vector<Source> sources;
  for (const Run& run : runs_) {
    sources.push_back(
        {{}, RunReader<Entry>(*file_, run.at, run.entries), RunReader<char>(*file_, run.texts_at, run.texts_bytes)});
  }
  TextHash last;
  std::string text;
  uint64_t count = 0;
  auto merged = merge_sorted(
      sources, [](const Source::Value& one, const Source::Value& other) { return one.entry.hash < other.entry.hash; },
      [&](const Source::Value& next) {
        if (count > 0 && next.entry.hash == last) {
          count += next.entry.count;
          return;
        }
        if (count > 0) take(text, count);
        last = next.entry.hash;
        text = next.text;
        count = next.entry.count;
      });
  if (merged && count > 0) take(text, count);
  return merged;
}

}  // namespace penstock::explore
