#include "core/explore/packed_numbers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <map>

namespace penstock::explore {
namespace {

// What take_runs gives must be what a map counts.
void check(const std::vector<double>& numbers, size_t batch) {
  PackedNumbers packed;
  for (size_t at = 0; at < numbers.size(); at += batch) {
    packed.add(std::span(numbers).subspan(at, std::min(batch, numbers.size() - at)));
  }
  std::map<double, uint64_t> counts;
  for (const double number : numbers) {
    if (std::isfinite(number)) ++counts[number];
  }
  std::vector<double> values;
  std::vector<uint64_t> ends;
  uint64_t end = 0;
  for (const auto& [value, count] : counts) {
    values.push_back(value);
    ends.push_back(end += count);
  }
  ASSERT_EQ(packed.size(), end);
  const auto runs = packed.take_runs();
  ASSERT_EQ(runs.numbers, values);
  ASSERT_EQ(runs.ends, ends);
  EXPECT_TRUE(std::ranges::none_of(runs.numbers, [](double value) { return value == 0 && std::signbit(value); }));
  EXPECT_EQ(packed.size(), 0U);
}

// The numbers as integers over 10^decimals.
std::vector<int32_t> packed_of(const std::vector<double>& numbers, unsigned decimals) {
  std::vector<int32_t> out;
  for (const double number : numbers)
    out.push_back(static_cast<int32_t>(std::llround(number * std::pow(10, decimals))));
  return out;
}

std::vector<double> draw(size_t count, int decimals, int64_t range) {
  uint64_t state = 42;
  std::vector<double> numbers;
  for (size_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto whole = static_cast<int64_t>(state >> 20) % range;
    numbers.push_back(static_cast<double>(whole - range / 3) / std::pow(10.0, decimals));
  }
  return numbers;
}

TEST(PackedNumbers, CountsAndSorts) {
  check({}, 10);
  check({3, 1, 2, 1, -0.0, 0.0, -1e-9}, 2);
  for (const int decimals : {0, 1, 2, 4, 6, 9}) {
    for (const int64_t range : std::initializer_list<int64_t>{10, 1000, 100'000, 1'000'000, 20'000'000, 100'000'000,
                                                              400'000'000, 4'000'000'000}) {
      check(draw(40'000, decimals, range), 7'001);
    }
  }
}

TEST(PackedNumbers, TakesMoreDecimalsAndOtherNumbersLater) {
  std::vector<double> numbers = draw(20'000, 0, 500);
  const std::vector<double> more = draw(20'000, 3, 500'000);
  numbers.insert(numbers.end(), more.begin(), more.end());
  check(numbers, 5'000);
  numbers.push_back(1.0 / 3);
  numbers.push_back(std::numeric_limits<double>::denorm_min());
  numbers.push_back(std::numeric_limits<double>::max());
  check(numbers, 5'000);
  check({2'147'483'646, -2'147'483'646, 0.5}, 1);
  check({2'147'483'647, 2'147'483'648, 9e15, -9e15}, 1);
}

TEST(PackedNumbers, TakesWhatIsPackedAlready) {
  const std::vector<double> few = draw(3'000, 1, 300);
  const std::vector<double> many = draw(30'000, 3, 3'000'000);
  const std::vector<double> large = draw(3'000, 0, 4'000'000);  // with three decimals too large to be packed
  for (const auto& order : {std::vector{few, many, large}, {large, few, many}, {many, few}, {few, large}, {large}}) {
    PackedNumbers plain, packed;
    for (const std::vector<double>& numbers : order) {
      plain.add(numbers);
      const unsigned decimals = numbers == large ? 0 : numbers == few ? 1 : 3;
      packed.add_packed(packed_of(numbers, decimals), decimals);
      const std::vector<int32_t> missing(7, packed_missing);
      packed.add_packed(missing, 2);
    }
    EXPECT_EQ(packed.missing(), 7 * order.size());
    EXPECT_EQ(packed.size(), plain.size());
    const auto expected = plain.take_runs();
    const auto found = packed.take_runs();
    EXPECT_EQ(found.numbers, expected.numbers);
    EXPECT_EQ(found.ends, expected.ends);
  }
}

// Ages, counts: many of few are counted, not kept.
TEST(PackedNumbers, NumbersCloseTogetherTakeNoMemoryEach) {
  PackedNumbers close, apart;
  for (int i = 0; i < 100; ++i) {
    close.add(draw(10'000, 2, 20'000));
    apart.add(draw(10'000, 2, 200'000'000));
  }
  EXPECT_LT(close.memory(), size_t{2} << 20);
  EXPECT_GT(apart.memory(), size_t{3} << 20);
  EXPECT_EQ(close.size(), apart.size());
}

TEST(PackedNumbers, PackedRunsAreTheSame) {
  for (const std::vector<double>& numbers :
       {draw(5'000, 2, 1'000), draw(5'000, 2, 100'000'000), draw(5'000, 2, 2'000'000'000)}) {
    PackedNumbers one, other;
    one.add(numbers);
    other.add(numbers);
    const WideRuns wide = one.take_runs();
    const auto runs = other.take_packed_runs();
    const auto& packed = std::get<PackedRuns>(runs);
    EXPECT_EQ(packed.decimals, 2U);
    EXPECT_EQ(packed.numbers, packed_of(wide.numbers, 2));
    EXPECT_EQ(std::vector<uint64_t>(packed.ends.begin(), packed.ends.end()), wide.ends);
  }
}

TEST(PackedNumbers, MissingAndInfiniteAreCountedApart) {
  const double infinity = std::numeric_limits<double>::infinity();
  PackedNumbers packed;
  packed.add(std::vector<double>{1, std::nan(""), infinity, 2, -infinity, infinity});
  EXPECT_EQ(packed.missing(), 1U);
  EXPECT_EQ(packed.infinite(), 3U);
  EXPECT_EQ(packed.negative_infinite(), 1U);
  EXPECT_EQ(packed.take_runs().numbers, (std::vector<double>{1, 2}));
}

}  // namespace
}  // namespace penstock::explore
