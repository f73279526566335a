// The values that mlmax, Evidently, NannyML, scipy and a port of Deequ gave for two pairs of data sets
// (drift_reference.json), to 1e-9. The pairs and the values lie beside the repository; without them the test reports
// itself as skipped.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "base/json.h"
#include "core/monitor/binning.h"
#include "core/monitor/comparison.h"
#include "core/monitor/distance.h"
#include "core/monitor/kolmogorov.h"
#include "core/monitor/preset.h"

namespace penstock::monitor {
namespace {

const char* const folder = "../shared/reference/drift";

std::string read_text(const std::string& name) {
  std::ifstream file(std::filesystem::path(folder) / name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Fields of a CSV file by column name; quotes as RFC 4180 has them.
std::map<std::string, std::vector<std::string>> read_csv(const std::string& name) {
  std::vector<std::vector<std::string>> rows(1);
  std::string field;
  bool quoted = false;
  const std::string text = read_text(name);
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      field += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == ',' || c == '\n')) {
      rows.back().push_back(std::exchange(field, {}));
      if (c == '\n') rows.emplace_back();
    } else if (c != '\r') {
      field += c;
    }
  }
  std::map<std::string, std::vector<std::string>> columns;
  for (size_t row = 1; row < rows.size(); ++row)
    for (size_t column = 0; column < rows[row].size(); ++column) columns[rows[0][column]].push_back(rows[row][column]);
  return columns;
}

Distribution distribution(const std::vector<std::string>& fields, bool numeric) {
  if (numeric) {
    std::vector<double> numbers;
    bool integral = true;
    for (const std::string& field : fields) {
      numbers.push_back(field.empty() ? std::nan("") : std::stod(field));
      integral = integral && field.find('.') == std::string::npos;
    }
    return distribution_of(numbers, integral);
  }
  std::vector<std::pair<std::string, uint64_t>> counts;
  uint64_t missing = 0;
  for (const std::string& field : fields) {
    if (field.empty())
      ++missing;
    else
      counts.emplace_back(field, 1);
  }
  return distribution_of(std::move(counts), missing);
}

// Compares against one column's part of the reference, and counts what it compared.
class Checker {
 public:
  Checker(std::string where, const Json& expected) : where_(std::move(where)), expected_(expected) {}

  void number(const std::vector<std::string>& path, std::optional<double> value) {
    const Json* at = &expected_;
    for (const std::string& key : path) at = &(*at)[key];
    if (at->is_null()) return;
    std::string name = where_;
    for (const std::string& key : path) name += "/" + key;
    ++compared;
    ASSERT_TRUE(value) << name;
    const double wanted = at->as_double();
    EXPECT_NEAR(*value, wanted, 1e-9 * std::max(1.0, std::abs(wanted))) << name;
  }
  void numbers(const std::vector<std::string>& path, const std::vector<double>& values) {
    const Json* at = &expected_;
    for (const std::string& key : path) at = &(*at)[key];
    if (!at->is_array()) return;
    ASSERT_EQ(values.size(), at->size()) << where_ << "/" << path.back();
    for (size_t i = 0; i < values.size(); ++i) {
      ++compared;
      const double wanted = (*at)[i].as_double();
      EXPECT_NEAR(values[i], wanted, 1e-9 * std::max(1.0, std::abs(wanted))) << where_ << "/" << path.back() << i;
    }
  }
  const Json& expected() const { return expected_; }

  size_t compared = 0;

 private:
  std::string where_;
  const Json& expected_;
};

std::vector<double> as_doubles(const std::vector<uint64_t>& counts) {
  return {counts.begin(), counts.end()};
}

std::optional<double> statistic(const std::optional<CountTest>& test) {
  return test ? std::optional(test->statistic) : std::nullopt;
}
std::optional<double> p_value(const std::optional<CountTest>& test) {
  return test ? std::optional(test->p_value) : std::nullopt;
}

void check_description(Checker& check, const char* which, const NumericDistribution& distribution) {
  const Moments moments = moments_of(distribution);
  check.number({which, "count"}, static_cast<double>(distribution.size()));
  check.number({which, "distinct"}, static_cast<double>(distribution.distinct()));
  check.number({which, "mean"}, moments.mean);
  check.number({which, "std_ddof0"}, moments.std_dev);
  const auto size = static_cast<double>(distribution.size());
  check.number({which, "std_ddof1"}, moments.std_dev * std::sqrt(size / (size - 1)));
  check.number({which, "sum"}, moments.mean * size);
  check.number({which, "min"}, distribution.min());
  check.number({which, "max"}, distribution.max());
  check.number({which, "skew_pandas"}, moments.skewness * std::sqrt(size * (size - 1)) / (size - 2));
  for (const auto& [share, expected] : check.expected()[which]["quantiles_linear"].members())
    check.number({which, "quantiles_linear", share}, quantile(distribution, std::stod(share)));
}

void check_numeric(Checker& check, const NumericDistribution& baseline, const NumericDistribution& data) {
  const Comparison found = compare(baseline, data);
  check_description(check, "stats_ref", baseline);
  check_description(check, "stats_cur", data);
  check.number({"mlmax", "psi_bins"}, found.psi_mlmax);
  check.number({"mlmax", "psi_quantiles"}, found.psi_quantiles);
  const std::vector<double> edges = mlmax_edges(baseline, 10);
  check.numbers({"mlmax", "bins_edges"}, edges);
  check.numbers({"mlmax", "bins_ref_counts"}, as_doubles(histogram(baseline, edges)));
  check.numbers({"mlmax", "bins_cur_counts"}, as_doubles(histogram(data, edges)));
  check.number({"mlmax", "cur_out_of_range"},
               static_cast<double>(count_below(data, edges.front()) + data.size() - count_up_to(data, edges.back())));
  const std::vector<double> equal = equal_edges(baseline.min(), baseline.max(), 10);
  check.numbers({"mlmax", "baseline_hist10", "edges"}, equal);
  check.numbers({"mlmax", "baseline_hist10", "counts"}, as_doubles(histogram(baseline, equal)));
  const SampleDistance distance = sample_distance(baseline, data);
  const auto n = static_cast<int64_t>(baseline.size());
  const auto m = static_cast<int64_t>(data.size());
  check.number({"ks", "statistic"}, statistic(found.ks));
  check.number({"ks", "pvalue_auto"}, p_value(found.ks));
  check.number({"ks", "pvalue_exact"}, kolmogorov_two_sample_exact(n, m, distance.steps));
  const double effective = std::nearbyint(static_cast<double>(n) * static_cast<double>(m) / static_cast<double>(n + m));
  check.number({"ks", "pvalue_asymp"}, kolmogorov_tail(static_cast<int64_t>(effective), distance.statistic));
  check.number({"wasserstein", "raw"}, found.wasserstein);
  check.number({"wasserstein", "evidently_normed"}, found.wasserstein_norm);
  check.number({"linf_numeric_exact_cdf", "simple"}, found.linf_simple);
  check.number({"linf_numeric_exact_cdf", "robust_c1.8"}, found.linf_robust);
  check.number({"linf_numeric_exact_cdf", "robust_alpha0.003"},
               robust_distance(*found.linf_simple, baseline.size(), data.size(), robust_c(0.003)));
  check.number({"jensenshannon_nannyml", "distance_base2"}, found.js_base_2);
  check.number({"jensenshannon_nannyml", "n_bins"},
               static_cast<double>(doane_edges(baseline, moments_of(baseline)).size() - 1));
  if (baseline.distinct() > 20) {
    check.numbers({"evidently_bins", "edges"}, found.bins.edges);
    check.numbers({"evidently_bins", "ref_counts"}, as_doubles(found.bins.baseline));
    check.numbers({"evidently_bins", "cur_counts"}, as_doubles(found.bins.data));
  }
  check.number({"evidently", "wasserstein", "score"}, found.wasserstein_norm);
  check.number({"evidently", "ks", "score"}, p_value(found.ks));
  check.number({"nannyml", "kolmogorov_smirnov"}, statistic(found.ks));
  check.number({"nannyml", "wasserstein"}, found.wasserstein);
}

void check_categories(Checker& check, const CategoryDistribution& baseline, const CategoryDistribution& data) {
  const Comparison found = compare(baseline, data);
  const AlignedCounts counts = align(baseline, data);
  check.numbers({"counts", "ref"}, as_doubles(counts.baseline));
  check.numbers({"counts", "cur"}, as_doubles(counts.data));
  const CountTest plain = contingency_test(counts, false);
  check.number({"chi2_contingency", "statistic"}, plain.statistic);
  check.number({"chi2_contingency", "pvalue"}, plain.p_value);
  check.number({"chi2_contingency", "dof"}, static_cast<double>(plain.freedom));
  check.number({"chi2_contingency_yates", "statistic"}, statistic(found.chi2));
  check.number({"chi2_contingency_yates", "pvalue"}, p_value(found.chi2));
  check.number({"chi2_contingency_yates", "dof"}, static_cast<double>(found.chi2->freedom));
  check.number({"linf_categorical", "simple"}, found.linf_simple);
  check.number({"linf_categorical", "robust_c1.8"}, found.linf_robust);
  check.number({"deequ_chi2", "statistic"}, statistic(found.chi2_deequ));
  check.number({"deequ_chi2", "pvalue"}, p_value(found.chi2_deequ));
  check.number({"deequ_chi2", "categories_after_regroup"}, static_cast<double>(found.chi2_deequ->freedom + 1));
  check.number({"jensenshannon_nannyml", "distance_base2"}, found.js_base_2);
  check.number({"tvd"}, found.total_variation);
  check.number({"evidently", "chisquare", "score"}, p_value(found.chi2_evidently));
  check.number({"nannyml", "chi2"}, statistic(found.chi2));
  check.number({"nannyml", "l_infinity"}, found.linf_simple);
}

// What Evidently decides by default, and what numbers and categories have in common.
void check_judgement(Checker& check, ColumnDrift& column) {
  const Comparison& found = column.comparison;
  check.number({"evidently", "psi", "score"}, found.psi_evidently);
  check.number({"evidently", "jensenshannon", "score"}, found.js_base_e);
  check.number({"evidently", "kl_div", "score"}, found.kl);
  check.number({"evidently", "hellinger", "score"}, found.hellinger_evidently);
  check.number({"nannyml", "jensen_shannon"}, found.js_base_2);
  check.number({"nannyml", "hellinger"}, found.hellinger_nannyml);
  const Json& by_default = check.expected()["evidently_default"];
  static const std::map<std::string_view, Method> methods = {{"ks", Method::ks},
                                                             {"chisquare", Method::chi2_evidently},
                                                             {"z", Method::z},
                                                             {"wasserstein", Method::wasserstein_norm},
                                                             {"jensenshannon", Method::js_base_e}};
  EXPECT_EQ(column.rule.method, methods.at(by_default.text("method"))) << column.name;
  EXPECT_EQ(column.drifted, by_default["drifted"].as_boolean()) << column.name;
  check.number({"evidently_default", "score"}, column.score);
  check.number({"evidently_default", "threshold"}, column.rule.threshold);
}

size_t check_pair(const std::string& name, const Json& pair) {
  const auto baseline = read_csv(std::string(pair.text("ref")));
  const auto data = read_csv(std::string(pair.text("cur")));
  std::vector<std::string> drifted;
  size_t compared = 0;
  for (const auto& [column, expected] : pair["columns"].members()) {
    const bool numeric = expected.text("type") == "numerical";
    const Distribution first = distribution(baseline.at(column), numeric);
    const Distribution second = distribution(data.at(column), numeric);
    Checker check(name + "/" + column, expected);
    check.number({"ref_missing"}, static_cast<double>(missing_of(first)));
    check.number({"cur_missing"}, static_cast<double>(missing_of(second)));
    ColumnDrift judged;
    judged.name = column;
    judged.comparison = compare(first, second);
    const std::vector<std::optional<double>> none(1);
    judge(std::span(&judged, 1), Preset::evidently, {}, Correction::none, none);
    if (numeric)
      check_numeric(check, std::get<NumericDistribution>(first), std::get<NumericDistribution>(second));
    else
      check_categories(check, std::get<CategoryDistribution>(first), std::get<CategoryDistribution>(second));
    check_judgement(check, judged);
    if (judged.drifted) drifted.push_back(column);
    compared += check.compared;
  }
  std::vector<std::string> expected;
  for (const Json& column : pair["evidently_dataset_drift"]["drifted_columns"].items())
    expected.emplace_back(column.as_string());
  EXPECT_EQ(drifted, expected) << name;
  const double share = static_cast<double>(drifted.size()) / static_cast<double>(pair["columns"].size());
  EXPECT_EQ(share >= dataset_drift_share, pair["evidently_dataset_drift"]["dataset_drift"].as_boolean()) << name;
  return compared;
}

// Numbers below `value`, at any depth.
size_t numbers_in(const Json& value) {
  size_t count = value.is_number() ? 1 : 0;
  if (value.is_array())
    for (const Json& item : value.items()) count += numbers_in(item);
  if (value.is_object())
    for (const auto& [key, member] : value.members()) count += numbers_in(member);
  return count;
}

TEST(DriftReference, EveryValueOfTheReference) {
  const std::string text = read_text("drift_reference.json");
  if (text.empty()) GTEST_SKIP() << "no " << folder << "/drift_reference.json beside the repository";
  const auto reference = parse_json(text);
  ASSERT_TRUE(reference.ok()) << reference.error().message;
  size_t compared = 0;
  size_t there = 0;
  size_t elsewhere = 0;
  for (const auto& [name, pair] : (*reference)["pairs"].members()) {
    compared += check_pair(name, pair);
    for (const auto& [column, expected] : pair["columns"].members()) {
      there += numbers_in(expected);
      // Row counts with missing ones; kurtosis is the profile's; thresholds stand beside each score and are constants.
      elsewhere += 2 + (expected["stats_ref"].is_object() ? 2 : 0) + expected["evidently"].size();
    }
  }
  EXPECT_EQ(compared + elsewhere, there);
  std::cout << compared << " values compared, " << elsewhere << " others (row counts, kurtosis, thresholds)\n";
}

}  // namespace
}  // namespace penstock::monitor
