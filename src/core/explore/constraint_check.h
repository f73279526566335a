// ConstraintCheck: whether a data set meets its constraints, in one pass over its batches.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/explore/column.h"
#include "core/explore/constraints.h"
#include "core/explore/spill.h"

namespace penstock::explore {

// A constraint that is not met. The first five checks are Model Monitor's, and so are their descriptions; the others
// are ours: range_check, uniqueness_check, regex_check, comparison_check, row_count_check.
struct Violation {
  std::string feature;  // empty for row_count_check
  std::string check;
  std::string description;
  uint64_t count = 0;          // rows that break it, where rows do
  std::vector<uint64_t> rows;  // the first of them, counted from 1 (a header is none)
};

class ConstraintCheck {
 public:
  // Error "BadRegex".
  static Outcome<ConstraintCheck> make(Constraints constraints, Spill& spill);
  ConstraintCheck(ConstraintCheck&&) noexcept;
  ~ConstraintCheck();

  Outcome<void> add(std::span<const Column> columns);
  // All violations, in the order of the features. No batch may be added after.
  Outcome<std::vector<Violation>> finish();
  uint64_t rows() const;

 private:
  struct State;
  explicit ConstraintCheck(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// constraint_violations.json, with counts and rows under "penstock".
Json violations_json(std::span<const Violation> violations);

}  // namespace penstock::explore
