// penstock-kit preprocess suggest | fit | apply: raw rows to features, by a recipe (core/learn/recipe.h).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <numeric>

#include "kit/command.h"
#include "kit/prepared_data.h"
#include "kit/raw_rows.h"
#include "kit/result.h"
#include "kit/temporary.h"

namespace penstock::kit {

Action configure_preprocess_suggest(CLI::App& app, Session& session);  // preprocess_suggest.cc

namespace {

using learn::Preprocessor;
using learn::Rows;

constexpr size_t rows_at_once = 16'384;  // whose features are made together: they stay in the processor's cache

struct Options {
  std::string recipe;
  std::string data;
  std::string state;
  std::string train;
  std::string test;
  std::string output;
  bool keep_rows = false;
  size_t memory_megabytes = 1024;
  ReadOptions read;
  ResultOptions result;
};

struct Counts {
  uint64_t rows = 0;
  uint64_t clean = 0;
  uint64_t missing = 0;
  uint64_t duplicates = 0;
};

std::string summary_of(const Counts& counts) {
  return fmt::format("{} rows read, {} clean ({} missed a value, {} were duplicates)", counts.rows, counts.clean,
                     counts.missing, counts.duplicates);
}

Json result_of(const Counts& counts, const std::vector<std::string>& names) {
  return Json::object({{"rows", counts.rows},
                       {"rows_clean", counts.clean},
                       {"rows_missing_a_value", counts.missing},
                       {"rows_duplicate", counts.duplicates},
                       {"feature_count", names.size()},
                       {"features", std::vector<Json>(names.begin(), names.end())}});
}

Rows rows_from_zero(size_t count) {
  Rows rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

std::optional<learn::Labels> part_of(const std::optional<learn::Labels>& labels, size_t first, size_t count) {
  if (!labels) return std::nullopt;
  const auto begin = labels->values.begin() + static_cast<ptrdiff_t>(first);
  return learn::Labels{.values = {begin, begin + static_cast<ptrdiff_t>(count)}, .classes = labels->classes};
}

// A part of the arranged rows: those from `begin` on, as many as there are labels or `size`.
struct Part {
  std::string place;  // empty: it is not written
  size_t begin = 0;
  size_t size = 0;
  const std::optional<learn::Labels>& labels;
  bool training = false;
};

// Makes a part's features, so that a mistake in them shows though they may not be asked for, and writes them.
Outcome<void> make_part(RawRows& raw, const Preprocessor::Fitted& fitted, const Part& part, OutputFiles& files) {
  PreparedWriter writer(files, part.place, fitted.preprocessor.recipe());
  for (size_t first = 0; first < part.size; first += rows_at_once) {
    const size_t count = std::min(rows_at_once, part.size - first);
    const auto slice = raw.slice(part.begin + first, count);
    if (!slice) return slice.error();
    const Rows rows = rows_from_zero(count);
    learn::Frame& frame = *(*slice)->frame;
    const auto features =
        part.training ? fitted.training_features(frame, rows, first) : fitted.preprocessor.apply(frame, rows);
    if (!features) return features.error();
    if (part.place.empty()) continue;
    if (auto added = writer.add(*features, part_of(part.labels, first, count), frame, rows); !added) return added;
  }
  return part.place.empty() ? Outcome<void>() : writer.finish();
}

Outcome<void> read_all(Session& session, const Options& options, const learn::Recipe& recipe, RawRows& raw) {
  return stream_raw(
      session, options.data, options.read, recipe, true, [&] { raw.clear(); },
      [&](learn::Frame& frame, const BatchPlace& place) { return raw.add(frame.columns(), place.rows_expected); });
}

Outcome<Json> fit(Session& session, const Options& options) {
  const auto recipe = read_recipe(session, options.recipe);
  if (!recipe) return recipe.error();
  const TemporaryFolder folder(session.disk);
  RawRows raw(session.disk, folder.path(), options.memory_megabytes << 20);
  if (auto read = read_all(session, options, *recipe, raw); !read) return read.error();
  learn::Frame frame = raw.frame();
  const size_t rows = raw.rows();
  const auto clean = Preprocessor::clean_rows(*recipe, frame);
  if (!clean) return clean.error();
  const auto split = Preprocessor::split_rows(*recipe, frame, clean->rows);
  if (!split) return split.error();
  if (split->test.empty() && !options.test.empty())
    return Error{.code = "BadUsage", .message = "--test is given but the recipe has no 'split'"};
  // Only the training part is seen from here on, so that nothing of the test part reaches the state.
  const auto fitted = Preprocessor::fit(*recipe, frame, split->train);
  if (!fitted) return fitted.error();
  const auto test_labels = fitted->preprocessor.labels(frame, split->test);
  if (!test_labels) return test_labels.error();
  Rows order = split->train;
  order.insert(order.end(), split->test.begin(), split->test.end());
  if (auto arranged = raw.arrange(order); !arranged) return arranged.error();
  OutputFiles files(session.disk);
  const size_t train = split->train.size(), test = options.test.empty() ? 0 : split->test.size();
  const Part parts[] = {
      {.place = options.train, .begin = 0, .size = train, .labels = fitted->labels, .training = true},
      {.place = options.test, .begin = train, .size = test, .labels = *test_labels, .training = false}};
  for (const Part& part : parts)
    if (auto made = make_part(raw, *fitted, part, files); !made) return made.error();
  if (auto written = files.write(options.state, to_pretty_string(fitted->preprocessor.state()) + "\n"); !written)
    return written.error();
  if (auto committed = files.commit(); !committed) return committed.error();
  const std::vector<std::string>& names = fitted->preprocessor.feature_names();
  const Counts counts{rows, clean->rows.size(), clean->missing, clean->duplicates};
  Json result = result_of(counts, names);
  result.set("rows_train", train);
  result.set("rows_test", split->test.size());
  result.set("state", options.state);
  if (!options.result.quiet()) {
    session.terminal.line(summary_of(counts));
    session.terminal.line(fmt::format("{} training rows, {} test rows, {} features; state: {}", train,
                                      split->test.size(), names.size(), options.state));
  }
  return result;
}

// Prepares and writes one batch of rows.
Outcome<void> apply_batch(const Preprocessor& preprocessor, const Options& options, learn::Frame& frame,
                          uint64_t first_row, learn::DistinctRows& seen, Counts& counts, PreparedWriter& writer) {
  learn::CleanRows clean;
  if (options.keep_rows) {
    clean.rows = rows_from_zero(frame.rows());
  } else {
    auto cleaned = preprocessor.clean_part(frame, seen);
    if (!cleaned) return cleaned.error();
    clean = std::move(*cleaned);
  }
  counts.rows += frame.rows();
  counts.clean += clean.rows.size();
  counts.missing += clean.missing;
  counts.duplicates += clean.duplicates;
  if (clean.rows.empty()) return {};
  const auto features = preprocessor.apply(frame, clean.rows);
  if (!features) return features.error();
  const auto labels = preprocessor.labels(frame, clean.rows, first_row);
  if (!labels) return labels.error();
  return writer.add(*features, *labels, frame, clean.rows);
}

Outcome<Json> apply(Session& session, const Options& options) {
  const auto preprocessor = read_state(session, options.state);
  if (!preprocessor) return preprocessor.error();
  ReadOptions read = options.read;
  // What was text in training is text now, though every value may look like a number ("007").
  for (const auto& [name, type] : preprocessor->inputs())
    if (type == explore::ColumnType::String) read.types.emplace_back(name, type);
  OutputFiles files(session.disk);
  PreparedWriter writer(files, options.output, preprocessor->recipe());
  learn::DistinctRows seen;
  Counts counts;
  const auto begin = [&] {
    writer.clear();
    seen = {};
    counts = {};
  };
  auto streamed = stream_raw(session, options.data, read, preprocessor->recipe(), false, begin,
                             [&](learn::Frame& frame, const BatchPlace& place) {
                               return apply_batch(*preprocessor, options, frame, place.first_row, seen, counts, writer);
                             });
  if (!streamed) return streamed.error();
  if (counts.clean == 0)
    return learn::no_row_left(counts.rows, {.rows = {}, .missing = counts.missing, .duplicates = counts.duplicates});
  if (auto written = writer.finish(); !written) return written.error();
  if (auto committed = files.commit(); !committed) return committed.error();
  const std::vector<std::string>& names = preprocessor->feature_names();
  if (!options.result.quiet()) {
    session.terminal.line(summary_of(counts));
    session.terminal.line(fmt::format("{} features a row; output: {}", names.size(), options.output));
  }
  Json result = result_of(counts, names);
  result.set("output", options.output);
  return result;
}

int run(Session& session, const Options& options, Outcome<Json> (*command)(Session&, const Options&)) {
  const auto result = command(session, options);
  if (!result) return report(session, result.error());
  if (auto written = write_result(session, options.result, *result); !written) return report(session, written.error());
  return 0;
}

}  // namespace

Action configure_preprocess(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.require_subcommand(1);
  CLI::App* suggest_app = app.add_subcommand("suggest", "a first recipe for a data set, made from its profile");
  const Action suggest = configure_preprocess_suggest(*suggest_app, session);
  CLI::App* fit_app = app.add_subcommand("fit", "learn the transforms from training rows, and prepare the rows");
  fit_app->add_option("recipe", options->recipe, "the recipe, YAML")->required()->type_name("RECIPE");
  fit_app->add_option("data", options->data, "a file, a folder, a glob or an s3:// address")
      ->required()
      ->type_name("DATA");
  fit_app->add_option("--state", options->state, "where the fitted state goes, JSON")->required()->type_name("FILE");
  fit_app->add_option("--train", options->train, "where the training rows go: a folder, or NAME.csv");
  fit_app->add_option("--test", options->test, "where the test rows go: a folder, or NAME.csv");
  add_memory_option(*fit_app, options->memory_megabytes, "rows");
  CLI::App* apply_app = app.add_subcommand("apply", "prepare rows with a fitted state, for inference or for a test");
  apply_app->add_option("data", options->data, "a file, a folder, a glob or an s3:// address")
      ->required()
      ->type_name("DATA");
  apply_app->add_option("--state", options->state, "what `preprocess fit` wrote")->required()->type_name("FILE");
  apply_app->add_option("--output", options->output, "where the rows go: a folder, or NAME.csv")->required();
  apply_app->add_flag("--keep-rows", options->keep_rows, "drop no rows, whatever the recipe says");
  for (CLI::App* sub : {fit_app, apply_app}) {
    add_read_options(*sub, options->read);
    add_result_options(*sub, options->result);
  }
  return [=, &session] {
    if (suggest_app->parsed()) return suggest();
    return run(session, *options, fit_app->parsed() ? fit : apply);
  };
}

}  // namespace penstock::kit
