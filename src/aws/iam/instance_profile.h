// Instance profiles: handlers of IAM. They are kept, with one role at most; there are no instances to use them.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/iam/instance_profile.h"

namespace penstock::aws::iam {

Outcome<CreateInstanceProfileOutput> create_instance_profile(Context& context, const CreateInstanceProfileInput& input);
Outcome<GetInstanceProfileOutput> get_instance_profile(Context& context, const GetInstanceProfileInput& input);
Outcome<DeleteInstanceProfileOutput> delete_instance_profile(Context& context, const DeleteInstanceProfileInput& input);
Outcome<ListInstanceProfilesOutput> list_instance_profiles(Context& context, const ListInstanceProfilesInput& input);
Outcome<ListInstanceProfilesForRoleOutput> list_instance_profiles_for_role(
    Context& context, const ListInstanceProfilesForRoleInput& input);
Outcome<AddRoleToInstanceProfileOutput> add_role_to_instance_profile(Context& context,
                                                                     const AddRoleToInstanceProfileInput& input);
Outcome<RemoveRoleFromInstanceProfileOutput> remove_role_from_instance_profile(
    Context& context, const RemoveRoleFromInstanceProfileInput& input);

}  // namespace penstock::aws::iam
