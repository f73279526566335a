// The policy simulator: what a role or user may do, told without doing it.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/iam/simulation.h"

namespace penstock::aws::iam {

// Decides each action on each resource ("*" when none is named) by the principal's own policies and PolicyInputList.
// Errors: NoSuchEntity, MalformedPolicyDocument, InvalidInput; what is not simulated here is refused by name.
Outcome<SimulatePrincipalPolicyOutput> simulate_principal_policy(Context& context,
                                                                 const SimulatePrincipalPolicyInput& input);

}  // namespace penstock::aws::iam
