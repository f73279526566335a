// MetricPoints: values over time (CloudWatch's model): a series is a namespace, a name and dimensions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "store/database.h"

namespace penstock::store {

using Dimensions = std::vector<std::pair<std::string, std::string>>;  // name -> value; order does not matter

struct MetricSeries {
  std::string metric_namespace;  // /aws/sagemaker/TrainingJobs
  std::string name;              // validation:auc
  Dimensions dimensions;         // sorted by name when read
};

struct MetricPoint {
  Time time;
  double value = 0;  // a number: NaN and infinities are dropped
};

class MetricPoints {
 public:
  virtual ~MetricPoints() = default;
  static std::unique_ptr<MetricPoints> open(Database& database);

  virtual Sequence append(const MetricSeries& series, const std::vector<MetricPoint>& points) = 0;
  // Points with start <= time < end in order of time, the first `count`. Empty for an unknown series.
  virtual std::vector<MetricPoint> query(const MetricSeries& series, Time start, Time end, size_t count = SIZE_MAX) = 0;
  // The last point, by time, of a series; none when there is none.
  virtual std::vector<MetricPoint> last(const MetricSeries& series, size_t count) = 0;  // newest first
  // Series of a namespace (empty: of all), whose name is `name` (empty: any) and that have all of `dimensions`.
  virtual std::vector<MetricSeries> series(std::string_view metric_namespace, std::string_view name = {},
                                           const Dimensions& dimensions = {}) const = 0;
};

}  // namespace penstock::store
