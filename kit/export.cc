// penstock-kit export: a model, with its recipe if asked, as one ONNX file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "core/learn/onnx_export.h"
#include "kit/command.h"
#include "kit/model.h"
#include "kit/prepared_data.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

struct Options {
  std::string model;
  std::string state;
  std::string onnx;
  ResultOptions result;
};

Outcome<Json> export_model(Session& session, const Options& options) {
  const auto model = read_model(session, options.model);
  if (!model) return model.error();
  learn::OnnxGraph graph;
  std::string features;
  Json inputs = Json::array();
  if (options.state.empty()) {
    if (model->features.empty())
      return Error{.code = "NotExportable",
                   .message = "the model does not name its features: train it with penstock-kit, or give --state"};
    features = graph.input("features", learn::OnnxGraph::Type::float64, model->features.size());
    inputs.push_back("features");
  } else {
    const auto preprocessor = read_state(session, options.state);
    if (!preprocessor) return preprocessor.error();
    if (!model->features.empty() && preprocessor->feature_names() != model->features)
      return Error{
          .code = "BadUsage",
          .message = fmt::format("{} makes other features than {} was trained on", options.state, options.model)};
    auto added = learn::add_recipe(graph, *preprocessor);
    if (!added) return added.error();
    features = std::move(added->features);
    for (const std::string& name : added->inputs) inputs.push_back(name);
  }
  if (const auto* linear = std::get_if<learn::LinearModel>(&model->parameters)) {
    learn::add_linear(graph, *linear, features);
  } else if (const auto* boosted = std::get_if<XgboostModel>(&model->parameters)) {
    const auto text = boosted->save("json");
    if (!text) return text.error();
    const auto json = parse_json(*text);
    if (!json) return json.error();
    if (auto added = learn::add_trees(graph, *json, features); !added) return added.error();
  } else {
    return Error{
        .code = "NotExportable",
        .message = fmt::format("algorithm '{}' has no ONNX form: logistic, linear and xgboost have", model->algorithm)};
  }
  const std::string bytes = graph.serialize("penstock-kit");
  if (auto written = session.disk.write_file_atomically(options.onnx, bytes); !written) return written.error();
  if (!options.result.quiet()) session.terminal.line(fmt::format("{}: {} bytes", options.onnx, bytes.size()));
  return Json::object({{"output", options.onnx}, {"bytes", bytes.size()}, {"inputs", std::move(inputs)}});
}

}  // namespace

Action configure_export(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "a folder of `train`, its model.tar.gz, or a file of XGBoost")
      ->required()
      ->type_name("MODEL");
  app.add_option("--onnx", options->onnx, "the file that is written")->required()->type_name("FILE");
  app.add_option("--state", options->state,
                 "what `preprocess fit` wrote: the graph then takes raw columns; else it takes features")
      ->type_name("FILE");
  add_result_options(app, options->result);
  return [options, &session] {
    const auto result = export_model(session, *options);
    if (!result) return report(session, result.error());
    if (auto written = write_result(session, options->result, *result); !written)
      return report(session, written.error());
    return 0;
  };
}

}  // namespace penstock::kit
