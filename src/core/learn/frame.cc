#include "core/learn/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/assert.h"
#include "base/encoding.h"

namespace penstock::learn {
namespace {

uint64_t mix(uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93U;
  value ^= value >> 32;
  return value;
}

// Numbers distinct values as they come: an open-addressed table of their numbers, grown at half full.
template <class Value, class Hash>
class Numbering {
 public:
  Numbering(std::vector<Value>& values, Hash hash) : values_(values), hash_(hash), slots_(1024, Codes::missing) {}

  uint32_t number(const Value& value) {
    size_t slot = hash_(value) & (slots_.size() - 1);
    for (; slots_[slot] != Codes::missing; slot = (slot + 1) & (slots_.size() - 1))
      if (values_[slots_[slot]] == value) return slots_[slot];
    const uint32_t number = static_cast<uint32_t>(values_.size());
    slots_[slot] = number;
    values_.push_back(value);
    if (values_.size() * 2 > slots_.size()) grow();
    return number;
  }

 private:
  void grow() {
    slots_.assign(slots_.size() * 4, Codes::missing);
    for (uint32_t number = 0; number < values_.size(); ++number) {
      size_t slot = hash_(values_[number]) & (slots_.size() - 1);
      while (slots_[slot] != Codes::missing) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = number;
    }
  }

  std::vector<Value>& values_;
  Hash hash_;
  std::vector<uint32_t> slots_;
};

}  // namespace

uint64_t short_word(std::string_view text) {
  const size_t size = text.size();
  const char* const bytes = text.data();
  if (size == 8) {
    uint64_t word = 0;
    std::memcpy(&word, bytes, 8);
    return word;
  }
  if (size >= 4) {  // the first four bytes and the last four
    uint32_t first = 0, last = 0;
    std::memcpy(&first, bytes, 4);
    std::memcpy(&last, bytes + size - 4, 4);
    return uint64_t{last} << 32 | first;
  }
  const auto byte = [&](size_t at) { return uint64_t{static_cast<unsigned char>(bytes[at])}; };
  return size == 0 ? 0 : byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16;
}

uint64_t hash_text(std::string_view text, uint64_t seed) {
  uint64_t hash = seed + text.size();
  while (text.size() > 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    hash = mix(hash ^ word) * 0x9e3779b97f4a7c15U;
    text.remove_prefix(8);
  }
  return mix(hash ^ short_word(text));
}

bool is_missing(const Column& column, size_t row) {
  if (column.numeric()) return std::isnan(column.numbers[row]);
  if (column.strings.offsets.empty()) return true;  // of an unknown type: nothing is there
  return !column.present.empty() && column.present[row] == 0;
}

Codes number_values(const Column& column) {
  Codes codes;
  codes.of_row.resize(column.rows);
  if (column.numeric()) {
    Numbering numbering(codes.numbers, [](double value) { return mix(std::bit_cast<uint64_t>(value)); });
    for (size_t row = 0; row < column.rows; ++row) {
      const double value = column.numbers[row] + 0.0;  // -0.0 becomes 0.0
      codes.of_row[row] = std::isnan(value) ? Codes::missing : numbering.number(value);
    }
    return codes;
  }
  Numbering numbering(codes.texts, [](std::string_view text) { return hash_text(text); });
  for (size_t row = 0; row < column.rows; ++row)
    codes.of_row[row] = is_missing(column, row) ? Codes::missing : numbering.number(column.strings[row]);
  return codes;
}

Frame::Frame(std::vector<Column> columns, ColumnSource* source)
    : columns_(std::move(columns)), codes_(columns_.size()), source_(source) {
  if (!columns_.empty()) rows_ = columns_.front().rows;
  for (const Column& column : columns_) PENSTOCK_ASSERT(column.rows == rows_);
}

bool Frame::has(std::string_view name) const {
  return std::any_of(columns_.begin(), columns_.end(), [&](const Column& column) { return column.name == name; });
}

Outcome<const Column*> Frame::find(std::string_view name) const {
  for (const Column& column : columns_)
    if (column.name == name) return &column;
  if (columns_.empty()) return Error{.code = "NoSuchColumn", .message = "the data has no columns"};
  std::vector<std::string_view> names;
  for (const Column& column : columns_) names.push_back(column.name);
  const std::string likely = suggestion(name, names);
  names.resize(std::min<size_t>(names.size(), 20));
  return Error{.code = "NoSuchColumn",
               .message = fmt::format("there is no column '{}'{}; the data has: {}{}", name, likely,
                                      fmt::join(names, ", "), columns_.size() > names.size() ? ", ..." : "")};
}

Outcome<void> Frame::add(std::string name, std::vector<double> numbers) {
  PENSTOCK_ASSERT(!source_ && (columns_.empty() || numbers.size() == rows_));
  if (has(name)) return Error{.code = "NameInUse", .message = fmt::format("the data has a column '{}' already", name)};
  own_.push_back(std::make_unique<std::vector<double>>(std::move(numbers)));
  columns_.push_back({.name = std::move(name),
                      .type = explore::ColumnType::Fractional,
                      .rows = own_.back()->size(),
                      .numbers = *own_.back(),
                      .strings = {},
                      .present = {}});
  codes_.emplace_back();
  rows_ = columns_.front().rows;
  return {};
}

Outcome<void> Frame::bring(const Column& column) {
  const size_t index = static_cast<size_t>(&column - columns_.data());
  PENSTOCK_ASSERT(index < columns_.size());
  if (!source_ || brought_ == index) return {};
  if (brought_ < columns_.size()) {
    columns_[brought_].numbers = {};
    codes_[brought_] = nullptr;
    memory_ = nullptr;
    brought_ = columns_.size();
  }
  auto loaded = source_->load(index);
  if (!loaded) return loaded.error();
  columns_[index].numbers = loaded->numbers;
  codes_[index] = std::move(loaded->codes);
  memory_ = std::move(loaded->memory);
  brought_ = index;
  return {};
}

const Codes& Frame::codes(const Column& column) {
  const size_t index = static_cast<size_t>(&column - columns_.data());
  PENSTOCK_ASSERT(index < columns_.size() && (!source_ || brought_ == index));
  if (!codes_[index]) codes_[index] = std::make_shared<const Codes>(number_values(column));
  return *codes_[index];
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view near = nearest_word(word, known);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

}  // namespace penstock::learn
