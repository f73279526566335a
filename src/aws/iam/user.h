// Users: handlers of IAM. Error NoSuchEntity when the user named is not there.
#pragma once

#include "aws/context.h"
#include "models/iam/user.h"

namespace penstock::aws::iam {

Outcome<CreateUserOutput> create_user(Context& context, const CreateUserInput& input);
Outcome<GetUserOutput> get_user(Context& context, const GetUserInput& input);
Outcome<DeleteUserOutput> delete_user(Context& context, const DeleteUserInput& input);
Outcome<ListUsersOutput> list_users(Context& context, const ListUsersInput& input);
Outcome<PutUserPolicyOutput> put_user_policy(Context& context, const PutUserPolicyInput& input);
Outcome<GetUserPolicyOutput> get_user_policy(Context& context, const GetUserPolicyInput& input);
Outcome<DeleteUserPolicyOutput> delete_user_policy(Context& context, const DeleteUserPolicyInput& input);
Outcome<ListUserPoliciesOutput> list_user_policies(Context& context, const ListUserPoliciesInput& input);
Outcome<AttachUserPolicyOutput> attach_user_policy(Context& context, const AttachUserPolicyInput& input);
Outcome<DetachUserPolicyOutput> detach_user_policy(Context& context, const DetachUserPolicyInput& input);
Outcome<ListAttachedUserPoliciesOutput> list_attached_user_policies(Context& context,
                                                                    const ListAttachedUserPoliciesInput& input);

}  // namespace penstock::aws::iam
