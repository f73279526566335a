// penstock-kit evaluate: a model's quality on prepared test rows.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "core/learn/evaluation.h"
#include "core/learn/options.h"
#include "kit/command.h"
#include "kit/evaluation_report.h"
#include "kit/model.h"
#include "kit/output_files.h"
#include "kit/prepared_rows.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

struct Options {
  std::string model;
  std::string test;
  std::string label;
  std::string output;
  size_t resamples = 200;
  uint32_t seed = 0;
  std::string against;
  double tolerance = 0;
  ReadOptions read;
  ResultOptions result;
};

// How the metrics moved from the evaluation that `--against` names: evaluation_full.json, or its folder.
Outcome<Json> compare(Session& session, const Options& options, const Json& result) {
  const bool is_file = options.against.ends_with(".json");
  const std::string path = is_file ? options.against : options.against + "/evaluation_full.json";
  const auto text = session.disk.read_file(path);
  if (!text) return text.error();
  const auto before = parse_json(*text);
  if (!before || (*before)["metrics"].is_null())
    return Error{
        .code = "NotAnEvaluation",
        .message = fmt::format("{} is no evaluation_full.json, which `evaluate --output FOLDER` writes", path)};
  return learn::compare_evaluations(*before, result, options.tolerance);
}

bool is_worse(const Json& result) {
  const Json* against = result.find("against");
  return against && std::ranges::any_of((*against)["metrics"].members(),
                                        [](const JsonMember& metric) { return metric.value["worse"] == Json(true); });
}

// What the model says of the test rows, and what is true.
struct Test {
  Scores scores;
  std::vector<double> predicted;
  std::vector<double> labels;
  std::vector<explore::Column> kept;
  std::vector<std::shared_ptr<const void>> memory;  // of `kept`
  size_t columns = 0;
};

Outcome<void> add_scores(const Model& model, const PreparedBlock& block, Test& test) {
  if (auto named = check_feature_names(model, block.names); !named) return named;
  const auto scores = model.score(block.features, block.first_row);
  if (!scores) return scores.error();
  if (scores->kind == Scores::Kind::clusters || scores->kind == Scores::Kind::components)
    return Error{
        .code = "BadUsage",
        .message = fmt::format("a {} model predicts no labels: there is nothing to evaluate", model.algorithm)};
  test.columns = block.features.columns();
  test.labels.insert(test.labels.end(), block.labels.begin(), block.labels.end());
  const std::vector<double> predicted = scores->predicted();
  test.predicted.insert(test.predicted.end(), predicted.begin(), predicted.end());
  test.scores.kind = scores->kind;
  test.scores.width = scores->width;
  test.scores.values.insert(test.scores.values.end(), scores->values.begin(), scores->values.end());
  return {};
}

// Scores the rows as they come: their features are not held.
Outcome<Test> score_test(Session& session, const Options& options, const Model& model) {
  auto beside = read_beside(session, options.test, true);
  if (!beside) return beside.error();
  Test test;
  auto streamed = stream_prepared(
      session, options.test, options.read, {options.label, true}, [&] { test = Test{}; },
      [&](const PreparedBlock& block) { return add_scores(model, block, test); });
  if (!streamed) return streamed.error();
  const size_t rows = test.predicted.size();
  if (rows == 0) return Error{.code = "BadData", .message = fmt::format("{} has no rows", options.test)};
  if (!*beside) return test;
  if (auto fits = check_rows(options.test, **beside, rows); !fits) return fits.error();
  test.labels = std::move((*beside)->labels);
  test.kept = std::move((*beside)->kept);
  test.memory = std::move((*beside)->memory);
  return test;
}

Outcome<Json> evaluate(Session& session, const Options& options) {
  const auto model = read_model(session, options.model);
  if (!model) return model.error();
  const auto test = score_test(session, options, *model);
  if (!test) return test.error();
  learn::EvaluationInput input;
  input.labels = test->labels;
  input.classes = test->scores.kind == Scores::Kind::classes ? test->scores.width : 0;
  input.scores = test->scores.values;
  input.predicted = test->predicted;
  input.class_names = model->classes;
  input.resamples = options.resamples;
  input.seed = options.seed;
  input.slices = test->kept;
  if (auto checked = check_labels(test->labels, input.classes); !checked) return checked.error();
  Json result = learn::evaluate(input);
  result.set("feature_count", test->columns);
  if (!options.against.empty()) {
    auto moved = compare(session, options, result);
    if (!moved) return moved.error();
    result.set("against", Json::object({{"evaluation", options.against}, {"metrics", std::move(*moved)}}));
  }
  if (options.output.empty()) return result;
  OutputFiles files(session.disk);
  const std::pair<const char*, Json> forms[] = {{"/evaluation.json", learn::to_mlmax_form(result)},
                                                {"/model_quality.json", learn::to_model_monitor_form(result)},
                                                {"/evaluation_full.json", result}};
  for (const auto& [name, json] : forms)
    if (auto written = files.write(options.output + name, to_pretty_string(json) + "\n"); !written)
      return written.error();
  const std::string page = evaluation_report(result, fmt::format("{} on {}", options.model, options.test));
  if (auto written = files.write(options.output + "/evaluation.html", page); !written) return written.error();
  if (auto committed = files.commit(); !committed) return committed.error();
  return result;
}

std::string number_text(const Json& number) {
  return number.is_null() ? "" : fmt::format("{:.6f}", learn::json_number(number));
}

void print(Session& session, const Json& result) {
  session.terminal.line(fmt::format("{} rows, {}", to_string(result["rows"]), result.text("problem")));
  const Json& earlier = result["against"]["metrics"];
  std::vector<std::vector<std::string>> table = {{"metric", "value", "95 % interval", "without features"}};
  if (!earlier.is_null()) table[0].push_back("before");
  for (const JsonMember& member : result["metrics"].members()) {
    const Json& interval = result["intervals"]["metrics"][member.key];
    table.push_back({member.key, fmt::format("{:.6f}", learn::json_number(member.value)),
                     interval.is_null() ? ""
                                        : fmt::format("{:.6f} to {:.6f}", learn::json_number(interval["low"]),
                                                      learn::json_number(interval["high"])),
                     number_text(result["constant"]["metrics"][member.key])});
    if (earlier.is_null()) continue;
    const Json& moved = earlier[member.key];
    table.back().push_back(number_text(moved["before"]) + (moved["worse"] == Json(true) ? "  worse" : ""));
  }
  session.terminal.table(table);
}

}  // namespace

Action configure_evaluate(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "a folder of `train`, its model.tar.gz, or a file of XGBoost")
      ->required()
      ->type_name("MODEL");
  app.add_option("test", options->test, "prepared rows with labels")->required()->type_name("TEST");
  app.add_option("--label", options->label, "the column of the labels, when TEST is no folder; else its first");
  app.add_option(
      "--output", options->output,
      "a folder for evaluation.json (mlmax's form), model_quality.json (Model Monitor's), evaluation_full.json, "
      "and evaluation.html");
  app.add_option("--bootstrap", options->resamples, "resamples behind the intervals; 0: none")->capture_default_str();
  app.add_option("--seed", options->seed, "of the resamples")->capture_default_str();
  app.add_option("--against", options->against,
                 "an earlier evaluation_full.json, or its folder: exit status 3 when a metric is worse now")
      ->type_name("EVALUATION");
  app.add_option("--tolerance", options->tolerance, "how much worse than --against a metric may be, in its own unit")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  add_read_options(app, options->read);
  add_result_options(app, options->result);
  return [options, &session] {
    const auto result = evaluate(session, *options);
    if (!result) return report(session, result.error());
    if (!options->result.quiet()) print(session, *result);
    if (auto written = write_result(session, options->result, *result); !written)
      return report(session, written.error());
    return is_worse(*result) ? 3 : 0;
  };
}

}  // namespace penstock::kit
