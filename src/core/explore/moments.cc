#include "core/explore/moments.h"

#include <algorithm>
#include <cmath>

namespace penstock::explore {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double negligible = 1e-14;  // pandas takes smaller sums of powers for zero

}  // namespace

void Moments::add(std::span<const double> values) {
  Moments batch;
  double sum = 0;
  for (const double value : values) {
    if (!(std::abs(value) <= std::numeric_limits<double>::max())) {
      batch.infinite_ += !std::isnan(value);
      continue;
    }
    ++batch.count_;
    sum += value;
    batch.zeros_ += value == 0;
    batch.negatives_ += value < 0;
    batch.min_ = std::min(batch.min_, value);
    batch.max_ = std::max(batch.max_, value);
  }
  if (batch.count_ == 0) {
    infinite_ += batch.infinite_;
    return;
  }
  batch.mean_ = sum / static_cast<double>(batch.count_);
  double rest = 0;  // what rounding left of the sum of distances, which is zero in exact arithmetic
  for (const double value : values) {
    const double distance = value - batch.mean_;
    if (!(std::abs(distance) <= std::numeric_limits<double>::max())) continue;
    const double square = distance * distance;
    rest += distance;
    batch.m2_ += square;
    batch.m3_ += square * distance;
    batch.m4_ += square * square;
  }
  // The powers were taken about a mean that rounding moved by `shift`.
  const double shift = rest / static_cast<double>(batch.count_);
  batch.m4_ -= 4 * shift * batch.m3_ - 6 * shift * shift * batch.m2_;
  batch.m3_ -= 3 * shift * batch.m2_;
  batch.m2_ -= shift * rest;
  batch.mean_ += shift;
  merge(batch);
}

void Moments::merge(const Moments& other) {
  infinite_ += other.infinite_;
  if (other.count_ == 0) return;
  zeros_ += other.zeros_;
  negatives_ += other.negatives_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  const auto a = static_cast<double>(count_);
  const auto b = static_cast<double>(other.count_);
  const double n = a + b;
  const double delta = other.mean_ - mean_;
  const double delta2 = delta * delta;
  m4_ += other.m4_ + delta2 * delta2 * a * b * (a * a - a * b + b * b) / (n * n * n) +
         6 * delta2 * (a * a * other.m2_ + b * b * m2_) / (n * n) + 4 * delta * (a * other.m3_ - b * m3_) / n;
  m3_ += other.m3_ + delta2 * delta * a * b * (a - b) / (n * n) + 3 * delta * (a * other.m2_ - b * m2_) / n;
  m2_ += other.m2_ + delta2 * a * b / n;
  mean_ += delta * b / n;
  count_ += other.count_;
}

double Moments::variance(int ddof) const {
  const double degrees = static_cast<double>(count_) - ddof;
  return degrees > 0 ? m2_ / degrees : nan;
}

double Moments::std(int ddof) const {
  return std::sqrt(variance(ddof));
}

double Moments::skew() const {
  if (count_ < 3) return nan;
  const auto n = static_cast<double>(count_);
  if (m2_ < negligible || min_ == max_) return nan;
  return n * std::sqrt(n - 1) / (n - 2) * m3_ / (m2_ * std::sqrt(m2_));
}

double Moments::kurtosis() const {
  if (count_ < 4) return nan;
  const auto n = static_cast<double>(count_);
  if (m2_ < negligible || min_ == max_) return nan;
  const double scale = (n - 2) * (n - 3);
  return n * (n + 1) * (n - 1) * m4_ / (scale * m2_ * m2_) - 3 * (n - 1) * (n - 1) / scale;
}

}  // namespace penstock::explore
