#include "kit/drift_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/monitor/category_counter.h"
#include "core/monitor/preset.h"

namespace penstock::kit {

namespace {

using explore::ColumnType;

// NannyML cuts the reference into ten chunks; what is left over is one more.
constexpr size_t chunks = 10;

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The values of one column (of one window), in the order of the rows.
struct ColumnValues {
  std::string name;
  ColumnType type = ColumnType::Unknown;
  bool categorical = false;
  std::vector<double> numbers;
  monitor::CategoryCounter categories;
  std::vector<uint32_t> numbers_of_texts;  // which category each row has; kept for chunks alone
  bool keep_order = false;

  void add_text(std::string_view text) {
    const uint32_t number = categories.add(text);
    if (keep_order) numbers_of_texts.push_back(number);
  }
  void add_missing_text() {
    categories.add_missing();
    if (keep_order) numbers_of_texts.push_back(UINT32_MAX);
  }
};

void add_row(ColumnValues& to, const explore::Column& from, size_t row) {
  if (!to.categorical) {
    to.numbers.push_back(from.numbers[row]);
  } else if (from.type == ColumnType::String) {
    if (!from.present.empty() && from.present[row] == 0) return to.add_missing_text();
    to.add_text(from.strings[row]);
  } else if (std::isnan(from.numbers[row])) {
    to.add_missing_text();
  } else if (from.type == ColumnType::Boolean) {
    to.add_text(from.numbers[row] == 0 ? "false" : "true");
  } else {
    to.add_text(fmt::format("{}", from.numbers[row]));
  }
}

void add_all(ColumnValues& to, const explore::Column& from) {
  if (!to.categorical) {
    to.numbers.insert(to.numbers.end(), from.numbers.begin(), from.numbers.end());
    return;
  }
  if (from.type == ColumnType::String && !to.keep_order) return to.categories.add(from);
  for (size_t row = 0; row < from.rows; ++row) add_row(to, from, row);
}

monitor::Distribution slice(const ColumnValues& values, size_t begin, size_t end) {
  if (!values.categorical)
    return monitor::distribution_of(std::span(values.numbers).subspan(begin, end - begin),
                                    values.type == ColumnType::Integral);
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
std::optional<double> chunk_threshold(const ColumnValues& values, size_t rows, const monitor::Distribution& all) {
  const size_t size = rows / chunks;
  if (size == 0 || size_of(all) == 0) return std::nullopt;
  std::vector<double> distances;
  for (size_t begin = 0; begin < rows; begin += size) {
    const monitor::Distribution chunk = slice(values, begin, std::min(rows, begin + size));
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
    if (options_.time.empty()) {
      WindowValues& all = window("");
      all.rows += batch.rows;
      for (ColumnValues& column : all.columns) add_all(column, *batch.find(column.name));
      return {};
    }
    const explore::Column& time = *batch.find(options_.time);
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
      for (size_t row = 0; row < batch.rows; ++row) {
        if (of_row[row] != nullptr) add_row(of_row[row]->columns[i], column, row);
      }
    }
    return {};
  }

  // All windows as distributions; the columns without any value are skipped.
  Summary finish() {
    Summary out;
    out.rows_without_time = without_time_;
    out.skipped = skipped_;
    for (auto& [name, values] : windows_) {
      monitor::Baseline found;
      found.rows = values.rows;
      for (ColumnValues& column : values.columns) found.columns.push_back(summarize(column, values.rows));
      if (options_.time.empty())
        out.all = std::move(found);
      else
        out.windows.emplace_back(name, std::move(found));
    }
    for (const auto& [name, window] : out.windows) {
      if (out.all.columns.empty())
        out.all = window;
      else
        static_cast<void>(merge_into(out.all, window));  // equal columns by construction
    }
    return out;
  }

 private:
  // The columns to compare, from the first batch.
  Outcome<void> look_at(const Table& batch) {
    given_ = true;
    skipped_.clear();
    for (const std::string& name : options_.categorical) {
      if (batch.find(name) == nullptr) return no_column(name);
    }
    if (!options_.time.empty() && batch.find(options_.time) == nullptr) return no_column(options_.time);
    for (const explore::Column& column : batch.columns) {
      if (column.name == options_.time || is_among(options_.left_out, column.name)) continue;
      if (column.type == ColumnType::Timestamp) {
        skipped_.emplace_back(column.name, "times are not compared");
        continue;
      }
      if (column.type == ColumnType::Unknown) {
        skipped_.emplace_back(column.name, "it has no value");
        continue;
      }
      ColumnValues values;
      values.name = column.name;
      values.type = column.type;
      values.categorical = column.type == ColumnType::String || column.type == ColumnType::Boolean ||
                           is_among(options_.categorical, column.name);
      values.keep_order = options_.chunk_thresholds;
      schema_.push_back(std::move(values));
    }
    return {};
  }

  Error no_column(const std::string& name) const {
    return Error{"NoColumn", fmt::format("the data has no column '{}'", name)};
  }

  WindowValues& window(const std::string& name) {
    const auto [found, is_new] = windows_.try_emplace(name);
    if (is_new) found->second.columns = schema_;
    return found->second;
  }

  monitor::BaselineColumn summarize(ColumnValues& values, size_t rows) {
    monitor::BaselineColumn out;
    out.name = values.name;
    if (values.categorical)
      out.distribution = values.categories.distribution();
    else
      out.distribution = monitor::distribution_of(values.numbers, values.type == ColumnType::Integral);
    if (options_.chunk_thresholds) out.chunk_threshold = chunk_threshold(values, rows, out.distribution);
    values = ColumnValues{};
    return out;
  }

  const SummaryOptions& options_;
  std::vector<ColumnValues> schema_;  // without values
  std::map<std::string, WindowValues> windows_;
  std::vector<std::pair<std::string, std::string>> skipped_;
  uint64_t without_time_ = 0;
  bool given_ = false;
};

// True when the file begins as a saved baseline does.
bool is_saved_baseline(Session& session, const std::string& path) {
  auto file = session.disk.open(path, Disk::Mode::read);
  if (!file) return false;
  char beginning[32] = {};
  const auto read = (*file)->read_at(0, beginning, sizeof beginning);
  return read.ok() && monitor::is_baseline(std::string_view(beginning, *read));
}

}  // namespace

Outcome<Summary> read_summary(Session& session, const std::string& location, const SummaryOptions& options) {
  auto reader = open_reader(session, location, options.read);
  if (!reader) return reader.error();
  Collector collector(options);
  auto read = stream(
      session, **reader, [&] { collector.begin(); }, [&](const Table& batch) { return collector.take(batch); });
  if (!read) return read.error();
  return collector.finish();
}

Outcome<Summary> read_baseline(Session& session, const std::string& location, const SummaryOptions& options) {
  if (location.starts_with("s3://") || !is_saved_baseline(session, location)) {
    SummaryOptions whole = options;
    whole.time.clear();
    if (!options.time.empty()) whole.left_out.push_back(options.time);
    return read_summary(session, location, whole);
  }
  auto bytes = session.disk.read_file(location);
  if (!bytes) return bytes.error();
  auto read = monitor::baseline_from_bytes(*bytes);
  if (!read) return Error{read.error().code, fmt::format("{}: {}", location, read.error().message)};
  Summary out;
  out.all = *std::move(read);
  return out;
}

}  // namespace penstock::kit
