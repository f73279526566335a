#include "aws/iam/role.h"

#include "aws/iam/principal.h"
#include "core/access/access.h"
#include "core/access/policy_document.h"

namespace penstock::aws::iam {

namespace {

constexpr access::PrincipalKind kind = access::PrincipalKind::role;

access::Directory& directory(Context& context) {
  return context.platform.access.directory();
}

Role wire_role(const access::Principal& principal, bool with_tags) {
  Role role;
  role.path = principal.path;
  role.role_name = principal.name;
  role.role_id = principal.id;
  role.arn = principal.arn;
  role.create_date = principal.created;
  role.assume_role_policy_document = wire_document(principal.trust_policy);
  role.description = principal.description;
  role.max_session_duration = principal.session_seconds_max;
  if (!principal.permissions_boundary.empty()) {
    role.permissions_boundary = AttachedPermissionsBoundary{"Policy", principal.permissions_boundary};
  }
  if (with_tags && !principal.tags.empty()) role.tags = wire_tags(principal.tags);
  if (with_tags) role.role_last_used = RoleLastUsed{};
  return role;
}

}  // namespace

Outcome<CreateRoleOutput> create_role(Context& context, const CreateRoleInput& input) {
  Outcome<void> checked = access::check_policy_document(input.assume_role_policy_document, access::PolicyUse::trust);
  if (!checked) return checked.error();
  Outcome<std::string> path = checked_path(input.path);
  if (!path) return path.error();
  Outcome<access::Texts> tags = texts_of(input.tags);
  if (!tags) return tags.error();
  access::Principal principal;
  principal.kind = kind;
  principal.name = input.role_name;
  principal.path = *path;
  principal.id = context.platform.access.make_id("AROA");
  principal.arn = iam_arn(context, "role", *path, input.role_name);
  principal.created = whole_seconds(context.platform.clock.now());
  principal.permissions_boundary = input.permissions_boundary.value_or("");
  principal.tags = *tags;
  principal.trust_policy = input.assume_role_policy_document;
  principal.description = input.description;
  if (input.max_session_duration) principal.session_seconds_max = *input.max_session_duration;
  Outcome<void> created = directory(context).create(principal);
  if (!created) return created.error();
  CreateRoleOutput output{wire_role(principal, true)};
  output.role.role_last_used.reset();
  return output;
}

Outcome<GetRoleOutput> get_role(Context& context, const GetRoleInput& input) {
  Outcome<access::Principal> role = directory(context).find(kind, input.role_name);
  if (!role) return role.error();
  return GetRoleOutput{wire_role(*role, true)};
}

Outcome<UpdateRoleOutput> update_role(Context& context, const UpdateRoleInput& input) {
  Outcome<void> updated =
      directory(context).update(kind, input.role_name, [&](access::Principal& role) -> Outcome<void> {
        if (input.description) role.description = input.description;
        if (input.max_session_duration) role.session_seconds_max = *input.max_session_duration;
        return {};
      });
  if (!updated) return updated.error();
  return UpdateRoleOutput{};
}

Outcome<UpdateAssumeRolePolicyOutput> update_assume_role_policy(Context& context,
                                                                const UpdateAssumeRolePolicyInput& input) {
  Outcome<void> checked = access::check_policy_document(input.policy_document, access::PolicyUse::trust);
  if (!checked) return checked.error();
  Outcome<void> updated =
      directory(context).update(kind, input.role_name, [&](access::Principal& role) -> Outcome<void> {
        role.trust_policy = input.policy_document;
        return {};
      });
  if (!updated) return updated.error();
  return UpdateAssumeRolePolicyOutput{};
}

Outcome<DeleteRoleOutput> delete_role(Context& context, const DeleteRoleInput& input) {
  Outcome<void> removed = directory(context).remove(kind, input.role_name);
  if (!removed) return removed.error();
  return DeleteRoleOutput{};
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

Outcome<PutRolePolicyOutput> put_role_policy(Context& context, const PutRolePolicyInput& input) {
  Outcome<void> put = put_inline_policy(context, kind, input.role_name, input.policy_name, input.policy_document);
  if (!put) return put.error();
  return PutRolePolicyOutput{};
}

Outcome<GetRolePolicyOutput> get_role_policy(Context& context, const GetRolePolicyInput& input) {
  Outcome<std::string> document = get_inline_policy(context, kind, input.role_name, input.policy_name);
  if (!document) return document.error();
  return GetRolePolicyOutput{input.role_name, input.policy_name, *document};
}

Outcome<DeleteRolePolicyOutput> delete_role_policy(Context& context, const DeleteRolePolicyInput& input) {
  Outcome<void> removed = delete_inline_policy(context, kind, input.role_name, input.policy_name);
  if (!removed) return removed.error();
  return DeleteRolePolicyOutput{};
}

Outcome<ListRolePoliciesOutput> list_role_policies(Context& context, const ListRolePoliciesInput& input) {
  Outcome<access::Principal> role = directory(context).find(kind, input.role_name);
  if (!role) return role.error();
  ListRolePoliciesOutput output;
  Outcome<std::vector<std::string>> names = take_page(policy_names(*role), input, output);
  if (!names) return names.error();
  output.policy_names = std::move(*names);
  return output;
}

Outcome<AttachRolePolicyOutput> attach_role_policy(Context& context, const AttachRolePolicyInput& input) {
  Outcome<void> attached = directory(context).attach(kind, input.role_name, input.policy_arn);
  if (!attached) return attached.error();
  return AttachRolePolicyOutput{};
}

Outcome<DetachRolePolicyOutput> detach_role_policy(Context& context, const DetachRolePolicyInput& input) {
  Outcome<void> detached = directory(context).detach(kind, input.role_name, input.policy_arn);
  if (!detached) return detached.error();
  return DetachRolePolicyOutput{};
}

Outcome<ListAttachedRolePoliciesOutput> list_attached_role_policies(Context& context,
                                                                    const ListAttachedRolePoliciesInput& input) {
  Outcome<access::Principal> role = directory(context).find(kind, input.role_name);
  if (!role) return role.error();
  ListAttachedRolePoliciesOutput output;
  Outcome<std::vector<AttachedPolicy>> policies = take_page(attached_policies(*role, input.path_prefix), input, output);
  if (!policies) return policies.error();
  output.attached_policies = std::move(*policies);
  return output;
}

Outcome<TagRoleOutput> tag_role(Context& context, const TagRoleInput& input) {
  Outcome<access::Texts> tags = texts_of(input.tags);
  if (!tags) return tags.error();
  Outcome<void> tagged = directory(context).update(
      kind, input.role_name, [&](access::Principal& role) { return access::add_tags(role.tags, *tags); });
  if (!tagged) return tagged.error();
  return TagRoleOutput{};
}

Outcome<UntagRoleOutput> untag_role(Context& context, const UntagRoleInput& input) {
  Outcome<void> untagged =
      directory(context).update(kind, input.role_name, [&](access::Principal& role) -> Outcome<void> {
        for (const std::string& key : input.tag_keys) access::erase_text(role.tags, key);
        return {};
      });
  if (!untagged) return untagged.error();
  return UntagRoleOutput{};
}

Outcome<ListRoleTagsOutput> list_role_tags(Context& context, const ListRoleTagsInput& input) {
  Outcome<access::Principal> role = directory(context).find(kind, input.role_name);
  if (!role) return role.error();
  ListRoleTagsOutput output;
  Outcome<std::vector<Tag>> tags = take_page(wire_tags(role->tags), input, output);
  if (!tags) return tags.error();
  output.tags = std::move(*tags);
  return output;
}

// Instance profiles cannot be made here, so a role that is there is in none.
Outcome<ListInstanceProfilesForRoleOutput> list_instance_profiles_for_role(
    Context& context, const ListInstanceProfilesForRoleInput& input) {
  Outcome<access::Principal> role = directory(context).find(kind, input.role_name);
  if (!role) return role.error();
  ListInstanceProfilesForRoleOutput output;
  output.is_truncated = false;
  return output;
}

}  // namespace penstock::aws::iam
