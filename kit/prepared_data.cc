#include "kit/prepared_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/learn/options.h"

namespace penstock::kit {

namespace {

constexpr double spare_rows = 1.05;  // more rows than the first ones promise

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

// What reading needs beside the columns that the recipe names; empty: all columns are read.
std::vector<std::string> raw_columns(const ReadOptions& options, const learn::Recipe& recipe, bool needs_target,
                                     const std::vector<std::string>& also) {
  std::vector<std::string> names = options.columns.empty() ? columns_to_read(recipe) : options.columns;
  if (names.empty()) return names;
  for (const std::string& name : also) add_once(names, name);
  if (needs_target) {
    add_once(names, recipe.split.column);
    add_once(names, recipe.split.stratify);
  }
  return names;
}

// The fields of a column that is kept, one a row.
void append_fields(std::vector<std::string>& lines, learn::Frame& frame, const explore::Column& column,
                   const learn::Rows& rows) {
  if (!column.numeric()) {
    const learn::Codes& codes = frame.codes(column);
    for (size_t i = 0; i < rows.size(); ++i)
      if (codes.of_row[rows[i]] != learn::Codes::missing)
        learn::append_field(lines[i], codes.texts[codes.of_row[rows[i]]]);
    return;
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const double value = column.numbers[rows[i]];
    if (std::isnan(value)) continue;
    if (column.type != explore::ColumnType::Fractional && std::abs(value) < 1e15)
      lines[i] += fmt::format("{}", static_cast<int64_t>(value));
    else
      learn::append_number(lines[i], value);
  }
}

}  // namespace

Outcome<RawData> read_raw(Session& session, const std::string& location, ReadOptions options,
                          const learn::Recipe& recipe, bool needs_target, const std::vector<std::string>& also) {
  const std::vector<std::string> names = raw_columns(options, recipe, needs_target, also);
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

Outcome<void> stream_raw(Session& session, const std::string& location, const ReadOptions& options,
                         const learn::Recipe& recipe, bool needs_target, const std::function<void()>& begin,
                         const std::function<Outcome<void>(learn::Frame&, const BatchPlace&)>& take) {
  const std::vector<std::string> names = raw_columns(options, recipe, needs_target, {});
  uint64_t rows = 0;
  const auto read = [&](const std::vector<std::string>& columns) -> Outcome<void> {
    ReadOptions chosen = options;
    chosen.columns = columns;
    auto reader = open_reader(session, location, chosen);
    if (!reader) return reader.error();
    const auto start = [&] {
      rows = 0;
      begin();
    };
    return stream(session, **reader, start, [&](const Table& batch) -> Outcome<void> {
      learn::Frame frame(batch.columns);
      if (auto added = learn::Preprocessor::add_expressions(recipe, frame); !added) return added;
      BatchPlace place{.first_row = rows, .rows_expected = 0};
      rows += batch.rows;
      const auto done = std::max<uint64_t>((*reader)->bytes_read(), 1);
      place.rows_expected = static_cast<uint64_t>(static_cast<double>(rows) / static_cast<double>(done) *
                                                  static_cast<double>((*reader)->bytes_total()) * spare_rows);
      return take(frame, place);
    });
  };
  std::vector<std::string> with_target = names;
  if (recipe.target && !names.empty()) add_once(with_target, recipe.target->column);
  auto streamed = read(with_target);
  if (!streamed && rows == 0 && with_target.size() > names.size() && !needs_target)
    streamed = read(names);  // data to infer from has no target
  if (streamed && rows == 0) return bad_data(fmt::format("{} has no rows", location));
  return streamed;
}

Outcome<void> PreparedWriter::open(const learn::Features& features, const std::optional<learn::Labels>& labels) {
  auto file = files_.create(is_folder() ? place_ + "/features.csv" : place_);
  if (!file) return file.error();
  features_ = *file;
  if (!is_folder()) {
    const learn::FeatureLines lines(features, labels ? &labels->values : nullptr);
    return features_->append(lines.header(labels ? recipe_.target->column : ""));
  }
  about_ = Json::object({{"features", std::vector<Json>(features.names.begin(), features.names.end())}});
  if (labels) {
    about_.set("target", recipe_.target->column);
    about_.set("classes", std::vector<Json>(labels->classes.begin(), labels->classes.end()));
    auto made = files_.create(place_ + "/labels.csv");
    if (!made) return made.error();
    labels_ = *made;
  }
  if (recipe_.keep.empty()) return {};
  auto made = files_.create(place_ + "/kept.csv");
  if (!made) return made.error();
  kept_ = *made;
  std::string header;
  for (const std::string& name : recipe_.keep) {
    header += header.empty() ? "" : ",";
    learn::append_field(header, name);
  }
  return kept_->append(header + "\n");
}

Outcome<void> PreparedWriter::add(const learn::Features& features, const std::optional<learn::Labels>& labels,
                                  learn::Frame& frame, const learn::Rows& rows) {
  if (!features_) {
    if (auto opened = open(features, labels); !opened) return opened;
  }
  std::string text;
  const learn::FeatureLines lines(features, labels && !is_folder() ? &labels->values : nullptr);
  lines.append(text, 0, features.rows);
  if (auto appended = features_->append(text); !appended) return appended;
  rows_ += features.rows;
  if (labels_) {
    if (auto added = add_labels(*labels); !added) return added;
  }
  return kept_ ? add_kept(frame, rows) : Outcome<void>();
}

Outcome<void> PreparedWriter::add_labels(const learn::Labels& labels) {
  std::string text;
  for (const double value : labels.values) {
    if (labels.classes.empty())
      learn::append_number(text, value);
    else
      text += fmt::format("{}", static_cast<int64_t>(value));
    text += '\n';
  }
  return labels_->append(text);
}

Outcome<void> PreparedWriter::add_kept(learn::Frame& frame, const learn::Rows& rows) {
  std::vector<std::string> lines(rows.size());
  for (size_t i = 0; i < recipe_.keep.size(); ++i) {
    const auto column = frame.find(recipe_.keep[i]);
    if (!column) return column.error();
    if (auto brought = frame.bring(**column); !brought) return brought;
    for (std::string& line : lines)
      if (i > 0) line += ',';
    append_fields(lines, frame, **column, rows);
  }
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return kept_->append(text);
}

Outcome<void> PreparedWriter::finish() {
  if (!is_folder()) return {};
  Json about = Json::object({{"rows", rows_}});
  for (const JsonMember& member : about_.members()) about.set(member.key, member.value);
  return files_.write(place_ + "/prepared.json", to_pretty_string(about) + "\n");
}

}  // namespace penstock::kit
