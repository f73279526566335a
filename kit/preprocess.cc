// penstock-kit preprocess fit | apply: raw rows to features, by a recipe (core/learn/recipe.h).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <numeric>

#include "kit/command.h"
#include "kit/prepared_data.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

using learn::Preprocessor;

struct Options {
  std::string recipe;
  std::string data;
  std::string state;
  std::string train;
  std::string test;
  std::string output;
  bool keep_rows = false;
  ReadOptions read;
  ResultOptions result;
};

std::string summary_of(const learn::CleanRows& clean, size_t rows) {
  return fmt::format("{} rows read, {} clean ({} missed a value, {} were duplicates)", rows, clean.rows.size(),
                     clean.missing, clean.duplicates);
}

Json result_of(const learn::CleanRows& clean, size_t rows, const std::vector<std::string>& names) {
  return Json::object({{"rows", rows},
                       {"rows_clean", clean.rows.size()},
                       {"rows_missing_a_value", clean.missing},
                       {"rows_duplicate", clean.duplicates},
                       {"feature_count", names.size()},
                       {"features", std::vector<Json>(names.begin(), names.end())}});
}

Outcome<Json> fit(Session& session, const Options& options) {
  const auto recipe = read_recipe(session, options.recipe);
  if (!recipe) return recipe.error();
  auto raw = read_raw(session, options.data, options.read, *recipe, true);
  if (!raw) return raw.error();
  const auto clean = Preprocessor::clean_rows(*recipe, *raw->frame);
  if (!clean) return clean.error();
  const auto split = Preprocessor::split_rows(*recipe, *raw->frame, clean->rows);
  if (!split) return split.error();
  if (split->test.empty() && !options.test.empty())
    return Error{.code = "BadUsage", .message = "--test is given but the recipe has no 'split'"};
  // Only the training part is seen from here on, so that nothing of the test part reaches the state.
  const auto fitted = Preprocessor::fit(*recipe, *raw->frame, split->train);
  if (!fitted) return fitted.error();
  OutputFiles files(session.disk);
  if (!options.train.empty()) {
    const PreparedRows prepared{.features = fitted->training, .labels = fitted->labels, .rows = split->train};
    if (auto written = write_prepared(files, options.train, prepared, *recipe, *raw); !written) return written.error();
  }
  if (!options.test.empty()) {
    const auto features = fitted->preprocessor.apply(*raw->frame, split->test);
    if (!features) return features.error();
    const auto labels = fitted->preprocessor.labels(*raw->frame, split->test);
    if (!labels) return labels.error();
    const PreparedRows prepared{.features = *features, .labels = *labels, .rows = split->test};
    if (auto written = write_prepared(files, options.test, prepared, *recipe, *raw); !written) return written.error();
  }
  if (auto written = files.write(options.state, to_pretty_string(fitted->preprocessor.state()) + "\n"); !written)
    return written.error();
  if (auto committed = files.commit(); !committed) return committed.error();
  const std::vector<std::string>& names = fitted->preprocessor.feature_names();
  Json result = result_of(*clean, raw->frame->rows(), names);
  result.set("rows_train", split->train.size());
  result.set("rows_test", split->test.size());
  result.set("state", options.state);
  if (!options.result.quiet()) {
    session.terminal.line(summary_of(*clean, raw->frame->rows()));
    session.terminal.line(fmt::format("{} training rows, {} test rows, {} features; state: {}", split->train.size(),
                                      split->test.size(), names.size(), options.state));
  }
  return result;
}

Outcome<Json> apply(Session& session, const Options& options) {
  const auto preprocessor = read_state(session, options.state);
  if (!preprocessor) return preprocessor.error();
  const learn::Recipe& recipe = preprocessor->recipe();
  ReadOptions read = options.read;
  // What was text in training is text now, though every value may look like a number ("007").
  for (const auto& [name, type] : preprocessor->inputs())
    if (type == explore::ColumnType::String) read.types.emplace_back(name, type);
  auto raw = read_raw(session, options.data, read, recipe, false);
  if (!raw) return raw.error();
  learn::CleanRows all;
  all.rows.resize(raw->frame->rows());
  std::iota(all.rows.begin(), all.rows.end(), 0U);
  const auto clean =
      options.keep_rows ? Outcome<learn::CleanRows>(std::move(all)) : Preprocessor::clean_rows(recipe, *raw->frame);
  if (!clean) return clean.error();
  const auto features = preprocessor->apply(*raw->frame, clean->rows);
  if (!features) return features.error();
  const auto labels = preprocessor->labels(*raw->frame, clean->rows);
  if (!labels) return labels.error();
  OutputFiles files(session.disk);
  const PreparedRows prepared{.features = *features, .labels = *labels, .rows = clean->rows};
  if (auto written = write_prepared(files, options.output, prepared, recipe, *raw); !written) return written.error();
  if (auto committed = files.commit(); !committed) return committed.error();
  if (!options.result.quiet()) {
    session.terminal.line(summary_of(*clean, raw->frame->rows()));
    session.terminal.line(fmt::format("{} features a row; output: {}", features->names.size(), options.output));
  }
  Json result = result_of(*clean, raw->frame->rows(), features->names);
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
  CLI::App* fit_app = app.add_subcommand("fit", "learn the transforms from training rows, and prepare the rows");
  fit_app->add_option("recipe", options->recipe, "the recipe, YAML")->required()->type_name("RECIPE");
  fit_app->add_option("data", options->data, "a file, a folder, a glob or an s3:// address")
      ->required()
      ->type_name("DATA");
  fit_app->add_option("--state", options->state, "where the fitted state goes, JSON")->required()->type_name("FILE");
  fit_app->add_option("--train", options->train, "where the training rows go: a folder, or NAME.csv");
  fit_app->add_option("--test", options->test, "where the test rows go: a folder, or NAME.csv");
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
  return [options, &session, fit_app] { return run(session, *options, fit_app->parsed() ? fit : apply); };
}

}  // namespace penstock::kit
