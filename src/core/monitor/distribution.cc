#include "core/monitor/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/vectors.h"
#include "core/monitor/like_runs.h"

namespace penstock::monitor {
namespace {

using explore::PackedRuns;
using explore::WideRuns;

// Sums over all values of their distance from a place, and of its square and cube.
struct PowerSums {
  double first = 0;
  double second = 0;
  double third = 0;
};

// In strands, which are added up at the end: an addition need not wait for the one before.
template <class Number, class Count>
inline PowerSums sums_about(const explore::NumberRuns<Number, Count>& runs, double place) {
  constexpr size_t strands = 16;
  std::array<double, strands> first = {}, second = {}, third = {};
  const auto take = [&](size_t i, size_t strand, Count before) {
    // Signed, which is quick to convert.
    const auto count = static_cast<double>(static_cast<std::make_signed_t<Count>>(runs.ends[i] - before));
    const double distance = static_cast<double>(runs.numbers[i]) - place;
    const double weighted = distance * count;
    first[strand] += weighted;
    second[strand] += weighted * distance;
    third[strand] += weighted * distance * distance;
  };
  const size_t size = runs.numbers.size();
  take(0, 0, 0);
  size_t i = 1;
  for (; i + strands <= size; i += strands) {
    for (size_t strand = 0; strand < strands; ++strand) take(i + strand, strand, runs.ends[i + strand - 1]);
  }
  for (; i < size; ++i) take(i, 0, runs.ends[i - 1]);
  PowerSums sums;
  for (size_t strand = 0; strand < strands; ++strand) {
    sums.first += first[strand];
    sums.second += second[strand];
    sums.third += third[strand];
  }
  return sums;
}

PENSTOCK_WIDEST_VECTORS PowerSums sums_of(const PackedRuns& runs, double place) {
  return sums_about(runs, place);
}
PENSTOCK_WIDEST_VECTORS PowerSums sums_of(const WideRuns& runs, double place) {
  return sums_about(runs, place);
}

template <class Runs>
Runs merged(const Runs& left, const Runs& right) {
  Runs out = {};
  if constexpr (std::is_same_v<Runs, PackedRuns>) out.decimals = left.decimals;
  size_t i = 0;
  size_t j = 0;
  while (i < left.numbers.size() || j < right.numbers.size()) {
    const bool from_left =
        j == right.numbers.size() || (i < left.numbers.size() && left.numbers[i] <= right.numbers[j]);
    const bool from_right =
        i == left.numbers.size() || (j < right.numbers.size() && right.numbers[j] <= left.numbers[i]);
    out.numbers.push_back(from_left ? left.numbers[i] : right.numbers[j]);
    i += from_left ? 1 : 0;
    j += from_right ? 1 : 0;
    out.ends.push_back((i == 0 ? 0 : left.ends[i - 1]) + (j == 0 ? 0 : right.ends[j - 1]));
  }
  return out;
}

// How many of the distinct values `is_before` says yes to, which the first ones must be.
template <class Before>
size_t distinct_before(const NumericDistribution& distribution, Before is_before) {
  size_t first = 0;
  for (size_t left = distribution.distinct(); left > 0;) {
    const size_t half = left / 2;
    if (is_before(first + half)) {
      first += half + 1;
      left -= half + 1;
    } else {
      left = half;
    }
  }
  return first;
}

}  // namespace

size_t NumericDistribution::distinct() const {
  return std::visit([](const auto& of) { return of.numbers.size(); }, runs);
}

uint64_t NumericDistribution::size() const {
  return std::visit([](const auto& of) { return of.ends.empty() ? uint64_t{0} : uint64_t{of.ends.back()}; }, runs);
}

double NumericDistribution::value(size_t index) const {
  if (const auto* packed = std::get_if<PackedRuns>(&runs))
    return static_cast<double>(packed->numbers[index]) / explore::packed_scale(packed->decimals);
  return std::get<WideRuns>(runs).numbers[index];
}

uint64_t NumericDistribution::up_to(size_t index) const {
  return std::visit([&](const auto& of) { return uint64_t{of.ends[index]}; }, runs);
}

uint64_t CategoryDistribution::size() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

NumericDistribution distribution_of(explore::PackedNumbers numbers, bool integral) {
  NumericDistribution out;
  out.missing = numbers.missing();
  out.infinite = numbers.infinite();
  out.integral = integral && out.missing == 0 && out.infinite == 0;
  out.runs = numbers.take_packed_runs();
  return out;
}

NumericDistribution distribution_of(std::span<const double> numbers, bool integral) {
  explore::PackedNumbers packed;
  packed.add(numbers);
  return distribution_of(std::move(packed), integral);
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

std::optional<PackedRuns> rescaled(const PackedRuns& runs, unsigned decimals) {
  const auto factor = static_cast<int64_t>(explore::packed_scale(decimals - runs.decimals));
  constexpr int64_t limit = std::numeric_limits<int32_t>::max();
  if (!runs.numbers.empty() && (runs.numbers.front() * factor < -limit || runs.numbers.back() * factor > limit))
    return std::nullopt;
  PackedRuns out = runs;
  out.decimals = decimals;
  for (int32_t& number : out.numbers) number = static_cast<int32_t>(number * factor);
  return out;
}

WideRuns unpacked(const PackedRuns& runs) {
  const double scale = explore::packed_scale(runs.decimals);
  WideRuns out;
  out.numbers.reserve(runs.numbers.size());
  for (const int32_t number : runs.numbers) out.numbers.push_back(static_cast<double>(number) / scale);
  out.ends.assign(runs.ends.begin(), runs.ends.end());
  return out;
}

NumericDistribution merge(const NumericDistribution& left, const NumericDistribution& right) {
  NumericDistribution out;
  out.missing = left.missing + right.missing;
  out.infinite = left.infinite + right.infinite;
  out.integral = left.integral && right.integral;
  out.runs = with_like_runs(left, right, [](const auto& one, const auto& other, double) {
    return std::variant<PackedRuns, WideRuns>(merged(one, other));
  });
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
  const auto* const packed = std::get_if<PackedRuns>(&distribution.runs);
  const double scale = packed != nullptr ? explore::packed_scale(packed->decimals) : 1;
  // One pass, about a value near the mean (the median of the distinct ones), from which `apart` leads to the mean.
  const auto [place, sums] = std::visit(
      [](const auto& runs) {
        const auto middle = static_cast<double>(runs.numbers[runs.numbers.size() / 2]);
        return std::pair(middle, sums_of(runs, middle));
      },
      distribution.runs);
  const double apart = sums.first / size;
  const double square = sums.second / size;
  Moments out;
  out.mean = (place + apart) / scale;
  const double variance = distribution.distinct() == 1 ? 0 : std::max(0.0, square - apart * apart);
  const double std_dev = std::sqrt(variance);
  out.std_dev = std_dev / scale;
  if (std_dev > 0)
    out.skewness = (sums.third / size - 3 * apart * square + 2 * apart * apart * apart) / (variance * std_dev);
  return out;
}

double quantile(const NumericDistribution& distribution, double share) {
  const double place = share * static_cast<double>(distribution.size() - 1);
  const double floor = std::floor(place);
  const double part = place - floor;
  const double low = value_at(distribution, static_cast<uint64_t>(floor));
  if (part == 0) return low;
  const double high = value_at(distribution, static_cast<uint64_t>(floor) + 1);
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

double value_at(const NumericDistribution& distribution, uint64_t rank) {
  return distribution.value(distinct_before(distribution, [&](size_t i) { return distribution.up_to(i) <= rank; }));
}

uint64_t count_below(const NumericDistribution& distribution, double edge) {
  const size_t below = distinct_before(distribution, [&](size_t i) { return distribution.value(i) < edge; });
  return below == 0 ? 0 : distribution.up_to(below - 1);
}

uint64_t count_up_to(const NumericDistribution& distribution, double edge) {
  const size_t below = distinct_before(distribution, [&](size_t i) { return distribution.value(i) <= edge; });
  return below == 0 ? 0 : distribution.up_to(below - 1);
}

CategoryDistribution as_categories(const NumericDistribution& distribution) {
  std::vector<std::pair<std::string, uint64_t>> counts;
  for (size_t i = 0; i < distribution.distinct(); ++i)
    counts.emplace_back(fmt::format("{}", distribution.value(i)), distribution.count(i));
  return distribution_of(std::move(counts), distribution.missing);
}

}  // namespace penstock::monitor
