#include "kit/builtin_linear_loss.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "core/learn/lbfgs.h"

namespace penstock::kit {

namespace {

using Kind = LinearLoss::Kind;

constexpr double widths[] = {0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-5, 1e-6};  // of a rounded corner, in spreads

struct Slope {
  double value = 0;
  double slope = 0;
};

// max(0, t) with its corner rounded over `width`.
Slope ramp(double t, double width) {
  if (t <= 0) return {};
  if (t < width) return {t * t / (2 * width), t / width};
  return {t - width / 2, 1};
}

// The loss of a row and its slope in the score.
Slope rounded(const LinearLoss& loss, double label, double score, double width) {
  const double r = label - score;
  switch (loss.kind) {
    case Kind::huber:
      if (std::abs(r) <= loss.delta) return {r * r / 2, -r};
      return {loss.delta * (std::abs(r) - loss.delta / 2), r > 0 ? -loss.delta : loss.delta};
    case Kind::insensitive_squared: {
      const double excess = std::max(0.0, std::abs(r) - loss.insensitivity);
      return {excess * excess, (r > 0 ? -2 : 2) * excess};
    }
    case Kind::hinge: {
      const double sign = label > 0 ? 1 : -1;
      const Slope of = ramp(loss.margin - sign * score, width);
      return {of.value, -sign * of.slope};
    }
    case Kind::absolute:
    case Kind::quantile:
    case Kind::insensitive_absolute:
      break;
  }
  const double above = loss.kind == Kind::quantile ? loss.quantile : 1;
  const double below = loss.kind == Kind::quantile ? 1 - loss.quantile : 1;
  const double dead = loss.kind == Kind::insensitive_absolute ? loss.insensitivity : 0;
  const Slope up = ramp(r - dead, width);
  const Slope down = ramp(-r - dead, width);
  return {above * up.value + below * down.value, below * down.slope - above * up.slope};
}

bool has_corners(Kind kind) {
  return kind != Kind::huber && kind != Kind::insensitive_squared;
}

double spread_of(const std::vector<double>& labels) {
  const auto count = static_cast<double>(labels.size());
  const double mean = std::accumulate(labels.begin(), labels.end(), 0.0) / count;
  double square = 0;
  for (const double label : labels) square += (label - mean) * (label - mean) / count;
  return square > 0 ? std::sqrt(square) : 1;
}

// Mean loss and ridge penalty at `point` (the weights, then the intercept), as the minimizer wants them.
class MeanLoss {
 public:
  MeanLoss(const learn::Matrix& features, const std::vector<double>& labels, const LinearLossFit& options)
      : features_(features), labels_(labels), options_(options), scores_(features.rows()) {
    total_ = options.row_weights.empty() ? static_cast<double>(features.rows())
                                         : std::accumulate(options.row_weights.begin(), options.row_weights.end(), 0.0);
  }

  double operator()(std::span<const double> point, std::span<double> gradient, double width) {
    const size_t columns = features_.columns();
    features_.multiply(point.first(columns), options_.intercept ? point[columns] : 0, scores_);
    double value = 0;
    double slopes = 0;
    for (size_t row = 0; row < scores_.size(); ++row) {
      const double weight = (options_.row_weights.empty() ? 1 : options_.row_weights[row]) / total_;
      const Slope of = rounded(options_.loss, labels_[row], scores_[row], width);
      value += weight * of.value;
      scores_[row] = weight * of.slope;
      slopes += scores_[row];
    }
    features_.multiply_transposed(scores_, gradient.first(columns));
    for (size_t i = 0; i < columns; ++i) {
      value += options_.l2 * point[i] * point[i] / 2;
      gradient[i] += options_.l2 * point[i];
    }
    if (options_.intercept) gradient[columns] = slopes;
    return value;
  }

 private:
  const learn::Matrix& features_;
  const std::vector<double>& labels_;
  const LinearLossFit& options_;
  std::vector<double> scores_;
  double total_ = 1;
};

}  // namespace

double LinearLoss::of(double label, double score) const {
  return rounded(*this, label, score, 0).value;
}

std::optional<LinearLoss::Kind> loss_named(std::string_view name) {
  constexpr std::pair<std::string_view, Kind> all[] = {
      {"absolute_loss", Kind::absolute},
      {"quantile_loss", Kind::quantile},
      {"huber_loss", Kind::huber},
      {"eps_insensitive_absolute_loss", Kind::insensitive_absolute},
      {"eps_insensitive_squared_loss", Kind::insensitive_squared},
      {"hinge_loss", Kind::hinge},
  };
  for (const auto& [known, kind] : all) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

learn::LinearModel fit_loss(const learn::Matrix& features, const std::vector<double>& labels,
                            const LinearLossFit& options) {
  const bool hinge = options.loss.kind == Kind::hinge;
  const double spread = hinge ? options.loss.margin : spread_of(labels);
  std::vector<double> point(features.columns() + (options.intercept ? 1 : 0), 0.0);
  std::vector<double> penalties(point.size(), 0.0);
  std::fill_n(penalties.begin(), features.columns(), options.l1);
  MeanLoss loss(features, labels, options);
  learn::MinimizeOptions limits;
  limits.iterations_max = 500;
  limits.gradient_max = 1e-9;
  limits.memory = 30;
  learn::LinearModel model;
  const auto round = [&](double width) {
    const learn::Objective objective = [&](std::span<const double> at, std::span<double> gradient) {
      return loss(at, gradient, width);
    };
    const auto found = options.l1 > 0 ? learn::minimize_l1(objective, std::move(point), penalties, limits)
                                      : learn::minimize(objective, std::move(point), limits);
    point = found.point;
    model.iterations += found.iterations;
  };
  if (has_corners(options.loss.kind)) {
    for (const double width : widths) round(width * spread);
  } else {
    round(0);
  }
  model.logistic = hinge;
  model.weights.assign(point.begin(), point.begin() + static_cast<std::ptrdiff_t>(features.columns()));
  model.intercepts = {options.intercept ? point.back() : 0.0};
  return model;
}

}  // namespace penstock::kit
