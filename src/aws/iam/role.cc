#include "aws/iam/role.h"

#include "aws/iam/identity_policy.h"
#include "core/access/policy_document.h"

namespace penstock::aws::iam {

namespace {

constexpr access::PrincipalKind kind = access::PrincipalKind::role;

}  // namespace

Role wire_role(const access::Principal& principal, bool in_full) {
  Role role;
  set_common(role, principal, in_full);
  role.role_id = principal.id;
  role.assume_role_policy_document = wire_document(principal.trust_policy);
  role.description = principal.description;
  role.max_session_duration = principal.session_seconds_max;
  if (in_full) role.role_last_used = RoleLastUsed{};
  return role;
}

Outcome<CreateRoleOutput> create_role(Context& context, const CreateRoleInput& input) {
  Outcome<void> checked = access::check_policy_document(input.assume_role_policy_document, access::PolicyUse::trust);
  if (!checked) return checked.error();
  Outcome<access::Principal> principal = new_principal(context, input);
  if (!principal) return principal.error();
  principal->trust_policy = input.assume_role_policy_document;
  principal->description = input.description;
  if (input.max_session_duration) principal->session_seconds_max = *input.max_session_duration;
  Outcome<void> created = directory(context).create(*principal);
  if (!created) return created.error();
  CreateRoleOutput output{wire_role(*principal, true)};
  output.role.role_last_used.reset();
  return output;
}

Outcome<GetRoleOutput> get_role(Context& context, const GetRoleInput& input) {
  Outcome<access::Principal> role = find_principal(context, input);
  if (!role) return role.error();
  return GetRoleOutput{wire_role(*role, true)};
}

Outcome<UpdateRoleOutput> update_role(Context& context, const UpdateRoleInput& input) {
  return edit_principal<UpdateRole>(context, input, [&](access::Principal& role) -> Outcome<void> {
    if (input.description) role.description = input.description;
    if (input.max_session_duration) role.session_seconds_max = *input.max_session_duration;
    return {};
  });
}

Outcome<UpdateRoleDescriptionOutput> update_role_description(Context& context,
                                                             const UpdateRoleDescriptionInput& input) {
  UpdateRoleDescriptionOutput output;
  Outcome<void> updated =
      directory(context).update(kind, input.role_name, [&](access::Principal& role) -> Outcome<void> {
        role.description = input.description;
        output.role = wire_role(role, false);
        return {};
      });
  if (!updated) return updated.error();
  return output;
}

Outcome<UpdateAssumeRolePolicyOutput> update_assume_role_policy(Context& context,
                                                                const UpdateAssumeRolePolicyInput& input) {
  Outcome<void> checked = access::check_policy_document(input.policy_document, access::PolicyUse::trust);
  if (!checked) return checked.error();
  return edit_principal<UpdateAssumeRolePolicy>(context, input, [&](access::Principal& role) -> Outcome<void> {
    role.trust_policy = input.policy_document;
    return {};
  });
}

Outcome<ListRolesOutput> list_roles(Context& context, const ListRolesInput& input) {
  Outcome<access::PageRequest> request = page_request(input);
  if (!request) return request.error();
  access::Page<access::Principal> page = directory(context).list(kind, *request);
  ListRolesOutput output;
  for (const access::Principal& role : page.items) output.roles.push_back(wire_role(role, false));
  set_next(output, page.next);
  return output;
}

}  // namespace penstock::aws::iam
