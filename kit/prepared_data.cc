#include "kit/prepared_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/learn/options.h"

namespace penstock::kit {

namespace {

constexpr size_t rows_per_piece = 8192;  // lines made before they go to the file

Error bad_data(std::string message) {
  return {.code = "BadData", .message = std::move(message)};
}

Error in_file(const std::string& path, const Error& error) {
  return {.code = error.code, .message = fmt::format("{}: {}", path, error.message)};
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

// The columns of the files that the recipe reads, without the target; empty when it needs to see all.
std::vector<std::string> columns_to_read(const learn::Recipe& recipe) {
  std::vector<std::string> names;
  for (const learn::FeatureRule& rule : recipe.features) {
    if (!rule.columns_of_type.empty()) return {};
    for (const std::string& name : rule.columns) add_once(names, name);
  }
  for (const learn::RowRule* rule : {&recipe.drop_missing, &recipe.drop_duplicates})
    for (const std::string& name : rule->columns) add_once(names, name);
  for (const std::string& name : recipe.keep) add_once(names, name);
  for (const auto& [name, expression] : recipe.expressions)
    for (const std::string& column : expression.columns()) add_once(names, column);
  for (const auto& [name, expression] : recipe.expressions) std::erase(names, name);
  return names;
}

Outcome<void> append_lines(File& file, size_t rows, const std::function<void(std::string&, size_t, size_t)>& make) {
  std::string text;
  for (size_t first = 0; first < rows; first += rows_per_piece) {
    text.clear();
    make(text, first, std::min(rows, first + rows_per_piece));
    if (auto appended = file.append(text); !appended) return appended;
  }
  return {};
}

void append_value(std::string& out, const explore::Column& column, size_t row) {
  if (learn::is_missing(column, row)) return;
  if (!column.numeric()) return learn::append_field(out, column.strings[row]);
  const double value = column.numbers[row];
  if (column.type != explore::ColumnType::Fractional && std::abs(value) < 1e15)
    out += fmt::format("{}", static_cast<int64_t>(value));
  else
    learn::append_number(out, value);
}

Outcome<void> write_kept(OutputFiles& files, const std::string& path, const std::vector<std::string>& names,
                         const RawData& raw, const learn::Rows& rows) {
  std::vector<const explore::Column*> columns;
  std::string header;
  for (const std::string& name : names) {
    const auto column = raw.frame->find(name);
    if (!column) return column.error();
    columns.push_back(*column);
    header += header.empty() ? "" : ",";
    learn::append_field(header, name);
  }
  auto file = files.create(path);
  if (!file) return file.error();
  if (auto appended = (*file)->append(header + "\n"); !appended) return appended;
  return append_lines(**file, rows.size(), [&](std::string& out, size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) {
      for (size_t c = 0; c < columns.size(); ++c) {
        if (c > 0) out += ',';
        append_value(out, *columns[c], rows[i]);
      }
      out += '\n';
    }
  });
}

Outcome<void> write_folder(OutputFiles& files, const std::string& place, const PreparedRows& prepared,
                           const learn::Recipe& recipe, const RawData& raw) {
  auto features = files.create(place + "/features.csv");
  if (!features) return features.error();
  const learn::FeatureLines lines(prepared.features, nullptr);
  if (auto written = append_lines(**features, prepared.features.rows,
                                  [&](std::string& out, size_t first, size_t last) { lines.append(out, first, last); });
      !written)
    return written;
  Json about =
      Json::object({{"rows", prepared.features.rows},
                    {"features", std::vector<Json>(prepared.features.names.begin(), prepared.features.names.end())}});
  if (prepared.labels) {
    about.set("target", recipe.target->column);
    about.set("classes", std::vector<Json>(prepared.labels->classes.begin(), prepared.labels->classes.end()));
    auto labels = files.create(place + "/labels.csv");
    if (!labels) return labels.error();
    const bool classes = !prepared.labels->classes.empty();
    auto written = append_lines(**labels, prepared.features.rows, [&](std::string& out, size_t first, size_t last) {
      for (size_t row = first; row < last; ++row) {
        const double value = prepared.labels->values[row];
        if (classes)
          out += fmt::format("{}\n", static_cast<int64_t>(value));
        else
          learn::append_number(out, value), out += '\n';
      }
    });
    if (!written) return written;
  }
  if (!recipe.keep.empty()) {
    if (auto written = write_kept(files, place + "/kept.csv", recipe.keep, raw, prepared.rows); !written)
      return written;
  }
  return files.write(place + "/prepared.json", to_pretty_string(about) + "\n");
}

}  // namespace

Outcome<RawData> read_raw(Session& session, const std::string& location, ReadOptions options,
                          const learn::Recipe& recipe, bool needs_target, const std::vector<std::string>& also) {
  std::vector<std::string> names = options.columns.empty() ? columns_to_read(recipe) : options.columns;
  if (!names.empty()) {
    for (const std::string& name : also) add_once(names, name);
    if (needs_target) {
      add_once(names, recipe.split.column);
      add_once(names, recipe.split.stratify);
    }
  }
  options.columns = names;
  if (recipe.target && !names.empty()) add_once(options.columns, recipe.target->column);
  auto table = read_table(session, location, options);
  if (!table && recipe.target && !names.empty() && !needs_target) {
    options.columns = names;  // data to infer from has no target
    table = read_table(session, location, options);
  }
  if (!table) return table.error();
  RawData raw{.table = std::move(*table), .frame = nullptr};
  raw.frame = std::make_unique<learn::Frame>(raw.table.columns);
  if (raw.frame->rows() == 0) return bad_data(fmt::format("{} has no rows", location));
  if (auto added = learn::Preprocessor::add_expressions(recipe, *raw.frame); !added) return added.error();
  return raw;
}

Outcome<learn::Recipe> read_recipe(Session& session, const std::string& path) {
  auto text = session.disk.read_file(path);
  if (!text) return text.error();
  auto source = learn::yaml_to_json(*text);
  if (!source) return in_file(path, source.error());
  auto recipe = learn::parse_recipe(*source);
  if (!recipe) return in_file(path, recipe.error());
  return recipe;
}

Outcome<learn::Preprocessor> read_state(Session& session, const std::string& path) {
  auto text = session.disk.read_file(path);
  if (!text) return text.error();
  auto state = parse_json(*text);
  if (!state) return in_file(path, state.error());
  auto preprocessor = learn::Preprocessor::load(*state);
  if (!preprocessor) return in_file(path, preprocessor.error());
  return preprocessor;
}

Outcome<void> write_prepared(OutputFiles& files, const std::string& place, const PreparedRows& prepared,
                             const learn::Recipe& recipe, const RawData& raw) {
  if (!place.ends_with(".csv")) return write_folder(files, place, prepared, recipe, raw);
  auto file = files.create(place);
  if (!file) return file.error();
  const learn::FeatureLines lines(prepared.features, prepared.labels ? &prepared.labels->values : nullptr);
  if (auto appended = (*file)->append(lines.header(prepared.labels ? recipe.target->column : "")); !appended)
    return appended;
  return append_lines(**file, prepared.features.rows,
                      [&](std::string& out, size_t first, size_t last) { lines.append(out, first, last); });
}

namespace {

// The columns as a matrix; a text or a missing number is an error unless missing ones may be.
Outcome<learn::Matrix> to_matrix(const std::string& place, const std::vector<const explore::Column*>& columns,
                                 size_t rows) {
  size_t filled = 0;
  for (const explore::Column* column : columns) {
    if (!column->numeric() && column->type != explore::ColumnType::Unknown)
      return bad_data(
          fmt::format("{}: column '{}' holds text, features are numbers: prepare the data with "
                      "'penstock-kit preprocess' first",
                      place, column->name));
    if (column->numeric())
      filled += static_cast<size_t>(
          std::count_if(column->numbers.begin(), column->numbers.end(), [](double value) { return value != 0; }));
    else
      filled += rows;
  }
  const auto value = [](const explore::Column& column, size_t row) {
    return column.numeric() ? column.numbers[row] : std::nan("");
  };
  if (filled > rows * columns.size() / 3) {
    std::vector<double> values(rows * columns.size());
    for (size_t c = 0; c < columns.size(); ++c)
      for (size_t row = 0; row < rows; ++row) values[row * columns.size() + c] = value(*columns[c], row);
    return learn::Matrix::dense(rows, columns.size(), std::move(values));
  }
  std::vector<uint64_t> offsets(rows + 1);
  for (const explore::Column* column : columns)
    for (size_t row = 0; row < rows; ++row) offsets[row + 1] += value(*column, row) != 0 ? 1 : 0;
  for (size_t row = 0; row < rows; ++row) offsets[row + 1] += offsets[row];
  std::vector<uint64_t> next(offsets.begin(), offsets.end() - 1);
  std::vector<uint32_t> indices(filled);
  std::vector<double> values(filled);
  for (uint32_t c = 0; c < columns.size(); ++c)
    for (size_t row = 0; row < rows; ++row) {
      const double number = value(*columns[c], row);
      if (number == 0) continue;
      indices[next[row]] = c;
      values[next[row]++] = number;
    }
  return learn::Matrix::sparse(columns.size(), std::move(offsets), std::move(indices), std::move(values));
}

Outcome<void> take_labels(const std::string& place, const explore::Column& column, Prepared& prepared) {
  if (!column.numeric())
    return bad_data(
        fmt::format("{}: the labels, column '{}', are no numbers: classes are 0, 1, ...", place, column.name));
  for (size_t row = 0; row < column.rows; ++row)
    if (std::isnan(column.numbers[row]))
      return bad_data(fmt::format("{}: the label of row {} is missing", place, row + 1));
  prepared.labels.assign(column.numbers.begin(), column.numbers.end());
  return {};
}

Outcome<Prepared> read_folder(Session& session, const std::string& place, bool needs_labels) {
  ReadOptions plain;
  plain.header = false;
  auto table = read_table(session, place + "/features.csv", plain);
  if (!table) return table.error();
  Prepared prepared;
  std::vector<const explore::Column*> columns;
  for (const explore::Column& column : table->columns) columns.push_back(&column);
  auto matrix = to_matrix(place + "/features.csv", columns, table->rows);
  if (!matrix) return matrix.error();
  prepared.features = std::move(*matrix);
  if (auto about = session.disk.exists(place + "/prepared.json") ? session.disk.read_file(place + "/prepared.json")
                                                                 : Outcome<std::string>(std::string("{}"));
      about) {
    auto json = parse_json(*about);
    if (!json) return in_file(place + "/prepared.json", json.error());
    auto names = learn::read_texts(*json, "features");
    if (names) prepared.names = std::move(*names);
    auto classes = learn::read_texts(*json, "classes");
    if (classes) prepared.classes = std::move(*classes);
  }
  if (session.disk.exists(place + "/labels.csv")) {
    auto labels = read_table(session, place + "/labels.csv", plain);
    if (!labels) return labels.error();
    if (labels->columns.size() != 1 || labels->rows != prepared.features.rows())
      return bad_data(
          fmt::format("{} has {} rows of features but {} labels", place, prepared.features.rows(), labels->rows));
    if (auto taken = take_labels(place + "/labels.csv", labels->columns[0], prepared); !taken) return taken.error();
  } else if (needs_labels) {
    return bad_data(fmt::format("{} has no labels.csv", place));
  }
  if (session.disk.exists(place + "/kept.csv")) {
    auto kept = read_table(session, place + "/kept.csv");
    if (!kept) return kept.error();
    prepared.kept = kept->columns;
    prepared.memory.push_back(kept->memory);
  }
  return prepared;
}

}  // namespace

Outcome<Prepared> read_prepared(Session& session, const std::string& place, const ReadOptions& options,
                                const std::string& label, bool needs_labels) {
  Outcome<Prepared> read = Prepared{};
  if (session.disk.exists(place + "/features.csv")) {
    read = read_folder(session, place, needs_labels);
  } else {
    auto table = read_table(session, place, options);
    if (!table) return table.error();
    if (table->columns.empty()) return bad_data(fmt::format("{} has no columns", place));
    const explore::Column* labels = nullptr;
    if (!label.empty()) {
      const auto found = learn::Frame(table->columns).find(label);
      if (!found && needs_labels) return in_file(place, found.error());
      labels = table->find(label);
    } else if (needs_labels) {
      labels = &table->columns[0];
    }
    std::vector<const explore::Column*> columns;
    for (const explore::Column& column : table->columns)
      if (&column != labels) columns.push_back(&column), read->names.push_back(column.name);
    auto matrix = to_matrix(place, columns, table->rows);
    if (!matrix) return matrix.error();
    read->features = std::move(*matrix);
    if (labels) {
      if (auto taken = take_labels(place, *labels, *read); !taken) return taken.error();
    }
  }
  if (!read) return read;
  if (read->features.rows() == 0) return bad_data(fmt::format("{} has no rows", place));
  if (read->names.size() != read->features.columns()) {
    read->names.clear();
    for (size_t i = 0; i < read->features.columns(); ++i) read->names.push_back(fmt::format("f{}", i));
  }
  return read;
}

}  // namespace penstock::kit
