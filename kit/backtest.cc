// penstock-kit backtest: a recipe and an algorithm on rolling windows of time, each trained on what was before it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "base/time.h"
#include "kit/command.h"
#include "kit/folds.h"

namespace penstock::kit {

namespace {

struct Options {
  FoldOptions folds;
  std::string time;
  size_t windows = 5;
  size_t gap = 0;
  size_t train_rows_max = 0;
};

// A moment as people read it, another number as it is.
Json shown(const explore::Column& column, double value) {
  if (column.type != explore::ColumnType::Timestamp) return number(value);
  return to_iso8601_seconds(Time{static_cast<int64_t>(value * 1e6)});
}

Outcome<Json> backtest(Session& session, Options& options) {
  auto data = read_fold_data(session, options.folds, options.time);
  if (!data) return data.error();
  const auto times = learn::Preprocessor::times_of(*data->raw.frame, options.time, data->clean.rows);
  if (!times) return times.error();
  const auto divisions = learn::rolling_windows(*times, options.windows, options.gap, options.train_rows_max);
  if (!divisions) return divisions.error();
  const auto column = data->raw.frame->find(options.time);
  if (!column) return column.error();
  std::vector<Json> about;
  for (const learn::Split& window : *divisions)  // in the order of time
    about.push_back(Json::object({{"train_from", shown(**column, (*times)[window.train.front()])},
                                  {"train_to", shown(**column, (*times)[window.train.back()])},
                                  {"test_from", shown(**column, (*times)[window.test.front()])},
                                  {"test_to", shown(**column, (*times)[window.test.back()])}}));
  auto result = run_folds(session, options.folds, *data, *divisions, about);
  if (result) result->set("time", options.time);
  return result;
}

}  // namespace

Action configure_backtest(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  add_fold_options(app, options->folds);
  app.add_option("--time", options->time, "the column that orders the rows")->required()->type_name("COLUMN");
  app.add_option("--windows", options->windows, "test windows, of equal numbers of rows")->capture_default_str();
  app.add_option("--gap", options->gap, "rows left out between a training part and its window")->capture_default_str();
  app.add_option("--train-rows-max", options->train_rows_max, "only this many rows before a window; 0: all")
      ->capture_default_str();
  return [options, &session] {
    const auto result = backtest(session, *options);
    if (!result) return report(session, result.error());
    if (auto written = write_result(session, options->folds.result, *result); !written)
      return report(session, written.error());
    return 0;
  };
}

}  // namespace penstock::kit
