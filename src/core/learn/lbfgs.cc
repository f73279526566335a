#include "core/learn/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

namespace penstock::learn {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

double dot(std::span<const double> left, std::span<const double> right) {
  double sum = 0;
  for (size_t i = 0; i < left.size(); ++i) sum += left[i] * right[i];
  return sum;
}

double largest(std::span<const double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

// The last corrections (steps and what they changed in the gradient), which stand for the inverse of the Hessian.
class Corrections {
 public:
  explicit Corrections(size_t memory) : memory_(memory) {}

  bool empty() const { return steps_.empty(); }
  void clear() { steps_.clear(); }
  void push(std::vector<double> step, std::vector<double> change) {
    if (steps_.size() == memory_) steps_.pop_front();
    const double curvature = dot(step, change);
    steps_.push_back({std::move(step), std::move(change), curvature});
  }
  // -H g by the two-loop recursion.
  std::vector<double> direction(std::span<const double> gradient) const {
    std::vector<double> result(gradient.begin(), gradient.end());
    std::vector<double> factors(steps_.size());
    for (size_t k = steps_.size(); k-- > 0;) {
      factors[k] = dot(steps_[k].step, result) / steps_[k].curvature;
      for (size_t i = 0; i < result.size(); ++i) result[i] -= factors[k] * steps_[k].change[i];
    }
    if (!steps_.empty()) {
      const Correction& last = steps_.back();
      const double scale = last.curvature / dot(last.change, last.change);
      for (double& value : result) value *= scale;
    }
    for (size_t k = 0; k < steps_.size(); ++k) {
      const double factor = dot(steps_[k].change, result) / steps_[k].curvature;
      for (size_t i = 0; i < result.size(); ++i) result[i] += (factors[k] - factor) * steps_[k].step[i];
    }
    for (double& value : result) value = -value;
    return result;
  }

 private:
  struct Correction {
    std::vector<double> step;
    std::vector<double> change;
    double curvature;
  };
  size_t memory_;
  std::deque<Correction> steps_;
};

// A trial of the line search: the step, the function's value and its slope along the direction.
struct Trial {
  double step = 0, value = 0, slope = 0;
};

// The end of an interval with the least value (`best`), its other end, and whether they bracket a minimum.
struct Interval {
  Trial best, other;
  bool bracketed = false;
};

// Moré and Thuente's safeguarded step (dcstep of MINPACK-2): updates the interval and gives the next step, by cubic and
// quadratic interpolation of the four cases of section 4 of the paper.
double next_step(Interval& at, const Trial& now, double step_min, double step_max) {
  const Trial best = at.best;
  const double sign = now.slope * (best.slope / std::abs(best.slope));
  const double theta = 3 * (best.value - now.value) / (now.step - best.step) + best.slope + now.slope;
  const double size = std::max({std::abs(theta), std::abs(best.slope), std::abs(now.slope)});
  const auto root = [&](bool clamped) {
    const double inside = (theta / size) * (theta / size) - (best.slope / size) * (now.slope / size);
    return size * std::sqrt(clamped ? std::max(0.0, inside) : inside);
  };
  double step = 0;
  if (now.value > best.value) {  // 1: a higher value brackets the minimum
    const double gamma = now.step < best.step ? -root(false) : root(false);
    const double r = ((gamma - best.slope) + theta) / (((gamma - best.slope) + gamma) + now.slope);
    const double cubic = best.step + r * (now.step - best.step);
    const double quadratic =
        best.step +
        ((best.slope / ((best.value - now.value) / (now.step - best.step) + best.slope)) / 2) * (now.step - best.step);
    step = std::abs(cubic - best.step) < std::abs(quadratic - best.step) ? cubic : cubic + (quadratic - cubic) / 2;
    at.bracketed = true;
  } else if (sign < 0) {  // 2: lower, and the slope changes its sign
    const double gamma = now.step > best.step ? -root(false) : root(false);
    const double r = ((gamma - now.slope) + theta) / (((gamma - now.slope) + gamma) + best.slope);
    const double cubic = now.step + r * (best.step - now.step);
    const double secant = now.step + (now.slope / (now.slope - best.slope)) * (best.step - now.step);
    step = std::abs(cubic - now.step) > std::abs(secant - now.step) ? cubic : secant;
    at.bracketed = true;
  } else if (std::abs(now.slope) < std::abs(best.slope)) {  // 3: lower, same sign, flatter
    const double gamma = now.step > best.step ? -root(true) : root(true);
    const double r = ((gamma - now.slope) + theta) / ((gamma + (best.slope - now.slope)) + gamma);
    const double cubic = r < 0 && gamma != 0    ? now.step + r * (best.step - now.step)
                         : now.step > best.step ? step_max
                                                : step_min;
    const double secant = now.step + (now.slope / (now.slope - best.slope)) * (best.step - now.step);
    const bool cubic_is_nearer = std::abs(cubic - now.step) < std::abs(secant - now.step);
    if (at.bracketed) {
      step = cubic_is_nearer ? cubic : secant;
      const double limit = now.step + 0.66 * (at.other.step - now.step);
      step = now.step > best.step ? std::min(limit, step) : std::max(limit, step);
    } else {
      step = std::clamp(cubic_is_nearer ? secant : cubic, step_min, step_max);
    }
  } else if (at.bracketed) {  // 4: lower, same sign, not flatter
    const Trial& end = at.other;
    const double t = 3 * (now.value - end.value) / (end.step - now.step) + end.slope + now.slope;
    const double s = std::max({std::abs(t), std::abs(end.slope), std::abs(now.slope)});
    const double square = s * std::sqrt((t / s) * (t / s) - (end.slope / s) * (now.slope / s));
    const double gamma = now.step > end.step ? -square : square;
    const double r = ((gamma - now.slope) + t) / (((gamma - now.slope) + gamma) + end.slope);
    step = now.step + r * (end.step - now.step);
  } else {
    step = now.step > best.step ? step_max : step_min;
  }
  if (now.value > best.value) {
    at.other = now;
  } else {
    if (sign < 0) at.other = best;
    at.best = now;
  }
  return step;
}

// dcsrch of MINPACK-2 with L-BFGS-B's constants: a step that lowers the value and flattens the slope enough.
class LineSearch {
 public:
  LineSearch(double value, double slope, double step)
      : start_{0, value, slope}, interval_{start_, start_, false}, step_(step), high_(step + 4 * step) {}

  double step() const { return step_; }
  // Takes the trial at step(); true when the search is over, else step() is the next one.
  bool done(double value, double slope) {
    const double wanted_slope = decrease * start_.slope;
    const double wanted = start_.value + step_ * wanted_slope;
    if (first_stage_ && value <= wanted && slope >= 0) first_stage_ = false;
    const bool stuck = interval_.bracketed && (step_ <= low_ || step_ >= high_ || high_ - low_ <= narrow * high_);
    const bool at_end = step_ == step_max && value <= wanted && slope <= wanted_slope;
    if (stuck || at_end || (value <= wanted && std::abs(slope) <= flatness * -start_.slope)) return true;
    Trial trial{step_, value, slope};
    if (first_stage_ && value <= interval_.best.value && value > wanted) {
      // A step on the function less its wanted decrease.
      const auto tilt = [&](Trial& t, double direction) {
        t.value -= direction * t.step * wanted_slope;
        t.slope -= direction * wanted_slope;
      };
      tilt(trial, 1), tilt(interval_.best, 1), tilt(interval_.other, 1);
      step_ = next_step(interval_, trial, low_, high_);
      tilt(interval_.best, -1), tilt(interval_.other, -1);
    } else {
      step_ = next_step(interval_, trial, low_, high_);
    }
    narrow_interval();
    return false;
  }

 private:
  static constexpr double decrease = 1e-3, flatness = 0.9, narrow = 0.1, step_max = 1e10;

  void narrow_interval() {
    const double best = interval_.best.step, other = interval_.other.step;
    if (interval_.bracketed) {
      if (std::abs(other - best) >= 0.66 * width_before_) step_ = best + 0.5 * (other - best);
      width_before_ = width_;
      width_ = std::abs(other - best);
      low_ = std::min(best, other);
      high_ = std::max(best, other);
    } else {
      low_ = step_ + 1.1 * (step_ - best);
      high_ = step_ + 4 * (step_ - best);
    }
    step_ = std::clamp(step_, 0.0, step_max);
    if (interval_.bracketed && (step_ <= low_ || step_ >= high_ || high_ - low_ <= narrow * high_)) step_ = best;
  }

  Trial start_;
  Interval interval_;
  double step_;
  double low_ = 0;
  double high_;
  double width_ = step_max;
  double width_before_ = 2 * step_max;
  bool first_stage_ = true;
};

// The state of a minimization by L-BFGS.
struct Progress {
  std::vector<double> point, gradient;
  double value = 0;
};

// One line search from `at` along `direction`. Returns the step taken, 0 when none was found; `at` is moved.
double search_line(const Objective& objective, Progress& at, const std::vector<double>& direction, double first_step,
                   size_t evaluations_max) {
  const Progress before = at;
  LineSearch search(before.value, dot(before.gradient, direction), first_step);
  for (size_t evaluation = 0; evaluation < evaluations_max; ++evaluation) {
    for (size_t i = 0; i < at.point.size(); ++i) at.point[i] = before.point[i] + search.step() * direction[i];
    at.value = objective(at.point, at.gradient);
    const double step = search.step();
    if (search.done(at.value, dot(at.gradient, direction))) return step;
  }
  at = before;
  return 0;
}

bool small_decrease(double before, double after, double share) {
  return before - after <= share * std::max({std::abs(before), std::abs(after), 1.0});
}

Minimum finish(Progress&& at, size_t iterations, bool converged, std::string reason) {
  return {.point = std::move(at.point),
          .value = at.value,
          .iterations = iterations,
          .converged = converged,
          .reason = std::move(reason)};
}

}  // namespace

Minimum minimize(const Objective& objective, std::vector<double> start, const MinimizeOptions& options) {
  Progress at{.point = std::move(start), .gradient = {}, .value = 0};
  at.gradient.resize(at.point.size());
  at.value = objective(at.point, at.gradient);
  Corrections corrections(options.memory);
  if (largest(at.gradient) <= options.gradient_max) return finish(std::move(at), 0, true, "the gradient is 0");
  for (size_t iteration = 0; iteration < options.iterations_max;) {
    const Progress before = at;
    const std::vector<double> direction = corrections.direction(at.gradient);
    const double slope = dot(at.gradient, direction);
    const double first_step = iteration == 0 ? std::min(1 / std::sqrt(dot(direction, direction)), 1e10) : 1;
    const double step = slope < 0 ? search_line(objective, at, direction, first_step, options.line_search_max) : 0;
    if (step == 0) {  // from the plain gradient again, once
      if (corrections.empty()) return finish(std::move(at), iteration, false, "no step lowers the value any more");
      corrections.clear();
      continue;
    }
    ++iteration;
    if (largest(at.gradient) <= options.gradient_max)
      return finish(std::move(at), iteration, true, "the gradient is small enough");
    if (small_decrease(before.value, at.value, options.decrease_min))
      return finish(std::move(at), iteration, true, "a step lowers the value by too little");
    std::vector<double> moved(direction.size()), change(direction.size());
    for (size_t i = 0; i < direction.size(); ++i) {
      moved[i] = step * direction[i];
      change[i] = at.gradient[i] - before.gradient[i];
    }
    if (dot(moved, change) > epsilon * -slope * step) corrections.push(std::move(moved), std::move(change));
  }
  return finish(std::move(at), options.iterations_max, false, "the limit of iterations is reached");
}

namespace {

// The gradient of the penalized function, or at a kink the part of it by which it falls.
std::vector<double> pseudo_gradient(const Progress& at, std::span<const double> penalties) {
  std::vector<double> pseudo(at.gradient);
  for (size_t i = 0; i < pseudo.size(); ++i) {
    if (at.point[i] != 0)
      pseudo[i] += at.point[i] > 0 ? penalties[i] : -penalties[i];
    else if (pseudo[i] + penalties[i] < 0)
      pseudo[i] += penalties[i];
    else if (pseudo[i] - penalties[i] > 0)
      pseudo[i] -= penalties[i];
    else
      pseudo[i] = 0;
  }
  return pseudo;
}

double penalty(std::span<const double> point, std::span<const double> penalties) {
  double sum = 0;
  for (size_t i = 0; i < point.size(); ++i) sum += penalties[i] * std::abs(point[i]);
  return sum;
}

// Backtracks along `direction`, staying in the orthant of the start. False when no step lowers the value enough.
bool step_in_orthant(const Objective& objective, Progress& at, std::span<const double> penalties,
                     std::span<const double> pseudo, std::span<const double> direction, double step, size_t tries_max) {
  const Progress before = at;
  const double value_before = before.value + penalty(before.point, penalties);
  for (size_t tries = 0; tries < tries_max; ++tries, step *= 0.5) {
    double promised = 0;
    for (size_t i = 0; i < direction.size(); ++i) {
      const double orthant = before.point[i] != 0 ? before.point[i] : -pseudo[i];
      double moved = before.point[i] + step * direction[i];
      if (penalties[i] > 0 && moved * orthant <= 0) moved = 0;
      promised += pseudo[i] * (moved - before.point[i]);
      at.point[i] = moved;
    }
    at.value = objective(at.point, at.gradient);
    if (at.value + penalty(at.point, penalties) <= value_before + 1e-4 * promised && promised < 0) return true;
  }
  at = before;
  return false;
}

}  // namespace

Minimum minimize_l1(const Objective& objective, std::vector<double> start, std::span<const double> penalties,
                    const MinimizeOptions& options) {
  Progress at{.point = std::move(start), .gradient = {}, .value = 0};
  at.gradient.resize(at.point.size());
  at.value = objective(at.point, at.gradient);
  Corrections corrections(options.memory);
  for (size_t iteration = 0; iteration < options.iterations_max;) {
    const std::vector<double> pseudo = pseudo_gradient(at, penalties);
    if (largest(pseudo) <= options.gradient_max)
      return finish(std::move(at), iteration, true, "the gradient is small enough");
    std::vector<double> direction = corrections.direction(pseudo);
    for (size_t i = 0; i < direction.size(); ++i)
      if (direction[i] * pseudo[i] >= 0) direction[i] = 0;  // keeps to where the value falls
    const Progress before = at;
    const double step = corrections.empty() ? std::min(1.0, 1 / std::sqrt(dot(pseudo, pseudo))) : 1;
    if (!step_in_orthant(objective, at, penalties, pseudo, direction, step, options.line_search_max)) {
      if (corrections.empty()) return finish(std::move(at), iteration, false, "no step lowers the value any more");
      corrections.clear();
      continue;
    }
    ++iteration;
    if (small_decrease(before.value + penalty(before.point, penalties), at.value + penalty(at.point, penalties),
                       options.decrease_min))
      return finish(std::move(at), iteration, true, "a step lowers the value by too little");
    std::vector<double> moved(direction.size()), change(direction.size());
    for (size_t i = 0; i < direction.size(); ++i) {
      moved[i] = at.point[i] - before.point[i];
      change[i] = at.gradient[i] - before.gradient[i];
    }
    if (dot(moved, change) > epsilon * dot(change, change)) corrections.push(std::move(moved), std::move(change));
  }
  return finish(std::move(at), options.iterations_max, false, "the limit of iterations is reached");
}

}  // namespace penstock::learn
