// A stack policy: what an update may do to which resource.
// Source: "Prevent updates to stack resources", CloudFormation User Guide.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/outcome.h"

namespace penstock::stack {

inline constexpr size_t stack_policy_bytes_max = 16'384;  // SetStackPolicy, StackPolicyBody

// Errors: ValidationError, "Error validating stack policy: ...".
Outcome<void> check_stack_policy(std::string_view text);

// Why the policy forbids the action ("Update:Modify", "Update:Replace" or "Update:Delete") on the resource; nothing
// when it may be done. An empty policy forbids nothing; else what no statement allows is forbidden.
std::optional<std::string> forbidden(std::string_view policy, std::string_view action, std::string_view logical_id,
                                     std::string_view type);

}  // namespace penstock::stack
