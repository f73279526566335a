#include "core/monitor/binning.h"

#include <cmath>

namespace penstock::monitor {
namespace {

// Of a range: its width, which may be more than a double holds, in units of `unit` (1, or 2 then).
struct Range {
  Range(double low, double high) : unit(std::isfinite(high - low) ? 1 : 2), width(high / unit - low / unit) {}
  double unit, width;
};

// numpy takes bins of the estimated width, as many as cover the range. `width` in the units of the range.
std::vector<double> edges_of_width(double low, double high, double width) {
  const double bins = std::ceil(Range(low, high).width / width);
  return equal_edges(low, high, width > 0 && std::isfinite(bins) ? static_cast<uint64_t>(bins) : 1);
}

}  // namespace

std::vector<uint64_t> histogram(const NumericDistribution& distribution, std::span<const double> edges) {
  std::vector<uint64_t> counts;
  uint64_t before = count_below(distribution, edges.front());
  for (size_t bin = 0; bin + 1 < edges.size(); ++bin) {
    const bool last = bin + 2 == edges.size();
    const uint64_t after = last ? count_up_to(distribution, edges[bin + 1]) : count_below(distribution, edges[bin + 1]);
    counts.push_back(after - before);
    before = after;
  }
  return counts;
}

std::vector<double> equal_edges(double low, double high, uint64_t bins) {
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  const Range range(low, high);
  const double step = range.width / static_cast<double>(bins);
  std::vector<double> edges;
  for (uint64_t i = 0; i < bins; ++i) {
    edges.push_back((static_cast<double>(i) * step + low / range.unit) * range.unit);
  }
  edges.push_back(high);
  return edges;
}

std::vector<double> mlmax_edges(const NumericDistribution& reference, int bins) {
  std::vector<double> edges;
  for (int i = 0; i <= bins; ++i) {
    const double percent = static_cast<double>(i) / bins * 100;
    edges.push_back((reference.max() - reference.min()) * percent / 100 + reference.min());
  }
  return edges;
}

std::vector<double> percentile_edges(const NumericDistribution& reference, int bins) {
  std::vector<double> edges;
  for (int i = 0; i <= bins; ++i) edges.push_back(quantile(reference, static_cast<double>(i) / bins * 100 / 100));
  return edges;
}

std::vector<double> sturges_edges(double low, double high, uint64_t size, bool integral) {
  double width = Range(low, high).width / (std::log2(static_cast<double>(size)) + 1);
  if (integral && width > 0 && width < 1) width = 1;
  return edges_of_width(low, high, width);
}

std::vector<double> doane_edges(const NumericDistribution& distribution, const Moments& moments) {
  const auto size = static_cast<double>(distribution.size());
  double width = 0;
  if (size > 2 && moments.std_dev > 0) {
    const double error = std::sqrt(6 * (size - 2) / ((size + 1) * (size + 3)));
    const double bins = 1 + std::log2(size) + std::log2(1 + std::abs(moments.skewness) / error);
    width = Range(distribution.min(), distribution.max()).width / bins;
  }
  return edges_of_width(distribution.min(), distribution.max(), width);
}

}  // namespace penstock::monitor
