// Scope: what the paths, templates and conditions of a state are read against while it runs.
#pragma once

#include <string>

#include "base/json.h"
#include "base/outcome.h"
#include "base/random.h"
#include "base/time.h"

namespace penstock::pipeline {

// The context object (`$$`). Built only when a path asks for it: most states never do.
class ContextObject {
 public:
  virtual ~ContextObject() = default;
  virtual const Json& json() const = 0;  // the same object as long as nothing changed
};

struct FlowTrace;  // flow_trace.h

// Borrows everything; cheap to copy, so that a step reads another input: `scope.with_input(result)`.
struct Scope {
  const Json& input;             // `$`
  const ContextObject& context;  // `$$`
  const Json& variables;         // `$name`: an object of the variables in sight (inner and outer); null means none
  Random& random;                // States.MathRandom, States.UUID, $random, $uuid
  Time now = {};                 // $now, $millis
  // JSONata only: $states.result and $states.errorOutput, where there is one.
  const Json* result = nullptr;
  const Json* error_output = nullptr;
  FlowTrace* trace = nullptr;  // where TestState looks on

  Scope with_input(const Json& other) const {
    return {other, context, variables, random, now, result, error_output, trace};
  }
  Scope with_result(const Json& other) const {
    return {input, context, variables, random, now, &other, nullptr, trace};
  }
  Scope with_error(const Json& other) const { return {input, context, variables, random, now, nullptr, &other, trace}; }
};

// A mistake in a part of a definition, found when it is compiled. `location` is relative to the value that was
// compiled, in AWS's form ("" is the value itself, "/And[0]/Variable").
struct Problem {
  std::string message;
  std::string location;
};

}  // namespace penstock::pipeline
