// Expression: a JSONata 2 expression, compiled once and evaluated many times (from any number of threads at once). In
// the dialect of Step Functions it has AWS's functions besides ($partition, $range, $hash, $random([seed]), $uuid,
// $parse) and refuses what AWS refuses: $eval, and at the top level `$`, `$$` and names of fields.
//
// Errors have the reference's code ("T2001", "S0201", "D3030"; "U1001" when a bound is hit), its message, and as fields
// "position" (UTF-16 units into the text) and "token" when known. What Step Functions says for them
// (States.QueryEvaluationError; recorded on AWS):
//   undefined           The JSONata expression 'EXPR' specified for the field 'FIELD' returned nothing (undefined).
//   UnsupportedResult   The JSONata expression 'EXPR' specified for the field 'FIELD' returned an unsupported result
//   type. wrong type          The JSONata expression 'EXPR' specified for the field 'FIELD' returned an unexpected
//   result type. Expected
//                       'array', but was 'string' for value: "..."   (the caller knows what it expects)
//   any other code      The JSONata expression 'EXPR' specified for the field 'FIELD' threw an error during evaluation.
//   CODE: MESSAGE
// `query_error_cause` composes the first, second and last.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "base/random.h"
#include "base/time.h"
#include "core/pipeline/jsonata/builtin.h"

namespace penstock::jsonata {

// What one evaluation may use; beyond it the error is U1001. A step is a node evaluated or an item looked at.
struct Limits {
  size_t steps_max = 10'000'000;
  size_t depth_max = 1'000;  // nested evaluations, as the reference counts them
  size_t memory_bytes_max = 128 << 20;
};

// What an evaluation takes from outside.
struct Environment {
  Random& random;
  Time now = {};  // of $now and $millis, the same through one evaluation
  Limits limits = {};
};

// A variable given from outside: `$name`. Both are borrowed for the call.
struct Binding {
  std::string_view name;
  const Json* value;
};

struct Program;

class Expression {
 public:
  // The error's code starts with S (syntax); "S0601" is what Step Functions refuses.
  static Outcome<Expression> compile(std::string_view text, Dialect dialect = Dialect::standard);

  // Names of the variables it reads that it does not bind itself and that are no functions: "states".
  const std::vector<std::string>& referenced_variables() const;
  std::string_view text() const;

  // The result, or nothing when it is undefined. `input` is `$$`; nullptr when there is none. A function anywhere in
  // the result is the error "UnsupportedResult".
  Outcome<std::optional<Json>> evaluate(std::span<const Binding> bindings, const Json* input,
                                        const Environment& environment) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

// The cause of a States.QueryEvaluationError: `error` is nullptr when the result was undefined. `expression` without {%
// %}.
std::string query_error_cause(std::string_view expression, std::string_view field, const Error* error);

}  // namespace penstock::jsonata
