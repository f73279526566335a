// Managed policies and their versions: handlers of IAM. Error NoSuchEntity when the policy named is not there.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/iam/policy.h"

namespace penstock::aws::iam {

Outcome<CreatePolicyOutput> create_policy(Context& context, const CreatePolicyInput& input);
Outcome<GetPolicyOutput> get_policy(Context& context, const GetPolicyInput& input);
Outcome<DeletePolicyOutput> delete_policy(Context& context, const DeletePolicyInput& input);
Outcome<ListPoliciesOutput> list_policies(Context& context, const ListPoliciesInput& input);
Outcome<CreatePolicyVersionOutput> create_policy_version(Context& context, const CreatePolicyVersionInput& input);
Outcome<GetPolicyVersionOutput> get_policy_version(Context& context, const GetPolicyVersionInput& input);
Outcome<DeletePolicyVersionOutput> delete_policy_version(Context& context, const DeletePolicyVersionInput& input);
Outcome<ListPolicyVersionsOutput> list_policy_versions(Context& context, const ListPolicyVersionsInput& input);
Outcome<SetDefaultPolicyVersionOutput> set_default_policy_version(Context& context,
                                                                  const SetDefaultPolicyVersionInput& input);
Outcome<ListEntitiesForPolicyOutput> list_entities_for_policy(Context& context,
                                                              const ListEntitiesForPolicyInput& input);
Outcome<TagPolicyOutput> tag_policy(Context& context, const TagPolicyInput& input);
Outcome<UntagPolicyOutput> untag_policy(Context& context, const UntagPolicyInput& input);
Outcome<ListPolicyTagsOutput> list_policy_tags(Context& context, const ListPolicyTagsInput& input);

}  // namespace penstock::aws::iam
