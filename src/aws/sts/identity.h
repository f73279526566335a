// Handlers of STS.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/sts/identity.h"

namespace penstock::aws::sts {

Outcome<GetCallerIdentityOutput> get_caller_identity(Context& context, const GetCallerIdentityInput& input);
// Credentials of the role for DurationSeconds (one hour when not said): at most the role's MaxSessionDuration, and at
// most an hour when the caller is itself a role's session. Error AccessDenied also when the role is not there, as on
// AWS.
Outcome<AssumeRoleOutput> assume_role(Context& context, const AssumeRoleInput& input);
// Credentials of the caller itself for DurationSeconds (12 hours; one hour for the root).
Outcome<GetSessionTokenOutput> get_session_token(Context& context, const GetSessionTokenInput& input);

}  // namespace penstock::aws::sts
