// The losses of linear-learner beside logistic, softmax and squared loss: what is minimized, and the minimum.
// (Developer guide, "Linear learner hyperparameters".)
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/learn/linear_model.h"
#include "core/learn/matrix.h"

namespace penstock::kit {

// A loss of one row, by its label y and score f; r = y - f.
struct LinearLoss {
  enum class Kind {
    absolute,              // |r|
    quantile,              // q r for r >= 0, (q - 1) r below
    huber,                 // r^2 / 2 up to `delta`, then delta (|r| - delta / 2)
    insensitive_absolute,  // max(0, |r| - insensitivity)
    insensitive_squared,   // its square
    hinge,                 // max(0, margin - y f), y being -1 or 1
  };
  Kind kind = Kind::absolute;
  double quantile = 0.5;
  double delta = 1;
  double insensitivity = 0.01;
  double margin = 1;

  double of(double label, double score) const;
};

// The loss of that name ("absolute_loss", "hinge_loss", ...); nothing for those that have solvers of their own.
std::optional<LinearLoss::Kind> loss_named(std::string_view name);

struct LinearLossFit {
  LinearLoss loss;
  std::vector<double> row_weights;  // empty: all 1
  double l1 = 0;                    // l1 |w| and l2 |w|^2 / 2 are added to the mean loss
  double l2 = 0;
  bool intercept = true;
};

// Minimizes the mean loss. Losses with corners are rounded, less and less, down to a millionth of the labels' spread.
learn::LinearModel fit_loss(const learn::Matrix& features, const std::vector<double>& labels,
                            const LinearLossFit& options);

}  // namespace penstock::kit
