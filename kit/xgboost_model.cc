#include "kit/xgboost_model.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/json.h"

namespace penstock::kit {

namespace {

constexpr size_t rows_per_prediction = 65'536;  // scored at a time: bounds the memory of dense copies

Error failed(const Xgboost& api, std::string_view what) {
  std::string_view said = api.last_error();
  // Its messages begin with a time, a source file and a line, and end with a stack trace: the sentence is between.
  if (const size_t colon = said.find("cc:"); colon != std::string_view::npos) {
    said.remove_prefix(colon + 3);
    said.remove_prefix(std::min(said.find(' '), said.size() - 1) + 1);
  }
  said = said.substr(0, said.find('\n'));
  return {.code = "XgboostFailed", .message = fmt::format("XGBoost: {}: {}", what, said)};
}

// A matrix of XGBoost, freed at the end.
class DMatrix {
 public:
  explicit DMatrix(const Xgboost& api) : api_(api) {}
  ~DMatrix() {
    if (handle_) api_.dmatrix_free(handle_);
  }
  DMatrix(const DMatrix&) = delete;
  DMatrix& operator=(const DMatrix&) = delete;

  Outcome<void> fill(const XgboostModel::Data& data, const std::vector<std::string>& names) {
    const size_t rows = data.features.rows(), columns = data.features.columns();
    std::vector<float> values(rows * columns);
    for (size_t row = 0; row < rows; ++row)
      data.features.for_row(
          row, [&](size_t column, double value) { values[row * columns + column] = static_cast<float>(value); });
    if (api_.dmatrix_from_mat(values.data(), rows, columns, std::nanf(""), &handle_) != 0)
      return failed(api_, "the rows are refused");
    const std::vector<float> labels(data.labels.begin(), data.labels.end());
    const std::vector<float> weights(data.weights.begin(), data.weights.end());
    if (api_.dmatrix_set_float_info(handle_, "label", labels.data(), labels.size()) != 0)
      return failed(api_, "the labels are refused");
    if (!weights.empty() && api_.dmatrix_set_float_info(handle_, "weight", weights.data(), weights.size()) != 0)
      return failed(api_, "the weights are refused");
    std::vector<std::string> clean = names;  // XGBoost refuses these characters in names
    for (std::string& name : clean)
      for (char& c : name)
        if (c == '[' || c == ']' || c == '<') c = '_';
    std::vector<const char*> pointers;
    for (const std::string& name : clean) pointers.push_back(name.c_str());
    if (pointers.size() == columns &&
        api_.dmatrix_set_str_feature_info(handle_, "feature_name", pointers.data(), pointers.size()) != 0)
      return failed(api_, "the names of the features are refused");
    return {};
  }
  DMatrixHandle handle() const { return handle_; }

 private:
  const Xgboost& api_;
  DMatrixHandle handle_ = nullptr;
};

// Reads "[3]\ttrain-logloss:0.5\tvalidation-logloss:0.6" into the history.
void record(std::string_view line, XgboostModel::History& history) {
  size_t metric = 0;
  for (size_t at = line.find('\t'); at != std::string_view::npos; ++metric) {
    const size_t end = line.find('\t', at + 1);
    const std::string_view field = line.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
    const size_t colon = field.rfind(':');
    double value = std::nan("");
    if (colon != std::string_view::npos) std::from_chars(field.data() + colon + 1, field.data() + field.size(), value);
    if (metric == history.metrics.size()) history.metrics.emplace_back(field.substr(0, colon), std::vector<double>());
    history.metrics[metric].second.push_back(value);
    at = end;
  }
}

bool is_better_when_higher(std::string_view metric) {
  for (const std::string_view name : {"-auc", "-aucpr", "-map", "-ndcg", "-pre"})
    if (metric.find(name) != std::string_view::npos) return true;
  return false;
}

// {"data": [address, read only], "shape": ..., "typestr": "<f4"}: numpy's array interface.
std::string array_interface(const float* values, size_t rows, size_t columns) {
  return fmt::format(R"({{"data":[{},true],"shape":[{},{}],"typestr":"<f4","version":3}})",
                     reinterpret_cast<uintptr_t>(values), rows, columns);
}

}  // namespace

struct XgboostModel::State {
  Xgboost api;
  BoosterHandle booster = nullptr;
  ~State() {
    if (booster) api.booster_free(booster);
  }
};

XgboostModel::XgboostModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
XgboostModel::XgboostModel(XgboostModel&&) noexcept = default;
XgboostModel& XgboostModel::operator=(XgboostModel&&) noexcept = default;
XgboostModel::~XgboostModel() = default;

Outcome<XgboostModel> XgboostModel::train(const Data& data, const std::optional<Data>& validation,
                                          const Training& training, History& history) {
  auto opened = open_xgboost();
  if (!opened) return opened.error();
  auto state = std::make_unique<State>();
  state->api = *opened;
  const Xgboost& api = state->api;
  DMatrix rows(api), held(api);
  if (auto filled = rows.fill(data, training.feature_names); !filled) return filled.error();
  if (validation) {
    if (auto filled = held.fill(*validation, training.feature_names); !filled) return filled.error();
  }
  DMatrixHandle matrices[] = {rows.handle(), held.handle()};
  const char* names[] = {"train", "validation"};
  const bst_ulong count = validation ? 2 : 1;
  if (api.booster_create(matrices, count, &state->booster) != 0) return failed(api, "no model can be made");
  for (const auto& [name, value] : training.parameters)
    if (api.booster_set_param(state->booster, name.c_str(), value.c_str()) != 0)
      return failed(api, fmt::format("parameter {}={}", name, value));
  for (size_t round = 0; round < training.rounds; ++round) {
    if (api.booster_update(state->booster, static_cast<int>(round), rows.handle()) != 0)
      return failed(api, "training failed");
    const char* said = nullptr;
    if (api.booster_eval(state->booster, static_cast<int>(round), matrices, names, count, &said) != 0)
      return failed(api, "evaluation failed");
    record(said, history);
    if (history.metrics.empty()) continue;
    const auto& [metric, values] = history.metrics.back();
    const double sign = is_better_when_higher(metric) ? -1 : 1;
    if (round == 0 || sign * values[round] < sign * values[history.best_round]) history.best_round = round;
    if (training.early_stopping_rounds > 0 && round - history.best_round >= training.early_stopping_rounds) break;
  }
  int rounds = 0;
  api.booster_rounds(state->booster, &rounds);
  if (training.early_stopping_rounds > 0 && static_cast<size_t>(rounds) > history.best_round + 1) {
    BoosterHandle best = nullptr;
    if (api.booster_slice(state->booster, 0, static_cast<int>(history.best_round + 1), 1, &best) != 0)
      return failed(api, "the best rounds cannot be taken");
    api.booster_free(state->booster);
    state->booster = best;
  }
  return XgboostModel(std::move(state));
}

namespace {

// "version":[3,2,0] from the place after the key.
std::optional<std::vector<int>> release_in_json(std::string_view text) {
  const size_t begin = text.find('['), end = text.find(']');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return std::nullopt;
  std::vector<int> numbers;
  for (size_t at = begin + 1; at < end;) {
    int number = 0;
    const auto read = std::from_chars(text.data() + at, text.data() + end, number);
    if (read.ec == std::errc()) numbers.push_back(number);
    at = static_cast<size_t>(read.ptr - text.data()) + 1;  // past the comma or the space
  }
  return numbers;
}

// Numbers of UBJSON, which begin with a mark of their type.
class UbjsonNumbers {
 public:
  explicit UbjsonNumbers(std::string_view bytes) : bytes_(bytes) {}

  bool take(char mark) {
    if (bytes_.empty() || bytes_[0] != mark) return false;
    bytes_.remove_prefix(1);
    return true;
  }
  char mark() {
    const char first = bytes_.empty() ? 0 : bytes_[0];
    bytes_.remove_prefix(std::min<size_t>(1, bytes_.size()));
    return first;
  }
  std::optional<int> number(char type) {
    const size_t width = type == 'i' || type == 'U' ? 1 : type == 'I' ? 2 : type == 'l' ? 4 : type == 'L' ? 8 : 0;
    if (width == 0 || width > bytes_.size()) return std::nullopt;
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes_[i]);
    bytes_.remove_prefix(width);
    return static_cast<int>(value);
  }

 private:
  std::string_view bytes_;
};

// The array after the key: a type for all after '$' and a length after '#', both of which may be left out.
std::optional<std::vector<int>> release_in_ubjson(std::string_view bytes) {
  UbjsonNumbers numbers(bytes);
  if (!numbers.take('[')) return std::nullopt;
  const char type = numbers.take('$') ? numbers.mark() : '\0';
  std::optional<int> length;
  if (numbers.take('#')) length = numbers.number(numbers.mark());
  std::vector<int> release;
  while (release.size() < 3 && !(length && release.size() == static_cast<size_t>(*length)) && !numbers.take(']')) {
    const auto number = numbers.number(type ? type : numbers.mark());
    if (!number) return std::nullopt;
    release.push_back(*number);
  }
  return release;
}

}  // namespace

std::optional<std::vector<int>> xgboost_release_of(const std::string& bytes) {
  constexpr std::string_view key = "version";
  const size_t at = bytes.rfind(key);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view after = std::string_view(bytes).substr(at + key.size());
  return after.starts_with('"') ? release_in_json(after) : release_in_ubjson(after);
}

Outcome<XgboostModel> XgboostModel::load(const std::string& bytes) {
  const auto bad = [](std::string message) { return Error{.code = "BadModel", .message = std::move(message)}; };
  if (bytes.starts_with("binf") || bytes.starts_with("bs64"))
    return bad(
        "the model has the binary format that XGBoost gave up: load it with the release that wrote it and save it "
        "as JSON or UBJSON");
  auto opened = open_xgboost();
  if (!opened) return opened.error();
  const auto release = xgboost_release_of(bytes);
  if (!release || release->size() < 2)
    return bad("this is no model file of XGBoost: it does not say which release wrote it");
  int major = 0, minor = 0, patch = 0;
  opened->version(&major, &minor, &patch);
  if (std::pair((*release)[0], (*release)[1]) > std::pair(major, minor))
    return bad(
        fmt::format("the model was written by XGBoost {}.{}, this is {}.{}.{}: an older release may read it "
                    "without a complaint and predict wrongly, so it is refused",
                    (*release)[0], (*release)[1], major, minor, patch));
  auto state = std::make_unique<State>();
  state->api = *opened;
  if (state->api.booster_create(nullptr, 0, &state->booster) != 0) return failed(state->api, "no model can be made");
  if (state->api.booster_load_buffer(state->booster, bytes.data(), bytes.size()) != 0)
    return bad(failed(state->api, "the model cannot be read").message);
  state->api.booster_set_param(state->booster, "nthread", "1");
  return XgboostModel(std::move(state));
}

Outcome<std::string> XgboostModel::save(const std::string& format) const {
  bst_ulong length = 0;
  const char* bytes = nullptr;
  const std::string config = fmt::format(R"({{"format":"{}"}})", format);
  if (state_->api.booster_save_buffer(state_->booster, config.c_str(), &length, &bytes) != 0)
    return failed(state_->api, "the model cannot be saved");
  return std::string(bytes, length);
}

Outcome<std::vector<double>> XgboostModel::predict(const learn::Matrix& features, size_t& outputs) const {
  static const char* const config =
      R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"missing":NaN,"cache_id":0})";
  const size_t columns = features.columns();
  std::vector<double> all;
  std::vector<float> values;
  for (size_t first = 0; first < features.rows(); first += rows_per_prediction) {
    const size_t rows = std::min(rows_per_prediction, features.rows() - first);
    values.assign(rows * columns, 0.0F);
    for (size_t row = 0; row < rows; ++row)
      features.for_row(first + row, [&](size_t column, double value) {
        values[row * columns + column] = static_cast<float>(value);
      });
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* result = nullptr;
    if (state_->api.booster_predict_dense(state_->booster, array_interface(values.data(), rows, columns).c_str(),
                                          config, nullptr, &shape, &dimensions, &result) != 0)
      return failed(state_->api, "prediction failed");
    outputs = dimensions > 1 ? shape[1] : 1;
    all.insert(all.end(), result, result + rows * outputs);
  }
  return all;
}

Outcome<std::vector<std::pair<std::string, double>>> XgboostModel::importance() const {
  bst_ulong count = 0, dimensions = 0;
  const char** names = nullptr;
  const bst_ulong* shape = nullptr;
  const float* scores = nullptr;
  if (state_->api.booster_feature_score(state_->booster, R"({"importance_type":"total_gain"})", &count, &names,
                                        &dimensions, &shape, &scores) != 0)
    return failed(state_->api, "the importance of the features is not known");
  std::vector<std::pair<std::string, double>> importance;
  for (bst_ulong i = 0; i < count; ++i) importance.emplace_back(names[i], scores[i]);
  return importance;
}

}  // namespace penstock::kit
