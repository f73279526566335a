#include "core/monitor/comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "base/assert.h"
#include "core/monitor/binning.h"
#include "core/monitor/distance.h"
#include "core/monitor/kolmogorov.h"

namespace penstock::monitor {
namespace {

constexpr int mlmax_bins = 10;
constexpr uint64_t evidently_distinct_max = 20;  // more distinct numbers than this are put into bins
constexpr double evidently_std_dev_min = 0.001;
constexpr size_t chart_categories_max = 20;

constexpr std::array method_names = {
    std::pair{Method::psi_mlmax, std::string_view("psi_mlmax")},
    std::pair{Method::psi, std::string_view("psi")},
    std::pair{Method::psi_evidently, std::string_view("psi_evidently")},
    std::pair{Method::ks, std::string_view("ks")},
    std::pair{Method::chi2, std::string_view("chi2")},
    std::pair{Method::chi2_evidently, std::string_view("chi2_evidently")},
    std::pair{Method::chi2_deequ, std::string_view("chi2_deequ")},
    std::pair{Method::z, std::string_view("z")},
    std::pair{Method::js_base_e, std::string_view("js_base_e")},
    std::pair{Method::js_base_2, std::string_view("js_base_2")},
    std::pair{Method::kl, std::string_view("kl")},
    std::pair{Method::hellinger_evidently, std::string_view("hellinger_evidently")},
    std::pair{Method::hellinger_nannyml, std::string_view("hellinger_nannyml")},
    std::pair{Method::wasserstein, std::string_view("wasserstein")},
    std::pair{Method::wasserstein_norm, std::string_view("wasserstein_norm")},
    std::pair{Method::linf_simple, std::string_view("linf_simple")},
    std::pair{Method::linf_robust, std::string_view("linf_robust")},
};

struct Shares {
  std::vector<double> baseline;
  std::vector<double> data;
};

Shares aligned_shares(const AlignedCounts& counts, uint64_t baseline_total, uint64_t data_total) {
  return {shares_of(counts.baseline, baseline_total), shares_of(counts.data, data_total)};
}

AlignedCounts binned(const NumericDistribution& baseline, const NumericDistribution& data,
                     std::span<const double> edges) {
  return {histogram(baseline, edges), histogram(data, edges)};
}

double mlmax_psi(const NumericDistribution& baseline, const NumericDistribution& data, std::span<const double> edges) {
  const Shares shares = aligned_shares(binned(baseline, data, edges), baseline.size(), data.size());
  return population_stability(filled(shares.baseline), filled(shares.data));
}

// mlmax's ten bins, the outer two reaching to infinity: no value is lost.
double open_psi(const NumericDistribution& baseline, const NumericDistribution& data, std::vector<double> edges) {
  edges.front() = -std::numeric_limits<double>::infinity();
  edges.back() = std::numeric_limits<double>::infinity();
  return mlmax_psi(baseline, data, edges);
}

// NannyML's bins are the reference's; what falls outside them is one bin more.
Shares with_leftover(Shares shares, const AlignedCounts& counts, uint64_t data_total) {
  const uint64_t inside = std::accumulate(counts.data.begin(), counts.data.end(), uint64_t{0});
  if (inside < data_total) {
    shares.baseline.push_back(0);
    shares.data.push_back(static_cast<double>(data_total - inside) / static_cast<double>(data_total));
  }
  return shares;
}

Shares nannyml_shares(const NumericDistribution& baseline, const Moments& moments, const NumericDistribution& data) {
  const AlignedCounts counts = binned(baseline, data, doane_edges(baseline, moments));
  return with_leftover(aligned_shares(counts, baseline.size(), data.size()), counts, data.size());
}

Shares nannyml_shares(const CategoryDistribution& baseline, const CategoryDistribution& data) {
  const AlignedCounts counts = align(baseline, data);
  AlignedCounts known;  // to the reference
  for (size_t i = 0; i < counts.baseline.size(); ++i) {
    if (counts.baseline[i] == 0) continue;
    known.baseline.push_back(counts.baseline[i]);
    known.data.push_back(counts.data[i]);
  }
  return with_leftover(aligned_shares(known, baseline.size(), data.size()), known, data.size());
}

double base_2(double distance) {
  return distance / std::sqrt(std::numbers::ln2);
}

void fill_nannyml(Comparison& out, const Shares& shares) {
  out.js_base_2 = base_2(jensen_shannon(shares.baseline, shares.data));
  out.hellinger_nannyml = hellinger_by_norm(shares.baseline, shares.data);
}

void fill_evidently(Comparison& out, const Shares& shares) {
  const std::vector<double> baseline = filled_as_evidently(shares.baseline);
  const std::vector<double> data = filled_as_evidently(shares.data);
  out.psi_evidently = population_stability(baseline, data);
  out.kl = kullback_leibler(baseline, data);
  out.js_base_e = jensen_shannon(shares.baseline, shares.data);
}

// The tests of counts that Evidently makes of a column with few distinct values.
void fill_count_tests(Comparison& out, const AlignedCounts& counts) {
  out.chi2 = contingency_test(counts, true);
  out.chi2_evidently = goodness_of_fit(counts);
  out.z = proportion_test(counts);
}

template <class D>
Comparison counts_of(const D& baseline, const D& data) {
  Comparison out;
  out.baseline_size = baseline.size();
  out.data_size = data.size();
  out.baseline_missing = baseline.missing;
  out.data_missing = data.missing;
  out.baseline_distinct = baseline.distinct();
  out.data_distinct = data.distinct();
  return out;
}

void fill_samples(Comparison& out, const NumericDistribution& baseline, const NumericDistribution& data) {
  const SampleDistance distance = sample_distance(baseline, data);
  const auto n = static_cast<int64_t>(baseline.size());
  const auto m = static_cast<int64_t>(data.size());
  out.ks = CountTest{.statistic = distance.statistic,
                     .p_value = kolmogorov_two_sample_p(n, m, distance.steps),
                     .freedom = 0,
                     .effect_size = distance.statistic};
  out.linf_simple = distance.statistic;
  out.linf_robust = robust_distance(distance.statistic, baseline.size(), data.size(), robust_c_default);
  out.wasserstein = distance.wasserstein;
  out.baseline_moments = moments_of(baseline);
  out.data_moments = moments_of(data);
  out.wasserstein_norm = distance.wasserstein / std::max(out.baseline_moments->std_dev, evidently_std_dev_min);
  const double pooled = std::sqrt((out.baseline_moments->std_dev * out.baseline_moments->std_dev +
                                   out.data_moments->std_dev * out.data_moments->std_dev) /
                                  2);
  const double apart = out.data_moments->mean - out.baseline_moments->mean;
  out.cohens_d = apart == 0 ? 0 : apart / pooled;
  // Evidently's Hellinger distance bins the distinct values of both.
  const bool integral = baseline.integral && data.integral;
  const std::vector<double> edges = sturges_edges(std::min(baseline.min(), data.min()),
                                                  std::max(baseline.max(), data.max()), distance.distinct, integral);
  const Shares shares = aligned_shares(binned(baseline, data, edges), baseline.size(), data.size());
  out.hellinger_evidently = hellinger_by_affinity(shares.baseline, shares.data);
}

Bins chart_of(const NumericDistribution& baseline, const NumericDistribution& data, std::vector<double> edges) {
  AlignedCounts counts = binned(baseline, data, edges);
  return {std::move(edges), {}, std::move(counts.baseline), std::move(counts.data)};
}

// The most frequent categories of both together, the rest as one.
Bins chart_of(const CategoryDistribution& baseline, const CategoryDistribution& data, const AlignedCounts& counts) {
  std::vector<std::string> labels;
  std::set_union(baseline.values.begin(), baseline.values.end(), data.values.begin(), data.values.end(),
                 std::back_inserter(labels));
  std::vector<size_t> order(labels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto weight = [&](size_t i) {
    return static_cast<double>(counts.baseline[i]) / static_cast<double>(baseline.size()) +
           static_cast<double>(counts.data[i]) / static_cast<double>(data.size());
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return weight(a) > weight(b); });
  Bins out;
  uint64_t baseline_rest = 0;
  uint64_t data_rest = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const size_t i = order[rank];
    if (rank < chart_categories_max) {
      out.labels.push_back(labels[i]);
      out.baseline.push_back(counts.baseline[i]);
      out.data.push_back(counts.data[i]);
    } else {
      baseline_rest += counts.baseline[i];
      data_rest += counts.data[i];
    }
  }
  if (order.size() > chart_categories_max) {
    out.labels.push_back("(all others)");
    out.baseline.push_back(baseline_rest);
    out.data.push_back(data_rest);
  }
  return out;
}

}  // namespace

uint64_t size_of(const Distribution& distribution) {
  return std::visit([](const auto& of) { return of.size(); }, distribution);
}
uint64_t missing_of(const Distribution& distribution) {
  return std::visit([](const auto& of) { return of.missing; }, distribution);
}
uint64_t distinct_of(const Distribution& distribution) {
  return std::visit([](const auto& of) { return uint64_t{of.distinct()}; }, distribution);
}

std::string_view name_of(Method method) {
  return std::find_if(method_names.begin(), method_names.end(),
                      [&](const auto& entry) { return entry.first == method; })
      ->second;
}

std::optional<Method> method_named(std::string_view name) {
  for (const auto& [method, its_name] : method_names)
    if (its_name == name) return method;
  return std::nullopt;
}

bool is_p_value(Method method) {
  return method == Method::ks || method == Method::chi2 || method == Method::chi2_evidently ||
         method == Method::chi2_deequ || method == Method::z;
}

namespace {

const std::optional<CountTest>* test_of(const Comparison& comparison, Method method) {
  switch (method) {
    case Method::ks:
      return &comparison.ks;
    case Method::chi2:
      return &comparison.chi2;
    case Method::chi2_evidently:
      return &comparison.chi2_evidently;
    case Method::chi2_deequ:
      return &comparison.chi2_deequ;
    case Method::z:
      return &comparison.z;
    default:
      return nullptr;
  }
}

std::optional<double> distance_of(const Comparison& comparison, Method method) {
  switch (method) {
    case Method::psi_mlmax:
      return comparison.psi_mlmax;
    case Method::psi:
      return comparison.psi;
    case Method::psi_evidently:
      return comparison.psi_evidently;
    case Method::js_base_e:
      return comparison.js_base_e;
    case Method::js_base_2:
      return comparison.js_base_2;
    case Method::kl:
      return comparison.kl;
    case Method::hellinger_evidently:
      return comparison.hellinger_evidently;
    case Method::hellinger_nannyml:
      return comparison.hellinger_nannyml;
    case Method::wasserstein:
      return comparison.wasserstein;
    case Method::wasserstein_norm:
      return comparison.wasserstein_norm;
    case Method::linf_simple:
      return comparison.linf_simple;
    case Method::linf_robust:
      return comparison.linf_robust;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<double> score_of(const Comparison& comparison, Method method) {
  if (const std::optional<CountTest>* test = test_of(comparison, method))
    return *test ? std::optional((*test)->p_value) : std::nullopt;
  return distance_of(comparison, method);
}

std::optional<double> effect_size_of(const Comparison& comparison, Method method) {
  const std::optional<CountTest>* test = test_of(comparison, method);
  if (test == nullptr || !*test) return std::nullopt;
  return (*test)->effect_size;
}

Comparison compare(const NumericDistribution& baseline, const NumericDistribution& data) {
  Comparison out = counts_of(baseline, data);
  out.numeric = true;
  if (baseline.size() == 0 || data.size() == 0) return out;
  fill_samples(out, baseline, data);
  const std::vector<double> equal = mlmax_edges(baseline, mlmax_bins);
  out.psi_mlmax = mlmax_psi(baseline, data, equal);
  out.psi_quantiles = mlmax_psi(baseline, data, percentile_edges(baseline, mlmax_bins));
  out.psi = open_psi(baseline, data, equal);
  fill_nannyml(out, nannyml_shares(baseline, *out.baseline_moments, data));
  const std::vector<double> edges =
      sturges_edges(std::min(baseline.min(), data.min()), std::max(baseline.max(), data.max()),
                    baseline.size() + data.size(), baseline.integral && data.integral);
  if (baseline.distinct() > evidently_distinct_max) {
    fill_evidently(out, aligned_shares(binned(baseline, data, edges), baseline.size(), data.size()));
  } else {
    const AlignedCounts counts = align(baseline, data);
    fill_evidently(out, aligned_shares(counts, baseline.size(), data.size()));
    fill_count_tests(out, counts);
  }
  out.bins = chart_of(baseline, data, edges);
  return out;
}

Comparison compare(const CategoryDistribution& baseline, const CategoryDistribution& data) {
  Comparison out = counts_of(baseline, data);
  if (baseline.size() == 0 || data.size() == 0) return out;
  const AlignedCounts counts = align(baseline, data);
  const Shares shares = aligned_shares(counts, baseline.size(), data.size());
  out.psi = population_stability(filled(shares.baseline), filled(shares.data));
  fill_evidently(out, shares);
  fill_count_tests(out, counts);
  out.chi2_deequ = deequ_test(counts);
  fill_nannyml(out, nannyml_shares(baseline, data));
  out.hellinger_evidently = hellinger_by_affinity(shares.baseline, shares.data);
  out.total_variation = total_variation(shares.baseline, shares.data);
  out.linf_simple = largest_difference(shares.baseline, shares.data);
  out.linf_robust = robust_distance(*out.linf_simple, baseline.size(), data.size(), robust_c_default);
  out.bins = chart_of(baseline, data, counts);
  return out;
}

Comparison compare(const Distribution& baseline, const Distribution& data) {
  const auto* first = std::get_if<NumericDistribution>(&baseline);
  const auto* second = std::get_if<NumericDistribution>(&data);
  if (first != nullptr && second != nullptr) return compare(*first, *second);
  const auto category = [](const Distribution& of) {
    const auto* numeric = std::get_if<NumericDistribution>(&of);
    return numeric != nullptr ? as_categories(*numeric) : std::get<CategoryDistribution>(of);
  };
  return compare(category(baseline), category(data));
}

double nannyml_jensen_shannon(const Distribution& baseline, const Distribution& data) {
  const auto has_values = [](const Distribution& of) {
    return std::visit([](const auto& one) { return one.size() > 0; }, of);
  };
  PENSTOCK_ASSERT(has_values(baseline) && has_values(data));
  const auto distance = [](const Shares& shares) { return base_2(jensen_shannon(shares.baseline, shares.data)); };
  if (const auto* numeric = std::get_if<NumericDistribution>(&baseline))
    return distance(nannyml_shares(*numeric, moments_of(*numeric), std::get<NumericDistribution>(data)));
  return distance(nannyml_shares(std::get<CategoryDistribution>(baseline), std::get<CategoryDistribution>(data)));
}

}  // namespace penstock::monitor
