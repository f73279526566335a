// penstock-kit infer: a model's predictions of prepared rows.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "core/learn/features.h"
#include "kit/command.h"
#include "kit/model.h"
#include "kit/prepared_data.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

constexpr size_t rows_per_piece = 8192;

struct Options {
  std::string model;
  std::string data;
  std::string output;
  bool header = false;
  bool labels = false;
  ReadOptions read;
  ResultOptions result;
};

std::string header_of(const Scores& scores) {
  if (scores.kind == Scores::Kind::regression) return "prediction\n";
  if (scores.kind == Scores::Kind::clusters) return "cluster,squared_distance\n";
  std::string line = scores.kind == Scores::Kind::classes ? "class" : "";
  if (scores.kind == Scores::Kind::classes && scores.width == 2) return line + ",probability\n";
  for (size_t k = 0; k < scores.width; ++k)
    line += fmt::format("{}{}{}", line.empty() ? "" : ",",
                        scores.kind == Scores::Kind::classes ? "probability_" : "component_", k);
  return line + "\n";
}

// class,probability of class 1 (two classes); class,probability of each; cluster,distance; components; or the number.
void append_line(std::string& out, const Scores& scores, double predicted, size_t row) {
  const double* const values = scores.values.data() + row * scores.width;
  size_t first = 0, last = scores.width;
  if (scores.kind == Scores::Kind::classes || scores.kind == Scores::Kind::clusters) {
    out += fmt::format("{}", static_cast<int64_t>(predicted));
    if (scores.kind == Scores::Kind::clusters || scores.width == 2) first = 1;
  }
  for (size_t k = first; k < last; ++k) {
    if (k > 0 || scores.kind == Scores::Kind::classes) out += ',';
    learn::append_number(out, values[k]);
  }
  out += '\n';
}

Outcome<Json> infer(Session& session, const Options& options) {
  const auto model = read_model(session, options.model);
  if (!model) return model.error();
  const auto rows = read_prepared(session, options.data, options.read, "", options.labels);
  if (!rows) return rows.error();
  const auto scores = model->score(rows->features);
  if (!scores) return scores.error();
  const std::vector<double> predicted = scores->predicted();
  OutputFiles files(session.disk);
  auto file = files.create(options.output);
  if (!file) return file.error();
  std::string text = options.header ? header_of(*scores) : "";
  for (size_t first = 0; first < predicted.size(); first += rows_per_piece) {
    for (size_t row = first; row < std::min(predicted.size(), first + rows_per_piece); ++row)
      append_line(text, *scores, predicted[row], row);
    if (auto appended = (*file)->append(text); !appended) return appended.error();
    text.clear();
  }
  if (auto committed = files.commit(); !committed) return committed.error();
  Json result = Json::object({{"rows", predicted.size()}, {"output", options.output}});
  std::string summary = fmt::format("{} predictions", predicted.size());
  if (scores->kind == Scores::Kind::classes) {
    Json counts = Json::array();
    for (size_t k = 0; k < scores->width; ++k)
      counts.push_back(std::count(predicted.begin(), predicted.end(), static_cast<double>(k)));
    summary += fmt::format("; rows by class: {}", to_string(counts));
    result.set("rows_by_class", std::move(counts));
  }
  if (!options.result.quiet()) session.terminal.line(summary);
  return result;
}

}  // namespace

Action configure_infer(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  app.add_option("model", options->model, "a folder of `train`, its model.tar.gz, or a file of XGBoost")
      ->required()
      ->type_name("MODEL");
  app.add_option("data", options->data, "prepared rows: a folder of `preprocess apply`, or a data set of features")
      ->required()
      ->type_name("DATA");
  app.add_option("--output", options->output, "the CSV file of the predictions")->required()->type_name("FILE");
  app.add_flag("--header", options->header, "begin with a line of names");
  app.add_flag("--labels", options->labels, "the first column of DATA is the label: leave it out");
  add_read_options(app, options->read);
  add_result_options(app, options->result);
  return [options, &session] {
    const auto result = infer(session, *options);
    if (!result) return report(session, result.error());
    if (auto written = write_result(session, options->result, *result); !written)
      return report(session, written.error());
    return 0;
  };
}

}  // namespace penstock::kit
