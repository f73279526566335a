#include "aws/iam/service.h"

#include "aws/iam/access_key.h"
#include "aws/iam/group.h"
#include "aws/iam/identity_policy.h"
#include "aws/iam/instance_profile.h"
#include "aws/iam/policy.h"
#include "aws/iam/role.h"
#include "aws/iam/simulation.h"
#include "aws/iam/user.h"

namespace penstock::aws::iam {

const ServiceTable& service() {
  static const ServiceTable table = list(
      op<CreateRole>(create_role), op<GetRole>(get_role), op<UpdateRole>(update_role),
      op<UpdateRoleDescription>(update_role_description), op<UpdateAssumeRolePolicy>(update_assume_role_policy),
      op<DeleteRole>(delete_principal<DeleteRole>), op<ListRoles>(list_roles),
      op<PutRolePolicy>(put_inline_policy<PutRolePolicy>), op<GetRolePolicy>(get_inline_policy<GetRolePolicy>),
      op<DeleteRolePolicy>(delete_inline_policy<DeleteRolePolicy>),
      op<ListRolePolicies>(list_inline_policies<ListRolePolicies>),
      op<AttachRolePolicy>(attach_policy<AttachRolePolicy>), op<DetachRolePolicy>(detach_policy<DetachRolePolicy>),
      op<ListAttachedRolePolicies>(list_attached_policies<ListAttachedRolePolicies>),
      op<TagRole>(tag_principal<TagRole>), op<UntagRole>(untag_principal<UntagRole>),
      op<ListRoleTags>(list_principal_tags<ListRoleTags>),
      op<PutRolePermissionsBoundary>(put_boundary<PutRolePermissionsBoundary>),
      op<DeleteRolePermissionsBoundary>(delete_boundary<DeleteRolePermissionsBoundary>), op<CreateUser>(create_user),
      op<GetUser>(get_user), op<UpdateUser>(update_user), op<DeleteUser>(delete_principal<DeleteUser>),
      op<ListUsers>(list_users), op<PutUserPolicy>(put_inline_policy<PutUserPolicy>),
      op<GetUserPolicy>(get_inline_policy<GetUserPolicy>), op<DeleteUserPolicy>(delete_inline_policy<DeleteUserPolicy>),
      op<ListUserPolicies>(list_inline_policies<ListUserPolicies>),
      op<AttachUserPolicy>(attach_policy<AttachUserPolicy>), op<DetachUserPolicy>(detach_policy<DetachUserPolicy>),
      op<ListAttachedUserPolicies>(list_attached_policies<ListAttachedUserPolicies>),
      op<TagUser>(tag_principal<TagUser>), op<UntagUser>(untag_principal<UntagUser>),
      op<ListUserTags>(list_principal_tags<ListUserTags>),
      op<PutUserPermissionsBoundary>(put_boundary<PutUserPermissionsBoundary>),
      op<DeleteUserPermissionsBoundary>(delete_boundary<DeleteUserPermissionsBoundary>), op<CreateGroup>(create_group),
      op<GetGroup>(get_group), op<UpdateGroup>(update_group), op<DeleteGroup>(delete_principal<DeleteGroup>),
      op<ListGroups>(list_groups), op<AddUserToGroup>(add_user_to_group),
      op<RemoveUserFromGroup>(remove_user_from_group), op<ListGroupsForUser>(list_groups_for_user),
      op<PutGroupPolicy>(put_inline_policy<PutGroupPolicy>), op<GetGroupPolicy>(get_inline_policy<GetGroupPolicy>),
      op<DeleteGroupPolicy>(delete_inline_policy<DeleteGroupPolicy>),
      op<ListGroupPolicies>(list_inline_policies<ListGroupPolicies>),
      op<AttachGroupPolicy>(attach_policy<AttachGroupPolicy>), op<DetachGroupPolicy>(detach_policy<DetachGroupPolicy>),
      op<ListAttachedGroupPolicies>(list_attached_policies<ListAttachedGroupPolicies>),
      op<CreateInstanceProfile>(create_instance_profile), op<GetInstanceProfile>(get_instance_profile),
      op<DeleteInstanceProfile>(delete_instance_profile), op<ListInstanceProfiles>(list_instance_profiles),
      op<ListInstanceProfilesForRole>(list_instance_profiles_for_role),
      op<AddRoleToInstanceProfile>(add_role_to_instance_profile),
      op<RemoveRoleFromInstanceProfile>(remove_role_from_instance_profile), op<CreatePolicy>(create_policy),
      op<GetPolicy>(get_policy), op<DeletePolicy>(delete_policy), op<ListPolicies>(list_policies),
      op<CreatePolicyVersion>(create_policy_version), op<GetPolicyVersion>(get_policy_version),
      op<DeletePolicyVersion>(delete_policy_version), op<ListPolicyVersions>(list_policy_versions),
      op<SetDefaultPolicyVersion>(set_default_policy_version), op<ListEntitiesForPolicy>(list_entities_for_policy),
      op<TagPolicy>(tag_policy), op<UntagPolicy>(untag_policy), op<ListPolicyTags>(list_policy_tags),
      op<CreateAccessKey>(create_access_key), op<DeleteAccessKey>(delete_access_key),
      op<ListAccessKeys>(list_access_keys), op<UpdateAccessKey>(update_access_key),
      op<SimulatePrincipalPolicy>(simulate_principal_policy));
  return table;
}

}  // namespace penstock::aws::iam
