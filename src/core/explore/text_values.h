// TextValues: all values of a text column, exactly: which there are and how often. Values are told apart by a hash of
// 128 bits (XXH3; two of 10^9 distinct texts share one with a probability of 10^-21); beyond the memory budget, runs
// sorted by hash are spilled with their texts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "core/explore/column.h"
#include "core/explore/spill.h"

namespace penstock::explore {

struct TextHash {
  uint64_t high = 0;
  uint64_t low = 0;
  friend bool operator==(const TextHash&, const TextHash&) = default;
  friend auto operator<=>(const TextHash&, const TextHash&) = default;
};

TextHash hash_text(std::string_view text);

class TextValues {
 public:
  // A row whose value is missing or came after the first codes_max distinct ones.
  static constexpr uint16_t no_code = 0xffff;

  explicit TextValues(Spill& spill);

  // `hashes` has one entry a row (anything for missing rows). Fills `codes` with the number of each row's value, in
  // order of first appearance.
  Outcome<void> add(const Column& column, std::span<const TextHash> hashes, std::span<uint16_t> codes);
  // How many distinct values there were so far; codes hold only while nothing was spilled.
  size_t distinct_in_memory() const { return entries_.size(); }
  bool spilled() const { return !runs_.empty(); }
  // The text of a code.
  std::string_view text(size_t code) const;
  // Visits every distinct value once, in the order of hashes when spilled, else of first appearance.
  Outcome<void> visit(const std::function<void(std::string_view text, uint64_t count)>& take);

 private:
  struct Entry {
    TextHash hash;
    uint64_t offset;  // in texts_
    uint32_t length;
    uint32_t count;
  };
  struct Run {
    uint64_t at;
    uint64_t entries;
    uint64_t texts_at;
    uint64_t texts_bytes;
  };
  struct Source;
  uint32_t find_or_add(const TextHash& hash, std::string_view text);
  void grow();
  size_t memory() const;
  Outcome<void> spill_run();

  SpillAccount account_;
  std::vector<uint32_t> slots_;  // index of an entry + 1
  std::vector<Entry> entries_;
  std::string texts_;
  uint64_t rows_in_table_ = 0;
  std::unique_ptr<SpillFile> file_;
  std::vector<Run> runs_;
};

}  // namespace penstock::explore
