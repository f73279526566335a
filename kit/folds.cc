#include "kit/folds.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "core/learn/evaluation.h"
#include "core/learn/options.h"
#include "kit/temporary.h"

namespace penstock::kit {

namespace {

learn::Rows rows_of(const learn::Rows& places, const learn::Rows& rows) {
  learn::Rows chosen;
  chosen.reserve(places.size());
  for (const uint32_t place : places) chosen.push_back(rows[place]);
  return chosen;
}

// Means and deviations of the folds' metrics, as numpy.mean and numpy.std.
void summarize(Json& result) {
  Json means = Json::object(), deviations = Json::object();
  const auto folds = result["folds"].items();
  for (const JsonMember& member : folds[0]["metrics"].members()) {
    double sum = 0, squares = 0;
    const double count = static_cast<double>(folds.size());
    for (const Json& fold : folds) sum += learn::json_number(fold["metrics"][member.key]);
    for (const Json& fold : folds)
      squares += std::pow(learn::json_number(fold["metrics"][member.key]) - sum / count, 2);
    means.set(member.key, number(sum / count));
    deviations.set(member.key, number(std::sqrt(squares / count)));
  }
  result.set("mean", std::move(means));
  result.set("standard_deviation", std::move(deviations));
}

// Whether the features of so many rows will fit into memory, and what the algorithm makes of them.
Outcome<void> check_features(Session& session, const TrainingPlan& plan, const learn::Features& test, size_t rows) {
  constexpr uint64_t bytes_a_block = 12;  // a number or a category, then a number and its column
  const uint64_t blocks = test.blocks.size() * bytes_a_block, values = test.width() * sizeof(double);
  return check_memory(session, rows * (blocks + std::min(blocks, values)) + memory_to_train(plan, rows, test.width()),
                      fmt::format("training {} on {} rows of {} features", plan.algorithm, rows, test.width()));
}

// One fold: its metrics, and its predictions as lines of row, fold, label, prediction.
Outcome<Json> run_fold(Session& session, const TrainingPlan& plan, FoldData& data, const learn::Split& division,
                       size_t fold, std::string* predictions) {
  const learn::Rows train = rows_of(division.train, data.clean.rows), test = rows_of(division.test, data.clean.rows);
  const auto fitted = learn::Preprocessor::fit(data.recipe, *data.raw.frame, train);
  if (!fitted) return fitted.error();
  const auto features = fitted->preprocessor.apply(*data.raw.frame, test);
  if (!features) return features.error();
  const auto labels = fitted->preprocessor.labels(*data.raw.frame, test);
  if (!labels) return labels.error();
  if (auto fits = check_features(session, plan, *features, train.size()); !fits) return fits.error();
  const auto training = fitted->training_features(*data.raw.frame, train, 0);
  if (!training) return training.error();
  const learn::Matrix train_matrix = training->matrix(), test_matrix = features->matrix();
  const LabelledRows held{.features = test_matrix, .labels = (*labels)->values};
  // Early stopping may not look at the test part: the measure would be of rows that training chose by.
  auto trained = train_model(plan, {.features = train_matrix, .labels = fitted->labels->values}, std::nullopt,
                             fitted->preprocessor.feature_names(), fitted->labels->classes);
  if (!trained) return trained.error();
  const auto scores = trained->model.score(test_matrix);
  if (!scores) return scores.error();
  const std::vector<double> predicted = scores->predicted();
  learn::EvaluationInput input;
  input.labels = held.labels;
  input.classes = scores->kind == Scores::Kind::classes ? scores->width : 0;
  input.scores = scores->values;
  input.predicted = predicted;
  input.resamples = 0;
  input.curves = false;
  if (auto checked = check_labels(held.labels, input.classes); !checked)
    return Error{.code = "BadData", .message = fmt::format("test part of fold {}: {}", fold, checked.error().message)};
  if (predictions) {
    for (size_t i = 0; i < test.size(); ++i) {
      *predictions += fmt::format("{},{},", test[i] + 1, fold);
      learn::append_number(*predictions, held.labels[i]);
      *predictions += ',';
      learn::append_number(*predictions, input.classes == 2 ? scores->values[2 * i + 1] : predicted[i]);
      *predictions += '\n';
    }
  }
  return learn::evaluate(input)["metrics"];
}

}  // namespace

void add_fold_options(CLI::App& app, FoldOptions& options) {
  app.add_option("data", options.data, "raw rows: a file, a folder, a glob or an s3:// address")
      ->required()
      ->type_name("DATA");
  app.add_option("--recipe", options.recipe, "how rows become features, as for `preprocess fit`; its split is not used")
      ->required()
      ->type_name("FILE");
  app.add_option("--algorithm", options.plan.algorithm, "as for `train`");
  app.add_option("--set", options.settings, "an option of the algorithm, NAME=VALUE; may be repeated");
  app.add_option("--only", options.only, "this fold alone, from 1: a pipeline's Map runs one a job");
  app.add_option("--predictions", options.predictions, "a CSV file for row, fold, label, prediction of each test part");
  app.footer("Options of the algorithms:\n" + algorithm_options());
  add_read_options(app, options.read);
  add_result_options(app, options.result);
}

Outcome<FoldData> read_fold_data(Session& session, FoldOptions& options, const std::string& also) {
  if (auto parsed = parse_settings(options.settings, options.plan); !parsed) return parsed.error();
  if (!needs_labels(options.plan))
    return Error{.code = "BadUsage",
                 .message = fmt::format("algorithm '{}' predicts no labels: there is nothing to measure",
                                        options.plan.algorithm)};
  auto recipe = read_recipe(session, options.recipe);
  if (!recipe) return recipe.error();
  if (!recipe->target) return Error{.code = "BadRecipe", .message = options.recipe + ": a 'target' is needed"};
  FoldData data{.recipe = std::move(*recipe), .raw = {}, .clean = {}};
  auto raw = read_raw(session, options.data, options.read, data.recipe, true,
                      also.empty() ? std::vector<std::string>() : std::vector<std::string>{also});
  if (!raw) return raw.error();
  data.raw = std::move(*raw);
  auto clean = learn::Preprocessor::clean_rows(data.recipe, *data.raw.frame);
  if (!clean) return clean.error();
  data.clean = std::move(*clean);
  // Classes that the recipe does not list are those of all rows, so that every fold numbers them alike.
  if (data.recipe.target->classes.empty()) {
    const auto column = data.raw.frame->find(data.recipe.target->column);
    if (!column) return column.error();
    if (!(*column)->numeric()) {
      const auto values = learn::take_values(*data.raw.frame, **column, data.clean.rows);
      if (!values) return values.error();
      for (const learn::Category& category : learn::Categories::of(*values).values)
        if (category.kind == learn::Category::Kind::text) data.recipe.target->classes.push_back(category.text);
    }
  }
  return data;
}

Outcome<Json> run_folds(Session& session, const FoldOptions& options, FoldData& data,
                        const std::vector<learn::Split>& divisions, const std::vector<Json>& about) {
  if (options.only > divisions.size())
    return Error{.code = "BadUsage",
                 .message = fmt::format("--only {}: there are {} folds", options.only, divisions.size())};
  Json folds = Json::array();
  std::string predictions = "row,fold,label,prediction\n";
  std::vector<std::vector<std::string>> table;
  for (size_t i = 0; i < divisions.size(); ++i) {
    if (options.only != 0 && options.only != i + 1) continue;
    const auto metrics = run_fold(session, options.plan, data, divisions[i], i + 1,
                                  options.predictions.empty() ? nullptr : &predictions);
    if (!metrics) return metrics.error();
    Json fold = Json::object(
        {{"fold", i + 1}, {"rows_train", divisions[i].train.size()}, {"rows_test", divisions[i].test.size()}});
    for (const JsonMember& member : about[i].members()) fold.set(member.key, member.value);
    if (table.empty()) table.push_back({"fold", "train", "test"});
    std::vector<std::string> line = {fmt::format("{}", i + 1), fmt::format("{}", divisions[i].train.size()),
                                     fmt::format("{}", divisions[i].test.size())};
    for (const JsonMember& member : metrics->members()) {
      if (table.size() == 1) table[0].push_back(member.key);
      line.push_back(fmt::format("{:.6f}", learn::json_number(member.value)));
    }
    table.push_back(std::move(line));
    fold.set("metrics", *metrics);
    folds.push_back(std::move(fold));
  }
  Json result = Json::object({{"algorithm", options.plan.algorithm},
                              {"rows", data.clean.rows.size()},
                              {"fold_count", divisions.size()},
                              {"folds", std::move(folds)}});
  summarize(result);
  if (!options.predictions.empty()) {
    if (auto written = session.disk.write_file_atomically(options.predictions, predictions); !written)
      return written.error();
  }
  if (!options.result.quiet()) session.terminal.table(table);
  return result;
}

}  // namespace penstock::kit
