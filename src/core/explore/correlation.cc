#include "core/explore/correlation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/explore/radix.h"

namespace penstock::explore {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
__extension__ using Product = unsigned __int128;

size_t pair_index(size_t one, size_t other) {
  return other * (other + 1) / 2 + one;  // one <= other
}

// Four sums side by side, so that the processor need not wait for one addition after the other.
double dot(const double* one, const double* other, size_t rows) {
  double a = 0, b = 0, c = 0, d = 0;
  size_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    a += one[row] * other[row];
    b += one[row + 1] * other[row + 1];
    c += one[row + 2] * other[row + 2];
    d += one[row + 3] * other[row + 3];
  }
  for (; row < rows; ++row) a += one[row] * other[row];
  return (a + b) + (c + d);
}

double coefficient(double n, double x, double y, double xx, double yy, double xy) {
  if (n < 2) return nan;
  const double vx = xx - x * x / n;
  const double vy = yy - y * y / n;
  // A constant column's variance is zero but for rounding.
  if (vx <= 1e-14 * xx || vy <= 1e-14 * yy) return nan;
  return std::clamp((xy - x * y / n) / std::sqrt(vx * vy), -1.0, 1.0);
}

struct Indexed {
  uint64_t bits;
  uint32_t row;
};

// Rows of the values that are there, in ascending order of value.
std::vector<Indexed> sorted_rows(std::span<const double> values) {
  std::vector<Indexed> order, scratch;
  order.reserve(values.size());
  for (size_t row = 0; row < values.size(); ++row) {
    if (!std::isnan(values[row])) order.push_back({ordered_bits(values[row] + 0.0), static_cast<uint32_t>(row)});
  }
  radix_sort(order, scratch, [](const Indexed& one) { return one.bits; });
  return order;
}

// Ranks within those rows of `order` for which `other` has a value too.
void rank_common(const std::vector<Indexed>& order, std::span<const double> other, std::vector<double>& ranks) {
  double below = 0;
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    double ties = 0;
    for (; end < order.size() && order[end].bits == order[begin].bits; ++end)
      ties += !std::isnan(other[order[end].row]);
    const double rank = below + (ties + 1) / 2;
    for (size_t i = begin; i < end; ++i) ranks[order[i].row] = rank;
    below += ties;
    begin = end;
  }
}

double pearson_where_both(std::span<const double> x, std::span<const double> y, const std::vector<double>& rank_x,
                          const std::vector<double>& rank_y) {
  double n = 0, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  const double shift = static_cast<double>(x.size()) / 2;
  for (size_t row = 0; row < x.size(); ++row) {
    if (std::isnan(x[row]) || std::isnan(y[row])) continue;
    const double a = rank_x[row] - shift;
    const double b = rank_y[row] - shift;
    ++n, sx += a, sy += b, sxx += a * a, syy += b * b, sxy += a * b;
  }
  return coefficient(n, sx, sy, sxx, syy, sxy);
}

}  // namespace

PearsonSums::PearsonSums(size_t columns)
    : columns_(columns),
      shifts_(columns),
      pairs_(columns * (columns + 1) / 2),
      shifted_(columns),
      complete_(columns),
      sums_(columns),
      squares_(columns) {}

void PearsonSums::add(std::span<const std::span<const double>> columns) {
  if (columns_ == 0 || columns[0].empty()) return;
  const size_t rows = columns[0].size();
  for (size_t i = 0; i < columns_; ++i) {
    if (!started_) {
      double sum = 0, n = 0;
      for (const double value : columns[i]) {
        if (std::isfinite(value)) sum += value, ++n;
      }
      shifts_[i] = n > 0 ? sum / n : 0;
    }
    std::vector<double>& shifted = shifted_[i];
    shifted.resize(rows);
    bool complete = true;
    double sum = 0, squares = 0;
    for (size_t row = 0; row < rows; ++row) {
      const double value = columns[i][row] - shifts_[i];
      const bool there = std::isfinite(value);
      complete &= there;
      shifted[row] = there ? value : nan;
      sum += value;
      squares += value * value;
    }
    complete_[i] = complete;
    sums_[i] = sum;
    squares_[i] = squares;
  }
  started_ = true;
  for (size_t other = 0; other < columns_; ++other) {
    for (size_t one = 0; one < other; ++one) {
      if (complete_[one] && complete_[other]) {
        add_complete(one, other, rows);
      } else {
        add_where_both(one, other, rows);
      }
    }
  }
}

void PearsonSums::add_complete(size_t one, size_t other, size_t rows) {
  Pair& pair = pairs_[pair_index(one, other)];
  pair.n += static_cast<double>(rows);
  pair.x += sums_[one];
  pair.y += sums_[other];
  pair.xx += squares_[one];
  pair.yy += squares_[other];
  pair.xy += dot(shifted_[one].data(), shifted_[other].data(), rows);
}

void PearsonSums::add_where_both(size_t one, size_t other, size_t rows) {
  Pair& pair = pairs_[pair_index(one, other)];
  const double* xs = shifted_[one].data();
  const double* ys = shifted_[other].data();
  for (size_t row = 0; row < rows; ++row) {
    const bool both = xs[row] == xs[row] && ys[row] == ys[row];  // no NaN
    const double x = both ? xs[row] : 0;
    const double y = both ? ys[row] : 0;
    pair.n += both;
    pair.x += x;
    pair.y += y;
    pair.xx += x * x;
    pair.yy += y * y;
    pair.xy += x * y;
  }
}

PairMatrix PearsonSums::matrix() const {
  PairMatrix matrix{columns_, std::vector<double>(columns_ * columns_, 1)};
  for (size_t other = 0; other < columns_; ++other) {
    for (size_t one = 0; one < other; ++one) {
      const Pair& pair = pairs_[pair_index(one, other)];
      const double r = coefficient(pair.n, pair.x, pair.y, pair.xx, pair.yy, pair.xy);
      matrix.values[one * columns_ + other] = matrix.values[other * columns_ + one] = r;
    }
  }
  return matrix;
}

std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<double> ranks(values.size(), nan);
  rank_common(sorted_rows(values), values, ranks);
  return ranks;
}

PairMatrix spearman(std::span<const std::span<const double>> columns) {
  const size_t count = columns.size();
  PairMatrix matrix{count, std::vector<double>(count * count, 1)};
  std::vector<std::vector<Indexed>> orders;
  std::vector<std::vector<double>> ranks;
  std::vector<bool> complete;
  for (const auto& values : columns) {
    orders.push_back(sorted_rows(values));
    complete.push_back(orders.back().size() == values.size());
    ranks.emplace_back(values.size(), nan);
    rank_common(orders.back(), values, ranks.back());
    // The orders of complete columns are needed only beside incomplete ones.
  }
  std::vector<double> one_ranks, other_ranks;
  for (size_t other = 0; other < count; ++other) {
    for (size_t one = 0; one < other; ++one) {
      const std::vector<double>* x = &ranks[one];
      const std::vector<double>* y = &ranks[other];
      if (!complete[other]) {
        one_ranks = ranks[one];
        rank_common(orders[one], columns[other], one_ranks);
        x = &one_ranks;
      }
      if (!complete[one]) {
        other_ranks = ranks[other];
        rank_common(orders[other], columns[one], other_ranks);
        y = &other_ranks;
      }
      const double r = pearson_where_both(columns[one], columns[other], *x, *y);
      matrix.values[one * count + other] = matrix.values[other * count + one] = r;
    }
  }
  return matrix;
}

void RowSample::add(std::span<const std::span<const double>> columns) {
  if (columns_.empty() || columns[0].empty()) return;
  const size_t rows = columns[0].size();
  const size_t fits = std::min(rows, rows_max_ - std::min(rows_max_, columns_[0].size()));
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].insert(columns_[i].end(), columns[i].begin(), columns[i].begin() + static_cast<ptrdiff_t>(fits));
  }
  seen_ += fits;
  for (size_t row = fits; row < rows; ++row) {
    // splitmix64 (Steele, Lea, Flood 2014); the product's upper half is uniform in [0, seen].
    uint64_t bits = state_ += 0x9e3779b97f4a7c15ULL;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebULL;
    bits ^= bits >> 31;
    const auto place = static_cast<uint64_t>(static_cast<Product>(bits) * ++seen_ >> 64);
    if (place >= rows_max_) continue;
    for (size_t i = 0; i < columns_.size(); ++i) columns_[i][place] = columns[i][row];
  }
}

void Contingency::add(std::span<const uint16_t> one, std::span<const uint16_t> other) {
  for (size_t row = 0; row < one.size(); ++row) {
    if (one[row] < levels_max && other[row] < levels_max) ++counts_[one[row] * levels_max + other[row]];
  }
}

double Contingency::cramers_v() const {
  std::vector<double> across(levels_max), down(levels_max);
  double n = 0;
  for (size_t i = 0; i < levels_max; ++i) {
    for (size_t j = 0; j < levels_max; ++j) {
      const double count = counts_[i * levels_max + j];
      across[i] += count;
      down[j] += count;
      n += count;
    }
  }
  const auto levels_of = [](const std::vector<double>& sums) {
    return static_cast<double>(std::ranges::count_if(sums, [](double sum) { return sum > 0; }));
  };
  const double smaller = std::min(levels_of(across), levels_of(down));
  if (smaller < 2) return nan;
  double chi2 = 0;
  for (size_t i = 0; i < levels_max; ++i) {
    for (size_t j = 0; j < levels_max; ++j) {
      const double expected = across[i] * down[j] / n;
      if (expected == 0) continue;
      const double distance = counts_[i * levels_max + j] - expected;
      chi2 += distance * distance / expected;
    }
  }
  return std::min(1.0, std::sqrt(chi2 / (n * (smaller - 1))));
}

void LevelMoments::add(std::span<const uint16_t> codes, std::span<const double> values) {
  for (size_t row = 0; row < codes.size(); ++row) {
    if (codes[row] >= levels_max || !std::isfinite(values[row])) continue;
    Level& level = levels_[codes[row]];
    const double distance = values[row] - level.mean;
    level.mean += distance / ++level.n;
    level.m2 += distance * (values[row] - level.mean);
  }
}

double LevelMoments::eta_squared() const {
  double n = 0, mean = 0, within = 0, between = 0;
  for (const Level& level : levels_) {
    if (level.n == 0) continue;
    within += level.m2;
    const double delta = level.mean - mean;
    between += delta * delta * n * level.n / (n + level.n);
    mean += delta * level.n / (n + level.n);
    n += level.n;
  }
  return within + between > 0 ? between / (within + between) : nan;
}

}  // namespace penstock::explore
