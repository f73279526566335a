#include "aws/iam/group.h"

#include "aws/iam/identity_policy.h"
#include "aws/iam/user.h"

namespace penstock::aws::iam {

namespace {

constexpr access::PrincipalKind kind = access::PrincipalKind::group;

Group wire_group(const access::Principal& principal) {
  Group group;
  set_common(group, principal, true);
  group.group_id = principal.id;
  return group;
}

}  // namespace

Outcome<CreateGroupOutput> create_group(Context& context, const CreateGroupInput& input) {
  Outcome<access::Principal> principal = new_principal(context, input);
  if (!principal) return principal.error();
  Outcome<void> created = directory(context).create(*principal);
  if (!created) return created.error();
  return CreateGroupOutput{wire_group(*principal)};
}

Outcome<GetGroupOutput> get_group(Context& context, const GetGroupInput& input) {
  Outcome<access::Principal> group = find_principal(context, input);
  if (!group) return group.error();
  std::vector<User> users;
  for (const access::Principal& user : directory(context).members(group->name)) users.push_back(wire_user(user, false));
  GetGroupOutput output;
  output.group = wire_group(*group);
  Outcome<std::vector<User>> page = take_page(std::move(users), input, output);
  if (!page) return page.error();
  output.users = std::move(*page);
  return output;
}

Outcome<UpdateGroupOutput> update_group(Context& context, const UpdateGroupInput& input) {
  Outcome<access::Principal> renamed =
      rename_principal(context, kind, input.group_name, input.new_group_name, input.new_path);
  if (!renamed) return renamed.error();
  return UpdateGroupOutput{};
}

Outcome<ListGroupsOutput> list_groups(Context& context, const ListGroupsInput& input) {
  Outcome<access::PageRequest> request = page_request(input);
  if (!request) return request.error();
  access::Page<access::Principal> page = directory(context).list(kind, *request);
  ListGroupsOutput output;
  for (const access::Principal& group : page.items) output.groups.push_back(wire_group(group));
  set_next(output, page.next);
  return output;
}

Outcome<AddUserToGroupOutput> add_user_to_group(Context& context, const AddUserToGroupInput& input) {
  Outcome<void> joined = directory(context).join(input.user_name, input.group_name);
  if (!joined) return joined.error();
  return AddUserToGroupOutput{};
}

Outcome<RemoveUserFromGroupOutput> remove_user_from_group(Context& context, const RemoveUserFromGroupInput& input) {
  Outcome<void> left = directory(context).leave(input.user_name, input.group_name);
  if (!left) return left.error();
  return RemoveUserFromGroupOutput{};
}

Outcome<ListGroupsForUserOutput> list_groups_for_user(Context& context, const ListGroupsForUserInput& input) {
  Outcome<access::Principal> user = directory(context).find(access::PrincipalKind::user, input.user_name);
  if (!user) return user.error();
  std::vector<Group> groups;
  for (const std::string& name : user->groups) {
    if (Outcome<access::Principal> group = directory(context).find(kind, name)) groups.push_back(wire_group(*group));
  }
  ListGroupsForUserOutput output;
  Outcome<std::vector<Group>> page = take_page(std::move(groups), input, output);
  if (!page) return page.error();
  output.groups = std::move(*page);
  return output;
}

}  // namespace penstock::aws::iam
