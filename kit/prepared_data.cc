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

}  // namespace penstock::kit
