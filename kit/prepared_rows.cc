#include "kit/prepared_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/learn/frame.h"
#include "core/learn/options.h"
#include "kit/byte_stream.h"
#include "kit/growing_matrix.h"
#include "kit/number_lines.h"
#include "kit/source.h"
#include "kit/temporary.h"

namespace penstock::kit {

namespace {

constexpr size_t text_bytes = size_t{2} << 20;  // of a file that are parsed together
constexpr size_t line_bytes_max = size_t{1} << 28;

Error bad_data(std::string message) {
  return {.code = "BadData", .message = std::move(message)};
}

Error in_file(const std::string& path, const Error& error) {
  return {.code = error.code, .message = fmt::format("{}: {}", path, error.message)};
}

bool is_folder(Session& session, const std::string& place) {
  return session.disk.exists(place + "/features.csv");
}

// The columns as a matrix; a text is an error.
Outcome<learn::Matrix> to_matrix(const std::string& place, const std::vector<const explore::Column*>& columns,
                                 size_t rows) {
  std::vector<double> values(rows * columns.size());
  for (size_t c = 0; c < columns.size(); ++c) {
    const explore::Column& column = *columns[c];
    if (!column.numeric() && column.type != explore::ColumnType::Unknown)
      return bad_data(
          fmt::format("{}: column '{}' holds text, features are numbers: prepare the data with "
                      "'penstock-kit preprocess' first",
                      place, column.name));
    for (size_t row = 0; row < rows; ++row)
      values[row * columns.size() + c] = column.numeric() ? column.numbers[row] : std::nan("");
  }
  return learn::Matrix::dense(rows, columns.size(), std::move(values)).compact();
}

Outcome<std::vector<double>> to_labels(const std::string& place, const explore::Column& column, uint64_t first_row) {
  if (!column.numeric())
    return bad_data(
        fmt::format("{}: the labels, column '{}', are no numbers: classes are 0, 1, ...", place, column.name));
  for (size_t row = 0; row < column.rows; ++row)
    if (std::isnan(column.numbers[row]))
      return bad_data(fmt::format("{}: the label of row {} is missing", place, first_row + row + 1));
  return std::vector<double>(column.numbers.begin(), column.numbers.end());
}

// Reads whole lines of the stream into `text`, behind the first `kept` bytes, with the padding that NumberLines needs.
Outcome<bool> fill(ByteStream& bytes, std::string& text, size_t kept) {
  const size_t wanted = std::max(text_bytes, 2 * kept);
  text.resize(wanted + NumberLines::padding);
  size_t size = kept;
  bool ended = false;
  while (size < wanted && !ended) {
    const auto count = bytes.read(text.data() + size, wanted - size);
    if (!count) return count.error();
    size += *count;
    ended = *count == 0;
  }
  text.resize(size + NumberLines::padding);
  return ended;
}

// The quick way for a file of plain numbers. False when it is none, maybe after some blocks: then start over.
Outcome<bool> stream_numbers(Session& session, const std::string& path, const std::vector<std::string>& names,
                             const std::function<Outcome<void>(PreparedBlock&)>& take) {
  const auto files = find_files(session, path, "csv");
  if (!files) return files.error();
  auto bytes = open_bytes(session, files->front());
  if (!bytes) return bytes.error();
  NumberLines lines;
  std::string text;
  uint64_t rows = 0;
  for (size_t kept = 0;;) {
    const auto ended = fill(**bytes, text, kept);
    if (!ended) return ended.error();
    const size_t size = text.size() - NumberLines::padding;
    auto parsed = lines.parse({text.data(), size}, *ended);
    if (!parsed || size - parsed->consumed > line_bytes_max) return false;
    if (parsed->rows.rows() > 0) {
      PreparedBlock block{
          .features = std::move(parsed->rows), .labels = {}, .names = names, .first_row = rows, .share = 1};
      block.share = static_cast<double>((*bytes)->position()) / static_cast<double>(files->front().bytes);
      rows += block.features.rows();
      if (auto taken = take(block); !taken) return taken.error();
    }
    if (*ended) return rows > 0;
    kept = size - parsed->consumed;
    std::copy_n(text.data() + parsed->consumed, kept, text.data());
  }
}

// Any data set, by its columns.
Outcome<void> stream_columns(Session& session, const std::string& place, const ReadOptions& options,
                             const LabelColumn& label, const std::function<void()>& begin,
                             const std::function<Outcome<void>(PreparedBlock&)>& take) {
  auto reader = open_reader(session, place, options);
  if (!reader) return reader.error();
  uint64_t rows = 0;
  const auto start = [&] {
    rows = 0;
    begin();
  };
  return stream(session, **reader, start, [&](const Table& table) -> Outcome<void> {
    if (table.columns.empty()) return bad_data(fmt::format("{} has no columns", place));
    const explore::Column* labels = nullptr;
    if (!label.name.empty()) {
      const auto found = learn::Frame(table.columns).find(label.name);
      if (!found && label.needed) return in_file(place, found.error());
      labels = table.find(label.name);
    } else if (label.needed) {
      labels = &table.columns[0];
    }
    std::vector<std::string> names;
    std::vector<const explore::Column*> columns;
    for (const explore::Column& column : table.columns)
      if (&column != labels) columns.push_back(&column), names.push_back(column.name);
    auto features = to_matrix(place, columns, table.rows);
    if (!features) return features.error();
    PreparedBlock block{.features = std::move(*features), .labels = {}, .names = names, .first_row = rows, .share = 1};
    block.share = static_cast<double>((*reader)->bytes_read()) / static_cast<double>((*reader)->bytes_total());
    rows += table.rows;
    if (labels) {
      auto taken = to_labels(place, *labels, block.first_row);
      if (!taken) return taken.error();
      block.labels = std::move(*taken);
    }
    return take(block);
  });
}

// What prepared.json says of a folder, beside its features.
struct About {
  std::vector<std::string> names;
  std::vector<std::string> classes;
};
Outcome<About> read_about(Session& session, const std::string& place) {
  const std::string path = place + "/prepared.json";
  About about;
  if (!session.disk.exists(path)) return about;
  const auto text = session.disk.read_file(path);
  if (!text) return text.error();
  const auto json = parse_json(*text);
  if (!json) return in_file(path, json.error());
  if (auto names = learn::read_texts(*json, "features")) about.names = std::move(*names);
  auto classes = learn::read_texts(*json, "classes");
  if (classes) about.classes = std::move(*classes);
  return about;
}

}  // namespace

Outcome<void> stream_prepared(Session& session, const std::string& place, const ReadOptions& options,
                              const LabelColumn& label, const std::function<void()>& begin,
                              const std::function<Outcome<void>(PreparedBlock&)>& take) {
  if (!is_folder(session, place)) return stream_columns(session, place, options, label, begin, take);
  const auto about = read_about(session, place);
  if (!about) return about.error();
  const std::string path = place + "/features.csv";
  begin();
  const auto plain = stream_numbers(session, path, about->names, take);
  if (!plain) return plain.error();
  if (*plain) return {};
  ReadOptions any;
  any.header = false;
  return stream_columns(session, path, any, {}, begin, [&](PreparedBlock& block) -> Outcome<void> {
    PreparedBlock named{std::move(block.features), {}, about->names, block.first_row, block.share};
    return take(named);
  });
}

Outcome<std::optional<Beside>> read_beside(Session& session, const std::string& place, bool needs_labels) {
  if (!is_folder(session, place)) return std::optional<Beside>();
  Beside beside;
  auto about = read_about(session, place);
  if (!about) return about.error();
  beside.classes = std::move(about->classes);
  if (session.disk.exists(place + "/labels.csv")) {
    ReadOptions plain;
    plain.header = false;
    const auto labels = read_table(session, place + "/labels.csv", plain);
    if (!labels) return labels.error();
    if (labels->columns.size() != 1)
      return bad_data(fmt::format("{}/labels.csv has {} columns, one is needed", place, labels->columns.size()));
    auto taken = to_labels(place + "/labels.csv", labels->columns[0], 0);
    if (!taken) return taken.error();
    beside.labels = std::move(*taken);
  } else if (needs_labels) {
    return bad_data(fmt::format("{} has no labels.csv", place));
  }
  if (session.disk.exists(place + "/kept.csv")) {
    auto kept = read_table(session, place + "/kept.csv");
    if (!kept) return kept.error();
    beside.kept = kept->columns;
    beside.memory.push_back(kept->memory);
  }
  return std::optional(std::move(beside));
}

Outcome<void> check_rows(const std::string& place, const Beside& beside, size_t rows) {
  if (beside.labels.empty() || beside.labels.size() == rows) return {};
  return bad_data(fmt::format("{} has {} rows of features but {} labels", place, rows, beside.labels.size()));
}

Outcome<Prepared> read_prepared(Session& session, const std::string& place, const ReadOptions& options,
                                const LabelColumn& label, size_t memory_bytes) {
  const TemporaryFolder folder(session.disk);
  std::optional<GrowingMatrix> features;
  Prepared read;
  const auto begin = [&] {
    features.emplace(session.disk, folder.path(), memory_bytes);
    read = Prepared{};
  };
  const auto take = [&](PreparedBlock& block) -> Outcome<void> {
    if (read.names.empty()) read.names = block.names;
    read.labels.insert(read.labels.end(), block.labels.begin(), block.labels.end());
    return features->append(std::move(block.features), block.share);
  };
  auto beside = read_beside(session, place, label.needed);
  if (!beside) return beside.error();
  auto streamed = stream_prepared(session, place, options, label, begin, take);
  if (!streamed) return streamed.error();
  if (*beside) {
    if (auto fits = check_rows(place, **beside, features->rows()); !fits) return fits.error();
    read.labels = std::move((*beside)->labels);
    read.classes = std::move((*beside)->classes);
  }
  if (features->rows() == 0) return bad_data(fmt::format("{} has no rows", place));
  auto taken = features->take();
  if (!taken) return taken.error();
  read.features = std::move(*taken);
  if (read.names.size() != read.features.columns()) read.names = numbered_names(read.features.columns());
  return read;
}

std::vector<std::string> numbered_names(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back(fmt::format("f{}", i));
  return names;
}

}  // namespace penstock::kit
