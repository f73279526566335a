// open_json_reader, over Arrow's parser of one block. Arrow's readers of whole files either hold all of it or take the
// types from the first block alone.
#include <arrow/json/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "kit/arrow_columns.h"
#include "kit/file_sequence.h"
#include "kit/json_array.h"
#include "kit/json_reader.h"
#include "kit/json_rows.h"
#include "kit/text_encoding.h"

namespace penstock::kit {

namespace {

using explore::ColumnType;

constexpr size_t row_bytes_max = size_t{256} << 20;    // a longer one is no row
constexpr size_t block_bytes_max = size_t{256} << 10;  // Arrow parses at most 100,000 rows at once
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

struct Batch {
  std::vector<ColumnMemory> columns;
};

// What the rows so far say about a column.
struct Known {
  std::string name;
  ColumnType type = ColumnType::Unknown;
  bool seen = false;   // in a row, not in the options only
  bool given = false;  // is one of the batches' columns
};

bool is_number(ColumnType type) {
  return type == ColumnType::Integral || type == ColumnType::Fractional;
}

// Arrow's message without the words around it and its count of rows, which begins anew in each block.
std::string_view what_arrow_says(std::string_view message) {
  constexpr std::string_view before = "JSON parse error: ";
  if (message.starts_with(before)) message.remove_prefix(before.size());
  return message.substr(0, message.rfind(" in row "));
}

class JsonReader final : public Reader {
 public:
  JsonReader(Session& session, std::vector<SourceFile> files, const ReadOptions& options)
      : session_(session),
        files_(std::move(files)),
        options_(options),
        block_bytes_(std::clamp(options.batch_bytes, size_t{1}, block_bytes_max)) {
    for (const std::string& name : options_.columns) output_.push_back(column_at(name));
    for (const size_t at : output_) columns_[at].given = true;
  }

  Outcome<bool> next(Table& batch) override {
    for (;;) {
      auto more = next_block();
      if (!more) return more.error();
      if (!*more) break;
      auto read = parse_block();
      if (!read) return read.error();
      if (stale_) return start_over();
      if ((*read)->num_rows() > 0) return take(**read, batch);
    }
    for (const Known& column : columns_) {
      if (!column.seen) return Error{"BadData", fmt::format("{}: no column '{}'", files_.first().shown, column.name)};
    }
    if (given_) return false;
    give(make_batch(), 0, batch);
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
  // An error at the row that begins at `offset` of the block. An array's rows are counted, not its lines.
  Error bad_row(size_t offset, std::string_view what) const {
    const auto lines = std::count(block_.begin(), block_.begin() + static_cast<ptrdiff_t>(offset), '\n');
    return Error{"BadData", fmt::format("{}: {} {}: {}", block_file_, is_array_ ? "row" : "line",
                                        block_line_ + static_cast<uint64_t>(lines), what)};
  }

  size_t column_at(const std::string& name) {
    const auto [found, is_new] = by_name_.try_emplace(name, columns_.size());
    if (is_new) columns_.emplace_back().name = name;
    return found->second;
  }

  Outcome<void> open_file() {
    if (auto opened = files_.open(session_); !opened) return opened;
    array_ = JsonArray();
    pending_.clear();
    block_.clear();
    block_line_ = 1;
    block_file_ = files_.current().shown;
    return {};
  }

  // Appends up to `count` bytes of the file to pending_; fewer only at its end.
  Outcome<bool> read_pending(size_t count) {
    std::string piece;
    for (size_t got = 0; got < count;) {
      piece.resize(count - got);
      auto read = files_.read(piece.data(), piece.size());
      if (!read) return read.error();
      if (*read == 0) return false;
      got += *read;
      piece.resize(*read);
      pending_ += array_.take(piece);
    }
    return true;
  }

  // The next whole rows of a file into block_, or false at the end of the last file.
  Outcome<bool> next_block() {
    for (;;) {
      if (!files_.is_open()) {
        if (files_.at_end()) return false;
        if (auto opened = open_file(); !opened) return opened.error();
      }
      const bool is_first = block_.empty();
      auto filled = fill_block();
      if (!filled) return filled.error();
      if (auto right = is_first ? check_beginning() : Outcome<void>{}; !right) return right.error();
      if (block_.find_first_not_of(" \t\r\n") != std::string::npos) return true;
    }
  }

  Outcome<void> fill_block() {
    block_line_ += static_cast<uint64_t>(std::ranges::count(block_, '\n'));
    block_.clear();
    for (;;) {
      auto more = read_pending(std::max(block_bytes_, pending_.size()));
      if (!more) return more.error();
      if (!*more) break;
      const size_t end = last_row_start(pending_);
      if (end != std::string_view::npos) {
        block_.assign(pending_, 0, end);
        pending_.erase(0, end);
        return {};
      }
      if (pending_.size() > row_bytes_max) return bad_row(0, "no row ends within 256 MB");
    }
    block_ = std::exchange(pending_, {});
    files_.close();
    if (array_.is_whole()) return {};
    return Error{"BadData",
                 fmt::format("{}: the array ends early: its ']' is missing, or something follows it", block_file_)};
  }

  // Of a file's first block. Arrow's parser reads through a null pointer when null is the first value of all.
  Outcome<void> check_beginning() {
    is_array_ = array_.is_array();
    if (block_.empty()) return Error{"BadData", fmt::format("{}: the file is empty", block_file_)};
    if (block_.starts_with(byte_order_mark)) block_.replace(0, byte_order_mark.size(), "   ");
    if (const std::string foreign = foreign_encoding(block_); !foreign.empty()) return bad_row(0, foreign);
    const size_t first = block_.find_first_not_of(" \t\r\n");
    if (first == std::string::npos || block_[first] == '{') return {};
    return bad_row(first, "JSON rows are objects, {...}, a line each or in one array");
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> parse(std::string_view text) const {
    auto options = arrow::json::ParseOptions::Defaults();
    arrow::FieldVector texts;
    for (const std::string& name : texts_) texts.push_back(arrow::field(name, arrow::utf8()));
    if (!texts.empty()) options.explicit_schema = arrow::schema(std::move(texts));
    std::string owned = texts_.empty() ? std::string(text) : quote_values(text, texts_);
    owned += '\n';
    return arrow::json::ParseOne(options, arrow::Buffer::FromString(std::move(owned)));
  }

  // block_ as Arrow's columns, whose types have been merged into columns_.
  Outcome<std::shared_ptr<arrow::RecordBatch>> parse_block() {
    for (;;) {
      const size_t texts = texts_.size();
      auto read = parse(block_);
      if (read.ok()) {
        if (auto merged = merge(*(*read)->schema()); !merged) return merged.error();
        find_identifiers(**read);
        if (texts_.size() == texts) return *std::move(read);
      } else {
        if (auto found = find_row(); !found) return found.error();
        if (texts_.size() == texts) {
          return bad_row(0, fmt::format("here or below: {}", what_arrow_says(read.status().message())));
        }
      }
    }
  }

  // Parses row by row a block that Arrow does not take: the error of the first bad row, or columns of different kinds.
  Outcome<void> find_row() {
    for (size_t start = block_.find('{'); start != std::string::npos;) {
      const size_t end = next_row_start(block_, start);
      const auto read = parse(std::string_view(block_).substr(start, end - start));
      if (!read.ok()) return bad_row(start, what_arrow_says(read.status().message()));
      if (auto merged = merge(*(*read)->schema()); !merged) return merged;
      start = end;
    }
    return {};
  }

  Outcome<void> merge(const arrow::Schema& schema) {
    for (const auto& field : schema.fields()) {
      const size_t known = columns_.size();
      const size_t at = column_at(field->name());
      Known& column = columns_[at];
      column.seen = true;
      if (at == known && options_.columns.empty() &&
          std::ranges::find(options_.left_out, column.name) == options_.left_out.end()) {
        column.given = true;
        output_.push_back(at);
        stale_ = stale_ || given_;
      }
      auto type = column_type(*field);
      if (!type && column.given) {
        return Error{type.error().code, fmt::format("{}: {}", block_file_, type.error().message)};
      }
      if (type) merge(column, *type);
    }
    return {};
  }

  void merge(Known& column, ColumnType type) {
    if (type == ColumnType::Unknown || type == column.type) return;
    if (column.type == ColumnType::Unknown) {
      column.type = type;
    } else if (is_number(type) && is_number(column.type)) {
      column.type = ColumnType::Fractional;
    } else {
      // Rows that were given as numbers or times were taken for what they are not.
      if (given_ && column.given && column.type != ColumnType::String) stale_ = true;
      column.type = ColumnType::String;
      texts_.insert(column.name);
    }
  }

  // Integers that a double does not tell apart are read as texts.
  void find_identifiers(const arrow::RecordBatch& read) {
    for (int i = 0; i < read.num_columns(); ++i) {
      Known& column = columns_[column_at(read.column_name(i))];
      if (column.type == ColumnType::Integral && has_identifiers(*read.column(i))) merge(column, ColumnType::String);
    }
  }

  // Looks at all the rest first, so that this happens once at most.
  Outcome<bool> start_over() {
    for (;;) {
      auto more = next_block();
      if (!more) return more.error();
      if (!*more) break;
      if (auto read = parse_block(); !read) return read.error();
    }
    stale_ = false;
    if (auto done = rewind(); !done) return done.error();
    return Error{"TypesChanged", "a column's type changed"};
  }

  std::shared_ptr<Batch> make_batch() const {
    auto made = std::make_shared<Batch>();
    for (const size_t at : output_) {
      ColumnMemory& column = made->columns.emplace_back();
      column.name = columns_[at].name;
      column.type = columns_[at].type;
    }
    return made;
  }

  Outcome<bool> take(const arrow::RecordBatch& read, Table& batch) {
    auto made = make_batch();
    for (ColumnMemory& column : made->columns) {
      const auto array = read.GetColumnByName(column.name);
      for (int64_t row = 0; !array && row < read.num_rows(); ++row) column.add_missing();
      if (!array) continue;
      if (auto added = append_array(column, *array); !added) return added.error();
      if (const auto bad = find_bad_text(column.view())) return bad_row(row_start(bad->row), bad->what);
    }
    give(std::move(made), static_cast<size_t>(read.num_rows()), batch);
    return true;
  }

  // Where a row of the block begins, if each row has lines of its own.
  size_t row_start(size_t row) const {
    size_t start = block_.find('{');
    for (; row > 0; --row) {
      const size_t next = next_row_start(block_, start);
      if (next == std::string::npos) break;
      start = next;
    }
    return start;
  }

  void give(std::shared_ptr<Batch> made, size_t rows, Table& batch) {
    batch = Table{};
    batch.rows = rows;
    for (const ColumnMemory& column : made->columns) batch.columns.push_back(column.view());
    batch.memory = std::move(made);
    given_ = true;
  }

  Session& session_;
  FileSequence files_;
  ReadOptions options_;
  size_t block_bytes_;
  JsonArray array_;
  std::string pending_;      // read, not yet in a block
  std::string block_;        // whole rows
  std::string block_file_;   // whose they are, as messages name it
  uint64_t block_line_ = 1;  // where they begin in it
  bool is_array_ = false;
  std::vector<Known> columns_;  // in the order in which they came
  std::map<std::string, size_t, std::less<>> by_name_;
  std::vector<size_t> output_;  // the batches' columns
  ColumnNames texts_;           // columns whose values are of different kinds
  bool stale_ = false;          // batches were given of other columns or types
  bool given_ = false;          // a batch was given: an empty data set gives one without rows
};

}  // namespace

std::unique_ptr<Reader> open_json_reader(Session& session, std::vector<SourceFile> files, const ReadOptions& options) {
  return std::make_unique<JsonReader>(session, std::move(files), options);
}

}  // namespace penstock::kit
