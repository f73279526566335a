// Condition: the test of a Choice rule in JSONPath mode, compiled. And/Or/Not, and the comparisons listed in choice.cc.
// Source: Amazon States Language, "Choice State", and recorded answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/pipeline/path.h"
#include "core/pipeline/scope.h"

namespace penstock::pipeline {

class Condition {
 public:
  Condition() = default;  // holds nothing; only to be assigned to
  // Compiles the rule object (its Next, Comment and Assign are not looked at). Everything wrong is appended to
  // `problems` with its place relative to the rule; check that `problems` did not grow before use.
  static Condition compile(const Json& rule, std::vector<Problem>& problems);

  std::vector<const Path*> paths() const;
  // Whether the rule holds. A value of another type than the comparison's is simply not equal, greater or less. A
  // Variable (or a comparison's …Path) that is not there is the error States.Runtime "Invalid path '$.x': The choice
  // state's condition path references an invalid value.", except for IsPresent.
  Outcome<bool> holds(const Scope& scope) const;

  struct Node;  // private to choice.cc

 private:
  explicit Condition(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

// "2016-03-14T01:59:00Z" with 'T', optional fraction, and 'Z' or an offset: what AWS takes as a timestamp.
bool is_timestamp(std::string_view text);

}  // namespace penstock::pipeline
