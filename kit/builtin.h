// A SageMaker built-in algorithm inside its job: what the platform laid out under /opt/ml (hyperparameters, channels),
// and where the algorithm leaves its model, or why it failed. docs/builtin.md lists what is taken and what comes out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "kit/command.h"

namespace penstock::kit {

// What one hyperparameter may be.
struct Hyperparameter {
  enum class Kind { integer, real, text, choice, flag, list };
  const char* name = "";
  Kind kind = Kind::text;
  bool required = false;
  double min = -1e308;
  double max = 1e308;
  bool above_min = false;                          // min itself is too small
  std::span<const std::string_view> choices = {};  // of a choice, or of each item of a list; empty: any
  const char* otherwise = nullptr;                 // the value where none is given
  bool automatic = false;                          // "auto" is a value, too
};

// Hyperparameters as they were given, checked: their texts, and the defaults.
class Hyperparameters {
 public:
  // Whose words errors have: the XGBoost image's ("Extraneous hyperparameter found: x"), or those of the JSON schema
  // that the other algorithms check by ("Additional properties are not allowed ('x' was unexpected)").
  enum class Words { xgboost, schema };
  // Errors have the code "ClientError".
  static Outcome<Hyperparameters> check(const Json& given, std::span<const Hyperparameter> known, Words words);

  bool has(std::string_view name) const { return values_.contains(name); }
  std::string text(std::string_view name, std::string_view otherwise = "") const;
  double real(std::string_view name, double otherwise = 0) const;
  int64_t integer(std::string_view name, int64_t otherwise = 0) const;
  bool flag(std::string_view name, bool otherwise = false) const;
  const std::map<std::string, std::string, std::less<>>& all() const { return values_; }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// A channel of a training job.
struct Channel {
  std::string folder;
  std::string content_type;  // lower case, without parameters; empty: the algorithm's own
  int label_size = -1;       // of "text/csv;label_size=0"; -1: not said
};

class BuiltinJob {
 public:
  // Reads /opt/ml (or $SAGEMAKER_BASE_DIR).
  static Outcome<BuiltinJob> open(Session& session);

  Session& session() const { return *session_; }
  const Json& hyperparameters() const { return hyperparameters_; }
  const std::string& base() const { return base_; }
  std::string model_folder() const { return base_ + "/model"; }
  std::string host() const;  // algo-1
  size_t hosts() const;
  // Null for a channel that the job does not have.
  const Channel* channel(std::string_view name) const;
  // A file of the model folder, whole or not at all.
  Outcome<void> write_model(const std::string& name, std::string_view bytes) const;
  // A line of the log, as the built-in images write it: "[2026-11-24:13:00:00:INFO] ..." for `info`, as it is for
  // `line`.
  void info(std::string_view text) const;
  void line(std::string_view text) const;

 private:
  Session* session_ = nullptr;
  std::string base_;
  Json hyperparameters_;
  Json resources_;
  std::map<std::string, Channel, std::less<>> channels_;
};

Error client_error(std::string message);

// The algorithms; each reads its channels, trains, and writes its model.
Outcome<void> train_xgboost(const BuiltinJob& job);
Outcome<void> train_linear_learner(const BuiltinJob& job);
Outcome<void> train_kmeans(const BuiltinJob& job);
Outcome<void> train_pca(const BuiltinJob& job);
// A processing job rather than a training job: statistics, constraints, violations and the exit message.
Outcome<void> analyze_data_quality(const BuiltinJob& job);

}  // namespace penstock::kit
