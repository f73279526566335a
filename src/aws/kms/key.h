// KMS keys: their life, policies and rotation.
#pragma once

#include "aws/context.h"
#include "base/outcome.h"
#include "models/kms/key.h"

namespace penstock::aws::kms {

Outcome<CreateKeyOutput> create_key(Context& context, const CreateKeyInput& input);
Outcome<DescribeKeyOutput> describe_key(Context& context, const DescribeKeyInput& input);
Outcome<ListKeysOutput> list_keys(Context& context, const ListKeysInput& input);
Outcome<EnableKeyOutput> enable_key(Context& context, const EnableKeyInput& input);
Outcome<DisableKeyOutput> disable_key(Context& context, const DisableKeyInput& input);
Outcome<ScheduleKeyDeletionOutput> schedule_key_deletion(Context& context, const ScheduleKeyDeletionInput& input);
Outcome<CancelKeyDeletionOutput> cancel_key_deletion(Context& context, const CancelKeyDeletionInput& input);
Outcome<UpdateKeyDescriptionOutput> update_key_description(Context& context, const UpdateKeyDescriptionInput& input);
Outcome<GetKeyPolicyOutput> get_key_policy(Context& context, const GetKeyPolicyInput& input);
Outcome<PutKeyPolicyOutput> put_key_policy(Context& context, const PutKeyPolicyInput& input);
Outcome<ListKeyPoliciesOutput> list_key_policies(Context& context, const ListKeyPoliciesInput& input);
Outcome<GetKeyRotationStatusOutput> get_key_rotation_status(Context& context, const GetKeyRotationStatusInput& input);
Outcome<EnableKeyRotationOutput> enable_key_rotation(Context& context, const EnableKeyRotationInput& input);
Outcome<DisableKeyRotationOutput> disable_key_rotation(Context& context, const DisableKeyRotationInput& input);

}  // namespace penstock::aws::kms
