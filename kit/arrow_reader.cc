#include "kit/arrow_reader.h"

#include <arrow/api.h>
#include <arrow/io/api.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

#include <algorithm>
#include <numeric>

#include "kit/arrow_columns.h"

namespace penstock::kit {

namespace {

Error bad_data(const SourceFile& file, std::string_view what) {
  return Error{"BadData", fmt::format("{}: {}", file.shown, what)};
}

constexpr int64_t parquet_batch_rows = 16'384;

struct Batch {
  std::vector<ColumnMemory> columns;
};

// Which columns of a file's schema are wanted, as indices, in the order of the options.
Outcome<std::vector<int>> wanted_columns(const SourceFile& file, const arrow::Schema& schema,
                                         const ReadOptions& options) {
  std::vector<int> indices;
  for (int i = 0; options.columns.empty() && i < schema.num_fields(); ++i) {
    if (std::ranges::find(options.left_out, schema.field(i)->name()) == options.left_out.end()) indices.push_back(i);
  }
  for (const std::string& name : options.columns) {
    const int index = schema.GetFieldIndex(name);
    if (index < 0) return bad_data(file, fmt::format("no column '{}'", name));
    indices.push_back(index);
  }
  return indices;
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
      if (read) {
        given_ = true;
        return take(*read, batch);
      }
      const auto schema = batches_->schema();
      batches_.reset();
      done_ += files_[at_].bytes;
      if (++at_ == files_.size() && !given_) return take_empty(schema, batch);
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
      ARROW_ASSIGN_OR_RAISE(parquet_, parquet::arrow::OpenFile(std::move(bytes), arrow::default_memory_pool()));
      parquet_->set_use_threads(false);
      parquet_->set_batch_size(parquet_batch_rows);
      return parquet_->GetSchema(&schema);
    }();
    if (!status.ok()) return bad_data(file, status.message());
    auto indices = wanted_columns(file, *schema, options_);
    if (!indices) return indices.error();
    indices_ = *std::move(indices);
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

  // The columns' names and types, without rows; those of a later file must be the first one's.
  Outcome<std::shared_ptr<Batch>> make_batch(const arrow::Schema& schema) {
    auto made = std::make_shared<Batch>();
    for (const int index : indices_) {
      const auto& field = *schema.field(index);
      auto type = column_type(field);
      if (!type) return bad_data(files_[std::min(at_, files_.size() - 1)], type.error().message);
      ColumnMemory column;
      column.name = field.name();
      column.type = *type;
      made->columns.push_back(std::move(column));
    }
    return made;
  }

  Outcome<bool> take(const arrow::RecordBatch& read, Table& batch) {
    auto made = make_batch(*read.schema());
    if (!made) return made.error();
    for (size_t i = 0; i < indices_.size(); ++i) {
      auto added = append_array((*made)->columns[i], *read.column(indices_[i]));
      if (!added) return bad_data(files_[at_], added.error().message);
      if (const auto bad = find_bad_text((*made)->columns[i].view())) return bad_data(files_[at_], bad->what);
    }
    give(*std::move(made), static_cast<size_t>(read.num_rows()), batch);
    return true;
  }

  Outcome<bool> take_empty(const std::shared_ptr<arrow::Schema>& schema, Table& batch) {
    auto made = make_batch(*schema);
    if (!made) return made.error();
    give(*std::move(made), 0, batch);
    given_ = true;
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
  std::vector<int> indices_;
};

}  // namespace

Outcome<std::unique_ptr<Reader>> open_arrow_reader(std::vector<SourceFile> files, const ReadOptions& options) {
  return std::unique_ptr<Reader>(std::make_unique<ArrowReader>(std::move(files), options));
}

}  // namespace penstock::kit
