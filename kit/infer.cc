// penstock-kit infer: a model's predictions of prepared rows.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iterator>
#include <memory>

#include "core/learn/features.h"
#include "kit/command.h"
#include "kit/model.h"
#include "kit/output_files.h"
#include "kit/prepared_rows.h"
#include "kit/result.h"

namespace penstock::kit {

namespace {

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
    fmt::format_to(std::back_inserter(out), "{}", static_cast<int64_t>(predicted));
    if (scores.kind == Scores::Kind::clusters || scores.width == 2) first = 1;
  }
  for (size_t k = first; k < last; ++k) {
    if (k > 0 || scores.kind == Scores::Kind::classes) out += ',';
    learn::append_number(out, values[k]);
  }
  out += '\n';
}

// Predictions on their way to the file.
class Predictions {
 public:
  Predictions(const Model& model, OutputFiles& files, const Options& options)
      : model_(model), files_(files), options_(options) {}

  // From the first row on, at the begin and whenever reading starts over.
  void begin() {
    file_ = nullptr;
    rows_ = 0;
    counts_.clear();
  }
  Outcome<void> add(const PreparedBlock& block) {
    if (auto named = check_feature_names(model_, block.names); !named) return named;
    const auto scores = model_.score(block.features, block.first_row);
    if (!scores) return scores.error();
    std::string text;
    if (!file_) {
      auto file = files_.create(options_.output);
      if (!file) return file.error();
      file_ = *file;
      if (options_.header) text = header_of(*scores);
      counts_.assign(scores->kind == Scores::Kind::classes ? scores->width : 0, 0);
    }
    const std::vector<double> predicted = scores->predicted();
    for (size_t row = 0; row < predicted.size(); ++row) {
      append_line(text, *scores, predicted[row], row);
      if (!counts_.empty()) ++counts_[static_cast<size_t>(predicted[row])];
    }
    rows_ += predicted.size();
    return file_->append(text);
  }

  uint64_t rows() const { return rows_; }
  // Rows by class; empty when the model has none.
  const std::vector<uint64_t>& counts() const { return counts_; }

 private:
  const Model& model_;
  OutputFiles& files_;
  const Options& options_;
  File* file_ = nullptr;
  uint64_t rows_ = 0;
  std::vector<uint64_t> counts_;
};

Outcome<Json> infer(Session& session, const Options& options) {
  const auto model = read_model(session, options.model);
  if (!model) return model.error();
  OutputFiles files(session.disk);
  Predictions predictions(*model, files, options);
  auto streamed = stream_prepared(
      session, options.data, options.read, {.name = "", .needed = options.labels}, [&] { predictions.begin(); },
      [&](const PreparedBlock& block) { return predictions.add(block); });
  if (!streamed) return streamed.error();
  if (predictions.rows() == 0) return Error{.code = "BadData", .message = fmt::format("{} has no rows", options.data)};
  if (auto committed = files.commit(); !committed) return committed.error();
  Json result = Json::object({{"rows", predictions.rows()}, {"output", options.output}});
  std::string summary = fmt::format("{} predictions", predictions.rows());
  if (!predictions.counts().empty()) {
    Json counts = std::vector<Json>(predictions.counts().begin(), predictions.counts().end());
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
