// Constraints: a data set's assumptions, as a file that people edit: constraints.json in SageMaker Model Monitor's
// schema, with what it lacks under "penstock" (docs/kit.md): ranges, uniqueness, regular expressions, rows, comparisons
// between columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/explore/column.h"
#include "core/explore/profile.h"

namespace penstock::explore {

struct FeatureConstraints {
  std::string name;
  ColumnType type = ColumnType::Unknown;  // Unknown: any
  std::optional<double> completeness;     // the least share of rows that have it
  bool non_negative = false;
  std::optional<double> min, max;  // of times, seconds since 1970
  std::vector<std::string> domain;
  bool unique = false;
  std::string regex;
  // Shares of its values which must fit, from the file's monitoring_config or this feature's override.
  double type_share = 1;
  double domain_share = 1;
  bool evaluate = true;  // monitoring_config.evaluate_constraints, or this feature's override
};

// "left operator right" in every row that has both; operator is one of < <= > >= == !=.
struct Comparison {
  std::string left, comparison, right;
};

struct Constraints {
  std::vector<FeatureConstraints> features;
  std::optional<uint64_t> rows_min, rows_max;
  std::vector<Comparison> comparisons;
  bool extra_columns_allowed = false;
  bool evaluate = true;      // monitoring_config.evaluate_constraints: without it, nothing is a violation
  bool emit_metrics = true;  // monitoring_config.emit_metrics, for Model Monitor's analyzer
};

// What the profile shows, as constraints that it meets.
Constraints suggest_constraints(const Profile& profile);

// To and from the file. An Error (code "BadConstraints") names the member that is wrong.
Json constraints_json(const Constraints& constraints);
Outcome<Constraints> parse_constraints(const Json& json);

}  // namespace penstock::explore
