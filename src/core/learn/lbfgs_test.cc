#include "core/learn/lbfgs.h"

#include <gtest/gtest.h>

#include <cmath>

namespace penstock::learn {
namespace {

double rosenbrock(std::span<const double> x, std::span<double> gradient) {
  double sum = 0;
  std::fill(gradient.begin(), gradient.end(), 0.0);
  for (size_t i = 0; i + 1 < x.size(); ++i) {
    const double bend = x[i + 1] - x[i] * x[i];
    sum += 100 * bend * bend + (1 - x[i]) * (1 - x[i]);
    gradient[i] += -400 * x[i] * bend - 2 * (1 - x[i]);
    gradient[i + 1] += 200 * bend;
  }
  return sum;
}

TEST(Lbfgs, TakesAsManyIterationsAsScipy) {
  // scipy.optimize.minimize(rosen, [-1.2, 1, -1.2, 1, -1.2, 1], method="L-BFGS-B", jac=rosen_der,
  //                         options={"maxiter": 500, "gtol": 1e-6, "ftol": 0}) of SciPy 1.17.1
  const MinimizeOptions options{.iterations_max = 500, .gradient_max = 1e-6, .decrease_min = 0};
  const Minimum minimum = minimize(rosenbrock, {-1.2, 1, -1.2, 1, -1.2, 1}, options);
  EXPECT_TRUE(minimum.converged);
  EXPECT_EQ(minimum.iterations, 55U);
  for (const double x : minimum.point) EXPECT_NEAR(x, 1, 1e-6);
}

TEST(Lbfgs, SaysWhyItStopped) {
  const MinimizeOptions few{.iterations_max = 3};
  const Minimum minimum = minimize(rosenbrock, {-1.2, 1}, few);
  EXPECT_FALSE(minimum.converged);
  EXPECT_EQ(minimum.reason, "the limit of iterations is reached");
  EXPECT_EQ(minimum.iterations, 3U);
}

TEST(Lbfgs, AnL1PenaltySetsWhatIsSmallToZero) {
  // (x - 3)^2 / 2 + (y - 0.4)^2 / 2 + |x| + |y|: x = 2, y = 0.
  const auto bowl = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = x[0] - 3;
    gradient[1] = x[1] - 0.4;
    return gradient[0] * gradient[0] / 2 + gradient[1] * gradient[1] / 2;
  };
  const std::vector<double> penalties = {1, 1};
  const Minimum minimum = minimize_l1(bowl, {0, 0}, penalties, {.gradient_max = 1e-10});
  EXPECT_NEAR(minimum.point[0], 2, 1e-9);
  EXPECT_EQ(minimum.point[1], 0);
}

}  // namespace
}  // namespace penstock::learn
