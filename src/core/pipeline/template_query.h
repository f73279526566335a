// Query: a JSONata expression in a definition ("{% ... %}"), compiled once, and what it sees as $states.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/pipeline/jsonata/expression.h"
#include "core/pipeline/scope.h"

namespace penstock::pipeline {

class Query {
 public:
  // `text` with its {% %}; `location` is how errors name the field ("Output/result"). The error says what is wrong with
  // the text.
  static Outcome<Query> compile(std::string_view text, std::string location);

  std::string_view text() const { return expression_.text(); }
  // All variables it reads, "states" among them.
  const std::vector<std::string>& variables() const { return expression_.referenced_variables(); }
  // Errors: States.QueryEvaluationError, with the field "location". An undefined result is one.
  Outcome<Json> evaluate(const Scope& scope) const;

 private:
  Query(jsonata::Expression expression, std::string location);
  jsonata::Expression expression_;
  std::string location_;
  bool reads_context_;  // the context object is built only when an expression may look at it
};

}  // namespace penstock::pipeline
