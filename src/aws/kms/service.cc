#include "aws/kms/service.h"

#include "aws/kms/alias.h"
#include "aws/kms/cryptography.h"
#include "aws/kms/key.h"
#include "aws/kms/tag.h"

namespace penstock::aws::kms {

const ServiceTable& service() {
  static const ServiceTable table = list(
      blocking(op<CreateKey>(create_key)), op<DescribeKey>(describe_key), op<ListKeys>(list_keys),
      op<EnableKey>(enable_key), op<DisableKey>(disable_key), op<ScheduleKeyDeletion>(schedule_key_deletion),
      op<CancelKeyDeletion>(cancel_key_deletion), op<UpdateKeyDescription>(update_key_description),
      op<GetKeyPolicy>(get_key_policy), op<PutKeyPolicy>(put_key_policy), op<ListKeyPolicies>(list_key_policies),
      op<GetKeyRotationStatus>(get_key_rotation_status), op<EnableKeyRotation>(enable_key_rotation),
      op<DisableKeyRotation>(disable_key_rotation), op<CreateAlias>(create_alias), op<UpdateAlias>(update_alias),
      op<DeleteAlias>(delete_alias), op<ListAliases>(list_aliases), op<TagResource>(tag_resource),
      op<UntagResource>(untag_resource), op<ListResourceTags>(list_resource_tags), op<Encrypt>(encrypt),
      op<Decrypt>(decrypt), op<ReEncrypt>(re_encrypt), op<GenerateDataKey>(generate_data_key),
      op<GenerateDataKeyWithoutPlaintext>(generate_data_key_without_plaintext), op<GenerateRandom>(generate_random));
  return table;
}

}  // namespace penstock::aws::kms
