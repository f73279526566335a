#include "kit/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "core/explore/value_text.h"
#include "kit/column_names.h"
#include "kit/csv_columns.h"
#include "kit/csv_split.h"
#include "kit/file_sequence.h"
#include "kit/text_block.h"
#include "kit/text_encoding.h"

namespace penstock::kit {

namespace {

using explore::ColumnType;

constexpr size_t row_bytes_max = size_t{256} << 20;  // a longer row is an unclosed quote
constexpr size_t header_bytes_max = size_t{32} << 20;
constexpr size_t columns_max = 100'000;  // a profile holds about 10 KB for each
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::string_view type_name(ColumnType type) {
  switch (type) {
    case ColumnType::Integral:
      return "an integer";
    case ColumnType::Fractional:
      return "a number";
    case ColumnType::Boolean:
      return "True or False";
    case ColumnType::Timestamp:
      return "a date or time";
    default:
      return "a text";
  }
}

// Why a field is no text; else empty.
std::string fault_of(std::string_view text) {
  if (const size_t bad = explore::first_bad_utf8(text); bad != std::string_view::npos) {
    return fmt::format(
        "byte 0x{:02X} is not UTF-8: convert the file first (iconv -f LATIN1 -t UTF-8, if that is what it is)",
        static_cast<unsigned char>(text[bad]));
  }
  return text.find('\0') == std::string_view::npos ? "" : "a NUL byte";
}

// The name that was meant by one that is not there, for its message.
std::string likely(const std::string& name, const std::vector<std::string>& names) {
  const auto nearest = nearest_word(name, {names.begin(), names.end()});
  return nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
}

struct Batch {
  std::vector<ColumnMemory> columns;
};

class CsvReader final : public Reader {
 public:
  CsvReader(Session& session, std::vector<SourceFile> files, const ReadOptions& options)
      : session_(session), files_(std::move(files)), options_(options), missing_(options.missing) {}

  Outcome<bool> next(Table& batch) override {
    batch = Table{};
    for (;;) {
      auto block = next_block();
      if (!block) return block.error();
      if (!*block) break;
      if (rows_.row_starts.empty()) continue;
      auto converted = convert_block(batch);
      if (!converted) return converted.error();
      given_ = true;
      return true;
    }
    if (given_) return false;
    given_ = true;
    give(start_batch(), 0, batch);
    return true;
  }

  Outcome<void> rewind() override {
    files_.rewind();
    given_ = false;
    return {};
  }

  uint64_t bytes_read() const override { return files_.bytes_read(); }
  uint64_t bytes_total() const override { return files_.bytes_total(); }

 private:
  Error bad_data(size_t at, std::string_view what) const {
    const auto seen = block_.text().substr(0, at);
    const auto line = lines_ + static_cast<uint64_t>(std::count(seen.begin(), seen.end(), line_end_)) + 1;
    return Error{"BadData", fmt::format("{}: line {}: {}", files_.current().shown, line, what)};
  }

  // Splits the next rows of the files into rows_; false at the end of all.
  Outcome<bool> next_block() {
    for (;;) {
      if (!files_.is_open()) {
        if (files_.at_end()) return false;
        if (auto opened = open_file(); !opened) return opened.error();
      }
      lines_ += std::exchange(consumed_lines_, 0);
      block_.drop(std::exchange(consumed_, 0));
      if (auto filled = fill(); !filled) return filled.error();
      if (block_.empty() && ended_) {
        files_.close();
        continue;
      }
      auto split = split_block();
      if (!split) return split.error();
      return true;
    }
  }

  // Reads more behind the rest of the last block.
  Outcome<void> fill() {
    if (ended_) return {};
    block_.make_room(std::max(options_.batch_bytes, block_.text().size() * 2));
    while (block_.room() > 0) {
      auto count = files_.read(block_.free_memory(), block_.room());
      if (!count) return count.error();
      if (*count == 0) {
        ended_ = true;
        break;
      }
      block_.added(*count);
    }
    return {};
  }

  Outcome<void> split_block() {
    for (;;) {
      const std::string_view text = block_.text();
      const CsvFault fault = splitter_->split(text, ended_, rows_);
      if (fault.kind == CsvFault::Kind::ragged_row) {
        return bad_data(fault.at, fmt::format("{} fields where the header has {}{}", fault.fields, splitter_->columns(),
                                              delimiter_advice(fault.fields)));
      }
      if (fault.kind == CsvFault::Kind::open_quote)
        return bad_data(fault.at, "a quote opens in this row and never closes");
      consumed_ = rows_.consumed;
      consumed_lines_ = rows_.line_ends;
      if (consumed_ > 0 || ended_) return {};
      if (text.size() > row_bytes_max) {
        return bad_data(0, fmt::format("a row of more than {} MiB: is a quote not closed?", row_bytes_max >> 20));
      }
      if (auto filled = fill(); !filled) return filled;
    }
  }

  std::string delimiter_advice(size_t fields) const {
    if (splitter_->columns() > 1 || fields < 2) return "";
    return fmt::format(" (fields are separated by '{}'; --delimiter names another)", delimiter_);
  }

  Outcome<void> open_file() {
    if (auto opened = files_.open(session_); !opened) return opened;
    block_.clear();
    consumed_ = 0;
    lines_ = consumed_lines_ = 0;
    ended_ = false;
    if (auto filled = fill(); !filled) return filled;
    if (block_.text().starts_with(byte_order_mark)) block_.drop(byte_order_mark.size());
    if (const std::string foreign = foreign_encoding(block_.text()); !foreign.empty()) return bad_data(0, foreign);
    delimiter_ = options_.delimiter ? options_.delimiter : files_.current().tabs ? '\t' : ',';
    const auto has = [&](char c) { return block_.text().find(c) != std::string_view::npos; };
    line_end_ = !has('\n') && has('\r') ? '\r' : '\n';
    return read_header();
  }

  // Names of the columns, and of those that are wanted.
  Outcome<void> read_header() {
    splitter_.emplace(delimiter_, line_end_, 0);
    CsvRows first;
    size_t length = 0;
    for (;;) {
      length = first_row_bytes(block_.text());
      if (length != std::string_view::npos || ended_) break;
      if (block_.text().size() > header_bytes_max) break;
      if (auto filled = fill(); !filled) return filled;
    }
    const std::string_view header = block_.text().substr(0, length);
    if (header.size() > header_bytes_max)
      return bad_data(0, fmt::format("the first row does not end within {} MiB: is this CSV?", header_bytes_max >> 20));
    const CsvFault fault = splitter_->split(header, true, first);
    if (fault.kind == CsvFault::Kind::open_quote) return bad_data(0, "a quote opens in the header and never closes");
    if (first.row_starts.empty()) {
      if (!names_.empty()) {  // an empty file beside others
        splitter_.emplace(delimiter_, line_end_, names_.size());
        return {};
      }
      return Error{"BadData", fmt::format("{}: the file is empty: a header was expected", files_.current().shown)};
    }
    auto names = names_of(header, first);
    if (auto same = check_names(names); !same) return same;
    splitter_.emplace(delimiter_, line_end_, names_.size());
    if (!options_.header) return {};
    consumed_ = header.size();
    consumed_lines_ = static_cast<uint64_t>(std::ranges::count(header, line_end_));
    return {};
  }

  // Up to and with the line end of the first row that is not blank.
  size_t first_row_bytes(std::string_view text) const {
    bool in_quotes = false;
    bool blank = true;
    for (size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '"') in_quotes = !in_quotes;
      if (text[at] == line_end_ && !in_quotes && !blank) return at + 1;
      const bool is_gap = text[at] == '\r' || ((text[at] == ' ' || text[at] == '\t') && text[at] != delimiter_);
      if (text[at] != line_end_ && !is_gap) blank = false;
    }
    return std::string_view::npos;
  }

  std::vector<std::string> names_of(std::string_view header, const CsvRows& rows) const {
    const size_t count = splitter_->columns();
    std::vector<std::string> names;
    std::string scratch;
    for (size_t column = 0; column < count; ++column) {
      names.push_back(options_.header ? std::string(CsvFields(header, rows, count, column).text(0, scratch))
                                      : fmt::format("c{}", column));
    }
    return unique_names(names);
  }

  Outcome<void> check_names(std::vector<std::string>& names) {
    if (names_.empty()) return take_names(std::move(names));
    if (names.size() != names_.size()) {
      return bad_data(0, fmt::format("{} columns where {} has {}", names.size(), files_.first().shown, names_.size()));
    }
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] != names_[i]) {
        return bad_data(
            0, fmt::format("column {} is '{}' where {} has '{}'", i + 1, names[i], files_.first().shown, names_[i]));
      }
    }
    return {};
  }

  Outcome<void> take_names(std::vector<std::string> names) {
    const size_t read = options_.columns.empty() ? names.size() : options_.columns.size();
    if (read > columns_max) {
      return bad_data(0, fmt::format("{} columns: at most {} are read at once (--columns chooses)", read, columns_max));
    }
    for (size_t i = 0; i < names.size(); ++i) {
      if (const std::string fault = fault_of(names[i]); !fault.empty())
        return bad_data(0, fmt::format("the name of column {}: {}", i + 1, fault));
    }
    std::vector<size_t> wanted;
    for (size_t i = 0; options_.columns.empty() && i < names.size(); ++i) {
      if (std::ranges::find(options_.left_out, names[i]) == options_.left_out.end()) wanted.push_back(i);
    }
    for (const std::string& name : options_.columns) {
      const auto found = std::ranges::find(names, name);
      if (found == names.end()) return bad_data(0, fmt::format("no column '{}'{}", name, likely(name, names)));
      wanted.push_back(static_cast<size_t>(found - names.begin()));
    }
    names_ = std::move(names);
    wanted_ = std::move(wanted);
    types_.assign(wanted_.size(), ColumnType::Unknown);
    given_types_.assign(wanted_.size(), false);
    may_pack_.assign(wanted_.size(), options_.packed);
    decimals_.assign(wanted_.size(), 0);
    for (size_t i = 0; i < wanted_.size(); ++i) {
      for (const auto& [name, type] : options_.types) {
        if (name != names_[wanted_[i]]) continue;
        types_[i] = type;
        given_types_[i] = true;
      }
    }
    return {};
  }

  CsvFields fields_of(size_t i) const { return CsvFields(block_.text(), rows_, names_.size(), wanted_[i]); }

  std::shared_ptr<Batch> start_batch() {
    if (!batch_ || batch_.use_count() > 1) batch_ = std::make_shared<Batch>();
    batch_->columns.resize(wanted_.size());
    for (size_t i = 0; i < wanted_.size(); ++i) {
      ColumnMemory& column = batch_->columns[i];
      column.name = names_[wanted_[i]];
      column.type = types_[i];
      column.may_pack = may_pack_[i];
      column.decimals = decimals_[i];
      column.clear();
    }
    return batch_;
  }

  static void give(const std::shared_ptr<Batch>& made, size_t rows, Table& batch) {
    batch.rows = rows;
    for (const ColumnMemory& column : made->columns) batch.columns.push_back(column.view());
    batch.memory = made;
  }

  Outcome<void> convert_block(Table& batch) {
    const size_t rows = rows_.row_starts.size();
    for (size_t i = 0; i < types_.size(); ++i) {
      if (types_[i] == ColumnType::Unknown) types_[i] = infer_type(fields_of(i), missing_);
    }
    const auto made = start_batch();
    for (size_t i = 0; i < types_.size(); ++i) {
      const size_t row = convert(fields_of(i), missing_, {rows_.high_bytes, rows_.nul_bytes}, made->columns[i]);
      if (row < rows) return refuse(i, row);
      if (types_[i] == ColumnType::Integral && !given_types_[i]) types_[i] = made->columns[i].type;
      made->columns[i].type = types_[i];
      may_pack_[i] = made->columns[i].may_pack;
      decimals_[i] = made->columns[i].decimals;
    }
    give(made, rows, batch);
    return {};
  }

  // A field that is not of its column's type: bad data when it cannot be a text either or the type was given.
  Outcome<void> refuse(size_t i, size_t row) {
    std::string scratch;
    const std::string_view text = fields_of(i).text(row, scratch);
    const std::string name = names_[wanted_[i]];
    const size_t at = rows_.row_starts[row];
    if (const std::string fault = fault_of(text); !fault.empty())
      return bad_data(at, fmt::format("column '{}': {}", name, fault));
    if (given_types_[i]) {
      return bad_data(at, fmt::format("column '{}': '{}' is not {}", name, text.substr(0, 40), type_name(types_[i])));
    }
    return infer_the_rest();
  }

  // Looks through all that is left, so that the reader starts over once only.
  Outcome<void> infer_the_rest() {
    for (;;) {
      for (size_t i = 0; i < types_.size(); ++i) {
        if (given_types_[i] || types_[i] == ColumnType::String) continue;
        types_[i] = wider(types_[i], infer_type(fields_of(i), missing_));
      }
      auto more = next_block();
      if (!more) return more.error();
      if (!*more) break;
    }
    if (auto rewound = rewind(); !rewound) return rewound;
    return Error{"TypesChanged", "a column has texts beyond its first rows"};
  }

  Session& session_;
  FileSequence files_;
  ReadOptions options_;
  MissingTexts missing_;

  std::vector<std::string> names_;  // of all columns of the files
  std::vector<size_t> wanted_;      // the columns that are read, as indices of names_
  std::vector<ColumnType> types_;   // of those
  std::vector<bool> given_types_;
  std::vector<bool> may_pack_;  // numbers may be given as integers over 10^decimals
  std::vector<unsigned> decimals_;
  std::shared_ptr<Batch> batch_;  // used again once nobody looks at it
  bool given_ = false;            // a batch was given: an empty data set gives one without rows

  // The file that is being read.
  bool ended_ = false;
  char delimiter_ = ',';
  char line_end_ = '\n';
  std::optional<CsvSplitter> splitter_;
  uint64_t lines_ = 0;   // line ends before the block
  TextBlock block_;      // which rows are split from
  size_t consumed_ = 0;  // bytes of the rows in rows_
  uint64_t consumed_lines_ = 0;
  CsvRows rows_;
};

}  // namespace

Outcome<std::unique_ptr<Reader>> open_csv_reader(Session& session, std::vector<SourceFile> files,
                                                 const ReadOptions& options) {
  return std::unique_ptr<Reader>(std::make_unique<CsvReader>(session, std::move(files), options));
}

}  // namespace penstock::kit
