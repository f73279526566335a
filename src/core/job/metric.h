// Metrics of a job: values that regular expressions find in its log lines (CreateTrainingJob's MetricDefinitions).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "core/job/job.h"

namespace penstock::job {

struct FoundMetric {
  std::string_view name;  // lives as long as the finder
  double value = 0;
};

class MetricFinder {
 public:
  // ValidationException names the definition whose expression is no regular expression.
  static Outcome<MetricFinder> make(const std::vector<MetricDefinition>& definitions);
  MetricFinder(MetricFinder&&) noexcept;
  MetricFinder& operator=(MetricFinder&&) noexcept;
  ~MetricFinder();

  // What a line says: for each definition the first capture group of its first match, when that is a number. A search
  // that takes too long counts as no match.
  std::vector<FoundMetric> find(std::string_view line) const;

 private:
  struct Expression;
  MetricFinder();
  std::vector<Expression> expressions_;
};

}  // namespace penstock::job
