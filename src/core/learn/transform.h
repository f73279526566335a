// The transforms of a recipe: each is fitted on one column of the training rows and then makes features of that column,
// in training and in inference by the same code. Definitions are scikit-learn's (the class is named at each kind).
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/learn/features.h"
#include "core/learn/frame.h"

namespace penstock::learn {

// A column's values at the chosen rows, missing ones filled when the recipe says so.
class Values {
 public:
  const Column* column = nullptr;
  std::span<const double> numbers;      // of a numeric column; NaN where missing
  std::span<const uint32_t> codes;      // of a text column: places in `texts`, Codes::missing where missing
  std::vector<std::string_view> texts;  // of a text column

  Values() = default;
  Values(Values&&) = default;
  Values& operator=(Values&&) = default;

  bool numeric() const { return column->numeric(); }
  size_t size() const { return numeric() ? numbers.size() : codes.size(); }
  // From here on the values lie in memory of their own: these.
  void own(std::vector<double> values) { numbers = own_numbers_ = std::move(values); }
  void own(std::vector<uint32_t> values) { codes = own_codes_ = std::move(values); }
  // ... or copies of the column's, which the caller may change.
  std::vector<double>& changeable_numbers() {
    if (own_numbers_.empty()) own(std::vector<double>(numbers.begin(), numbers.end()));
    return own_numbers_;
  }
  std::vector<uint32_t>& changeable_codes() {
    if (own_codes_.empty()) own(std::vector<uint32_t>(codes.begin(), codes.end()));
    return own_codes_;
  }

 private:
  std::vector<double> own_numbers_;
  std::vector<uint32_t> own_codes_;
};

// What takes the place of a missing value (SimpleImputer): nothing, or a number or text found when fitted.
struct Imputer {
  std::string method;      // "" (none), mean, median, most_frequent, constant
  Json fill;               // number or text
  bool indicator = false;  // one more feature: 1 where the value was missing

  static Outcome<Imputer> fit(const Json& options, const Values& values);
  // Fills in place; `fill_text` keeps the text that `values` then refers to. Returns the indicator's feature if asked
  // for.
  Outcome<std::optional<Block>> apply(Values& values) const;
  Json state() const;
  static Imputer load(const Json& state);
};

struct Category {
  enum class Kind { missing, number, text } kind = Kind::missing;
  double number = 0;
  std::string text;
  friend bool operator==(const Category&, const Category&) = default;
};

// The categories of a column as training saw them; ascending, a missing one last.
struct Categories {
  std::vector<Category> values;

  static Categories of(const Values& values);
  // The place of each row's value, -1 where it is not among them. A number and a text that says the same number are
  // one.
  std::vector<int32_t> places(const Values& values) const;
  Json state() const;
  static Categories load(const Json& state);
};

struct FitInput {
  const Values& values;
  std::span<const double> target;  // of the same rows; empty when the recipe names none
  size_t classes = 0;              // of the target; 0: it is a number
  const Json& options;
};

// passthrough: the number itself.
struct Pass {
  static constexpr std::string_view name = "pass";
  static std::vector<std::string_view> options() { return {}; }
  static Outcome<Pass> fit(const FitInput& input);
  Outcome<void> apply(const Values& values, std::vector<Block>& out) const;
  std::vector<std::string> suffixes() const { return {""}; }
  Json state() const { return Json::object(); }
  static Pass load(const Json&) { return {}; }
};

// KBinsDiscretizer(n_bins=count, strategy, encode, subsample=None): strategy quantile (quantile_method
// averaged_inverted_cdf, or linear), uniform or kmeans; encode onehot or ordinal.
struct Bins {
  static constexpr std::string_view name = "bins";
  std::vector<double> edges;  // inner edges; a value belongs to the bin after the edges that are not above it
  bool ordinal = false;
  static std::vector<std::string_view> options() { return {"count", "strategy", "encode", "quantile_method"}; }
  static Outcome<Bins> fit(const FitInput& input);
  Outcome<void> apply(const Values& values, std::vector<Block>& out) const;
  std::vector<std::string> suffixes() const;
  Json state() const;
  static Bins load(const Json& state);
};

// StandardScaler (name standard) and RobustScaler (robust): (x - center) / scale.
struct Scale {
  double center = 0;
  double scale = 1;
  Outcome<void> apply(const Values& values, std::vector<Block>& out) const;
  std::vector<std::string> suffixes() const { return {""}; }
  Json state() const;
};
struct Standard : Scale {
  static constexpr std::string_view name = "standard";
  static std::vector<std::string_view> options() { return {"center", "scale"}; }
  static Outcome<Standard> fit(const FitInput& input);
  static Standard load(const Json& state);
};
struct Robust : Scale {
  static constexpr std::string_view name = "robust";
  static std::vector<std::string_view> options() { return {"low", "high"}; }  // quantiles, in percent
  static Outcome<Robust> fit(const FitInput& input);
  static Robust load(const Json& state);
};

// MinMaxScaler(feature_range=(low, high), clip): x * factor + offset.
struct MinMax {
  static constexpr std::string_view name = "min_max";
  double factor = 1, offset = 0, low = 0, high = 1;
  bool clip = false;
  static std::vector<std::string_view> options() { return {"low", "high", "clip"}; }
  static Outcome<MinMax> fit(const FitInput& input);
  Outcome<void> apply(const Values& values, std::vector<Block>& out) const;
  std::vector<std::string> suffixes() const { return {""}; }
  Json state() const;
  static MinMax load(const Json& state);
};

// OneHotEncoder. unknown: error (handle_unknown='error'), ignore (all zeros), or other: one more feature for what
// training did not see and for categories that training saw fewer than min_count times. drop: none, first, if_binary.
struct OneHot {
  static constexpr std::string_view name = "onehot";
  Categories categories;
  std::string unknown = "error";
  std::vector<int32_t> feature_of;  // by category; -1: dropped, no feature
  size_t width = 0;
  static std::vector<std::string_view> options() { return {"unknown", "min_count", "drop"}; }
  static Outcome<OneHot> fit(const FitInput& input);
  Outcome<void> apply(const Values& values, std::vector<Block>& out) const;
  std::vector<std::string> suffixes() const;
  Json state() const;
  static OneHot load(const Json& state);
};

// OrdinalEncoder. unknown: error, or a number for what training did not see.
struct Ordinal {
  static constexpr std::string_view name = "ordinal";
  Categories categories;
  std::optional<double> unknown;
  static std::vector<std::string_view> options() { return {"unknown"}; }
  static Outcome<Ordinal> fit(const FitInput& input);
  Outcome<void> apply(const Values& values, std::vector<Block>& out) const;
  std::vector<std::string> suffixes() const { return {""}; }
  Json state() const;
  static Ordinal load(const Json& state);
};

// TargetEncoder (binary or continuous target): the category's mean of the target, drawn to the mean of all by `smooth`
// ("auto" or a number of rows). Training rows are encoded out of fold: StratifiedKFold (two values of the target) or
// KFold with `folds`, shuffled by `seed`, so that no row's own target is in its feature.
struct TargetMean {
  static constexpr std::string_view name = "target_mean";
  Categories categories;
  std::vector<double> means;     // by category
  double mean = 0;               // of all; for categories that training did not see
  std::vector<double> training;  // the out-of-fold feature of the rows it was fitted on; not part of the state
  static std::vector<std::string_view> options() { return {"smooth", "folds", "seed"}; }
  static Outcome<TargetMean> fit(const FitInput& input);
  Outcome<void> apply(const Values& values, std::vector<Block>& out) const;
  std::vector<std::string> suffixes() const { return {"_target"}; }
  Json state() const;
  static TargetMean load(const Json& state);
};

// FeatureHasher(n_features=buckets, input_type='string', alternate_sign=False): MurmurHash3 of the text.
struct Hash {
  static constexpr std::string_view name = "hash";
  size_t buckets = 0;
  static std::vector<std::string_view> options() { return {"buckets"}; }
  static Outcome<Hash> fit(const FitInput& input);
  Outcome<void> apply(const Values& values, std::vector<Block>& out) const;
  std::vector<std::string> suffixes() const;
  Json state() const;
  static Hash load(const Json& state);
};

// Parts of a moment (UTC): year, quarter, month, day, weekday (Monday is 0), day_of_year, hour, minute, second, epoch
// (seconds), and for the parts of a cycle their sine and cosine: month_cycle, weekday_cycle, day_of_year_cycle,
// hour_cycle.
struct Dates {
  static constexpr std::string_view name = "date";
  std::vector<std::string> parts;
  static std::vector<std::string_view> options() { return {"parts"}; }
  static Outcome<Dates> fit(const FitInput& input);
  Outcome<void> apply(const Values& values, std::vector<Block>& out) const;
  std::vector<std::string> suffixes() const;
  Json state() const;
  static Dates load(const Json& state);

  // Of a cycle's part: the part that goes round in it, counted from `first`, a whole turn in `turn` of its units.
  struct Cycle {
    std::string_view part;
    double first = 0;
    double turn = 1;
  };
  static std::optional<Cycle> cycle_of(std::string_view part);
};

// The one list of the kinds; each has name, options, fit, apply, suffixes, state and load as above.
using Transform = std::variant<Pass, Bins, Standard, Robust, MinMax, OneHot, Ordinal, TargetMean, Hash, Dates>;

std::vector<std::string_view> transform_names();
Outcome<Transform> fit_transform(std::string_view kind, const FitInput& input);
Outcome<Transform> load_transform(const Json& state);  // {"transform": NAME, ...}
// Options that belong to the kind; an unknown kind or key is an error.
Outcome<void> check_transform(std::string_view kind, const Json& options);

// The error (code "BadData") of a transform that needs numbers and got a column of texts.
Outcome<void> need_numbers(const Values& values, std::string_view transform);
// ... and of one that refuses missing values.
Outcome<void> need_present(const Values& values, std::string_view transform);

}  // namespace penstock::learn
