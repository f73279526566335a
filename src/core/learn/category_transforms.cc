// Transforms of categories: onehot, ordinal, target_mean, hash; and the categories themselves.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "core/learn/options.h"
#include "core/learn/split.h"
#include "core/learn/transform.h"

namespace penstock::learn {
namespace {

constexpr size_t buckets_max = 1'000'000;  // features of one column

std::string shortest(double value) {
  char buffer[40];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string text_of(const Category& category) {
  if (category.kind == Category::Kind::missing) return "missing";
  return category.kind == Category::Kind::text ? category.text : shortest(category.number);
}

Error unseen(const Values& values, std::string_view what, std::string_view transform, std::string_view remedy) {
  return {.code = "BadData",
          .message = fmt::format("column '{}' holds {}, which training did not see; transform '{}' takes it with {}",
                                 values.column->name, what, transform, remedy)};
}

// The first value whose place is -1, for a message.
std::string first_unseen(const Values& values, const std::vector<int32_t>& places) {
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i] >= 0) continue;
    if (values.numeric()) return std::isnan(values.numbers[i]) ? "a missing value" : shortest(values.numbers[i]);
    return values.codes[i] == Codes::missing ? "a missing value" : fmt::format("'{}'", values.texts[values.codes[i]]);
  }
  return "nothing";
}

// The places of numbers that were looked up lately: columns of categories have few different ones.
class RecentNumbers {
 public:
  static constexpr int32_t unknown = -2;

  int32_t find(double number) const {
    const Entry& entry = entries_[slot(number)];
    return entry.number == number ? entry.place : unknown;
  }
  void keep(double number, int32_t place) { entries_[slot(number)] = {number, place}; }

 private:
  struct Entry {
    double number = std::numeric_limits<double>::quiet_NaN();  // equal to none
    int32_t place = unknown;
  };
  static size_t slot(double number) { return std::bit_cast<uint64_t>(number + 0.0) * 0x9e3779b97f4a7c15U >> 56; }
  std::array<Entry, 256> entries_;
};

std::vector<size_t> count_places(const std::vector<int32_t>& places, size_t categories) {
  std::vector<size_t> counts(categories);
  for (const int32_t place : places)
    if (place >= 0) ++counts[static_cast<size_t>(place)];
  return counts;
}

// MurmurHash3_x86_32 (Austin Appleby, public domain), seed 0: FeatureHasher's hash.
uint32_t murmur3(std::string_view text) {
  const auto rotate = [](uint32_t value, int bits) { return (value << bits) | (value >> (32 - bits)); };
  const auto scramble = [&](uint32_t word) { return rotate(word * 0xcc9e2d51U, 15) * 0x1b873593U; };
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  uint32_t hash = 0;
  size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    hash ^= scramble(byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24);
    hash = rotate(hash, 13) * 5 + 0xe6546b64U;
  }
  uint32_t tail = 0;
  for (size_t k = text.size(); k > i; --k) tail = tail << 8 | byte(k - 1);
  hash ^= scramble(tail) ^ static_cast<uint32_t>(text.size());
  hash = (hash ^ hash >> 16) * 0x85ebca6bU;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
  return hash ^ hash >> 16;
}

int32_t bucket_of(std::string_view text, size_t buckets) {
  const int32_t hash = static_cast<int32_t>(murmur3(text));
  const int64_t size = hash < 0 ? -static_cast<int64_t>(hash) : hash;
  return static_cast<int32_t>(size % static_cast<int64_t>(buckets));
}

// TargetEncoder's means of the target by category, over the rows in `rows`.
struct MeanFit {
  std::vector<double> means;
  double mean = 0;
};
MeanFit fit_means(const std::vector<int32_t>& places, std::span<const double> target, const Rows& rows,
                  size_t categories, std::optional<double> smooth) {
  MeanFit fit;
  for (const uint32_t row : rows) fit.mean += target[row];
  fit.mean /= static_cast<double>(rows.size());
  double variance = 0;
  std::vector<double> sums(categories), counts(categories), squares(categories);
  for (const uint32_t row : rows) {
    variance += (target[row] - fit.mean) * (target[row] - fit.mean);
    if (places[row] < 0) continue;
    sums[static_cast<size_t>(places[row])] += target[row];
    ++counts[static_cast<size_t>(places[row])];
  }
  variance /= static_cast<double>(rows.size());
  fit.means.assign(categories, fit.mean);
  if (smooth) {
    for (size_t c = 0; c < categories; ++c)
      if (counts[c] + *smooth > 0) fit.means[c] = (sums[c] + *smooth * fit.mean) / (counts[c] + *smooth);
    return fit;
  }
  for (const uint32_t row : rows) {
    if (places[row] < 0) continue;
    const size_t c = static_cast<size_t>(places[row]);
    squares[c] += std::pow(target[row] - sums[c] / counts[c], 2);
  }
  for (size_t c = 0; c < categories; ++c) {
    const double weight = variance * counts[c] / (variance * counts[c] + squares[c] / counts[c]);
    if (!std::isnan(weight)) fit.means[c] = weight * sums[c] / counts[c] + (1 - weight) * fit.mean;
  }
  return fit;
}

// Folds for the out-of-fold encoding: by class when the target has two values, as scikit-learn's check_cv does.
Outcome<std::vector<Split>> encoding_folds(std::span<const double> target, size_t folds, uint32_t seed) {
  std::vector<uint32_t> classes(target.size());
  const double first = target[0];
  double other = first;
  for (size_t i = 0; i < target.size(); ++i) {
    if (target[i] == first) continue;
    if (other == first) other = target[i];
    if (target[i] != other) return k_folds(target.size(), folds, true, seed);
    classes[i] = 1;
  }
  return stratified_folds(classes, folds, true, seed);
}

}  // namespace

Categories Categories::of(const Values& values) {
  Categories categories;
  bool missing = false;
  if (values.numeric()) {
    std::vector<double> numbers;
    RecentNumbers recent;
    for (const double value : values.numbers) {
      if (std::isnan(value))
        missing = true;
      else if (recent.find(value + 0.0) == RecentNumbers::unknown)
        recent.keep(value + 0.0, 0), numbers.push_back(value + 0.0);
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    for (const double number : numbers)
      categories.values.push_back({.kind = Category::Kind::number, .number = number, .text = {}});
  } else {
    std::vector<bool> seen(values.texts.size());
    for (const uint32_t code : values.codes) {
      if (code == Codes::missing)
        missing = true;
      else
        seen[code] = true;
    }
    std::vector<std::string_view> texts;
    for (size_t code = 0; code < seen.size(); ++code)
      if (seen[code]) texts.push_back(values.texts[code]);
    std::sort(texts.begin(), texts.end());
    for (const std::string_view text : texts)
      categories.values.push_back({.kind = Category::Kind::text, .number = 0, .text = std::string(text)});
  }
  if (missing) categories.values.push_back({});
  return categories;
}

std::vector<int32_t> Categories::places(const Values& own) const {
  int32_t missing = -1;
  std::unordered_map<std::string, int32_t> by_text;
  std::vector<std::pair<double, int32_t>> by_number;
  for (size_t i = 0; i < values.size(); ++i) {
    const int32_t place = static_cast<int32_t>(i);
    if (values[i].kind == Category::Kind::missing) missing = place;
    if (values[i].kind == Category::Kind::number) by_number.emplace_back(values[i].number, place);
    if (values[i].kind != Category::Kind::missing) by_text.emplace(text_of(values[i]), place);
  }
  const auto of_text = [&](const std::string& text) {
    const auto found = by_text.find(text);
    if (found != by_text.end()) return found->second;
    double number = 0;  // "3.0" and " 3" are the number 3
    const size_t first = std::min(text.find_first_not_of(' '), text.size());
    const auto end = std::from_chars(text.data() + first, text.data() + text.size(), number);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return -1;
    for (const auto& [value, place] : by_number)
      if (value == number) return place;
    return -1;
  };
  std::vector<int32_t> places(own.size());
  if (!own.numeric()) {
    std::vector<int32_t> by_code(own.texts.size());
    for (size_t code = 0; code < by_code.size(); ++code) by_code[code] = of_text(std::string(own.texts[code]));
    for (size_t i = 0; i < places.size(); ++i)
      places[i] = own.codes[i] == Codes::missing ? missing : by_code[own.codes[i]];
    return places;
  }
  std::sort(by_number.begin(), by_number.end());
  RecentNumbers recent;
  for (size_t i = 0; i < places.size(); ++i) {
    const double value = own.numbers[i];
    places[i] = recent.find(value);
    if (places[i] != RecentNumbers::unknown) continue;
    const auto found = std::lower_bound(by_number.begin(), by_number.end(), std::pair{value, -1});
    places[i] = std::isnan(value)                                           ? missing
                : found != by_number.end() && found->first == value         ? found->second
                : by_number.size() < values.size() - (missing >= 0 ? 1 : 0) ? of_text(shortest(value))
                                                                            : -1;
    recent.keep(value, places[i]);
  }
  return places;
}

Json Categories::state() const {
  std::vector<Json> items;
  for (const Category& category : values) {
    if (category.kind == Category::Kind::missing)
      items.emplace_back(nullptr);
    else if (category.kind == Category::Kind::number)
      items.push_back(number_json(category.number));
    else
      items.emplace_back(category.text);
  }
  return items;
}

Categories Categories::load(const Json& state) {
  Categories categories;
  if (!state.is_array()) return categories;
  for (const Json& item : state.items()) {
    if (item.is_string())
      categories.values.push_back({.kind = Category::Kind::text, .number = 0, .text = std::string(item.as_string())});
    else if (item.is_number())
      categories.values.push_back({.kind = Category::Kind::number, .number = item.as_double(), .text = {}});
    else
      categories.values.push_back({});
  }
  return categories;
}

Outcome<OneHot> OneHot::fit(const FitInput& input) {
  const auto unknown = read_choice(input.options, "unknown", {"error", "ignore", "other"});
  if (!unknown) return unknown.error();
  const auto min_count = read_count(input.options, "min_count", 0);
  if (!min_count) return min_count.error();
  const auto drop = read_choice(input.options, "drop", {"none", "first", "if_binary"});
  if (!drop) return drop.error();
  if (*min_count > 0 && *unknown != "other") return bad_option("'min_count' needs 'unknown: other'");
  OneHot encoder;
  encoder.unknown = *unknown;
  encoder.categories = Categories::of(input.values);
  const std::vector<size_t> counts =
      count_places(encoder.categories.places(input.values), encoder.categories.values.size());
  const bool drop_first = *drop == "first" || (*drop == "if_binary" && counts.size() == 2);
  const bool has_other = *unknown == "other";
  for (size_t i = 0; i < counts.size(); ++i) {
    const bool rare = has_other && counts[i] < *min_count;
    const bool dropped = drop_first && i == 0;
    encoder.feature_of.push_back(rare || dropped ? -1 : static_cast<int32_t>(encoder.width++));
    if (rare) encoder.feature_of.back() = -2;  // becomes the number of the feature of all others below
  }
  for (int32_t& feature : encoder.feature_of)
    if (feature == -2) feature = static_cast<int32_t>(encoder.width);
  if (has_other) ++encoder.width;
  return encoder;
}

Outcome<void> OneHot::apply(const Values& values, std::vector<Block>& out) const {
  std::vector<int32_t> places = categories.places(values);
  if (unknown == "error" && std::find(places.begin(), places.end(), -1) != places.end())
    return unseen(values, first_unseen(values, places), name, "'unknown: ignore' or 'unknown: other'");
  const int32_t other = unknown == "other" ? static_cast<int32_t>(width) - 1 : -1;
  for (int32_t& place : places) place = place < 0 ? other : feature_of[static_cast<size_t>(place)];
  out.push_back(Block::one_hot(width, std::move(places)));
  return {};
}

std::vector<std::string> OneHot::suffixes() const {
  std::vector<std::string> names(width, "_other");
  for (size_t i = 0; i < feature_of.size(); ++i)
    if (feature_of[i] >= 0 && !(unknown == "other" && feature_of[i] == static_cast<int32_t>(width) - 1))
      names[static_cast<size_t>(feature_of[i])] = "_" + text_of(categories.values[i]);
  return names;
}

Json OneHot::state() const {
  std::vector<Json> features(feature_of.begin(), feature_of.end());
  return Json::object({{"categories", categories.state()},
                       {"features_of_categories", std::move(features)},
                       {"width", width},
                       {"unknown", unknown}});
}

// A state that was damaged becomes an encoder without features, which the count of names then gives away.
OneHot OneHot::load(const Json& state) {
  OneHot encoder;
  encoder.categories = Categories::load(state["categories"]);
  encoder.unknown = state.text("unknown", "error");
  const auto width = read_count(state, "width", 0);
  const std::vector<double> features = json_numbers(state["features_of_categories"]);
  const auto fits = [&](double feature) { return feature >= -1 && feature < static_cast<double>(*width); };
  if (!width || *width > buckets_max || features.size() != encoder.categories.values.size() ||
      !std::all_of(features.begin(), features.end(), fits) || (encoder.unknown == "other" && *width == 0))
    return {};
  encoder.width = *width;
  for (const double feature : features) encoder.feature_of.push_back(static_cast<int32_t>(feature));
  return encoder;
}

Outcome<Ordinal> Ordinal::fit(const FitInput& input) {
  Ordinal encoder;
  const Json& unknown = input.options["unknown"];
  if (unknown.is_number())
    encoder.unknown = unknown.as_double();
  else if (!unknown.is_null() && !(unknown.is_string() && unknown.as_string() == "error"))
    return bad_option("'unknown' is 'error' or a number for what training did not see");
  encoder.categories = Categories::of(input.values);
  return encoder;
}

Outcome<void> Ordinal::apply(const Values& values, std::vector<Block>& out) const {
  const std::vector<int32_t> places = categories.places(values);
  if (!unknown && std::find(places.begin(), places.end(), -1) != places.end())
    return unseen(values, first_unseen(values, places), name, "a number for 'unknown', such as -1");
  std::vector<double> numbers(places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    numbers[i] = places[i] < 0 ? *unknown : places[i];
    // OrdinalEncoder keeps a missing value missing.
    if (places[i] >= 0 && categories.values[static_cast<size_t>(places[i])].kind == Category::Kind::missing)
      numbers[i] = std::nan("");
  }
  out.push_back(Block::of_numbers(std::move(numbers)));
  return {};
}

Json Ordinal::state() const {
  return Json::object({{"categories", categories.state()}, {"unknown", unknown ? Json(*unknown) : Json("error")}});
}

Ordinal Ordinal::load(const Json& state) {
  Ordinal encoder;
  encoder.categories = Categories::load(state["categories"]);
  if (state["unknown"].is_number()) encoder.unknown = state["unknown"].as_double();
  return encoder;
}

Outcome<TargetMean> TargetMean::fit(const FitInput& input) {
  std::optional<double> smooth;
  if (input.options["smooth"].is_number())
    smooth = input.options["smooth"].as_double();
  else if (!input.options["smooth"].is_null() && input.options.text("smooth") != "auto")
    return bad_option("'smooth' is 'auto' or a number of rows");
  const auto folds = read_count(input.options, "folds", 5);
  if (!folds) return folds.error();
  const auto seed = read_count(input.options, "seed", 0);
  if (!seed) return seed.error();
  if (input.target.empty()) return bad_option("transform 'target_mean' needs a 'target' in the recipe");
  if (input.classes > 2)
    return bad_option(fmt::format(
        "transform 'target_mean' is for a target of two classes or of numbers, this one has {} classes: take 'onehot' "
        "or 'hash'",
        input.classes));
  TargetMean encoder;
  encoder.categories = Categories::of(input.values);
  const std::vector<int32_t> places = encoder.categories.places(input.values);
  const size_t categories = encoder.categories.values.size();
  Rows all(places.size());
  for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  MeanFit fit = fit_means(places, input.target, all, categories, smooth);
  encoder.means = std::move(fit.means);
  encoder.mean = fit.mean;
  const auto splits = encoding_folds(input.target, *folds, static_cast<uint32_t>(*seed));
  if (!splits) return splits.error();
  encoder.training.resize(places.size());
  for (const Split& split : *splits) {
    const MeanFit part = fit_means(places, input.target, split.train, categories, smooth);
    for (const uint32_t row : split.test)
      encoder.training[row] = places[row] < 0 ? part.mean : part.means[static_cast<size_t>(places[row])];
  }
  return encoder;
}

Outcome<void> TargetMean::apply(const Values& values, std::vector<Block>& out) const {
  const std::vector<int32_t> places = categories.places(values);
  std::vector<double> numbers(places.size());
  for (size_t i = 0; i < places.size(); ++i) numbers[i] = places[i] < 0 ? mean : means[static_cast<size_t>(places[i])];
  out.push_back(Block::of_numbers(std::move(numbers)));
  return {};
}

Json TargetMean::state() const {
  return Json::object(
      {{"categories", categories.state()}, {"means", numbers_json(means)}, {"mean", number_json(mean)}});
}

TargetMean TargetMean::load(const Json& state) {
  TargetMean encoder;
  encoder.categories = Categories::load(state["categories"]);
  encoder.means = json_numbers(state["means"]);
  encoder.mean = json_number(state["mean"]);
  encoder.means.resize(encoder.categories.values.size(), encoder.mean);
  return encoder;
}

Outcome<Hash> Hash::fit(const FitInput& input) {
  const auto buckets = read_count(input.options, "buckets", 16);
  if (!buckets) return buckets.error();
  if (*buckets == 0 || *buckets > buckets_max)
    return bad_option(fmt::format("'buckets' is {}, from 1 to 1,000,000 are possible", *buckets));
  return Hash{.buckets = *buckets};
}

Outcome<void> Hash::apply(const Values& values, std::vector<Block>& out) const {
  std::vector<int32_t> hot(values.size(), -1);
  if (values.numeric()) {
    for (size_t i = 0; i < hot.size(); ++i)
      if (!std::isnan(values.numbers[i])) hot[i] = bucket_of(shortest(values.numbers[i]), buckets);
  } else {
    std::vector<int32_t> by_code;
    for (const std::string_view text : values.texts) by_code.push_back(bucket_of(text, buckets));
    for (size_t i = 0; i < hot.size(); ++i)
      if (values.codes[i] != Codes::missing) hot[i] = by_code[values.codes[i]];
  }
  out.push_back(Block::one_hot(buckets, std::move(hot)));
  return {};
}

std::vector<std::string> Hash::suffixes() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < buckets; ++i) names.push_back(fmt::format("_hash{}", i));
  return names;
}

Json Hash::state() const {
  return Json::object({{"buckets", buckets}});
}

Hash Hash::load(const Json& state) {
  const auto buckets = read_count(state, "buckets", 0);
  return {.buckets = buckets && *buckets > 0 && *buckets <= buckets_max ? *buckets : 1};
}

}  // namespace penstock::learn
