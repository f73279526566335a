#include "kit/drift_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "core/explore/packed_numbers.h"
#include "core/monitor/category_counter.h"
#include "core/monitor/preset.h"
#include "kit/source.h"

namespace penstock::kit {

namespace {

using explore::ColumnType;

// NannyML cuts the reference into ten chunks; what is left over is one more.
constexpr size_t chunks = 10;
constexpr size_t categories_max = 100'000;

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What is known of a column; a column without any value so far is Unknown.
struct ColumnSchema {
  std::string name;
  ColumnType type = ColumnType::Unknown;
  bool categorical = false;  // by its type, or because the user says so
  bool free_text = false;    // more different texts than categories_max: not compared
};

// The values of one column (of one window), in the order of the rows.
struct ColumnValues {
  explore::PackedNumbers packed;  // of a categorical column: only what was missing before its type was known
  std::vector<double> numbers;    // the same in order, NaN where missing; kept for chunks alone
  monitor::CategoryCounter categories;
  std::vector<uint32_t> numbers_of_texts;  // which category each row has; kept for chunks alone
  bool keep_order = false;

  void add_numbers(std::span<const double> values) {
    packed.add(values);
    if (keep_order) numbers.insert(numbers.end(), values.begin(), values.end());
  }
  void add_text(std::string_view text) {
    const uint32_t number = categories.add(text);
    if (keep_order) numbers_of_texts.push_back(number);
  }
  void add_missing_text() {
    categories.add_missing();
    if (keep_order) numbers_of_texts.push_back(UINT32_MAX);
  }
  // Missing values that came before the column showed that it is one of categories.
  void settle() {
    for (uint64_t i = 0; i < packed.missing(); ++i) add_missing_text();
    packed.clear();
    numbers.clear();
  }
};

void add_category(ColumnValues& to, const explore::Column& from, size_t row) {
  if (from.type == ColumnType::String) {
    if (!from.present.empty() && from.present[row] == 0) return to.add_missing_text();
    return to.add_text(from.strings[row]);
  }
  if (from.type == ColumnType::Unknown || std::isnan(from.numbers[row])) return to.add_missing_text();
  if (from.type == ColumnType::Boolean) return to.add_text(from.numbers[row] == 0 ? "false" : "true");
  to.add_text(fmt::format("{}", from.numbers[row]));
}

void add_row(ColumnValues& to, const ColumnSchema& schema, const explore::Column& from, size_t row) {
  if (schema.categorical) {
    if (to.packed.missing() > 0) to.settle();
    add_category(to, from, row);
  } else {
    const double value = from.type == ColumnType::Unknown ? std::nan("") : from.numbers[row];
    to.add_numbers({&value, 1});
  }
}

void add_booleans(monitor::CategoryCounter& to, std::span<const double> values) {
  uint64_t yes = 0;
  uint64_t missing = 0;
  for (const double value : values) {
    yes += value == 1 ? 1 : 0;
    missing += std::isnan(value) ? 1 : 0;
  }
  const uint64_t no = values.size() - yes - missing;
  if (yes > 0) to.add("true", yes);
  if (no > 0) to.add("false", no);
  to.add_missing(missing);
}

void add_all(ColumnValues& to, const ColumnSchema& schema, const explore::Column& from) {
  if (!from.packed.empty()) {
    to.packed.add_packed(from.packed, from.decimals);
  } else if (!schema.categorical && from.type != ColumnType::Unknown) {
    to.add_numbers(from.numbers);
  } else if (from.type == ColumnType::String && !to.keep_order) {
    to.settle();
    to.categories.add(from);
  } else if (from.type == ColumnType::Boolean && !to.keep_order) {
    to.settle();
    add_booleans(to.categories, from.numbers);
  } else {
    for (size_t row = 0; row < from.rows; ++row) add_row(to, schema, from, row);
  }
}

monitor::Distribution slice(const ColumnValues& values, const ColumnSchema& schema, size_t begin, size_t end) {
  if (!schema.categorical)
    return monitor::distribution_of(std::span(values.numbers).subspan(begin, end - begin),
                                    schema.type == ColumnType::Integral);
  monitor::CategoryCounter counter;
  for (size_t row = begin; row < end; ++row) {
    if (values.numbers_of_texts[row] == UINT32_MAX)
      counter.add_missing();
    else
      counter.add(values.categories.text(values.numbers_of_texts[row]));
  }
  return counter.distribution();
}

// NannyML's threshold of the Jensen-Shannon distance: from each chunk of the reference against all of it.
std::optional<double> chunk_threshold(const ColumnValues& values, const ColumnSchema& schema, size_t rows,
                                      const monitor::Distribution& all) {
  const size_t size = rows / chunks;
  if (size == 0 || size_of(all) == 0) return std::nullopt;
  std::vector<double> distances;
  for (size_t begin = 0; begin < rows; begin += size) {
    const monitor::Distribution chunk = slice(values, schema, begin, std::min(rows, begin + size));
    if (size_of(chunk) > 0) distances.push_back(monitor::nannyml_jensen_shannon(all, chunk));
  }
  return monitor::chunk_threshold(distances);
}

struct WindowValues {
  uint64_t rows = 0;
  std::vector<ColumnValues> columns;
};

class Collector {
 public:
  explicit Collector(const SummaryOptions& options) : options_(options) {}

  void begin() {
    windows_.clear();
    without_time_ = 0;
    schema_.clear();
    given_ = false;
  }

  Outcome<void> take(const Table& batch) {
    if (auto checked = given_ ? Outcome<void>{} : look_at(batch); !checked) return checked;
    for (size_t i = 0; i < schema_.size(); ++i) {
      learn_type(schema_[i], *batch.find(schema_[i].name));
      if (!schema_[i].free_text) drop_free_text(i);
    }
    if (options_.time.empty()) {
      WindowValues& all = window("");
      all.rows += batch.rows;
      for (size_t i = 0; i < schema_.size(); ++i) {
        if (!schema_[i].free_text) add_all(all.columns[i], schema_[i], *batch.find(schema_[i].name));
      }
      return {};
    }
    const explore::Column& time = *batch.find(options_.time);
    const bool is_text = time.type == ColumnType::String || time.type == ColumnType::Boolean;
    if (is_text && options_.window != Window::value) {
      return Error{"BadData",
                   fmt::format("column '{}' holds no times (ISO 8601, or seconds since 1970): --window value "
                               "makes each of its values a window",
                               options_.time)};
    }
    std::vector<WindowValues*> of_row(batch.rows, nullptr);
    for (size_t row = 0; row < batch.rows; ++row) {
      const auto name = window_of(options_.window, time, row);
      if (!name) {
        ++without_time_;
        continue;
      }
      of_row[row] = &window(*name);
      ++of_row[row]->rows;
    }
    for (size_t i = 0; i < schema_.size(); ++i) {
      const explore::Column& column = *batch.find(schema_[i].name);
      if (schema_[i].free_text) continue;
      for (size_t row = 0; row < batch.rows; ++row) {
        if (of_row[row] != nullptr) add_row(of_row[row]->columns[i], schema_[i], column, row);
      }
    }
    return {};
  }

  // Times and columns without any value are skipped. With windows, they are distributions already.
  Summary finish() {
    for (size_t i = 0; i < schema_.size(); ++i) drop_free_text(i);
    Summary out;
    if (options_.time.empty()) {
      const auto values = std::make_shared<WindowValues>(std::move(window("")));
      out.rows = values->rows;
      for (size_t i = 0; i < schema_.size(); ++i) {
        if (!is_compared(schema_[i])) continue;
        out.columns.push_back({schema_[i].name, [values, i, schema = schema_[i]]() -> Outcome<monitor::BaselineColumn> {
                                 return summarize(values->columns[i], schema, values->rows);
                               }});
      }
    } else {
      monitor::Baseline all;
      for (auto& [name, values] : windows_) out.windows.emplace_back(name, distributions_of(values));
      for (const auto& [name, window] : out.windows) {
        if (all.columns.empty())
          all = window;
        else
          static_cast<void>(merge_into(all, window));  // equal columns by construction
      }
      auto windows = std::move(out.windows);
      out = summary_of(std::move(all));
      out.windows = std::move(windows);
    }
    out.rows_without_time = without_time_;
    out.skipped = skipped();
    return out;
  }

 private:
  // The columns to compare, from the first batch.
  Outcome<void> look_at(const Table& batch) {
    given_ = true;
    for (const std::string& name : options_.categorical) {
      if (batch.find(name) == nullptr) return no_column(name);
    }
    if (!options_.time.empty() && batch.find(options_.time) == nullptr) return no_column(options_.time);
    for (const explore::Column& column : batch.columns) {
      if (column.name == options_.time || is_among(options_.left_out, column.name)) continue;
      schema_.push_back({column.name, ColumnType::Unknown, is_among(options_.categorical, column.name)});
    }
    return {};
  }

  // Types widen from batch to batch, from Unknown and from Integral.
  static void learn_type(ColumnSchema& schema, const explore::Column& column) {
    if (column.type != ColumnType::Unknown) schema.type = column.type;
    schema.categorical = schema.categorical || schema.type == ColumnType::String || schema.type == ColumnType::Boolean;
  }

  // Stops to count the texts of a column that are no categories.
  void drop_free_text(size_t index) {
    for (const auto& [name, values] : windows_) {
      schema_[index].free_text =
          schema_[index].free_text || values.columns[index].categories.distinct() > categories_max;
    }
    if (!schema_[index].free_text) return;
    for (auto& [name, values] : windows_) values.columns[index] = ColumnValues{};
  }

  Error no_column(const std::string& name) const {
    return Error{"NoColumn", fmt::format("the data has no column '{}'", name)};
  }

  WindowValues& window(const std::string& name) {
    const auto [found, is_new] = windows_.try_emplace(name);
    if (is_new) {
      found->second.columns.resize(schema_.size());
      for (ColumnValues& column : found->second.columns) column.keep_order = options_.chunk_thresholds;
    }
    return found->second;
  }

  std::vector<std::pair<std::string, std::string>> skipped() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const ColumnSchema& schema : schema_) {
      if (schema.type == ColumnType::Timestamp) out.emplace_back(schema.name, "times are not compared");
      if (schema.type == ColumnType::Unknown) out.emplace_back(schema.name, no_value);
      if (schema.free_text)
        out.emplace_back(schema.name,
                         fmt::format("it has more than {} different texts: not a category", categories_max));
    }
    return out;
  }

  static bool is_compared(const ColumnSchema& schema) {
    return schema.type != ColumnType::Timestamp && schema.type != ColumnType::Unknown && !schema.free_text;
  }

  monitor::Baseline distributions_of(WindowValues& values) const {
    monitor::Baseline out;
    out.rows = values.rows;
    for (size_t i = 0; i < schema_.size(); ++i) {
      if (is_compared(schema_[i])) out.columns.push_back(summarize(values.columns[i], schema_[i], values.rows));
    }
    return out;
  }

  static monitor::BaselineColumn summarize(ColumnValues& values, const ColumnSchema& schema, size_t rows) {
    monitor::BaselineColumn out;
    out.name = schema.name;
    if (schema.categorical) {
      values.settle();
      out.distribution = values.categories.distribution();
    } else {
      out.distribution = monitor::distribution_of(std::move(values.packed), schema.type == ColumnType::Integral);
    }
    if (values.keep_order) out.chunk_threshold = chunk_threshold(values, schema, rows, out.distribution);
    values = ColumnValues{};
    return out;
  }

  const SummaryOptions& options_;
  std::vector<ColumnSchema> schema_;
  std::map<std::string, WindowValues> windows_;
  uint64_t without_time_ = 0;
  bool given_ = false;
};

}  // namespace

SummaryColumn* Summary::find(std::string_view name) {
  const auto found = std::ranges::find(columns, name, &SummaryColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

Outcome<monitor::Baseline> whole(const Summary& summary) {
  monitor::Baseline out;
  out.rows = summary.rows;
  out.skipped = summary.skipped;
  for (const SummaryColumn& column : summary.columns) {
    auto taken = column.take();
    if (!taken) return taken.error();
    out.columns.push_back(*std::move(taken));
  }
  return out;
}

Summary summary_of(monitor::Baseline baseline) {
  Summary out;
  out.rows = baseline.rows;
  out.skipped = std::move(baseline.skipped);
  const auto columns = std::make_shared<std::vector<monitor::BaselineColumn>>(std::move(baseline.columns));
  for (size_t i = 0; i < columns->size(); ++i) {
    out.columns.push_back(
        {(*columns)[i].name, [columns, i]() -> Outcome<monitor::BaselineColumn> { return std::move((*columns)[i]); }});
  }
  return out;
}

bool is_saved_baseline(Session& session, const std::string& location) {
  if (location.starts_with("s3://")) return location.ends_with(".baseline");
  auto file = session.disk.open(location, Disk::Mode::read);
  if (!file) return false;
  char beginning[32] = {};
  const auto read = (*file)->read_at(0, beginning, sizeof beginning);
  return read.ok() && monitor::is_baseline(std::string_view(beginning, *read));
}

Outcome<Summary> read_summary(Session& session, const std::string& location, const SummaryOptions& options) {
  ReadOptions read_options = options.read;
  // What looks at numbers one by one, or in their order, is served doubles.
  read_options.packed = options.time.empty() && options.categorical.empty() && !options.chunk_thresholds;
  read_options.batch_bytes = size_t{1} << 18;  // a quarter of the usual, which stays in the processor's cache
  auto reader = open_reader(session, location, read_options);
  if (!reader) return reader.error();
  Collector collector(options);
  auto read = stream(
      session, **reader, [&] { collector.begin(); }, [&](const Table& batch) { return collector.take(batch); });
  if (!read) return read.error();
  Summary summary = collector.finish();
  if (summary.windows.empty() && summary.rows_without_time > 0)
    return Error{"BadData",
                 fmt::format("{}: no row has a value of '{}', the column of --time", location, options.time)};
  return summary;
}

Outcome<Summary> read_baseline(Session& session, const std::string& location, const SummaryOptions& options) {
  if (!is_saved_baseline(session, location)) {
    SummaryOptions all = options;
    all.time.clear();
    if (!options.time.empty()) all.left_out.push_back(options.time);
    return read_summary(session, location, all);
  }
  auto files = find_files(session, location, "csv");
  if (!files) return files.error();
  auto opened = session.disk.open(files->front().path, Disk::Mode::read);
  if (!opened) return opened.error();
  const auto bytes = (*opened)->size();
  if (!bytes) return bytes.error();
  const std::shared_ptr<File> file = *std::move(opened);
  auto saved = monitor::SavedBaseline::open({*bytes, [file](uint64_t at, char* to, size_t count) -> Outcome<void> {
                                               while (count > 0) {
                                                 const auto part = file->read_at(at, to, count);
                                                 if (!part) return part.error();
                                                 if (*part == 0) return Error{"BadBaseline", "it became shorter"};
                                                 at += *part;
                                                 to += *part;
                                                 count -= *part;
                                               }
                                               return {};
                                             }});
  const auto named = [location](const Error& error) {
    return error.code == "BadBaseline" ? Error{error.code, fmt::format("{}: {}", location, error.message)} : error;
  };
  if (!saved) return named(saved.error());
  const auto baseline = std::make_shared<monitor::SavedBaseline>(*std::move(saved));
  Summary out;
  out.rows = baseline->rows();
  out.skipped = baseline->skipped();
  for (size_t i = 0; i < baseline->columns(); ++i) {
    out.columns.push_back({std::string(baseline->name(i)), [baseline, named, i]() -> Outcome<monitor::BaselineColumn> {
                             auto column = baseline->read(i);
                             if (!column) return named(column.error());
                             return column;
                           }});
  }
  return out;
}

}  // namespace penstock::kit
