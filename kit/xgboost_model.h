// XgboostModel: a gradient-boosted model of XGBoost, trained or loaded; its files are XGBoost's own (JSON or UBJSON),
// which any XGBoost of its release or newer reads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/learn/matrix.h"
#include "kit/xgboost.h"

namespace penstock::kit {

class XgboostModel {
 public:
  XgboostModel(XgboostModel&&) noexcept;
  XgboostModel& operator=(XgboostModel&&) noexcept;
  ~XgboostModel();

  struct Data {
    const learn::Matrix& features;
    const std::vector<double>& labels;
    const std::vector<double>& weights;  // of the rows; empty: all alike
  };
  struct Training {
    std::vector<std::pair<std::string, std::string>> parameters;  // XGBoost's own names
    size_t rounds = 100;
    size_t early_stopping_rounds = 0;  // 0: never; else needs `validation`
    const std::vector<std::string>& feature_names;
  };
  // What each round's evaluation said ("train-logloss").
  struct History {
    std::vector<std::pair<std::string, std::vector<double>>> metrics;
    size_t best_round = 0;
  };
  // The model of the best round when training stopped early.
  static Outcome<XgboostModel> train(const Data& data, const std::optional<Data>& validation, const Training& training,
                                     History& history);
  // From the bytes of a model file. Error (code "BadModel") for a file of a newer release, which this one would read
  // but predict wrongly, and of a format from before XGBoost 1.0.
  static Outcome<XgboostModel> load(const std::string& bytes);

  // "json" or "ubj".
  Outcome<std::string> save(const std::string& format) const;
  // Probabilities or values: `outputs` a row (probabilities of two classes: of class 1).
  Outcome<std::vector<double>> predict(const learn::Matrix& features, size_t& outputs) const;
  Outcome<std::vector<std::pair<std::string, double>>> importance() const;  // total gain by feature

 private:
  struct State;
  explicit XgboostModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The release that wrote a model file, as major, minor, patch; nullopt when the file does not say.
std::optional<std::vector<int>> xgboost_release_of(const std::string& bytes);

}  // namespace penstock::kit
