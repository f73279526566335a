// Roles: handlers of IAM that only roles have (the others: identity_policy.h). Error NoSuchEntity when the role named
// is not there.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/iam/role.h"

namespace penstock::access {
struct Principal;
}

namespace penstock::aws::iam {

// As the wire shows it; `in_full` with tags and last use.
Role wire_role(const access::Principal& principal, bool in_full);

Outcome<CreateRoleOutput> create_role(Context& context, const CreateRoleInput& input);
Outcome<GetRoleOutput> get_role(Context& context, const GetRoleInput& input);
Outcome<UpdateRoleOutput> update_role(Context& context, const UpdateRoleInput& input);
Outcome<UpdateRoleDescriptionOutput> update_role_description(Context& context, const UpdateRoleDescriptionInput& input);
Outcome<UpdateAssumeRolePolicyOutput> update_assume_role_policy(Context& context,
                                                                const UpdateAssumeRolePolicyInput& input);
Outcome<ListRolesOutput> list_roles(Context& context, const ListRolesInput& input);

}  // namespace penstock::aws::iam
