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

uint64_t hash_text(std::string_view text) {
  uint64_t hash = text.size();
  while (text.size() >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    hash = mix(hash ^ word) * 0x9e3779b97f4a7c15U;
    text.remove_prefix(8);
  }
  uint64_t word = 0;
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());
  return mix(hash ^ word);
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
  Numbering numbering(codes.texts, hash_text);
  for (size_t row = 0; row < column.rows; ++row)
    codes.of_row[row] = is_missing(column, row) ? Codes::missing : numbering.number(column.strings[row]);
  return codes;
}

Frame::Frame(std::vector<Column> columns) : columns_(std::move(columns)), codes_(columns_.size()) {
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
  PENSTOCK_ASSERT(columns_.empty() || numbers.size() == rows_);
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

const Codes& Frame::codes(const Column& column) {
  const size_t index = static_cast<size_t>(&column - columns_.data());
  PENSTOCK_ASSERT(index < columns_.size());
  if (!codes_[index]) codes_[index] = std::make_unique<Codes>(number_values(column));
  return *codes_[index];
}

Rows distinct_rows(Frame& frame, const std::vector<const Column*>& columns, const Rows& rows) {
  // The bits that tell a column's values apart: the number's own, or the text's number.
  std::vector<const Codes*> codes;
  for (const Column* column : columns) codes.push_back(column->numeric() ? nullptr : &frame.codes(*column));
  const auto bits = [&](size_t column, uint32_t row) {
    if (codes[column]) return uint64_t{codes[column]->of_row[row]};
    const double value = columns[column]->numbers[row];
    return std::isnan(value) ? ~uint64_t{0} : std::bit_cast<uint64_t>(value + 0.0);
  };
  std::vector<uint64_t> hashes(rows.size(), 0);
  for (size_t column = 0; column < columns.size(); ++column)
    for (size_t i = 0; i < rows.size(); ++i)
      hashes[i] = mix(hashes[i] * 0x9e3779b97f4a7c15U + bits(column, rows[i]) + 1);
  std::vector<uint32_t> slots(std::bit_ceil(rows.size() * 2 + 2), Codes::missing);
  Rows kept;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    size_t slot = hashes[i] & (slots.size() - 1);
    bool is_new = true;
    for (; slots[slot] != Codes::missing && is_new; slot = (slot + 1) & (slots.size() - 1)) {
      const uint32_t other = slots[slot];
      if (hashes[other] != hashes[i]) continue;
      size_t column = 0;
      while (column < columns.size() && bits(column, rows[other]) == bits(column, rows[i])) ++column;
      is_new = column < columns.size();
    }
    if (!is_new) continue;
    slots[slot] = i;
    kept.push_back(rows[i]);
  }
  return kept;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view near = nearest_word(word, known);
  return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

}  // namespace penstock::learn
