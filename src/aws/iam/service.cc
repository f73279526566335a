#include "aws/iam/service.h"

#include "aws/iam/access_key.h"
#include "aws/iam/policy.h"
#include "aws/iam/role.h"
#include "aws/iam/simulation.h"
#include "aws/iam/user.h"

namespace penstock::aws::iam {

const ServiceTable& service() {
  static const ServiceTable table = list(
      op<CreateRole>(create_role), op<GetRole>(get_role), op<UpdateRole>(update_role),
      op<UpdateAssumeRolePolicy>(update_assume_role_policy), op<DeleteRole>(delete_role), op<ListRoles>(list_roles),
      op<PutRolePolicy>(put_role_policy), op<GetRolePolicy>(get_role_policy), op<DeleteRolePolicy>(delete_role_policy),
      op<ListRolePolicies>(list_role_policies), op<AttachRolePolicy>(attach_role_policy),
      op<DetachRolePolicy>(detach_role_policy), op<ListAttachedRolePolicies>(list_attached_role_policies),
      op<TagRole>(tag_role), op<UntagRole>(untag_role), op<ListRoleTags>(list_role_tags),
      op<ListInstanceProfilesForRole>(list_instance_profiles_for_role), op<CreatePolicy>(create_policy),
      op<GetPolicy>(get_policy), op<DeletePolicy>(delete_policy), op<ListPolicies>(list_policies),
      op<CreatePolicyVersion>(create_policy_version), op<GetPolicyVersion>(get_policy_version),
      op<DeletePolicyVersion>(delete_policy_version), op<ListPolicyVersions>(list_policy_versions),
      op<SetDefaultPolicyVersion>(set_default_policy_version), op<ListEntitiesForPolicy>(list_entities_for_policy),
      op<CreateUser>(create_user), op<GetUser>(get_user), op<DeleteUser>(delete_user), op<ListUsers>(list_users),
      op<PutUserPolicy>(put_user_policy), op<GetUserPolicy>(get_user_policy), op<DeleteUserPolicy>(delete_user_policy),
      op<ListUserPolicies>(list_user_policies), op<AttachUserPolicy>(attach_user_policy),
      op<DetachUserPolicy>(detach_user_policy), op<ListAttachedUserPolicies>(list_attached_user_policies),
      op<CreateAccessKey>(create_access_key), op<DeleteAccessKey>(delete_access_key),
      op<ListAccessKeys>(list_access_keys), op<UpdateAccessKey>(update_access_key),
      op<SimulatePrincipalPolicy>(simulate_principal_policy));
  return table;
}

}  // namespace penstock::aws::iam
