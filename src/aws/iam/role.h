// Roles: handlers of IAM. Error NoSuchEntity when the role named is not there.
#pragma once

#include "aws/context.h"
#include "models/iam/role.h"

namespace penstock::aws::iam {

Outcome<CreateRoleOutput> create_role(Context& context, const CreateRoleInput& input);
Outcome<GetRoleOutput> get_role(Context& context, const GetRoleInput& input);
Outcome<UpdateRoleOutput> update_role(Context& context, const UpdateRoleInput& input);
Outcome<UpdateAssumeRolePolicyOutput> update_assume_role_policy(Context& context,
                                                                const UpdateAssumeRolePolicyInput& input);
Outcome<DeleteRoleOutput> delete_role(Context& context, const DeleteRoleInput& input);
Outcome<ListRolesOutput> list_roles(Context& context, const ListRolesInput& input);
Outcome<PutRolePolicyOutput> put_role_policy(Context& context, const PutRolePolicyInput& input);
Outcome<GetRolePolicyOutput> get_role_policy(Context& context, const GetRolePolicyInput& input);
Outcome<DeleteRolePolicyOutput> delete_role_policy(Context& context, const DeleteRolePolicyInput& input);
Outcome<ListRolePoliciesOutput> list_role_policies(Context& context, const ListRolePoliciesInput& input);
Outcome<AttachRolePolicyOutput> attach_role_policy(Context& context, const AttachRolePolicyInput& input);
Outcome<DetachRolePolicyOutput> detach_role_policy(Context& context, const DetachRolePolicyInput& input);
Outcome<ListAttachedRolePoliciesOutput> list_attached_role_policies(Context& context,
                                                                    const ListAttachedRolePoliciesInput& input);
Outcome<TagRoleOutput> tag_role(Context& context, const TagRoleInput& input);
Outcome<UntagRoleOutput> untag_role(Context& context, const UntagRoleInput& input);
Outcome<ListRoleTagsOutput> list_role_tags(Context& context, const ListRoleTagsInput& input);
Outcome<ListInstanceProfilesForRoleOutput> list_instance_profiles_for_role(
    Context& context, const ListInstanceProfilesForRoleInput& input);

}  // namespace penstock::aws::iam
