// FilterPattern: CloudWatch Logs' filter patterns (Amazon CloudWatch Logs user guide, "Filter pattern syntax"): terms
// (word, "exact phrase", ?optional, -excluded) and JSON conditions ({ $.level = "ERROR" && $.code >= 500 }). Regular
// expressions (%...%) and space-delimited patterns ([...]) are refused with an error that says so.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"

namespace penstock::aws::logs {

// A condition over a JSON log line.
class JsonCondition {
 public:
  virtual ~JsonCondition() = default;
  virtual bool holds(const Json& line) const = 0;
};

class FilterPattern {
 public:
  // Error: InvalidParameterException.
  static Outcome<FilterPattern> parse(std::string_view text);

  bool matches(std::string_view message) const;

 private:
  std::vector<std::string> required_;
  std::vector<std::string> optional_;  // at least one, if there is any
  std::vector<std::string> excluded_;
  std::shared_ptr<const JsonCondition> condition_;
};

}  // namespace penstock::aws::logs
