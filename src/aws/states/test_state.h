#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/states/test_state.h"

namespace penstock::aws::states {

Outcome<TestStateOutput> test_state(Context& context, const TestStateInput& input);

}  // namespace penstock::aws::states
