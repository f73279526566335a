// Minimizers of smooth functions of many variables: L-BFGS (Liu and Nocedal 1989) with the line search of Moré and
// Thuente (1994), in the form of L-BFGS-B 3.0 without bounds, so that iterations and stopping are SciPy's
// (scipy.optimize, method L-BFGS-B); and OWL-QN (Andrew and Gao 2007) for an added L1 penalty.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace penstock::learn {

// The function's value at `point`; writes its gradient.
using Objective = std::function<double(std::span<const double> point, std::span<double> gradient)>;

struct MinimizeOptions {
  size_t iterations_max = 100;
  double gradient_max = 1e-4;               // stops when no component of the gradient is larger
  double decrease_min = 64 * 2.220446e-16;  // stops when a step lowers the value by less than this share
  size_t memory = 10;                       // corrections that are kept
  size_t line_search_max = 50;              // evaluations in one line search
};

struct Minimum {
  std::vector<double> point;
  double value = 0;
  size_t iterations = 0;
  bool converged = false;
  std::string reason;  // why it stopped, for a person
};

Minimum minimize(const Objective& objective, std::vector<double> start, const MinimizeOptions& options);

// Minimizes objective(x) + sum of penalties[i] * |x[i]|; penalties.size() == start.size(), each >= 0.
Minimum minimize_l1(const Objective& objective, std::vector<double> start, std::span<const double> penalties,
                    const MinimizeOptions& options);

}  // namespace penstock::learn
