// Comparison: every drift statistic of one column, data against a baseline. What a tool would alarm about is decided
// from it by the rules in preset.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/monitor/contingency.h"
#include "core/monitor/distribution.h"

namespace penstock::monitor {

// The values of a column: numbers or categories.
using Distribution = std::variant<NumericDistribution, CategoryDistribution>;

uint64_t size_of(const Distribution& distribution);     // values present (and finite)
uint64_t missing_of(const Distribution& distribution);  // values missing
uint64_t distinct_of(const Distribution& distribution);

// What one column's comparison can be judged by.
enum class Method {
  psi_mlmax,
  psi,
  psi_evidently,
  ks,
  chi2,
  chi2_evidently,
  chi2_deequ,
  z,
  js_base_e,
  js_base_2,
  kl,
  hellinger_evidently,
  hellinger_nannyml,
  wasserstein,
  wasserstein_norm,
  linf_simple,
  linf_robust,
};
std::string_view name_of(Method method);
std::optional<Method> method_named(std::string_view name);
// True where the method's score is a p-value: small means drift. All others are distances: large means drift.
bool is_p_value(Method method);

// The same bins of both, for a chart: `edges` of a numeric column (one more than bins), or `labels` of a categorical
// one.
struct Bins {
  std::vector<double> edges;
  std::vector<std::string> labels;
  std::vector<uint64_t> baseline;
  std::vector<uint64_t> data;
};

// Nothing where a statistic is not defined for the type of the column. Which formula each is: docs/drift.md.
struct Comparison {
  bool numeric = false;
  uint64_t baseline_size = 0;  // values present and finite
  uint64_t data_size = 0;
  uint64_t baseline_missing = 0;
  uint64_t data_missing = 0;
  uint64_t baseline_distinct = 0;
  uint64_t data_distinct = 0;
  std::optional<Moments> baseline_moments;
  std::optional<Moments> data_moments;

  std::optional<double> psi_mlmax;
  std::optional<double> psi_quantiles;  // mlmax's with buckettype "quantiles"
  std::optional<double> psi;
  std::optional<double> psi_evidently;
  std::optional<CountTest> ks;  // the effect size is the statistic itself
  std::optional<CountTest> chi2;
  std::optional<CountTest> chi2_evidently;
  std::optional<CountTest> chi2_deequ;
  std::optional<CountTest> z;
  std::optional<double> js_base_e;
  std::optional<double> js_base_2;
  std::optional<double> kl;
  std::optional<double> hellinger_evidently;
  std::optional<double> hellinger_nannyml;
  std::optional<double> total_variation;
  std::optional<double> wasserstein;
  std::optional<double> wasserstein_norm;
  std::optional<double> linf_simple;
  std::optional<double> linf_robust;
  std::optional<double> cohens_d;  // difference of the means over the pooled standard deviation
  Bins bins;
};

// The score that a method gives: a p-value, or a distance. Nothing where it is not defined for the column.
std::optional<double> score_of(const Comparison& comparison, Method method);
// How large the difference behind a p-value is, whatever the number of rows; nothing for a distance.
std::optional<double> effect_size_of(const Comparison& comparison, Method method);

// Compares two columns of one type. With no value in either of them nothing but the counts is filled in.
Comparison compare(const NumericDistribution& baseline, const NumericDistribution& data);
Comparison compare(const CategoryDistribution& baseline, const CategoryDistribution& data);
// Of different types, numbers are compared as categories, by their text.
Comparison compare(const Distribution& baseline, const Distribution& data);

// NannyML's Jensen-Shannon distance alone, of two distributions of one kind that both have values: what its thresholds
// are made of.
double nannyml_jensen_shannon(const Distribution& baseline, const Distribution& data);

}  // namespace penstock::monitor
