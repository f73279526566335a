#include "core/monitor/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

namespace penstock::monitor {
namespace {

constexpr size_t radix_size_min = 2'048;
constexpr int digit_bits = 11;
constexpr int digits = 6;
constexpr size_t bucket_count = size_t{1} << digit_bits;

// Bits whose order as unsigned integers is the order of the doubles.
uint64_t ordered_bits(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  return bits ^ (static_cast<uint64_t>(-static_cast<int64_t>(bits >> 63)) | (uint64_t{1} << 63));
}

double from_ordered_bits(uint64_t bits) {
  return std::bit_cast<double>(bits ^ (((bits >> 63) - 1) | (uint64_t{1} << 63)));
}

size_t digit_of(uint64_t key, int digit) {
  return (key >> (digit * digit_bits)) & (bucket_count - 1);
}

void append_run(NumericDistribution& out, double value, uint64_t count) {
  const uint64_t before = out.size();
  out.values.push_back(value);
  out.cumulative.push_back(before + count);
}

// One pass of the radix sort from `from` to `to`, by the digit whose counts are `counts`.
void scatter(std::span<const uint64_t> from, std::span<uint64_t> to, int digit,
             const std::array<uint32_t, bucket_count>& counts) {
  std::array<size_t, bucket_count> at;
  size_t sum = 0;
  for (size_t bucket = 0; bucket < bucket_count; ++bucket) {
    at[bucket] = sum;
    sum += counts[bucket];
  }
  for (const uint64_t key : from) to[at[digit_of(key, digit)]++] = key;
}

// Ascending; by comparisons while there are few, else digit by digit from the lowest.
void sort_keys(std::vector<uint64_t>& keys) {
  if (keys.size() < radix_size_min || keys.size() > UINT32_MAX) {
    std::sort(keys.begin(), keys.end());
    return;
  }
  std::vector<std::array<uint32_t, bucket_count>> counts(digits);
  for (const uint64_t key : keys)
    for (int digit = 0; digit < digits; ++digit) ++counts[static_cast<size_t>(digit)][digit_of(key, digit)];
  std::vector<uint64_t> other(keys.size());
  for (int digit = 0; digit < digits; ++digit) {
    const auto& of_digit = counts[static_cast<size_t>(digit)];
    if (of_digit[digit_of(keys[0], digit)] == keys.size()) continue;  // all alike
    scatter(keys, other, digit, of_digit);
    keys.swap(other);
  }
}

}  // namespace

uint64_t CategoryDistribution::size() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

void sort_numbers(std::span<double> values) {
  std::vector<uint64_t> keys;
  keys.reserve(values.size());
  for (const double value : values) keys.push_back(ordered_bits(value + 0.0));
  sort_keys(keys);
  for (size_t i = 0; i < values.size(); ++i) values[i] = from_ordered_bits(keys[i]);
}

NumericDistribution distribution_of(std::span<const double> numbers, bool integral) {
  NumericDistribution out;
  std::vector<uint64_t> keys;
  keys.reserve(numbers.size());
  for (const double value : numbers) {
    if (std::isfinite(value))
      keys.push_back(ordered_bits(value + 0.0));
    else if (std::isnan(value))
      ++out.missing;
    else
      ++out.infinite;
  }
  sort_keys(keys);
  out.integral = integral && keys.size() == numbers.size();
  size_t distinct = keys.empty() ? 0 : 1;
  for (size_t i = 1; i < keys.size(); ++i) distinct += keys[i] != keys[i - 1] ? 1 : 0;
  out.values.reserve(distinct);
  out.cumulative.reserve(distinct);
  for (size_t begin = 0; begin < keys.size();) {
    size_t end = begin + 1;
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    out.values.push_back(from_ordered_bits(keys[begin]));
    out.cumulative.push_back(end);
    begin = end;
  }
  return out;
}

CategoryDistribution distribution_of(std::vector<std::pair<std::string, uint64_t>> counts, uint64_t missing) {
  std::sort(counts.begin(), counts.end());
  CategoryDistribution out;
  out.missing = missing;
  for (auto& [value, count] : counts) {
    if (!out.values.empty() && out.values.back() == value) {
      out.counts.back() += count;
      continue;
    }
    out.values.push_back(std::move(value));
    out.counts.push_back(count);
  }
  return out;
}

NumericDistribution merge(const NumericDistribution& left, const NumericDistribution& right) {
  NumericDistribution out;
  out.missing = left.missing + right.missing;
  out.infinite = left.infinite + right.infinite;
  out.integral = left.integral && right.integral;
  size_t i = 0;
  size_t j = 0;
  while (i < left.values.size() || j < right.values.size()) {
    const bool from_left = j == right.values.size() || (i < left.values.size() && left.values[i] <= right.values[j]);
    const bool from_right = i == left.values.size() || (j < right.values.size() && right.values[j] <= left.values[i]);
    const double value = from_left ? left.values[i] : right.values[j];
    append_run(out, value, (from_left ? left.count(i) : 0) + (from_right ? right.count(j) : 0));
    i += from_left ? 1 : 0;
    j += from_right ? 1 : 0;
  }
  return out;
}

CategoryDistribution merge(const CategoryDistribution& left, const CategoryDistribution& right) {
  std::vector<std::pair<std::string, uint64_t>> both;
  for (size_t i = 0; i < left.values.size(); ++i) both.emplace_back(left.values[i], left.counts[i]);
  for (size_t i = 0; i < right.values.size(); ++i) both.emplace_back(right.values[i], right.counts[i]);
  return distribution_of(std::move(both), left.missing + right.missing);
}

Moments moments_of(const NumericDistribution& distribution) {
  const auto size = static_cast<double>(distribution.size());
  Moments out;
  double sum = 0;
  for (size_t i = 0; i < distribution.values.size(); ++i)
    sum += distribution.values[i] * static_cast<double>(distribution.count(i));
  out.mean = sum / size;
  double second = 0;
  double third = 0;
  for (size_t i = 0; i < distribution.values.size(); ++i) {
    const double from_mean = distribution.values[i] - out.mean;
    const double square = from_mean * from_mean * static_cast<double>(distribution.count(i));
    second += square;
    third += square * from_mean;
  }
  out.std_dev = distribution.values.size() == 1 ? 0 : std::sqrt(second / size);
  if (out.std_dev > 0) out.skewness = third / size / (out.std_dev * out.std_dev * out.std_dev);
  return out;
}

double quantile(const NumericDistribution& distribution, double share) {
  const double place = share * static_cast<double>(distribution.size() - 1);
  const double floor = std::floor(place);
  const double part = place - floor;
  const auto value_at = [&](double rank) {
    const auto& cumulative = distribution.cumulative;
    const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), static_cast<uint64_t>(rank));
    return distribution.values[static_cast<size_t>(found - cumulative.begin())];
  };
  const double low = value_at(floor);
  if (part == 0) return low;
  const double high = value_at(floor + 1);
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

uint64_t count_below(const NumericDistribution& distribution, double edge) {
  const auto found = std::lower_bound(distribution.values.begin(), distribution.values.end(), edge);
  const auto index = found - distribution.values.begin();
  return index == 0 ? 0 : distribution.cumulative[static_cast<size_t>(index) - 1];
}

uint64_t count_up_to(const NumericDistribution& distribution, double edge) {
  const auto found = std::upper_bound(distribution.values.begin(), distribution.values.end(), edge);
  const auto index = found - distribution.values.begin();
  return index == 0 ? 0 : distribution.cumulative[static_cast<size_t>(index) - 1];
}

CategoryDistribution as_categories(const NumericDistribution& distribution) {
  std::vector<std::pair<std::string, uint64_t>> counts;
  for (size_t i = 0; i < distribution.values.size(); ++i)
    counts.emplace_back(fmt::format("{}", distribution.values[i]), distribution.count(i));
  return distribution_of(std::move(counts), distribution.missing);
}

}  // namespace penstock::monitor
