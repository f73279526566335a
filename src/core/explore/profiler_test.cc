#include "core/explore/profiler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "core/explore/column_summary.h"
#include "core/explore/merge.h"
#include "core/explore/radix.h"

namespace penstock::explore {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::string scratch_folder() {
  return (std::filesystem::temp_directory_path() / "penstock-explore-test").string();
}

std::vector<std::pair<double, uint64_t>> values_of(std::vector<double> numbers, size_t budget, size_t batch) {
  SystemDisk disk;
  Spill spill(disk, scratch_folder(), budget);
  NumberValues values(spill);
  for (size_t at = 0; at < numbers.size(); at += batch) {
    EXPECT_TRUE(values.add(std::span(numbers).subspan(at, std::min(batch, numbers.size() - at))));
  }
  std::vector<std::pair<double, uint64_t>> found;
  EXPECT_TRUE(values.visit([&](std::span<const CountedNumber> some) {
    for (const auto& [value, count] : some) found.emplace_back(value, count);
  }));
  return found;
}

TEST(RadixSort, OrdersAllDoubles) {
  std::vector<double> values = {3, -1, 0.0, -INFINITY, 1e300, -1e-300, INFINITY, 2, -1, 1e-300};
  std::vector<double> scratch;
  radix_sort(values, scratch, ordered_bits);
  EXPECT_TRUE(std::ranges::is_sorted(values));
  for (const double value : values) EXPECT_EQ(from_ordered_bits(ordered_bits(value)), value);
}

TEST(NumberValues, AreCountedInOrder) {
  const std::vector<std::pair<double, uint64_t>> expected = {{-1, 1}, {0, 2}, {2, 2}};
  EXPECT_EQ(values_of({2, nan, 0, -1, -0.0, 2}, 1 << 20, 2), expected);
}

TEST(NumberValues, TheSameWithAndWithoutSpilling) {
  std::vector<double> numbers;
  for (uint64_t i = 0; i < 600'000; ++i) numbers.push_back(static_cast<double>(i * 7919 % 400'000) / 8);
  const auto roomy = values_of(numbers, size_t{1} << 30, 50'000);
  const auto tight = values_of(numbers, 0, 50'000);
  EXPECT_EQ(roomy.size(), 400'000U);
  EXPECT_EQ(roomy, tight);
  EXPECT_EQ(roomy[0], (std::pair<double, uint64_t>{0, 2}));
}

TEST(Moments, MergeAsIfAddedAtOnce) {
  std::vector<double> numbers;
  for (int i = 0; i < 1000; ++i) numbers.push_back(1e6 + std::sin(i) * i);
  Moments whole, parts;
  whole.add(numbers);
  for (size_t at = 0; at < 1000; at += 90) parts.add(std::span(numbers).subspan(at, std::min<size_t>(90, 1000 - at)));
  EXPECT_EQ(whole.count(), parts.count());
  EXPECT_NEAR(whole.mean(), parts.mean(), 1e-9);
  EXPECT_NEAR(whole.std() / parts.std(), 1, 1e-12);
  EXPECT_NEAR(whole.skew(), parts.skew(), 1e-10);
  EXPECT_NEAR(whole.kurtosis(), parts.kurtosis(), 1e-10);
}

TEST(Moments, OfFewValues) {
  Moments moments;
  EXPECT_TRUE(std::isnan(moments.mean()));
  moments.add(std::vector<double>{5, nan, INFINITY});
  EXPECT_EQ(moments.count(), 1U);
  EXPECT_EQ(moments.infinite(), 1U);
  EXPECT_TRUE(std::isnan(moments.std()));
  EXPECT_TRUE(std::isnan(moments.skew()));
}

TEST(Pattern, ShowsTheShape) {
  EXPECT_EQ(pattern_of("AX-12345 b"), "AA-99999 a");
  EXPECT_EQ(pattern_of("K\xc3\xb6ln"), "Aaaa");
  EXPECT_EQ(pattern_of("a long sentence of 12345 words and more"), "a a a a 9 a a a");
}

TEST(Spearman, RanksTiesByTheirAverage) {
  EXPECT_EQ(average_ranks(std::vector<double>{10, 20, 10, 5}), (std::vector<double>{2.5, 4, 2.5, 1}));
}

TEST(Profiler, AColumnMayBeMissingBeforeItIsText) {
  SystemDisk disk;
  Spill spill(disk, scratch_folder(), 1 << 20);
  Profiler profiler(spill, {});
  const std::vector<double> none = {nan, nan};
  Column column;
  column.name = "late";
  column.rows = 2;
  column.numbers = none;
  ASSERT_TRUE(profiler.add(std::span(&column, 1)));
  const std::vector<int64_t> offsets = {0, 1, 1};
  const std::vector<uint8_t> present = {1, 0};
  column.type = ColumnType::String;
  column.numbers = {};
  column.strings = {offsets, "x"};
  column.present = present;
  ASSERT_TRUE(profiler.add(std::span(&column, 1)));
  auto profile = profiler.finish();
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->rows, 4U);
  EXPECT_EQ(profile->columns[0].type, ColumnType::String);
  EXPECT_EQ(profile->columns[0].missing, 3U);
  EXPECT_EQ(profile->columns[0].top[0].text, "x");
}

}  // namespace
}  // namespace penstock::explore
