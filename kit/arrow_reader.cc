#include "kit/arrow_reader.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/properties.h>

#include <algorithm>
#include <numeric>

#include "core/explore/profile.h"
#include "kit/arrow_columns.h"
#include "kit/column_names.h"

namespace penstock::kit {

namespace {

using explore::ColumnType;

Error bad_data(const SourceFile& file, std::string_view what) {
  return Error{"BadData", fmt::format("{}: {}", file.shown, what)};
}

constexpr int64_t parquet_batch_rows = 16'384;
constexpr uint64_t pages_bytes = uint64_t{50} << 20;  // 20 columns' pages and dictionaries, packed and unpacked

struct Batch {
  std::vector<ColumnMemory> columns;
};

// What the files so far say about a column.
struct Known {
  std::string name;
  ColumnType type = ColumnType::Unknown;
  bool identifiers = false;  // integers that are read as texts
};

std::vector<std::string> names_of(const arrow::Schema& schema) {
  return unique_names(schema.field_names());
}

// Which columns of the first file are wanted, by name, in the order of the options.
Outcome<std::vector<std::string>> wanted_columns(const SourceFile& file, const std::vector<std::string>& names,
                                                 const ReadOptions& options) {
  for (const std::string& name : options.columns) {
    if (std::ranges::find(names, name) == names.end()) return bad_data(file, fmt::format("no column '{}'", name));
  }
  if (!options.columns.empty()) return options.columns;
  std::vector<std::string> wanted;
  for (const std::string& name : names) {
    if (std::ranges::find(options.left_out, name) == options.left_out.end()) wanted.push_back(name);
  }
  return wanted;
}

class ArrowReader final : public Reader {
 public:
  ArrowReader(std::vector<SourceFile> files, const ReadOptions& options) : files_(std::move(files)), options_(options) {
    for (const SourceFile& file : files_) total_ += file.bytes;
  }

  Outcome<bool> next(Table& batch) override {
    for (;;) {
      if (!batches_) {
        if (at_ == files_.size()) return false;
        if (auto opened = open(files_[at_]); !opened) return opened.error();
      }
      std::shared_ptr<arrow::RecordBatch> read;
      if (auto status = batches_->ReadNext(&read); !status.ok()) return bad_data(files_[at_], status.message());
      if (read) return take(*read, batch);
      batches_.reset();
      done_ += files_[at_].bytes;
      if (++at_ == files_.size() && !given_) {
        given_ = true;
        give(make_batch(), 0, batch);
        return true;
      }
    }
  }

  Outcome<void> rewind() override {
    batches_.reset();
    at_ = 0;
    done_ = 0;
    given_ = false;
    return {};
  }

  uint64_t bytes_read() const override { return done_; }
  uint64_t bytes_total() const override { return total_; }
  uint64_t bytes_held() const override { return pages_bytes; }

 private:
  Outcome<void> open(const SourceFile& file) {
    auto opened = arrow::io::ReadableFile::Open(file.path);
    if (!opened.ok()) return bad_data(file, opened.status().message());
    return open_parquet(file, *opened);
  }

  // Reads only what is wanted of a file.
  Outcome<void> open_parquet(const SourceFile& file, std::shared_ptr<arrow::io::RandomAccessFile> bytes) {
    std::shared_ptr<arrow::Schema> schema;
    auto status = [&]() -> arrow::Status {
      // Pages as they are needed: by default a row group, which may be the whole file, is read into memory at once.
      parquet::ReaderProperties pages(arrow::system_memory_pool());
      pages.enable_buffered_stream();
      parquet::ArrowReaderProperties batches;
      batches.set_pre_buffer(false);
      batches.set_use_threads(false);
      batches.set_batch_size(parquet_batch_rows);
      parquet::arrow::FileReaderBuilder builder;
      ARROW_RETURN_NOT_OK(builder.Open(std::move(bytes), pages));
      builder.memory_pool(arrow::system_memory_pool());  // which gives back what it does not need
      ARROW_ASSIGN_OR_RAISE(parquet_, builder.properties(batches)->Build());
      return parquet_->GetSchema(&schema);
    }();
    if (!status.ok()) return bad_data(file, status.message());
    if (auto found = find_columns(file, *schema); !found) return found;
    status = [&]() -> arrow::Status {
      // Only a schema without nested columns has one stored column for each of its fields.
      if (parquet_->parquet_reader()->metadata()->num_columns() != schema->num_fields()) {
        ARROW_ASSIGN_OR_RAISE(batches_, parquet_->GetRecordBatchReader());
        return arrow::Status::OK();
      }
      std::vector<int> stored = indices_;
      std::ranges::sort(stored);
      stored.erase(std::unique(stored.begin(), stored.end()), stored.end());
      std::vector<int> row_groups(static_cast<size_t>(parquet_->num_row_groups()));
      std::iota(row_groups.begin(), row_groups.end(), 0);
      ARROW_ASSIGN_OR_RAISE(batches_, parquet_->GetRecordBatchReader(row_groups, stored));
      for (int& index : indices_) {
        index = static_cast<int>(std::ranges::lower_bound(stored, index) - stored.begin());
      }
      return arrow::Status::OK();
    }();
    if (!status.ok()) return bad_data(file, status.message());
    return {};
  }

  // Where the wanted columns are in this file, which must have those of the first one, in any order.
  Outcome<void> find_columns(const SourceFile& file, const arrow::Schema& schema) {
    const std::vector<std::string> names = names_of(schema);
    if (columns_.empty()) {
      auto wanted = wanted_columns(file, names, options_);
      if (!wanted) return wanted.error();
      for (std::string& name : *wanted) columns_.push_back({std::move(name)});
      all_ = names;
    }
    for (const std::string& name : names) {
      if (options_.columns.empty() && std::ranges::find(all_, name) == all_.end())
        return bad_data(file, fmt::format("column '{}' is not in {}", name, files_[0].shown));
    }
    indices_.clear();
    for (Known& column : columns_) {
      const auto found = std::ranges::find(names, column.name);
      if (found == names.end())
        return bad_data(file, fmt::format("no column '{}', which {} has", column.name, files_[0].shown));
      indices_.push_back(static_cast<int>(found - names.begin()));
      auto type = column_type(*schema.field(indices_.back()));
      if (!type) return bad_data(file, type.error().message);
      if (auto merged = merge(file, column, *type); !merged) return merged;
    }
    return {};
  }

  // Widens what is known of a column by its type in the file.
  Outcome<void> merge(const SourceFile& file, Known& column, ColumnType type) const {
    const auto is_number = [](ColumnType one) { return one == ColumnType::Integral || one == ColumnType::Fractional; };
    if (type == column.type || type == ColumnType::Unknown) return {};
    if (column.identifiers && type == ColumnType::Integral) return {};
    if (column.type == ColumnType::Unknown) {
      column.type = type;
    } else if (is_number(type) && is_number(column.type)) {
      column.type = ColumnType::Fractional;
    } else {
      return bad_data(file, fmt::format("column '{}' is {} where the files before it have {}", column.name,
                                        explore::type_name(type), explore::type_name(column.type)));
    }
    return {};
  }

  // The columns' names and types, without rows.
  std::shared_ptr<Batch> make_batch() const {
    auto made = std::make_shared<Batch>();
    for (const Known& column : columns_) {
      ColumnMemory& memory = made->columns.emplace_back();
      memory.name = column.name;
      memory.type = column.type;
    }
    return made;
  }

  // Integers that turn out to be identifiers become texts, from the beginning.
  bool find_identifiers(const arrow::RecordBatch& read) {
    bool found = false;
    for (size_t i = 0; i < indices_.size(); ++i) {
      if (columns_[i].type != ColumnType::Integral || !has_identifiers(*read.column(indices_[i]))) continue;
      columns_[i].type = ColumnType::String;
      columns_[i].identifiers = found = true;
    }
    return found;
  }

  Outcome<bool> take(const arrow::RecordBatch& read, Table& batch) {
    if (find_identifiers(read) && given_) {
      if (auto rewound = rewind(); !rewound) return rewound.error();
      return Error{"TypesChanged", "a column's integers are identifiers"};
    }
    given_ = true;
    auto made = make_batch();
    for (size_t i = 0; i < indices_.size(); ++i) {
      auto added = append_array(made->columns[i], *read.column(indices_[i]));
      if (!added) return bad_data(files_[at_], added.error().message);
      if (const auto bad = find_bad_text(made->columns[i].view())) return bad_data(files_[at_], bad->what);
    }
    give(std::move(made), static_cast<size_t>(read.num_rows()), batch);
    return true;
  }

  static void give(std::shared_ptr<Batch> made, size_t rows, Table& batch) {
    batch = Table{};
    batch.rows = rows;
    for (const ColumnMemory& column : made->columns) batch.columns.push_back(column.view());
    batch.memory = std::move(made);
  }

  std::vector<SourceFile> files_;
  ReadOptions options_;
  size_t at_ = 0;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
  bool given_ = false;  // a batch was given: an empty data set gives one without rows
  std::unique_ptr<parquet::arrow::FileReader> parquet_;
  std::shared_ptr<arrow::RecordBatchReader> batches_;
  std::vector<std::string> all_;  // columns of the first file
  std::vector<Known> columns_;    // those that are read
  std::vector<int> indices_;      // where they are in the open file
};

}  // namespace

Outcome<std::unique_ptr<Reader>> open_arrow_reader(std::vector<SourceFile> files, const ReadOptions& options) {
  return std::unique_ptr<Reader>(std::make_unique<ArrowReader>(std::move(files), options));
}

}  // namespace penstock::kit
