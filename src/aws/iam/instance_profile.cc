#include "aws/iam/instance_profile.h"

#include "aws/iam/principal.h"
#include "aws/iam/role.h"
#include "base/clock.h"

namespace penstock::aws::iam {

namespace {

InstanceProfile wire_profile(Context& context, const access::InstanceProfile& profile, bool in_full) {
  InstanceProfile wire;
  wire.path = profile.path;
  wire.instance_profile_name = profile.name;
  wire.instance_profile_id = profile.id;
  wire.arn = profile.arn;
  wire.create_date = profile.created;
  if (!profile.role.empty()) {
    Outcome<access::Principal> role = directory(context).find(access::PrincipalKind::role, profile.role);
    if (role) wire.roles.push_back(wire_role(*role, false));
  }
  if (in_full && !profile.tags.empty()) wire.tags = wire_tags(profile.tags);
  return wire;
}

}  // namespace

Outcome<CreateInstanceProfileOutput> create_instance_profile(Context& context,
                                                             const CreateInstanceProfileInput& input) {
  Outcome<std::string> path = checked_path(input.path);
  if (!path) return path.error();
  Outcome<access::Texts> tags = texts_of(input.tags);
  if (!tags) return tags.error();
  access::InstanceProfile profile;
  profile.name = input.instance_profile_name;
  profile.path = *path;
  profile.id = context.platform.access.make_id("AIPA");
  profile.arn = iam_arn(context, "instance-profile", *path, profile.name);
  profile.created = whole_seconds(context.platform.clock.now());
  profile.tags = *tags;
  Outcome<void> created = directory(context).create_profile(profile);
  if (!created) return created.error();
  return CreateInstanceProfileOutput{wire_profile(context, profile, true)};
}

Outcome<GetInstanceProfileOutput> get_instance_profile(Context& context, const GetInstanceProfileInput& input) {
  Outcome<access::InstanceProfile> profile = directory(context).find_profile(input.instance_profile_name);
  if (!profile) return profile.error();
  return GetInstanceProfileOutput{wire_profile(context, *profile, true)};
}

Outcome<DeleteInstanceProfileOutput> delete_instance_profile(Context& context,
                                                             const DeleteInstanceProfileInput& input) {
  Outcome<void> removed = directory(context).remove_profile(input.instance_profile_name);
  if (!removed) return removed.error();
  return DeleteInstanceProfileOutput{};
}

Outcome<ListInstanceProfilesOutput> list_instance_profiles(Context& context, const ListInstanceProfilesInput& input) {
  Outcome<access::PageRequest> request = page_request(input);
  if (!request) return request.error();
  access::Page<access::InstanceProfile> page = directory(context).list_profiles(*request);
  ListInstanceProfilesOutput output;
  for (const access::InstanceProfile& profile : page.items)
    output.instance_profiles.push_back(wire_profile(context, profile, false));
  set_next(output, page.next);
  return output;
}

Outcome<ListInstanceProfilesForRoleOutput> list_instance_profiles_for_role(
    Context& context, const ListInstanceProfilesForRoleInput& input) {
  Outcome<access::Principal> role = directory(context).find(access::PrincipalKind::role, input.role_name);
  if (!role) return role.error();
  access::PageRequest all;
  all.count = SIZE_MAX;
  std::vector<InstanceProfile> profiles;
  for (const access::InstanceProfile& profile : directory(context).list_profiles(all).items) {
    if (profile.role == role->name) profiles.push_back(wire_profile(context, profile, false));
  }
  ListInstanceProfilesForRoleOutput output;
  Outcome<std::vector<InstanceProfile>> page = take_page(std::move(profiles), input, output);
  if (!page) return page.error();
  output.instance_profiles = std::move(*page);
  return output;
}

Outcome<AddRoleToInstanceProfileOutput> add_role_to_instance_profile(Context& context,
                                                                     const AddRoleToInstanceProfileInput& input) {
  Outcome<access::Principal> role = directory(context).find(access::PrincipalKind::role, input.role_name);
  if (!role) return role.error();
  Outcome<void> added = directory(context).update_profile(
      input.instance_profile_name, [&](access::InstanceProfile& profile) -> Outcome<void> {
        if (!profile.role.empty())
          return Error{"LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", 409};
        profile.role = role->name;
        return {};
      });
  if (!added) return added.error();
  return AddRoleToInstanceProfileOutput{};
}

Outcome<RemoveRoleFromInstanceProfileOutput> remove_role_from_instance_profile(
    Context& context, const RemoveRoleFromInstanceProfileInput& input) {
  Outcome<access::Principal> role = directory(context).find(access::PrincipalKind::role, input.role_name);
  if (!role) return role.error();
  Outcome<void> removed = directory(context).update_profile(
      input.instance_profile_name, [&](access::InstanceProfile& profile) -> Outcome<void> {
        if (profile.role != role->name) {
          return Error{"NoSuchEntity",
                       "The role with name " + role->name + " is not in the instance profile " + profile.name + ".",
                       404};
        }
        profile.role.clear();
        return {};
      });
  if (!removed) return removed.error();
  return RemoveRoleFromInstanceProfileOutput{};
}

}  // namespace penstock::aws::iam
