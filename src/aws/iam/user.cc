#include "aws/iam/user.h"

#include "aws/iam/identity_policy.h"

namespace penstock::aws::iam {

namespace {

constexpr access::PrincipalKind kind = access::PrincipalKind::user;

}  // namespace

User wire_user(const access::Principal& principal, bool in_full) {
  User user;
  set_common(user, principal, in_full);
  user.user_id = principal.id;
  return user;
}

Outcome<CreateUserOutput> create_user(Context& context, const CreateUserInput& input) {
  Outcome<access::Principal> principal = new_principal(context, input);
  if (!principal) return principal.error();
  Outcome<void> created = directory(context).create(*principal);
  if (!created) return created.error();
  return CreateUserOutput{wire_user(*principal, true)};
}

Outcome<GetUserOutput> get_user(Context& context, const GetUserInput& input) {
  if (!input.user_name && context.caller.arn.ends_with(":root")) {
    User root;
    root.path = "/";
    root.user_name = "root";
    root.user_id = context.caller.user_id;
    root.arn = context.caller.arn;
    return GetUserOutput{root};
  }
  Outcome<std::string> name = user_name_of(context, input.user_name);
  if (!name) return name.error();
  Outcome<access::Principal> user = directory(context).find(kind, *name);
  if (!user) return user.error();
  return GetUserOutput{wire_user(*user, true)};
}

Outcome<UpdateUserOutput> update_user(Context& context, const UpdateUserInput& input) {
  Outcome<access::Principal> before = directory(context).find(kind, input.user_name);
  if (!before) return before.error();
  Outcome<access::Principal> user =
      rename_principal(context, kind, input.user_name, input.new_user_name, input.new_path);
  if (!user) return user.error();
  context.platform.access.rename_user(before->name, user->name, {context.account, user->arn, user->id});
  return UpdateUserOutput{};
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

}  // namespace penstock::aws::iam
