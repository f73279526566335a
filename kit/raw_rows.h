// RawRows: the rows that a recipe is fitted on, by columns, of which only one at a time need be in memory. Numbers take
// 8 bytes a value and texts 4, with each different text kept once. What is more than a budget goes to a temporary file.
#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/large_pages.h"
#include "core/explore/spill.h"
#include "core/learn/frame.h"
#include "kit/table.h"

namespace penstock::kit {

// Texts numbered in the order in which they come, each kept once.
class TextNumbers {
 public:
  uint32_t number(std::string_view text);
  const std::vector<std::string_view>& texts() const { return texts_; }
  size_t bytes() const { return bytes_; }

 private:
  // A text's number, found by its bytes (of a short one: it is not looked at) or by a hash of them.
  struct Slot {
    uint64_t print = 0;
    uint32_t number = learn::Codes::missing;
    uint32_t size = 0;  // of the text
  };
  // Where a search for it begins.
  size_t first_slot(uint64_t print, uint32_t size) const {
    return ((print + size) * 0x9e3779b97f4a7c15U) >> (64 - std::countr_zero(slots_.size()));
  }
  void grow();

  std::deque<std::string> kept_;  // what the views look at
  std::vector<std::string_view> texts_;
  std::vector<Slot> slots_ = std::vector<Slot>(1024);  // open addressing, a power of two
  size_t bytes_ = 0;
};

class RawRows final : public learn::ColumnSource {
 public:
  RawRows(Disk& disk, std::string folder, size_t budget_bytes)
      : spill_(disk, std::move(folder), budget_bytes), budget_(budget_bytes) {}

  // Forgets all.
  void clear();
  // Adds a batch of a reader, or of a frame over one. `rows_expected` of all batches: a guess, to make room once.
  Outcome<void> add(const std::vector<explore::Column>& batch, uint64_t rows_expected);

  size_t rows() const { return rows_; }
  // All rows, as a frame that brings one column at a time. It must not outlive this or see it change.
  learn::Frame frame();
  Outcome<learn::LoadedColumn> load(size_t index) override;
  // Becomes these rows, in this order.
  Outcome<void> arrange(const learn::Rows& rows);

  // Some rows that follow each other, all columns in memory.
  struct Slice;
  Outcome<std::unique_ptr<Slice>> slice(size_t first, size_t count);

 private:
  struct Piece {
    uint64_t at = 0;  // in the file
    size_t rows = 0;
  };
  // Rows in the file, then rows in memory.
  struct Stored {
    std::string name;
    explore::ColumnType type = explore::ColumnType::Unknown;
    LargeVector<double> numbers;
    LargeVector<uint32_t> codes;
    TextNumbers texts;
    std::vector<Piece> pieces;

    bool numeric() const { return type != explore::ColumnType::String && type != explore::ColumnType::Unknown; }
    bool text() const { return type == explore::ColumnType::String; }
  };
  void add_column(Stored& stored, const explore::Column& column, uint64_t rows_expected);
  Outcome<void> spill_all();
  Outcome<void> spill(Stored& stored, explore::SpillFile& file);
  // Rows [first, first + count) of a column: numbers or codes.
  template <class Value>
  Outcome<std::vector<Value>> read(const Stored& stored, const LargeVector<Value>& held, size_t first, size_t count);
  explore::Column view(const Stored& stored, size_t rows) const;
  bool spilled() const { return file_ != nullptr; }

  explore::Spill spill_;
  size_t budget_;
  size_t rows_ = 0;
  std::vector<Stored> columns_;
  std::unique_ptr<explore::SpillFile> file_;
};

struct RawRows::Slice final : learn::ColumnSource {
  std::vector<learn::LoadedColumn> columns;
  std::unique_ptr<learn::Frame> frame;
  Outcome<learn::LoadedColumn> load(size_t index) override { return columns[index]; }
};

}  // namespace penstock::kit
