#include "aws/iam/user.h"

#include "aws/iam/principal.h"
#include "core/access/access.h"

namespace penstock::aws::iam {

namespace {

constexpr access::PrincipalKind kind = access::PrincipalKind::user;

access::Directory& directory(Context& context) {
  return context.platform.access.directory();
}

User wire_user(const access::Principal& principal, bool with_tags) {
  User user;
  user.path = principal.path;
  user.user_name = principal.name;
  user.user_id = principal.id;
  user.arn = principal.arn;
  user.create_date = principal.created;
  if (!principal.permissions_boundary.empty()) {
    user.permissions_boundary = AttachedPermissionsBoundary{"Policy", principal.permissions_boundary};
  }
  if (with_tags && !principal.tags.empty()) user.tags = wire_tags(principal.tags);
  return user;
}

// Of arn:aws:iam::ACCOUNT:user/PATH/NAME; empty when the caller is no user.
std::string calling_user(const Context& context) {
  const std::string& arn = context.caller.arn;
  if (arn.find(":user/") == std::string::npos) return {};
  return arn.substr(arn.rfind('/') + 1);
}

}  // namespace

Outcome<CreateUserOutput> create_user(Context& context, const CreateUserInput& input) {
  Outcome<std::string> path = checked_path(input.path);
  if (!path) return path.error();
  Outcome<access::Texts> tags = texts_of(input.tags);
  if (!tags) return tags.error();
  access::Principal principal;
  principal.kind = kind;
  principal.name = input.user_name;
  principal.path = *path;
  principal.id = context.platform.access.make_id("AIDA");
  principal.arn = iam_arn(context, "user", *path, input.user_name);
  principal.created = whole_seconds(context.platform.clock.now());
  principal.permissions_boundary = input.permissions_boundary.value_or("");
  principal.tags = *tags;
  Outcome<void> created = directory(context).create(principal);
  if (!created) return created.error();
  return CreateUserOutput{wire_user(principal, true)};
}

Outcome<GetUserOutput> get_user(Context& context, const GetUserInput& input) {
  std::string name = input.user_name.value_or(calling_user(context));
  if (name.empty() && context.caller.arn.ends_with(":root")) {
    User root;
    root.path = "/";
    root.user_name = "root";
    root.user_id = context.caller.user_id;
    root.arn = context.caller.arn;
    return GetUserOutput{root};
  }
  if (name.empty()) {
    return Error{"ValidationError", "Must specify userName when calling with non-User credentials", 400};
  }
  Outcome<access::Principal> user = directory(context).find(kind, name);
  if (!user) return user.error();
  return GetUserOutput{wire_user(*user, true)};
}

Outcome<DeleteUserOutput> delete_user(Context& context, const DeleteUserInput& input) {
  bool has_keys = !context.platform.access.user_keys(input.user_name).empty();
  Outcome<void> removed = directory(context).remove(kind, input.user_name, has_keys);
  if (!removed) return removed.error();
  return DeleteUserOutput{};
}

Outcome<ListUsersOutput> list_users(Context& context, const ListUsersInput& input) {
  Outcome<access::PageRequest> request = page_request(input);
  if (!request) return request.error();
  access::Page<access::Principal> page = directory(context).list(kind, *request);
  ListUsersOutput output;
  for (const access::Principal& user : page.items) output.users.push_back(wire_user(user, false));
  set_next(output, page.next);
  return output;
}

Outcome<PutUserPolicyOutput> put_user_policy(Context& context, const PutUserPolicyInput& input) {
  Outcome<void> put = put_inline_policy(context, kind, input.user_name, input.policy_name, input.policy_document);
  if (!put) return put.error();
  return PutUserPolicyOutput{};
}

Outcome<GetUserPolicyOutput> get_user_policy(Context& context, const GetUserPolicyInput& input) {
  Outcome<std::string> document = get_inline_policy(context, kind, input.user_name, input.policy_name);
  if (!document) return document.error();
  return GetUserPolicyOutput{input.user_name, input.policy_name, *document};
}

Outcome<DeleteUserPolicyOutput> delete_user_policy(Context& context, const DeleteUserPolicyInput& input) {
  Outcome<void> removed = delete_inline_policy(context, kind, input.user_name, input.policy_name);
  if (!removed) return removed.error();
  return DeleteUserPolicyOutput{};
}

Outcome<ListUserPoliciesOutput> list_user_policies(Context& context, const ListUserPoliciesInput& input) {
  Outcome<access::Principal> user = directory(context).find(kind, input.user_name);
  if (!user) return user.error();
  ListUserPoliciesOutput output;
  Outcome<std::vector<std::string>> names = take_page(policy_names(*user), input, output);
  if (!names) return names.error();
  output.policy_names = std::move(*names);
  return output;
}

Outcome<AttachUserPolicyOutput> attach_user_policy(Context& context, const AttachUserPolicyInput& input) {
  Outcome<void> attached = directory(context).attach(kind, input.user_name, input.policy_arn);
  if (!attached) return attached.error();
  return AttachUserPolicyOutput{};
}

Outcome<DetachUserPolicyOutput> detach_user_policy(Context& context, const DetachUserPolicyInput& input) {
  Outcome<void> detached = directory(context).detach(kind, input.user_name, input.policy_arn);
  if (!detached) return detached.error();
  return DetachUserPolicyOutput{};
}

Outcome<ListAttachedUserPoliciesOutput> list_attached_user_policies(Context& context,
                                                                    const ListAttachedUserPoliciesInput& input) {
  Outcome<access::Principal> user = directory(context).find(kind, input.user_name);
  if (!user) return user.error();
  ListAttachedUserPoliciesOutput output;
  Outcome<std::vector<AttachedPolicy>> policies = take_page(attached_policies(*user, input.path_prefix), input, output);
  if (!policies) return policies.error();
  output.attached_policies = std::move(*policies);
  return output;
}

}  // namespace penstock::aws::iam
