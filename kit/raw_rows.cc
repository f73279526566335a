#include "kit/raw_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/assert.h"

namespace penstock::kit {

namespace {

using explore::Column;
using explore::ColumnType;
using learn::Codes;

constexpr double missing_number = std::numeric_limits<double>::quiet_NaN();

// A slice of many different texts numbers its own anew: else each would list all texts of the data.
std::shared_ptr<const Codes> codes_of(std::vector<uint32_t> of_row, const std::vector<std::string_view>& texts) {
  auto codes = std::make_shared<Codes>();
  codes->of_row = std::move(of_row);
  if (texts.size() <= codes->of_row.size()) {
    codes->texts = texts;
    return codes;
  }
  std::vector<uint32_t> used = codes->of_row;
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  if (!used.empty() && used.back() == Codes::missing) used.pop_back();
  for (const uint32_t code : used) codes->texts.push_back(texts[code]);
  for (uint32_t& code : codes->of_row)
    if (code != Codes::missing)
      code = static_cast<uint32_t>(std::lower_bound(used.begin(), used.end(), code) - used.begin());
  return codes;
}

}  // namespace

uint32_t TextNumbers::number(std::string_view text) {
  constexpr size_t short_bytes = 8;
  const auto size = static_cast<uint32_t>(text.size());
  const uint64_t print = size <= short_bytes ? learn::short_word(text) : learn::hash_text(text);
  size_t at = first_slot(print, size);
  for (; slots_[at].number != Codes::missing; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.print == print && slot.size == size && (size <= short_bytes || texts_[slot.number] == text))
      return slot.number;
  }
  const auto number = static_cast<uint32_t>(texts_.size());
  slots_[at] = {.print = print, .number = number, .size = size};
  kept_.emplace_back(text);
  texts_.emplace_back(kept_.back());
  bytes_ += text.size() + sizeof(std::string) + sizeof(std::string_view) + 2 * sizeof(Slot);
  if (texts_.size() * 2 > slots_.size()) grow();
  return number;
}

void TextNumbers::grow() {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(slots_.size() * 4));
  for (const Slot& slot : before) {
    if (slot.number == Codes::missing) continue;
    size_t at = first_slot(slot.print, slot.size);
    while (slots_[at].number != Codes::missing) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

void RawRows::clear() {
  rows_ = 0;
  columns_.clear();
  file_ = nullptr;
}

Outcome<void> RawRows::add(const std::vector<Column>& batch, uint64_t rows_expected) {
  if (columns_.empty()) columns_.resize(batch.size());
  PENSTOCK_ASSERT(columns_.size() == batch.size());
  size_t bytes = 0;
  for (size_t i = 0; i < batch.size(); ++i) {
    add_column(columns_[i], batch[i], rows_expected);
    bytes += columns_[i].numbers.size() * sizeof(double) + columns_[i].codes.size() * sizeof(uint32_t);
  }
  if (!batch.empty()) rows_ += batch[0].rows;
  return bytes > budget_ ? spill_all() : Outcome<void>();
}

void RawRows::add_column(Stored& stored, const Column& column, uint64_t rows_expected) {
  stored.name = column.name;
  if (column.type == ColumnType::Unknown && stored.type == ColumnType::Unknown) return;
  if (stored.type == ColumnType::Unknown) {  // the rows so far had no value
    const size_t room = std::min<size_t>(rows_expected, budget_ / sizeof(double) / columns_.size());
    if (column.numeric()) {
      stored.numbers.reserve(room);
      stored.numbers.assign(rows_, missing_number);
    } else {
      stored.codes.reserve(room);
      stored.codes.assign(rows_, Codes::missing);
    }
  }
  if (column.type != ColumnType::Unknown) stored.type = column.type;
  if (stored.text()) {
    for (size_t row = 0; row < column.rows; ++row)
      stored.codes.push_back(learn::is_missing(column, row) ? Codes::missing
                                                            : stored.texts.number(column.strings[row]));
  } else if (column.numeric()) {
    stored.numbers.insert(stored.numbers.end(), column.numbers.begin(), column.numbers.end());
  } else {
    stored.numbers.insert(stored.numbers.end(), column.rows, missing_number);
  }
}

Outcome<void> RawRows::spill_all() {
  if (!file_) {
    auto file = spill_.make_file();
    if (!file) return file.error();
    file_ = std::move(*file);
  }
  for (Stored& stored : columns_)
    if (auto spilled = spill(stored, *file_); !spilled) return spilled;
  return {};
}

Outcome<void> RawRows::spill(Stored& stored, explore::SpillFile& file) {
  const auto write = [&](auto& values) -> Outcome<void> {
    if (values.empty()) return {};
    const auto at = file.append({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])});
    if (!at) return at.error();
    stored.pieces.push_back({.at = *at, .rows = values.size()});
    values.clear();
    return {};
  };
  return stored.text() ? write(stored.codes) : write(stored.numbers);
}

template <class Value>
Outcome<std::vector<Value>> RawRows::read(const Stored& stored, const LargeVector<Value>& held, size_t first,
                                          size_t count) {
  std::vector<Value> values(count);
  size_t filled = 0, begin = 0;  // of the piece
  for (const Piece& piece : stored.pieces) {
    const size_t from = std::max(first, begin), to = std::min(first + count, begin + piece.rows);
    if (from < to) {
      const uint64_t at = piece.at + (from - begin) * sizeof(Value);
      char* const out = reinterpret_cast<char*>(values.data() + (from - first));
      if (auto done = file_->read(at, out, (to - from) * sizeof(Value)); !done) return done.error();
      filled += to - from;
    }
    begin += piece.rows;
  }
  const size_t from = std::max(first, begin);
  if (filled < count)
    std::copy_n(held.begin() + static_cast<ptrdiff_t>(from - begin), count - filled,
                values.begin() + static_cast<ptrdiff_t>(filled));
  return values;
}

Column RawRows::view(const Stored& stored, size_t rows) const {
  return {.name = stored.name, .type = stored.type, .rows = rows, .numbers = {}, .strings = {}, .present = {}};
}

learn::Frame RawRows::frame() {
  std::vector<Column> columns;
  for (const Stored& stored : columns_) columns.push_back(view(stored, rows_));
  return learn::Frame(std::move(columns), this);
}

Outcome<learn::LoadedColumn> RawRows::load(size_t index) {
  const Stored& stored = columns_[index];
  learn::LoadedColumn loaded;
  if (stored.text()) {
    auto codes = read(stored, stored.codes, 0, rows_);
    if (!codes) return codes.error();
    auto made = std::make_shared<Codes>();
    made->of_row = std::move(*codes);
    made->texts = stored.texts.texts();
    loaded.codes = std::move(made);
  } else if (stored.numeric() && stored.pieces.empty()) {
    loaded.numbers = stored.numbers;
  } else if (stored.numeric()) {
    auto numbers = read(stored, stored.numbers, 0, rows_);
    if (!numbers) return numbers.error();
    const auto kept = std::make_shared<const std::vector<double>>(std::move(*numbers));
    loaded.numbers = *kept;
    loaded.memory = kept;
  }
  return loaded;
}

Outcome<void> RawRows::arrange(const learn::Rows& rows) {
  const bool same = rows.size() == rows_ && std::is_sorted(rows.begin(), rows.end());
  if (same) return {};
  std::unique_ptr<explore::SpillFile> next;
  if (spilled()) {
    auto file = spill_.make_file();
    if (!file) return file.error();
    next = std::move(*file);
  }
  const auto choose = [&](Stored& stored, auto& held) -> Outcome<void> {
    auto all = stored.pieces.empty() ? std::move(held) : std::remove_reference_t<decltype(held)>();
    if (!stored.pieces.empty()) {
      auto values = read(stored, held, 0, rows_);
      if (!values) return values.error();
      all.assign(values->begin(), values->end());
    }
    std::remove_reference_t<decltype(held)> chosen(rows.size());
    for (size_t i = 0; i < rows.size(); ++i) chosen[i] = all[rows[i]];
    held = std::move(chosen);
    stored.pieces.clear();
    if (!next) return {};
    auto written = spill(stored, *next);
    held.shrink_to_fit();
    return written;
  };
  for (Stored& stored : columns_) {
    if (stored.type == ColumnType::Unknown) continue;
    if (auto chosen = stored.text() ? choose(stored, stored.codes) : choose(stored, stored.numbers); !chosen)
      return chosen;
  }
  file_ = std::move(next);
  rows_ = rows.size();
  return {};
}

Outcome<std::unique_ptr<RawRows::Slice>> RawRows::slice(size_t first, size_t count) {
  auto made = std::make_unique<Slice>();
  std::vector<Column> columns;
  for (const Stored& stored : columns_) {
    columns.push_back(view(stored, count));
    learn::LoadedColumn loaded;
    if (stored.text()) {
      auto codes = read(stored, stored.codes, first, count);
      if (!codes) return codes.error();
      loaded.codes = codes_of(std::move(*codes), stored.texts.texts());
    } else if (stored.numeric() && stored.pieces.empty()) {
      loaded.numbers = std::span(stored.numbers).subspan(first, count);
    } else if (stored.numeric()) {
      auto numbers = read(stored, stored.numbers, first, count);
      if (!numbers) return numbers.error();
      const auto kept = std::make_shared<const std::vector<double>>(std::move(*numbers));
      loaded.numbers = *kept;
      loaded.memory = kept;
    }
    made->columns.push_back(std::move(loaded));
  }
  made->frame = std::make_unique<learn::Frame>(std::move(columns), made.get());
  return made;
}

}  // namespace penstock::kit
