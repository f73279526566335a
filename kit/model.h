// A trained model of any of the kit's algorithms, as a folder: model.json (what it is, its classes and features, and
// the parameters of all but XGBoost), and xgboost-model.json for XGBoost's own. Read from the folder, from a
// model.tar.gz of it, or, for models made elsewhere, from a file of XGBoost.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/learn/kmeans.h"
#include "core/learn/linear_model.h"
#include "core/learn/pca.h"
#include "kit/command.h"
#include "kit/output_files.h"
#include "kit/xgboost_model.h"

namespace penstock::kit {

// What a model says of some rows.
struct Scores {
  enum class Kind { regression, classes, clusters, components } kind = Kind::regression;
  size_t width = 1;            // values a row: classes, components; clusters: 2, the number and the squared distance
  std::vector<double> values;  // by rows; of classes: probabilities

  // Of classes: the likeliest of each row. Else the row's first value.
  std::vector<double> predicted() const;
};

struct Model {
  std::string algorithm;              // logistic, linear, xgboost, kmeans, pca
  std::vector<std::string> classes;   // names of 0, 1, ...; empty when they have none
  std::vector<std::string> features;  // names
  bool regression = false;            // of xgboost
  std::variant<learn::LinearModel, learn::KmeansModel, learn::PcaModel, XgboostModel> parameters;

  // An error (code "BadData") when the rows have another number of features, or miss some that the model needs. It
  // counts rows from `first_row` on, when they are a part of more.
  Outcome<Scores> score(const learn::Matrix& rows, uint64_t first_row = 0) const;
};

// Labels that a model of that many classes can have (0: of a regression, any); the error names the row.
Outcome<void> check_labels(const std::vector<double>& labels, size_t classes);
// No value is missing or infinite; the error names feature and row, counted from `first_row` on.
Outcome<void> check_present(const learn::Matrix& features, const std::vector<std::string>& names,
                            uint64_t first_row = 0);

// The data's features are the model's, in its order, as far as both have names of their own (f0, c1 and the like are
// none); the error says how to choose them.
Outcome<void> check_feature_names(const Model& model, const std::vector<std::string>& names);

Outcome<Model> read_model(Session& session, const std::string& path);
// Writes the folder; `about` are further members of model.json (options, what training measured).
Outcome<void> write_model(OutputFiles& files, const std::string& folder, const Model& model, const Json& about);

}  // namespace penstock::kit
