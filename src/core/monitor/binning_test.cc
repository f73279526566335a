#include "core/monitor/binning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace penstock::monitor {
namespace {

TEST(Binning, ARangeBeyondADoubleHasFiniteEdges) {
  for (const std::vector<double>& edges :
       {sturges_edges(-1.5e308, 1.5e308, 8, false), equal_edges(-1.5e308, 1.5e308, 4)}) {
    ASSERT_EQ(edges.size(), 5U);
    EXPECT_EQ(edges.front(), -1.5e308);
    EXPECT_EQ(edges[1], -0.75e308);
    EXPECT_EQ(edges[2], 0);
    EXPECT_EQ(edges.back(), 1.5e308);
  }
}

TEST(Binning, OneValueHasABinAroundIt) {
  EXPECT_EQ(equal_edges(3, 3, 2), (std::vector<double>{2.5, 3, 3.5}));
  EXPECT_EQ(sturges_edges(3, 3, 100, true), (std::vector<double>{2.5, 3.5}));
}

}  // namespace
}  // namespace penstock::monitor
