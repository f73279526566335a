// The input of an execution: JSON text, refused in the words of AWS's JSON reader (Jackson).
#pragma once

#include <string_view>

#include "base/outcome.h"

namespace penstock::aws::states {

// Error InvalidExecutionInput.
Outcome<void> check_execution_input(std::string_view text);

}  // namespace penstock::aws::states
