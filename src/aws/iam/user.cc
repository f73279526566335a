#include "aws/iam/user.h"

#include "aws/iam/identity_policy.h"

namespace penstock::aws::iam {

namespace {

constexpr access::PrincipalKind kind = access::PrincipalKind::user;

access::Directory& directory(Context& context) {
  return context.platform.access.directory();
}

// Of arn:aws:iam::ACCOUNT:user/PATH/NAME; empty when the caller is no user.
std::string calling_user(const Context& context) {
  const std::string& arn = context.caller.arn;
  if (arn.find(":user/") == std::string::npos) return {};
  return arn.substr(arn.rfind('/') + 1);
}

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

Outcome<UpdateUserOutput> update_user(Context& context, const UpdateUserInput& input) {
  Outcome<access::Principal> user = directory(context).find(kind, input.user_name);
  if (!user) return user.error();
  const std::string before = user->name;
  Outcome<void> renamed = rename_principal(context, *user, input.new_user_name, input.new_path);
  if (!renamed) return renamed.error();
  context.platform.access.rename_user(before, user->name, {context.account, user->arn, user->id});
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
