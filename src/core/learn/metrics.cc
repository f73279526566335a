#include "core/learn/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/learn/order_statistics.h"

namespace penstock::learn {
namespace {

const double not_known = std::numeric_limits<double>::quiet_NaN();
const double infinite = std::numeric_limits<double>::infinity();

double ratio(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

}  // namespace

Confusion Confusion::of(std::span<const double> labels, std::span<const double> predicted, size_t classes) {
  Confusion confusion{.classes = classes, .counts = std::vector<double>(classes * classes)};
  for (size_t row = 0; row < labels.size(); ++row)
    ++confusion.counts[static_cast<size_t>(labels[row]) * classes + static_cast<size_t>(predicted[row])];
  return confusion;
}

double Confusion::of_class(size_t label) const {
  double sum = 0;
  for (size_t k = 0; k < classes; ++k) sum += at(label, k);
  return sum;
}

double Confusion::as_class(size_t predicted) const {
  double sum = 0;
  for (size_t k = 0; k < classes; ++k) sum += at(k, predicted);
  return sum;
}

double Confusion::total() const {
  return std::accumulate(counts.begin(), counts.end(), 0.0);
}

double Confusion::accuracy() const {
  double right = 0;
  for (size_t k = 0; k < classes; ++k) right += at(k, k);
  return ratio(right, total());
}

double Confusion::balanced_accuracy() const {
  double sum = 0, seen = 0;
  for (size_t k = 0; k < classes; ++k) {
    if (of_class(k) == 0) continue;
    sum += recall(k);
    ++seen;
  }
  return ratio(sum, seen);
}

double Confusion::precision(size_t label) const {
  return ratio(at(label, label), as_class(label));
}
double Confusion::recall(size_t label) const {
  return ratio(at(label, label), of_class(label));
}

double Confusion::f_beta(size_t label, double beta) const {
  const double square = beta * beta;
  return ratio((1 + square) * at(label, label), square * of_class(label) + as_class(label));
}

double Confusion::matthews() const {
  double right = 0, of_both = 0, of_true = 0, of_predicted = 0;
  const double rows = total();
  for (size_t k = 0; k < classes; ++k) {
    right += at(k, k);
    of_both += of_class(k) * as_class(k);
    of_true += of_class(k) * of_class(k);
    of_predicted += as_class(k) * as_class(k);
  }
  return ratio(right * rows - of_both, std::sqrt((rows * rows - of_predicted) * (rows * rows - of_true)));
}

Ranking::Ranking(std::span<const double> labels, std::span<const double> scores)
    : order_(labels.size()), labels_(labels), scores_(scores) {
  std::iota(order_.begin(), order_.end(), 0U);
  std::sort(order_.begin(), order_.end(), [&](uint32_t left, uint32_t right) {
    return scores_[left] != scores_[right] ? scores_[left] > scores_[right] : left < right;
  });
}

void Ranking::walk(std::span<const uint32_t> weights, const std::function<void(double, double, double)>& f) const {
  double positives = 0, negatives = 0;
  for (size_t i = 0; i < order_.size(); ++i) {
    const uint32_t row = order_[i];
    const double weight = weights.empty() ? 1 : weights[row];
    (labels_[row] != 0 ? positives : negatives) += weight;
    if (i + 1 == order_.size() || scores_[order_[i + 1]] != scores_[row]) f(positives, negatives, scores_[row]);
  }
}

double Ranking::roc_auc(std::span<const uint32_t> weights) const {
  double area = 0, positives = 0, negatives = 0;
  walk(weights, [&](double now_positives, double now_negatives, double) {
    area += (now_negatives - negatives) * (now_positives + positives) / 2;
    positives = now_positives;
    negatives = now_negatives;
  });
  return positives == 0 || negatives == 0 ? not_known : area / positives / negatives;
}

double Ranking::average_precision(std::span<const uint32_t> weights) const {
  double sum = 0, positives = 0;
  walk(weights, [&](double now, double negatives, double) {
    if (now > positives) sum += (now - positives) * (now / (now + negatives));
    positives = now;
  });
  return positives == 0 ? 0 : sum / positives;
}

std::vector<CurvePoint> Ranking::roc() const {
  std::vector<CurvePoint> points;
  walk({}, [&](double positives, double negatives, double score) { points.push_back({negatives, positives, score}); });
  if (points.empty()) return {};
  const double negatives = points.back().x, positives = points.back().y;
  std::vector<CurvePoint> kept = {{0 / negatives, 0 / positives, infinite}};
  for (size_t i = 0; i < points.size(); ++i) {
    // A point between two of the same direction draws nothing. As roc_curve, which does not look at the origin here.
    const bool corner = i == 0 || i + 1 == points.size() ||
                        points[i + 1].x - points[i].x != points[i].x - points[i - 1].x ||
                        points[i + 1].y - points[i].y != points[i].y - points[i - 1].y;
    if (corner) kept.push_back({points[i].x / negatives, points[i].y / positives, points[i].threshold});
  }
  return kept;
}

std::vector<CurvePoint> Ranking::precision_recall() const {
  std::vector<CurvePoint> points = {{0, 1, infinite}};
  double positives = 0;
  walk({}, [&](double now, double negatives, double score) {
    positives = now;
    points.push_back({now, now / (now + negatives), score});
  });
  for (CurvePoint& point : points) point.x = positives == 0 ? 1 : point.x / positives;
  points.front().x = 0;
  std::reverse(points.begin(), points.end());
  return points;
}

double log_loss(std::span<const double> labels, std::span<const double> probabilities, size_t classes) {
  constexpr double least = std::numeric_limits<double>::epsilon();
  std::vector<double> losses(labels.size());
  for (size_t row = 0; row < labels.size(); ++row)
    losses[row] =
        -std::log(std::clamp(probabilities[row * classes + static_cast<size_t>(labels[row])], least, 1 - least));
  return pairwise_sum(losses) / static_cast<double>(labels.size());
}

double brier_score(std::span<const double> labels, std::span<const double> positive) {
  std::vector<double> squares(labels.size());
  for (size_t row = 0; row < labels.size(); ++row)
    squares[row] = (positive[row] - labels[row]) * (positive[row] - labels[row]);
  return pairwise_sum(squares) / static_cast<double>(labels.size());
}

std::vector<CurvePoint> calibration(std::span<const double> labels, std::span<const double> positive, size_t bins) {
  const std::vector<double> edges = even_spaced(0, 1, bins + 1);
  std::vector<CurvePoint> sums(bins);
  for (size_t row = 0; row < labels.size(); ++row) {
    // numpy.searchsorted(edges[1:-1], probability): an edge belongs to the bin below it.
    const size_t bin =
        static_cast<size_t>(std::lower_bound(edges.begin() + 1, edges.end() - 1, positive[row]) - (edges.begin() + 1));
    sums[bin].x += positive[row];
    sums[bin].y += labels[row];
    ++sums[bin].threshold;
  }
  std::vector<CurvePoint> filled;
  for (const CurvePoint& bin : sums)
    if (bin.threshold > 0) filled.push_back({bin.x / bin.threshold, bin.y / bin.threshold, bin.threshold});
  return filled;
}

double multiclass_auc(std::span<const double> labels, std::span<const double> probabilities, size_t classes) {
  std::vector<double> own(labels.size()), scores(labels.size());
  double sum = 0;
  for (size_t k = 0; k < classes; ++k) {
    for (size_t row = 0; row < labels.size(); ++row) {
      own[row] = labels[row] == static_cast<double>(k) ? 1 : 0;
      scores[row] = probabilities[row * classes + k];
    }
    sum += Ranking(own, scores).roc_auc();
  }
  return sum / static_cast<double>(classes);
}

RegressionMetrics regression_metrics(std::span<const double> labels, std::span<const double> predicted) {
  const double rows = static_cast<double>(labels.size());
  std::vector<double> absolute(labels.size()), square(labels.size()), relative(labels.size()), error(labels.size());
  for (size_t row = 0; row < labels.size(); ++row) {
    error[row] = labels[row] - predicted[row];
    absolute[row] = std::abs(error[row]);
    square[row] = error[row] * error[row];
    relative[row] = absolute[row] / std::max(std::abs(labels[row]), std::numeric_limits<double>::epsilon());
  }
  const double mean = pairwise_sum(labels) / rows, mean_error = pairwise_sum(error) / rows;
  std::vector<double> from_mean(labels.size()), from_error(labels.size());
  for (size_t row = 0; row < labels.size(); ++row) {
    from_mean[row] = (labels[row] - mean) * (labels[row] - mean);
    from_error[row] = (error[row] - mean_error) * (error[row] - mean_error);
  }
  const double variation = pairwise_sum(from_mean), left = pairwise_sum(square);
  const auto explained = [&](double rest) { return explained_share(rest, variation); };
  RegressionMetrics metrics;
  metrics.mae = pairwise_sum(absolute) / rows;
  metrics.mse = left / rows;
  metrics.rmse = std::sqrt(metrics.mse);
  metrics.mape = pairwise_sum(relative) / rows;
  metrics.r2 = labels.size() < 2 ? not_known : explained(left);
  metrics.explained_variance = explained(pairwise_sum(from_error));
  metrics.max_error = labels.empty() ? 0 : *std::max_element(absolute.begin(), absolute.end());
  metrics.median_absolute_error = labels.empty() ? 0 : linear_quantile(sorted_present(absolute), 0.5);
  return metrics;
}

double explained_share(double rest, double variation) {
  return variation != 0 ? 1 - rest / variation : rest == 0 ? 1.0 : 0.0;
}

std::vector<IntervalOfMetric> bootstrap(
    size_t rows, size_t resamples, uint32_t seed, double level,
    const std::function<std::vector<double>(std::span<const uint32_t> weights)>& metrics) {
  NumpyRandom random(seed);
  std::vector<std::vector<double>> values;  // by metric
  std::vector<uint32_t> weights(rows);
  for (size_t i = 0; i < resamples; ++i) {
    std::fill(weights.begin(), weights.end(), 0U);
    for (size_t k = 0; k < rows; ++k) ++weights[random.up_to(static_cast<uint32_t>(rows - 1))];
    const std::vector<double> one = metrics(weights);
    values.resize(one.size());
    for (size_t m = 0; m < one.size(); ++m) values[m].push_back(one[m]);
  }
  std::vector<IntervalOfMetric> intervals;
  for (const std::vector<double>& of_metric : values) {
    const std::vector<double> sorted = sorted_present(of_metric);
    if (sorted.empty()) {
      intervals.push_back({not_known, not_known, not_known});
      continue;
    }
    const double mean = pairwise_sum(sorted) / static_cast<double>(sorted.size());
    double square = 0;
    for (const double value : sorted) square += (value - mean) * (value - mean);
    intervals.push_back({linear_quantile(sorted, (1 - level) / 2), linear_quantile(sorted, (1 + level) / 2),
                         std::sqrt(square / static_cast<double>(sorted.size()))});
  }
  return intervals;
}

}  // namespace penstock::learn
