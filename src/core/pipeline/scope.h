// Scope: what the paths, templates and conditions of a state are read against while it runs.
#pragma once

#include <string>

#include "base/json.h"
#include "base/outcome.h"
#include "base/random.h"

namespace penstock::pipeline {

// The context object (`$$`). Built only when a path asks for it: most states never do.
class ContextObject {
 public:
  virtual ~ContextObject() = default;
  virtual const Json& json() const = 0;  // the same object as long as nothing changed
};

// Borrows everything; cheap to copy, so that a step reads another input: `scope.with_input(result)`.
struct Scope {
  const Json& input;             // `$`
  const ContextObject& context;  // `$$`
  const Json& variables;         // `$name`: an object of the variables in sight (inner and outer); null means none
  Random& random;                // States.MathRandom, States.UUID

  Scope with_input(const Json& other) const { return {other, context, variables, random}; }
};

// A mistake in a part of a definition, found when it is compiled. `location` is relative to the value that was
// compiled, in AWS's form ("" is the value itself, "/And[0]/Variable").
struct Problem {
  std::string message;
  std::string location;
};

}  // namespace penstock::pipeline
