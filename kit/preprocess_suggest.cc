// penstock-kit preprocess suggest: a first recipe for a data set, to run and to edit.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/learn/recipe_suggestion.h"
#include "kit/command.h"
#include "kit/profiling.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

struct Options {
  std::string data;
  std::string target;
  std::string recipe = "recipe.yaml";
  ProfilingOptions profiling;
  ResultOptions result;
};

int suggest(Session& session, const Options& options) {
  ProfilingOptions profiling = options.profiling;
  profiling.profile.relations = false;
  const auto profile = profile_data(session, options.data, profiling);
  if (!profile) return report(session, profile.error());
  const auto suggestion = learn::suggest_recipe(*profile, options.target);
  if (!suggestion) return report(session, suggestion.error());
  if (auto written = session.disk.write_file_atomically(options.recipe, suggestion->yaml); !written)
    return report(session, written.error());
  const bool classes = suggestion->problem == learn::Problem::classification;
  const char* algorithm = classes ? "logistic" : "linear";
  const Json result = Json::object({{"recipe", options.recipe},
                                    {"problem", classes ? "classification" : "regression"},
                                    {"algorithm", algorithm},
                                    {"rows", profile->rows}});
  if (auto written = write_result(session, options.result, result); !written) return report(session, written.error());
  if (!options.result.quiet()) {
    session.terminal.line(fmt::format(
        "{}: {} of '{}'. Next:\n"
        "  penstock preprocess fit {} {} --state state.json --train train --test test\n"
        "  penstock train train --algorithm {} --model model   # or xgboost\n"
        "  penstock evaluate model test --output evaluation\n"
        "  penstock preprocess apply NEW_DATA --state state.json --output new\n"
        "  penstock infer model new --output predictions.csv",
        options.recipe, classes ? "classes" : "values", options.target, options.recipe, options.data, algorithm));
  }
  return 0;
}

}  // namespace

Action configure_preprocess_suggest(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("data", options->data, "a file, a folder, a glob or an s3:// address")->required()->type_name("DATA");
  app.add_option("--target", options->target, "the column to predict")->required()->type_name("COLUMN");
  app.add_option("--recipe", options->recipe, "where the recipe goes, YAML")->capture_default_str();
  add_profiling_options(app, options->profiling);
  add_result_options(app, options->result);
  return [options, &session] { return suggest(session, *options); };
}

}  // namespace penstock::kit
