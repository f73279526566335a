// Groups and their users: handlers of IAM (policies of groups: identity_policy.h). Error NoSuchEntity when the group or
// user named is not there.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/iam/group.h"

namespace penstock::aws::iam {

Outcome<CreateGroupOutput> create_group(Context& context, const CreateGroupInput& input);
Outcome<GetGroupOutput> get_group(Context& context, const GetGroupInput& input);
Outcome<UpdateGroupOutput> update_group(Context& context, const UpdateGroupInput& input);
Outcome<ListGroupsOutput> list_groups(Context& context, const ListGroupsInput& input);
Outcome<AddUserToGroupOutput> add_user_to_group(Context& context, const AddUserToGroupInput& input);
Outcome<RemoveUserFromGroupOutput> remove_user_from_group(Context& context, const RemoveUserFromGroupInput& input);
Outcome<ListGroupsForUserOutput> list_groups_for_user(Context& context, const ListGroupsForUserInput& input);

}  // namespace penstock::aws::iam
