#include "kit/model.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "core/learn/options.h"

namespace penstock::kit {

namespace {

constexpr const char* about_file = "model.json";
constexpr const char* xgboost_file = "xgboost-model.json";
constexpr size_t model_bytes_max = size_t{4} << 30;

Error bad_model(const std::string& path, std::string_view what) {
  return {.code = "BadModel", .message = fmt::format("{}: {}", path, what)};
}

using Files = std::map<std::string, std::string>;  // by name, without folders

Outcome<Files> unpack(Session& session, const std::string& path) {
  auto bytes = session.disk.read_file(path);
  if (!bytes) return bytes.error();
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes->data(), bytes->size()) != ARCHIVE_OK)
    return bad_model(path, "this is no tar.gz");
  Files files;
  size_t total = 0;
  for (archive_entry* entry = nullptr; archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK;) {
    const std::string name = archive_entry_pathname(entry);
    std::string& content = files[name.substr(name.rfind('/') + 1)];
    char buffer[1 << 16];
    la_ssize_t size = 0;
    while ((size = archive_read_data(reader.get(), buffer, sizeof buffer)) > 0) {
      content.append(buffer, static_cast<size_t>(size));
      if ((total += static_cast<size_t>(size)) > model_bytes_max) return bad_model(path, "the model is too large");
    }
    if (size < 0) return bad_model(path, "the archive is damaged");
  }
  return files;
}

Outcome<Files> read_files(Session& session, const std::string& path) {
  if (path.ends_with(".tar.gz") || path.ends_with(".tgz")) return unpack(session, path);
  Files files;
  const auto names = session.disk.list(path);
  if (names) {
    for (const std::string& name : *names) {
      if (name != about_file && !name.starts_with("xgboost-model") && name != "model.tar.gz") continue;
      if (name == "model.tar.gz") return unpack(session, path + "/" + name);
      auto content = session.disk.read_file(path + "/" + name);
      if (!content) return content.error();
      files[name] = std::move(*content);
    }
    return files;
  }
  auto content = session.disk.read_file(path);
  if (!content) return content.error();
  const bool about = path.ends_with(about_file);
  files[about ? about_file : xgboost_file] = std::move(*content);
  return files;
}

// XGBoost's own objective tells whether a model made elsewhere gives probabilities.
bool is_regression(const std::string& bytes) {
  for (const std::string_view objective : {"binary:logistic", "multi:softprob", "multi:softmax"})
    if (bytes.find(objective) != std::string::npos) return false;
  return true;
}

Outcome<Model> read_xgboost(const std::string& path, const Files& files, Model model, bool known) {
  const auto file = std::find_if(files.begin(), files.end(),
                                 [](const auto& named) { return named.first.starts_with("xgboost-model"); });
  if (file == files.end())
    return bad_model(path, "there is no model.json and no xgboost-model: this is no model of penstock-kit train");
  auto loaded = XgboostModel::load(file->second);
  if (!loaded) return bad_model(path, loaded.error().message);
  model.algorithm = "xgboost";
  if (!known) {
    model.regression = is_regression(file->second);
    if (file->second.find("multi:softmax") != std::string::npos)
      return bad_model(path, "objective multi:softmax gives no probabilities; train with multi:softprob");
  }
  model.parameters = std::move(*loaded);
  return model;
}

template <class Parameters>
Outcome<Model> with_parameters(const std::string& path, Model model, Outcome<Parameters> parameters) {
  if (!parameters) return bad_model(path, parameters.error().message);
  model.parameters = std::move(*parameters);
  return model;
}

}  // namespace

Outcome<Model> read_model(Session& session, const std::string& path) {
  const auto files = read_files(session, path);
  if (!files) return files.error();
  const auto about_text = files->find(about_file);
  if (about_text == files->end()) return read_xgboost(path, *files, Model{}, false);
  const auto about = parse_json(about_text->second);
  if (!about) return bad_model(path, about.error().message);
  if (about->text("kind") != "penstock-model") return bad_model(path, "model.json is none of penstock-kit train");
  if (learn::json_number((*about)["format"]) != 1)
    return bad_model(path, fmt::format("the model has format {}, this version reads 1", to_string((*about)["format"])));
  Model model;
  model.algorithm = about->text("algorithm");
  const auto classes = learn::read_texts(*about, "classes");
  const auto features = learn::read_texts(*about, "features");
  if (!classes || !features) return bad_model(path, "'classes' and 'features' are lists of names");
  model.classes = *classes;
  model.features = *features;
  model.regression = about->text("problem") == "regression";
  const Json& parameters = (*about)["model"];
  if (model.algorithm == "xgboost") return read_xgboost(path, *files, std::move(model), true);
  if (model.algorithm == "kmeans")
    return with_parameters(path, std::move(model), learn::KmeansModel::from_json(parameters));
  if (model.algorithm == "pca") return with_parameters(path, std::move(model), learn::PcaModel::from_json(parameters));
  if (model.algorithm == "logistic" || model.algorithm == "linear")
    return with_parameters(path, std::move(model), learn::LinearModel::from_json(parameters));
  return bad_model(path, fmt::format("algorithm '{}' is not known", model.algorithm));
}

Outcome<void> write_model(OutputFiles& files, const std::string& folder, const Model& model, const Json& about) {
  Json json = Json::object({{"kind", "penstock-model"},
                            {"format", 1},
                            {"algorithm", model.algorithm},
                            {"problem", model.regression ? "regression" : "classification"},
                            {"classes", std::vector<Json>(model.classes.begin(), model.classes.end())},
                            {"features", std::vector<Json>(model.features.begin(), model.features.end())}});
  for (const JsonMember& member : about.members()) json.set(member.key, member.value);
  if (const auto* boosted = std::get_if<XgboostModel>(&model.parameters)) {
    const auto bytes = boosted->save("json");
    if (!bytes) return bytes.error();
    if (auto written = files.write(folder + "/" + xgboost_file, *bytes); !written) return written;
  } else if (const auto* linear = std::get_if<learn::LinearModel>(&model.parameters)) {
    json.set("model", linear->to_json());
  } else if (const auto* clusters = std::get_if<learn::KmeansModel>(&model.parameters)) {
    json.set("model", clusters->to_json());
  } else {
    json.set("model", std::get<learn::PcaModel>(model.parameters).to_json());
  }
  return files.write(folder + "/" + about_file, to_pretty_string(json) + "\n");
}

Outcome<void> check_labels(const std::vector<double>& labels, size_t classes) {
  for (size_t row = 0; row < labels.size(); ++row) {
    const double label = labels[row];
    if (classes > 0 && !(label >= 0 && label < static_cast<double>(classes) && label == std::floor(label)))
      return Error{.code = "BadData",
                   .message = fmt::format("the label of row {} is {}, the model knows classes 0 to {}", row + 1, label,
                                          classes - 1)};
  }
  return {};
}

Outcome<void> check_present(const learn::Matrix& features, const std::vector<std::string>& names, uint64_t first_row) {
  for (size_t row = 0; row < features.rows(); ++row) {
    size_t wrong = features.columns();
    features.for_row(row, [&](size_t column, double value) {
      if (!std::isfinite(value)) wrong = column;
    });
    if (wrong < features.columns())
      return Error{
          .code = "BadData",
          .message = fmt::format("feature '{}' is missing or infinite in row {}: fill it ('impute' in the "
                                 "recipe), or use xgboost, which takes missing values",
                                 wrong < names.size() ? names[wrong] : fmt::format("f{}", wrong), first_row + row + 1)};
  }
  return {};
}

namespace {

// Names that only count: those of rows without a header, and of SageMaker's algorithms.
bool are_counted(const std::vector<std::string>& names) {
  return std::ranges::all_of(names, [](const std::string& name) {
    return name.size() > 1 && (name[0] == 'f' || name[0] == 'c') &&
           name.find_first_not_of("0123456789", 1) == std::string::npos;
  });
}

}  // namespace

Outcome<void> check_feature_names(const Model& model, const std::vector<std::string>& names) {
  const auto& own = model.features;
  if (own.size() != names.size() || are_counted(own) || are_counted(names)) return {};
  const auto [of_model, of_data] = std::ranges::mismatch(own, names);
  if (of_model == own.end()) return {};
  return Error{
      .code = "BadData",
      .message = fmt::format("feature {} of the model is '{}', of the data '{}': the same features in the same "
                             "order are needed (--columns chooses)",
                             of_model - own.begin() + 1, *of_model, *of_data)};
}

namespace {

Error wrong_width(size_t model, size_t data) {
  return {.code = "BadData", .message = fmt::format("the model takes {} features, the data has {}", model, data)};
}

Outcome<Scores> score_xgboost(const Model& model, const XgboostModel& boosted, const learn::Matrix& rows) {
  Scores scores;
  auto values = boosted.predict(rows, scores.width);
  if (!values) return values.error();
  scores.values = std::move(*values);
  if (model.regression) return scores;
  scores.kind = Scores::Kind::classes;
  if (scores.width > 1) return scores;
  std::vector<double> both(scores.values.size() * 2);  // of class 0 beside class 1
  for (size_t row = 0; row < scores.values.size(); ++row) {
    both[2 * row] = 1 - scores.values[row];
    both[2 * row + 1] = scores.values[row];
  }
  scores.values = std::move(both);
  scores.width = 2;
  return scores;
}

}  // namespace

Outcome<Scores> Model::score(const learn::Matrix& rows, uint64_t first_row) const {
  if (!features.empty() && features.size() != rows.columns()) return wrong_width(features.size(), rows.columns());
  if (const auto* boosted = std::get_if<XgboostModel>(&parameters)) return score_xgboost(*this, *boosted, rows);
  if (auto checked = check_present(rows, features, first_row); !checked) return checked.error();
  if (const auto* linear = std::get_if<learn::LinearModel>(&parameters)) {
    if (linear->columns() != rows.columns()) return wrong_width(linear->columns(), rows.columns());
    if (!linear->logistic) return Scores{.width = 1, .values = linear->scores(rows)};
    return Scores{.kind = Scores::Kind::classes, .width = linear->class_count(), .values = linear->probabilities(rows)};
  }
  if (const auto* pca = std::get_if<learn::PcaModel>(&parameters)) {
    if (pca->means.size() != rows.columns()) return wrong_width(pca->means.size(), rows.columns());
    return Scores{.kind = Scores::Kind::components, .width = pca->components, .values = pca->transform(rows)};
  }
  const auto& clusters = std::get<learn::KmeansModel>(parameters);
  if (clusters.columns() != rows.columns()) return wrong_width(clusters.columns(), rows.columns());
  std::vector<double> distances;
  const std::vector<uint32_t> nearest = clusters.assign(rows, &distances);
  Scores scores{.kind = Scores::Kind::clusters, .width = 2, .values = {}};
  for (size_t row = 0; row < nearest.size(); ++row) {
    scores.values.push_back(nearest[row]);
    scores.values.push_back(distances[row]);
  }
  return scores;
}

std::vector<double> Scores::predicted() const {
  std::vector<double> chosen(values.size() / width);
  for (size_t row = 0; row < chosen.size(); ++row) {
    const auto first = values.begin() + static_cast<ptrdiff_t>(row * width);
    chosen[row] = kind == Kind::classes
                      ? static_cast<double>(std::max_element(first, first + static_cast<ptrdiff_t>(width)) - first)
                      : *first;
  }
  return chosen;
}

}  // namespace penstock::kit
