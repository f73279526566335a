#include "kit/reader.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "kit/arrow_reader.h"
#include "kit/column_memory.h"
#include "kit/csv_reader.h"
#include "kit/json_reader.h"
#include "kit/source.h"
#include "kit/temporary.h"

namespace penstock::kit {

namespace {

// "[=========>          ]  43 %": redrawn at most once a percent.
class Progress {
 public:
  Progress(Session& session, const Reader& reader) : terminal_(session.terminal), reader_(reader) {}
  ~Progress() { terminal_.clear_redraw(); }

  void show() {
    const uint64_t total = reader_.bytes_total();
    if (!terminal_.is_interactive() || total == 0) return;
    const auto percent = static_cast<int>(std::min<uint64_t>(100, reader_.bytes_read() * 100 / total));
    if (percent == shown_) return;
    shown_ = percent;
    const auto filled = static_cast<size_t>(percent * 2 / 5);
    terminal_.redraw({fmt::format("[{:<40}] {:3} %", std::string(filled, '='), percent)});
  }

 private:
  Terminal& terminal_;
  const Reader& reader_;
  int shown_ = -1;
};

// Batches joined end to end: the columns of a whole table.
struct Joined {
  std::vector<ColumnMemory> columns;
};

void append(ColumnMemory& to, const explore::Column& from) {
  to.name = from.name;
  if (from.type == explore::ColumnType::Unknown && to.rows > 0) {
    for (size_t row = 0; row < from.rows; ++row) to.add_missing();
    return;
  }
  if (to.type == explore::ColumnType::Unknown && from.type == explore::ColumnType::String) {
    // Missing all the way so far, and texts now.
    to.numbers.clear();
    to.offsets.assign(to.rows + 1, 0);
    if (to.rows > 0) to.present.assign(to.rows, 0);
  }
  to.type = from.type;
  if (!to.is_text()) {
    to.numbers.insert(to.numbers.end(), from.numbers.begin(), from.numbers.end());
    to.rows += from.rows;
    return;
  }
  const int64_t shift = static_cast<int64_t>(to.bytes.size()) - (from.rows ? from.strings.offsets[0] : 0);
  const size_t first = from.rows ? static_cast<size_t>(from.strings.offsets[0]) : 0;
  const size_t last = from.rows ? static_cast<size_t>(from.strings.offsets[from.rows]) : 0;
  to.bytes.append(from.strings.bytes.substr(first, last - first));
  for (size_t row = 0; row < from.rows; ++row) to.offsets.push_back(from.strings.offsets[row + 1] + shift);
  if (!from.present.empty() && to.present.empty()) to.present.assign(to.rows, 1);
  if (!from.present.empty()) to.present.insert(to.present.end(), from.present.begin(), from.present.end());
  if (from.present.empty() && !to.present.empty()) to.present.resize(to.rows + from.rows, 1);
  to.rows += from.rows;
}

size_t bytes_of(const ColumnMemory& column) {
  return column.numbers.size() * sizeof(double) + column.offsets.size() * sizeof(int64_t) + column.bytes.size() +
         column.present.size();
}

// Looks while a table grows whether all of it will fit, by what share of the files it is of.
class Growth {
 public:
  Growth(Session& session, const std::string& location) : session_(session), location_(location) {}

  Outcome<void> check(const Joined& joined, const Reader& reader) {
    size_t bytes = 0;
    for (const ColumnMemory& column : joined.columns) bytes += bytes_of(column);
    if (bytes < 2 * checked_ || joined.columns.empty()) return {};
    checked_ = std::max(bytes, worth_checking);
    if (bytes < worth_checking) return {};
    const double share = static_cast<double>(reader.bytes_read()) / static_cast<double>(reader.bytes_total());
    const double rest = static_cast<double>(bytes) * (1 / std::clamp(share, 0.001, 1.0) - 1);
    return check_memory(session_, static_cast<uint64_t>(rest),
                        fmt::format("{}: all rows are held in memory; the rest of them", location_));
  }

 private:
  static constexpr size_t worth_checking = size_t{4} << 20;
  Session& session_;
  const std::string& location_;
  size_t checked_ = 0;
};

}  // namespace

void add_read_options(CLI::App& app, ReadOptions& options) {
  app.add_option("--format", options.format, "what the files are (json: lines or one array); else as their names say")
      ->type_name("csv|json|parquet")
      ->check(CLI::IsMember({"csv", "json", "parquet"}).description(""));
  app.add_option("--columns", options.columns, "only these columns; may be repeated")
      ->type_name("A,B")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option_function<std::string>(
         "--delimiter",
         [&options](const std::string& text) { options.delimiter = text == "\\t" || text == "tab" ? '\t' : text[0]; },
         "what separates the fields of CSV: one character, or tab")
      ->type_name("CHARACTER")
      ->check([](const std::string& text) {
        return text.size() == 1 || text == "\\t" || text == "tab" ? "" : "one character, or tab";
      });
  app.add_flag_callback(
      "--no-header", [&options] { options.header = false; }, "the first row of CSV is data: columns are c0, c1, ...");
  app.add_option("--missing", options.missing, "further texts of CSV that mean a missing value; may be repeated")
      ->type_name("A,B")
      ->delimiter(',')
      ->allow_extra_args(false);
}

Outcome<std::unique_ptr<Reader>> open_reader(Session& session, const std::string& location,
                                             const ReadOptions& options) {
  auto files = find_files(session, location, options.format);
  if (!files) return files.error();
  for (const SourceFile& file : *files) {
    if (file.format != files->front().format) {
      return Error{"BadData",
                   fmt::format("{} is {} but {} is {}: one data set has files of one format (or name it by --format)",
                               files->front().shown, files->front().format, file.shown, file.format)};
    }
  }
  if (files->front().format == "csv") return open_csv_reader(session, *std::move(files), options);
  if (files->front().format == "json") return open_json_reader(session, *std::move(files), options);
  return open_arrow_reader(*std::move(files), options);
}

Outcome<void> stream(Session& session, Reader& reader, const std::function<void()>& begin,
                     const std::function<Outcome<void>(const Table&)>& take) {
  Progress progress(session, reader);
  begin();
  Table batch;
  for (;;) {
    auto more = reader.next(batch);
    if (!more && more.error().code == "TypesChanged") {
      begin();
      continue;
    }
    if (!more) return more.error();
    if (!*more) return {};
    if (auto taken = take(batch); !taken) return taken;
    progress.show();
  }
}

Outcome<Table> read_table(Session& session, const std::string& location, const ReadOptions& options) {
  auto reader = open_reader(session, location, options);
  if (!reader) return reader.error();
  auto joined = std::make_shared<Joined>();
  std::optional<Growth> growth;
  const auto begin = [&] {
    joined->columns.clear();
    growth.emplace(session, location);
  };
  auto read = stream(session, **reader, begin, [&](const Table& batch) -> Outcome<void> {
    joined->columns.resize(batch.columns.size());
    for (size_t i = 0; i < batch.columns.size(); ++i) append(joined->columns[i], batch.columns[i]);
    return growth->check(*joined, **reader);
  });
  if (!read) return read.error();
  Table table;
  for (const ColumnMemory& column : joined->columns) table.columns.push_back(column.view());
  if (!table.columns.empty()) table.rows = table.columns[0].rows;
  table.memory = std::move(joined);
  return table;
}

}  // namespace penstock::kit
