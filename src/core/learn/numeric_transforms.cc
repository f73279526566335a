// Transforms of numbers: pass, bins, standard, robust, min_max.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "core/learn/options.h"
#include "core/learn/order_statistics.h"
#include "core/learn/transform.h"

namespace penstock::learn {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
// KBinsDiscretizer drops bins that are not wider than this.
constexpr double bin_width_min = 1e-8;
constexpr size_t kmeans_rounds_max = 300;

// scikit-learn's _handle_zeros_in_scale: what does not vary is only centred.
double usable_scale(double scale) {
  return scale < 10 * epsilon ? 1 : scale;
}

size_t count_missing(std::span<const double> numbers) {
  size_t missing = 0;
  for (const double value : numbers) missing += std::isnan(value) ? 1 : 0;
  return missing;
}

std::vector<double> quantile_edges(std::span<const double> sorted, size_t count, bool linear) {
  std::vector<double> edges = even_spaced(0, 100, count + 1);
  for (double& edge : edges)
    edge = linear ? linear_quantile(sorted, edge / 100) : averaged_quantile(sorted, edge / 100);
  return edges;
}

// One round of k-means on a line: where each cluster of the sorted values begins and ends.
struct Intervals {
  std::vector<size_t> order;  // clusters by their centres, ascending
  std::vector<size_t> ends;   // by place in `order`
  friend bool operator==(const Intervals&, const Intervals&) = default;
};

Intervals assign(std::span<const double> sorted, const std::vector<double>& centers) {
  Intervals intervals;
  for (size_t i = 0; i < centers.size(); ++i) intervals.order.push_back(i);
  std::sort(intervals.order.begin(), intervals.order.end(),
            [&](size_t left, size_t right) { return centers[left] < centers[right]; });
  for (size_t i = 0; i + 1 < centers.size(); ++i) {
    const double middle = (centers[intervals.order[i]] + centers[intervals.order[i + 1]]) * 0.5;
    intervals.ends.push_back(
        static_cast<size_t>(std::upper_bound(sorted.begin(), sorted.end(), middle) - sorted.begin()));
  }
  intervals.ends.push_back(sorted.size());
  return intervals;
}

// The clusters' new centres. An empty cluster takes the value that is farthest from its own centre (as KMeans does).
std::vector<double> move_centers(std::span<const double> sorted, const Intervals& intervals,
                                 const std::vector<double>& centers) {
  std::vector<double> sums(centers.size()), counts(centers.size());
  std::vector<std::pair<double, size_t>> farthest;  // (distance to its centre, place)
  std::vector<size_t> cluster_of(sorted.size());
  for (size_t i = 0, first = 0; i < centers.size(); first = intervals.ends[i++]) {
    const size_t cluster = intervals.order[i];
    sums[cluster] = pairwise_sum(sorted.subspan(first, intervals.ends[i] - first));
    counts[cluster] = static_cast<double>(intervals.ends[i] - first);
    for (size_t k = first; k < intervals.ends[i]; ++k) {
      cluster_of[k] = cluster;
      farthest.emplace_back(std::abs(sorted[k] - centers[cluster]), k);
    }
  }
  if (std::find(counts.begin(), counts.end(), 0.0) != counts.end()) {
    std::sort(farthest.begin(), farthest.end(), std::greater<>());
    auto next = farthest.begin();
    for (size_t cluster = 0; cluster < counts.size() && next != farthest.end(); ++cluster) {
      if (counts[cluster] != 0) continue;
      const size_t place = (next++)->second;
      sums[cluster_of[place]] -= sorted[place];
      --counts[cluster_of[place]];
      sums[cluster] = sorted[place];
      counts[cluster] = 1;
    }
  }
  std::vector<double> moved = centers;
  for (size_t cluster = 0; cluster < counts.size(); ++cluster)
    if (counts[cluster] > 0) moved[cluster] = sums[cluster] / counts[cluster];
  return moved;
}

// KMeans(init=the middles of evenly spaced bins, n_init=1, tol=1e-4) on one feature, and the edges between its centres.
std::vector<double> kmeans_edges(std::span<const double> sorted, size_t count) {
  const std::vector<double> even = even_spaced(sorted.front(), sorted.back(), count + 1);
  std::vector<double> centers(count);
  for (size_t i = 0; i < count; ++i) centers[i] = (even[i] + even[i + 1]) * 0.5;
  const double mean = pairwise_sum(sorted) / static_cast<double>(sorted.size());
  double variance = 0;
  for (const double value : sorted) variance += (value - mean) * (value - mean);
  const double tolerance = 1e-4 * variance / static_cast<double>(sorted.size());
  Intervals before;
  for (size_t round = 0; round < kmeans_rounds_max; ++round) {
    Intervals intervals = assign(sorted, centers);
    std::vector<double> moved = move_centers(sorted, intervals, centers);
    double shift = 0;
    for (size_t i = 0; i < count; ++i) shift += (moved[i] - centers[i]) * (moved[i] - centers[i]);
    centers = std::move(moved);
    if (intervals == before || shift <= tolerance) break;
    before = std::move(intervals);
  }
  std::sort(centers.begin(), centers.end());
  std::vector<double> edges = {sorted.front()};
  for (size_t i = 0; i + 1 < count; ++i) edges.push_back((centers[i] + centers[i + 1]) * 0.5);
  edges.push_back(sorted.back());
  return edges;
}

}  // namespace

Outcome<void> need_numbers(const Values& values, std::string_view transform) {
  if (values.numeric() || values.column->type == explore::ColumnType::Unknown) return {};
  std::string_view example;
  for (const uint32_t code : values.codes)
    if (code != Codes::missing) example = values.texts[code];
  return Error{.code = "BadData",
               .message = fmt::format("column '{}' holds text (such as '{}'), transform '{}' needs numbers",
                                      values.column->name, example, transform)};
}

Outcome<void> need_present(const Values& values, std::string_view transform) {
  size_t missing = 0;
  if (!values.numbers.empty())
    missing = count_missing(values.numbers);
  else
    missing = static_cast<size_t>(std::count(values.codes.begin(), values.codes.end(), Codes::missing));
  if (missing == 0) return {};
  return Error{
      .code = "BadData",
      .message = fmt::format("column '{}' misses {} of {} values, which transform '{}' does not take: give the "
                             "step 'impute', or drop the rows with 'rows: {{drop_missing: true}}'",
                             values.column->name, missing, values.size(), transform)};
}

Outcome<Pass> Pass::fit(const FitInput& input) {
  if (auto checked = need_numbers(input.values, name); !checked) return checked.error();
  return Pass{};
}

Outcome<void> Pass::apply(const Values& values, std::vector<Block>& out) const {
  if (auto checked = need_numbers(values, name); !checked) return checked.error();
  out.push_back(Block::of_numbers({values.numbers.begin(), values.numbers.end()}));
  return {};
}

Outcome<Bins> Bins::fit(const FitInput& input) {
  const auto count = read_count(input.options, "count", 5);
  if (!count) return count.error();
  if (*count < 2) return bad_option(fmt::format("'count' is {}, at least 2 bins are needed", *count));
  const auto strategy = read_choice(input.options, "strategy", {"quantile", "uniform", "kmeans"});
  if (!strategy) return strategy.error();
  const auto encode = read_choice(input.options, "encode", {"onehot", "ordinal"});
  if (!encode) return encode.error();
  const auto method = read_choice(input.options, "quantile_method", {"averaged_inverted_cdf", "linear"});
  if (!method) return method.error();
  if (auto checked = need_numbers(input.values, name); !checked) return checked.error();
  if (auto checked = need_present(input.values, name); !checked) return checked.error();
  const std::vector<double> sorted = sorted_present(input.values.numbers);
  Bins bins;
  bins.ordinal = *encode == "ordinal";
  if (sorted.front() == sorted.back()) return bins;  // one bin for a constant
  std::vector<double> edges = *strategy == "uniform"  ? even_spaced(sorted.front(), sorted.back(), *count + 1)
                              : *strategy == "kmeans" ? kmeans_edges(sorted, *count)
                                                      : quantile_edges(sorted, *count, *method == "linear");
  std::vector<double> kept = {edges.front()};
  for (size_t i = 1; i < edges.size(); ++i)
    if (*strategy == "uniform" || edges[i] - edges[i - 1] > bin_width_min) kept.push_back(edges[i]);
  for (size_t i = 1; i + 1 < kept.size(); ++i) bins.edges.push_back(kept[i]);
  return bins;
}

Outcome<void> Bins::apply(const Values& values, std::vector<Block>& out) const {
  if (auto checked = need_numbers(values, name); !checked) return checked.error();
  if (auto checked = need_present(values, name); !checked) return checked.error();
  std::vector<int32_t> bins(values.numbers.size());
  for (size_t i = 0; i < bins.size(); ++i) {
    if (edges.size() <= 16) {  // counting has no branch to mispredict
      int32_t bin = 0;
      for (const double edge : edges) bin += edge <= values.numbers[i] ? 1 : 0;
      bins[i] = bin;
    } else {
      bins[i] = static_cast<int32_t>(std::upper_bound(edges.begin(), edges.end(), values.numbers[i]) - edges.begin());
    }
  }
  if (ordinal)
    out.push_back(Block::of_numbers(std::vector<double>(bins.begin(), bins.end())));
  else
    out.push_back(Block::one_hot(edges.size() + 1, std::move(bins)));
  return {};
}

std::vector<std::string> Bins::suffixes() const {
  if (ordinal) return {"_bin"};
  std::vector<std::string> names;
  for (size_t bin = 0; bin <= edges.size(); ++bin) names.push_back(fmt::format("_bin{}", bin));
  return names;
}

Json Bins::state() const {
  return Json::object({{"edges", numbers_json(edges)}, {"ordinal", ordinal}});
}

Bins Bins::load(const Json& state) {
  return {.edges = json_numbers(state["edges"]),
          .ordinal = state["ordinal"].is_boolean() && state["ordinal"].as_boolean()};
}

Outcome<void> Scale::apply(const Values& values, std::vector<Block>& out) const {
  if (auto checked = need_numbers(values, "scale"); !checked) return checked.error();
  std::vector<double> scaled(values.numbers.size());
  for (size_t i = 0; i < scaled.size(); ++i) scaled[i] = (values.numbers[i] - center) / scale;
  out.push_back(Block::of_numbers(std::move(scaled)));
  return {};
}

Json Scale::state() const {
  return Json::object({{"center", number_json(center)}, {"scale", number_json(scale)}});
}

Outcome<Standard> Standard::fit(const FitInput& input) {
  const auto with_center = read_flag(input.options, "center", true);
  if (!with_center) return with_center.error();
  const auto with_scale = read_flag(input.options, "scale", true);
  if (!with_scale) return with_scale.error();
  if (auto checked = need_numbers(input.values, name); !checked) return checked.error();
  std::span<const double> present = input.values.numbers;
  std::vector<double> chosen;
  if (count_missing(present) > 0) {
    std::copy_if(present.begin(), present.end(), std::back_inserter(chosen), [](double v) { return !std::isnan(v); });
    present = chosen;
  }
  const double count = static_cast<double>(present.size());
  Standard standard;
  if (present.empty()) return standard;
  const double mean = pairwise_sum(present) / count;
  // What rounding left of a sum that is 0.
  const double left = pairwise_sum(present, [=](double value) { return value - mean; });
  const double squares = pairwise_sum(present, [=](double value) { return (value - mean) * (value - mean); });
  const double variance = (squares - left * left / count) / count;
  // scikit-learn's _is_constant_feature: the variance is no more than rounding.
  const bool constant = variance <= count * epsilon * variance + std::pow(count * mean * epsilon, 2);
  if (*with_center) standard.center = mean;
  if (*with_scale) standard.scale = constant ? 1 : usable_scale(std::sqrt(variance));
  return standard;
}

Standard Standard::load(const Json& state) {
  Standard loaded;
  loaded.center = json_number(state["center"]);
  loaded.scale = json_number(state["scale"]);
  return loaded;
}

Outcome<Robust> Robust::fit(const FitInput& input) {
  const auto low = read_number(input.options, "low", 25);
  if (!low) return low.error();
  const auto high = read_number(input.options, "high", 75);
  if (!high) return high.error();
  if (!(*low >= 0 && *low < *high && *high <= 100))
    return bad_option(fmt::format("the quantiles are {} and {}: 0 <= low < high <= 100 is needed", *low, *high));
  if (auto checked = need_numbers(input.values, name); !checked) return checked.error();
  const std::vector<double> sorted = sorted_present(input.values.numbers);
  Robust robust;
  if (sorted.empty()) return robust;
  robust.center = linear_quantile(sorted, 0.5);
  robust.scale = usable_scale(linear_quantile(sorted, *high / 100) - linear_quantile(sorted, *low / 100));
  return robust;
}

Robust Robust::load(const Json& state) {
  Robust loaded;
  loaded.center = json_number(state["center"]);
  loaded.scale = json_number(state["scale"]);
  return loaded;
}

Outcome<MinMax> MinMax::fit(const FitInput& input) {
  const auto low = read_number(input.options, "low", 0);
  if (!low) return low.error();
  const auto high = read_number(input.options, "high", 1);
  if (!high) return high.error();
  const auto clip = read_flag(input.options, "clip", false);
  if (!clip) return clip.error();
  if (!(*low < *high)) return bad_option(fmt::format("'low' is {}, it must be below 'high', {}", *low, *high));
  if (auto checked = need_numbers(input.values, name); !checked) return checked.error();
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const double value : input.values.numbers) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  MinMax scaled{.factor = 1, .offset = 0, .low = *low, .high = *high, .clip = *clip};
  if (least > most) return scaled;  // every value is missing
  scaled.factor = (*high - *low) / usable_scale(most - least);
  scaled.offset = *low - least * scaled.factor;
  return scaled;
}

Outcome<void> MinMax::apply(const Values& values, std::vector<Block>& out) const {
  if (auto checked = need_numbers(values, name); !checked) return checked.error();
  std::vector<double> scaled(values.numbers.size());
  for (size_t i = 0; i < scaled.size(); ++i) {
    scaled[i] = values.numbers[i] * factor + offset;
    if (clip && !std::isnan(scaled[i])) scaled[i] = std::clamp(scaled[i], low, high);
  }
  out.push_back(Block::of_numbers(std::move(scaled)));
  return {};
}

Json MinMax::state() const {
  return Json::object({{"factor", number_json(factor)},
                       {"offset", number_json(offset)},
                       {"low", number_json(low)},
                       {"high", number_json(high)},
                       {"clip", clip}});
}

MinMax MinMax::load(const Json& state) {
  return {.factor = json_number(state["factor"]),
          .offset = json_number(state["offset"]),
          .low = json_number(state["low"]),
          .high = json_number(state["high"]),
          .clip = state["clip"].is_boolean() && state["clip"].as_boolean()};
}

}  // namespace penstock::learn
