#include "kit/builtin_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/encoding.h"
#include "kit/reader.h"
#include "kit/source.h"

namespace penstock::kit {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// "csv" of the names that a content type has.
std::string format_of(const std::string& content_type) {
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"csv", "csv"},
      {"text/csv", "csv"},
      {"libsvm", "libsvm"},
      {"text/libsvm", "libsvm"},
      {"text/x-libsvm", "libsvm"},
      {"parquet", "parquet"},
      {"application/x-parquet", "parquet"},
      {"recordio-protobuf", "recordio"},
      {"application/x-recordio-protobuf", "recordio"},
  };
  for (const auto& [name, format] : names) {
    if (name == content_type) return std::string(format);
  }
  return {};
}

bool parse_number(std::string_view text, double& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size();
}

Outcome<void> too_large() {
  return client_error(
      fmt::format("the training data has more than {} values, which are kept in memory: use fewer rows or columns",
                  training_values_max));
}

// Columns of a table into rows: label, weight, features.
Outcome<TrainingRows> from_table(const Table& table, const Channel& channel, const RowsOptions& options) {
  const bool labels = options.labels && channel.label_size != 0;
  const size_t first = (labels ? 1 : 0) + (options.weights ? 1 : 0);
  if (table.columns.size() <= first)
    return client_error(fmt::format("{}: {} columns: a row needs a label and at least one feature", channel.folder,
                                    table.columns.size()));
  TrainingRows out;
  out.rows = table.rows;
  out.columns = table.columns.size() - first;
  if (out.rows > training_values_max / out.columns) return too_large().error();
  for (const explore::Column& column : table.columns) {
    if (column.numeric() || column.type == explore::ColumnType::Unknown) continue;
    return client_error(
        fmt::format("{}: column {} holds texts: features are numbers, and CSV for training has no header",
                    channel.folder, &column - table.columns.data() + 1));
  }
  const auto value_at = [](const explore::Column& column, size_t row) {
    return column.type == explore::ColumnType::Unknown ? nan : column.numbers[row];
  };
  out.values.resize(out.rows * out.columns);
  for (size_t i = 0; i < out.columns; ++i) {
    const explore::Column& column = table.columns[first + i];
    for (size_t row = 0; row < out.rows; ++row) {
      const double value = value_at(column, row);
      out.values[row * out.columns + i] = std::isnan(value) ? options.absent : value;
    }
  }
  for (size_t row = 0; row < out.rows; ++row) {
    if (labels) out.labels.push_back(value_at(table.columns[0], row));
    if (options.weights) out.weights.push_back(value_at(table.columns[labels ? 1 : 0], row));
  }
  return out;
}

Outcome<TrainingRows> from_sparse(SparseRows sparse, const Channel& channel, const RowsOptions& options) {
  TrainingRows out;
  out.rows = sparse.rows;
  out.columns = sparse.columns;
  if (out.columns == 0) return client_error(fmt::format("{}: no row has a feature", channel.folder));
  if (out.rows > training_values_max / out.columns) return too_large().error();
  out.values.assign(out.rows * out.columns, options.absent);
  for (const SparseRows::Entry& entry : sparse.entries)
    out.values[entry.row * out.columns + entry.column] = entry.value;
  if (options.labels) out.labels = std::move(sparse.labels);
  out.weights = std::move(sparse.weights);
  return out;
}

Outcome<TrainingRows> read_files(const BuiltinJob& job, const Channel& channel, const RowsOptions& options,
                                 const std::string& format) {
  auto files = find_files(job.session(), channel.folder, format);
  if (!files) return client_error(files.error().message);
  SparseRows rows;
  for (const SourceFile& file : *files) {
    auto bytes = job.session().disk.read_file(file.path);
    if (!bytes) return client_error(bytes.error().message);
    auto read = format == "libsvm" ? read_libsvm(*bytes, file.shown, rows) : read_recordio(*bytes, file.shown, rows);
    if (!read) return read.error();
  }
  return from_sparse(std::move(rows), channel, options);
}

// The delimiter of CSV from its first line, as the XGBoost image guesses it.
Outcome<char> delimiter_of(const BuiltinJob& job, const Channel& channel) {
  auto files = find_files(job.session(), channel.folder, "csv");
  if (!files) return client_error(files.error().message);
  if (!files->front().compression.empty()) return ',';
  auto file = job.session().disk.open(files->front().path, Disk::Mode::read);
  if (!file) return client_error(file.error().message);
  std::string line(4'096, '\0');
  const auto size = (*file)->read_at(0, line.data(), line.size());
  line.resize(size.ok() ? std::min(*size, line.find('\n')) : 0);
  for (const char delimiter : {',', '\t', ';', '|', ' '}) {
    if (line.find(delimiter) != std::string::npos) return delimiter;
  }
  return ',';
}

}  // namespace

Outcome<TrainingRows> read_rows(const BuiltinJob& job, const Channel& channel, const RowsOptions& options) {
  const std::string content_type = channel.content_type.empty() ? options.content_type : channel.content_type;
  const std::string format = format_of(content_type);
  if (format.empty()) {
    return client_error(fmt::format(
        "{} is not an accepted ContentType: csv, libsvm, parquet, recordio-protobuf, text/csv, text/libsvm, "
        "text/x-libsvm, application/x-parquet, application/x-recordio-protobuf.",
        content_type));
  }
  Outcome<TrainingRows> rows = TrainingRows{};
  if (format == "libsvm" || format == "recordio") {
    rows = read_files(job, channel, options, format);
  } else {
    ReadOptions read;
    read.format = format;
    read.header = false;
    if (format == "csv") {
      const auto delimiter = delimiter_of(job, channel);
      if (!delimiter) return delimiter.error();
      read.delimiter = *delimiter;
    }
    const auto table = read_table(job.session(), channel.folder, read);
    if (!table) return client_error(table.error().message);
    rows = from_table(*table, channel, options);
  }
  if (!rows) return rows;
  if (rows->rows == 0) return client_error(fmt::format("No data in the channel path {}", channel.folder));
  const bool unlabelled =
      std::any_of(rows->labels.begin(), rows->labels.end(), [](double label) { return std::isnan(label); });
  if (unlabelled) return client_error(fmt::format("{}: a row has no label", channel.folder));
  return rows;
}

Outcome<void> read_libsvm(std::string_view text, const std::string& where, SparseRows& rows) {
  size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    line = trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const auto malformed = [&] {
      return client_error(
          fmt::format("First line '{}...' of file '{}' is not 'LIBSVM' format. Please ensure the file is in "
                      "'LIBSVM' format. (line {})",
                      line.substr(0, 50), where, number));
    };
    bool first = true;
    while (!line.empty()) {
      const std::string_view word = line.substr(0, line.find_first_of(" \t"));
      line = trim(line.substr(word.size()));
      const size_t colon = word.find(':');
      double left = 0;
      double right = 1;
      if (!parse_number(word.substr(0, colon), left)) return malformed();
      const bool pair = colon != std::string_view::npos;
      if (pair && !parse_number(word.substr(colon + 1), right)) return malformed();
      if (first) {
        rows.labels.push_back(left);
        if (pair && rows.weights.size() < rows.rows) rows.weights.resize(rows.rows, 1);
        if (pair || !rows.weights.empty()) rows.weights.push_back(right);
        first = false;
        continue;
      }
      if (!pair || left < 0 || left != std::floor(left) || left >= std::numeric_limits<uint32_t>::max())
        return malformed();
      rows.entries.push_back({static_cast<uint32_t>(rows.rows), static_cast<uint32_t>(left), right});
      rows.columns = std::max(rows.columns, static_cast<size_t>(left) + 1);
    }
    ++rows.rows;
  }
  return {};
}

}  // namespace penstock::kit
