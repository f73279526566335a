// penstock-kit cv: a recipe and an algorithm on k folds.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "kit/command.h"
#include "kit/folds.h"

namespace penstock::kit {

namespace {

struct Options {
  FoldOptions folds;
  size_t count = 5;
  bool stratified = false;
  bool shuffle = false;
  uint32_t seed = 0;
  std::string group;
};

Outcome<std::vector<learn::Split>> divide(const Options& options, FoldData& data) {
  if (!options.group.empty()) {
    const auto groups = learn::Preprocessor::groups_of(*data.raw.frame, options.group, data.clean.rows);
    if (!groups) return groups.error();
    return learn::group_folds(*groups, options.count);
  }
  if (!options.stratified) return learn::k_folds(data.clean.rows.size(), options.count, options.shuffle, options.seed);
  const auto classes = learn::Preprocessor::groups_of(*data.raw.frame, data.recipe.target->column, data.clean.rows);
  if (!classes) return classes.error();
  return learn::stratified_folds(*classes, options.count, options.shuffle, options.seed);
}

Outcome<Json> cross_validate(Session& session, Options& options) {
  auto data = read_fold_data(session, options.folds, options.group);
  if (!data) return data.error();
  const auto divisions = divide(options, *data);
  if (!divisions) return divisions.error();
  return run_folds(session, options.folds, *data, *divisions, std::vector<Json>(divisions->size(), Json::object()));
}

}  // namespace

Action configure_cv(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  add_fold_options(app, options->folds);
  app.add_option("--folds", options->count, "how many")->capture_default_str();
  CLI::Option* stratified = app.add_flag("--stratified", options->stratified, "every fold has the classes' shares");
  CLI::Option* shuffle = app.add_flag("--shuffle", options->shuffle, "rows in random order; else as they are");
  app.add_option("--seed", options->seed, "of the shuffle: scikit-learn's random_state")->capture_default_str();
  app.add_option("--group", options->group, "a column whose equal values stay in one fold")
      ->excludes(stratified)
      ->excludes(shuffle);
  return [options, &session] {
    const auto result = cross_validate(session, *options);
    if (!result) return report(session, result.error());
    if (auto written = write_result(session, options->folds.result, *result); !written)
      return report(session, written.error());
    return 0;
  };
}

}  // namespace penstock::kit
