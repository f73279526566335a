// The context object that TestState takes or makes.
#pragma once

#include <string>

#include "aws/context.h"
#include "base/json.h"
#include "base/outcome.h"
#include "models/states/test_state.h"

namespace penstock::aws::states {

// The request's context, checked, or one like AWS makes. `state` is the definition of the state.
// Error: ValidationException.
Outcome<Json> test_context(Context& context, const TestStateInput& input, const Json& state, const Json& state_input);

}  // namespace penstock::aws::states
