#include "core/monitor/preset.h"

#include <gtest/gtest.h>

#include <cmath>

namespace penstock::monitor {
namespace {

// A column of `rows` values around a centre, each a step apart.
Distribution ramp(int rows, double from) {
  std::vector<double> values;
  for (int i = 0; i < rows; ++i) values.push_back(from + i);
  return distribution_of(values, false);
}

ColumnDrift column(std::string name, const Distribution& baseline, const Distribution& data) {
  ColumnDrift out;
  out.name = std::move(name);
  out.comparison = compare(baseline, data);
  return out;
}

TEST(Preset, EvidentlyTestsFewRowsAndMeasuresMany) {
  const Comparison few = compare(ramp(1'000, 0), ramp(1'000, 5));
  const Comparison many = compare(ramp(1'001, 0), ramp(1'001, 5));
  EXPECT_EQ(rule_for(few, Preset::evidently, {}, {}).method, Method::ks);
  EXPECT_EQ(rule_for(many, Preset::evidently, {}, {}).method, Method::wasserstein_norm);
  const Distribution two = distribution_of({{"a", 4}, {"b", 5}}, 0);
  const Distribution three = distribution_of({{"a", 4}, {"b", 5}, {"c", 1}}, 0);
  EXPECT_EQ(rule_for(compare(two, two), Preset::evidently, {}, {}).method, Method::z);
  EXPECT_EQ(rule_for(compare(three, two), Preset::evidently, {}, {}).method, Method::chi2_evidently);
}

TEST(Preset, EachToolsDistance) {
  const Comparison found = compare(ramp(50, 0), ramp(50, 5));
  EXPECT_EQ(rule_for(found, Preset::nannyml, {}, 0.3).method, Method::js_base_2);
  EXPECT_EQ(rule_for(found, Preset::nannyml, {}, 0.3).threshold, 0.3);
  EXPECT_EQ(rule_for(found, Preset::model_monitor, {}, {}).method, Method::linf_robust);
  EXPECT_EQ(rule_for(found, Preset::mlmax, {}, {}).method, Method::psi_mlmax);
  Overrides overrides;
  overrides.numeric_method = Method::wasserstein;
  overrides.threshold = 7;
  EXPECT_EQ(rule_for(found, Preset::mlmax, overrides, {}).method, Method::wasserstein);
  EXPECT_EQ(rule_for(found, Preset::mlmax, overrides, {}).threshold, 7);
}

TEST(Preset, CorrectionForManyColumns) {
  // R: p.adjust(c(0.01, 0.02, 0.03, 0.5), "BH") and "bonferroni"; NaN is no test.
  const std::vector<double> p = {0.02, 0.5, std::nan(""), 0.01, 0.03};
  const auto bh = corrected(p, Correction::benjamini_hochberg);
  EXPECT_NEAR(bh[0], 0.04, 1e-15);
  EXPECT_NEAR(bh[1], 0.5, 1e-15);
  EXPECT_TRUE(std::isnan(bh[2]));
  EXPECT_NEAR(bh[3], 0.04, 1e-15);
  EXPECT_NEAR(bh[4], 0.04, 1e-15);
  const auto bonferroni = corrected(p, Correction::bonferroni);
  EXPECT_NEAR(bonferroni[0], 0.08, 1e-15);
  EXPECT_EQ(bonferroni[1], 1);
}

TEST(Preset, ACorrectionTakesAnAlarmBack) {
  std::vector<ColumnDrift> columns;
  for (int i = 0; i < 9; ++i) columns.push_back(column("same", ramp(60, 0), ramp(60, 0)));
  columns.push_back(column("moved", ramp(60, 0), ramp(60, 15)));  // D = 0.25, p = 0.046
  const std::vector<std::optional<double>> none(columns.size());
  judge(columns, Preset::evidently, {}, Correction::none, none);
  EXPECT_TRUE(columns.back().drifted);
  EXPECT_EQ(effect_size_of(columns.back().comparison, Method::ks), 0.25);
  judge(columns, Preset::evidently, {}, Correction::bonferroni, none);
  EXPECT_FALSE(columns.back().drifted);
  EXPECT_NEAR(*columns.back().adjusted, 10 * *columns.back().score, 1e-12);
}

TEST(Preset, ThresholdOfChunks) {
  EXPECT_NEAR(chunk_threshold(std::vector<double>{1, 3}), 2 + 3 * 1.0, 1e-15);
}

TEST(Preset, NamesReadBack) {
  for (const char* name : {"evidently", "nannyml", "model-monitor", "mlmax"})
    EXPECT_EQ(name_of(*preset_named(name)), name);
  EXPECT_FALSE(preset_named("other"));
  EXPECT_EQ(method_named("js_base_2"), Method::js_base_2);
}

}  // namespace
}  // namespace penstock::monitor
