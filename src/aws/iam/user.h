// Users: handlers of IAM that only users have (the others: identity_policy.h). Error NoSuchEntity when the user named
// is not there.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/iam/user.h"

namespace penstock::access {
struct Principal;
}

namespace penstock::aws::iam {

// As the wire shows it; `in_full` with tags.
User wire_user(const access::Principal& principal, bool in_full);

Outcome<CreateUserOutput> create_user(Context& context, const CreateUserInput& input);
Outcome<GetUserOutput> get_user(Context& context, const GetUserInput& input);
Outcome<UpdateUserOutput> update_user(Context& context, const UpdateUserInput& input);
Outcome<ListUsersOutput> list_users(Context& context, const ListUsersInput& input);

}  // namespace penstock::aws::iam
