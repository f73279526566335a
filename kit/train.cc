// penstock-kit train: a model from prepared rows.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/learn/evaluation.h"
#include "kit/command.h"
#include "kit/output_files.h"
#include "kit/prepared_rows.h"
#include "kit/result.h"
#include "kit/temporary.h"
#include "kit/training.h"

namespace penstock::kit {

namespace {

struct Options {
  std::string train;
  std::string validation;
  std::string model;
  std::string label;
  size_t memory_megabytes = 1024;
  TrainingPlan plan;
  std::vector<std::string> settings;
  ReadOptions read;
  ResultOptions result;
};

// The metrics of the validation rows, printed in the form that metric definitions of training jobs look for.
Outcome<Json> validate(Session& session, const Options& options, const Model& model, const Prepared& rows) {
  const auto scores = model.score(rows.features);
  if (!scores) return scores.error();
  const std::vector<double> predicted = scores->predicted();
  learn::EvaluationInput input;
  input.labels = rows.labels;
  input.classes = scores->kind == Scores::Kind::classes ? scores->width : 0;
  input.scores = scores->values;
  input.predicted = predicted;
  if (auto checked = check_labels(rows.labels, input.classes); !checked) return checked.error();
  input.resamples = 0;
  input.curves = false;
  const Json metrics = learn::evaluate(input)["metrics"];
  if (!options.result.quiet()) {
    for (const JsonMember& member : metrics.members())
      if (member.value.is_number())
        session.terminal.line(fmt::format("validation:{}={:.6f}", member.key == "roc_auc" ? "auc" : member.key,
                                          member.value.as_double()));
  }
  return metrics;
}

Outcome<Json> train(Session& session, Options& options) {
  if (auto parsed = parse_settings(options.settings, options.plan); !parsed) return parsed.error();
  const bool labels = needs_labels(options.plan);
  const size_t memory = options.memory_megabytes << 20;
  auto rows = read_prepared(session, options.train, options.read, {options.label, labels}, memory);
  if (!rows) return rows.error();
  const uint64_t needed = memory_to_train(options.plan, rows->features.rows(), rows->features.columns());
  const std::string what = fmt::format("training {} on {} rows of {} features", options.plan.algorithm,
                                       rows->features.rows(), rows->features.columns());
  if (auto fits = check_memory(session, needed, what); !fits) return fits.error();
  std::optional<Prepared> held;
  if (!options.validation.empty()) {
    auto read = read_prepared(session, options.validation, options.read, {options.label, labels}, memory);
    if (!read) return read.error();
    held = std::move(*read);
    if (held->features.columns() != rows->features.columns())
      return Error{.code = "BadData",
                   .message = fmt::format("{} has {} features but {} has {}", options.train, rows->features.columns(),
                                          options.validation, held->features.columns())};
  }
  std::optional<LabelledRows> validation;
  if (held) validation.emplace(LabelledRows{.features = held->features, .labels = held->labels});
  auto trained = train_model(options.plan, {.features = rows->features, .labels = rows->labels}, validation,
                             rows->names, rows->classes);
  if (!trained) return trained.error();
  if (held && labels) {
    auto metrics = validate(session, options, trained->model, *held);
    if (!metrics) return metrics.error();
    trained->about.set("validation", std::move(*metrics));
  }
  OutputFiles files(session.disk);
  if (auto written = write_model(files, options.model, trained->model, trained->about); !written)
    return written.error();
  if (auto committed = files.commit(); !committed) return committed.error();
  Json result = Json::object(
      {{"algorithm", options.plan.algorithm}, {"feature_count", rows->names.size()}, {"output", options.model}});
  for (const JsonMember& member : trained->about.members()) result.set(member.key, member.value);
  if (!options.result.quiet())
    session.terminal.line(fmt::format("{} on {} rows, {} features; model: {}", options.plan.algorithm,
                                      rows->features.rows(), rows->names.size(), options.model));
  return result;
}

}  // namespace

Action configure_train(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("train", options->train, "prepared rows: a folder of `preprocess fit --train`, or a data set")
      ->required()
      ->type_name("TRAIN");
  app.add_option("--algorithm", options->plan.algorithm, fmt::format("{}", fmt::join(algorithm_names(), ", ")));
  app.add_option("--validation", options->validation, "prepared rows to measure on, and to stop early by");
  app.add_option("--model", options->model, "the folder that the model goes to")->required();
  app.add_option("--label", options->label, "the column of the labels, when TRAIN is no folder; else its first");
  add_memory_option(app, options->memory_megabytes, "features");
  app.add_option("--set", options->settings, "an option of the algorithm, NAME=VALUE; may be repeated");
  app.footer("Options of the algorithms:\n" + algorithm_options());
  add_read_options(app, options->read);
  add_result_options(app, options->result);
  return [options, &session] {
    const auto result = train(session, *options);
    if (!result) return report(session, result.error());
    if (auto written = write_result(session, options->result, *result); !written)
      return report(session, written.error());
    return 0;
  };
}

}  // namespace penstock::kit
