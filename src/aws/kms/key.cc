#include "aws/kms/key.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "aws/kms/request.h"
#include "aws/protocol/guard.h"
#include "base/clock.h"
#include "core/access/policy_document.h"

namespace penstock::aws::kms {

namespace {

constexpr int64_t page_default = 100;
constexpr int64_t window_days_min = 7, window_days_max = 30, window_days_default = 30;
constexpr int64_t rotation_days_default = 365;
constexpr double day_seconds = 86'400;
constexpr std::string_view policy_name = "default";  // the only one that KMS knows

using Change = std::function<Outcome<void>(keys::Key&)>;

std::string state_text(keys::KeyState state) {
  switch (state) {
    case keys::KeyState::enabled:
      return "Enabled";
    case keys::KeyState::disabled:
      return "Disabled";
    default:
      return "PendingDeletion";
  }
}

KeyMetadata metadata_of(const keys::Key& key) {
  KeyMetadata metadata;
  metadata.aws_account_id = key.account;
  metadata.key_id = key.id;
  metadata.arn = key.arn;
  metadata.creation_date = key.created;
  metadata.enabled = key.state == keys::KeyState::enabled;
  metadata.description = key.description;
  metadata.key_usage = "ENCRYPT_DECRYPT";
  metadata.key_state = state_text(key.state);
  metadata.deletion_date = key.deletion;
  metadata.origin = "AWS_KMS";
  metadata.key_manager = key.aws_managed ? "AWS" : "CUSTOMER";
  metadata.customer_master_key_spec = metadata.key_spec = "SYMMETRIC_DEFAULT";
  metadata.encryption_algorithms = {"SYMMETRIC_DEFAULT"};
  metadata.multi_region = false;
  return metadata;
}

Outcome<void> check_policy(const std::string& policy) {
  Outcome<void> checked = access::check_policy_document(policy, access::PolicyUse::resource);
  if (checked) return checked;
  return Error{"MalformedPolicyDocumentException", checked.error().message};
}

// Who makes a policy must not lock itself out, unless it says that this is meant.
Outcome<void> check_lockout(const Context& context, std::string_view key_arn, const std::string& policy,
                            const std::optional<bool>& bypass) {
  Guard* guard = context.platform.guard;
  if (guard == nullptr || bypass.value_or(false)) return {};
  if (guard->may_change_key_policy(context, key_arn, policy)) return {};
  return Error{"MalformedPolicyDocumentException",
               "The new key policy will not allow you to update the key policy in the future."};
}

Outcome<void> check_supported(const CreateKeyInput& input) {
  std::string spec = input.key_spec.value_or(input.customer_master_key_spec.value_or("SYMMETRIC_DEFAULT"));
  std::string usage = input.key_usage.value_or("ENCRYPT_DECRYPT");
  std::string origin = input.origin.value_or("AWS_KMS");
  if (spec != "SYMMETRIC_DEFAULT" || usage != "ENCRYPT_DECRYPT") {
    return unsupported(
        fmt::format("Penstock has keys of the spec SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT; {} for {} is "
                    "not served",
                    spec, usage));
  }
  if (origin != "AWS_KMS" || input.custom_key_store_id || input.xks_key_id) {
    return unsupported("Penstock makes the material of its keys itself: the only Origin served is AWS_KMS");
  }
  if (input.multi_region.value_or(false)) return unsupported("Penstock has no multi-Region keys");
  return {};
}

Outcome<keys::Key> edit_key(Context& context, const std::string& reference, const Change& change) {
  Outcome<keys::Key> key = find_key(context, reference);
  if (!key) return key;
  return context.platform.keyring.edit(*key, change);
}

// Of an operation without an output.
template <class Output>
Outcome<Output> edited(Outcome<keys::Key> key) {
  if (!key) return key.error();
  return Output{};
}

Outcome<void> check_policy_name(const std::optional<std::string>& name) {
  if (!name || *name == policy_name) return {};
  return Error{"NotFoundException", fmt::format("No such policy exists: {}", *name)};
}

}  // namespace

Outcome<CreateKeyOutput> create_key(Context& context, const CreateKeyInput& input) {
  if (Outcome<void> supported = check_supported(input); !supported) return supported.error();
  keys::Key draft;
  draft.description = input.description.value_or("");
  if (input.policy) {
    if (Outcome<void> checked = check_policy(*input.policy); !checked) return checked.error();
    auto open = check_lockout(context, "*", *input.policy, input.bypass_policy_lockout_safety_check);
    if (!open) return open.error();
    draft.policy = *input.policy;
  }
  if (input.tags) {
    if (Outcome<void> added = add_tags(*input.tags, draft.tags); !added) return added.error();
  }
  Outcome<keys::Key> key = context.platform.keyring.create({context.region, context.account}, std::move(draft));
  if (!key) return key.error();
  return CreateKeyOutput{metadata_of(*key)};
}

Outcome<DescribeKeyOutput> describe_key(Context& context, const DescribeKeyInput& input) {
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  return DescribeKeyOutput{metadata_of(*key)};
}

Outcome<ListKeysOutput> list_keys(Context& context, const ListKeysInput& input) {
  Outcome<std::string> after = page_start(input.marker);
  if (!after) return after.error();
  size_t count = static_cast<size_t>(input.limit.value_or(page_default));
  std::vector<keys::Key> found = context.platform.keyring.list({context.region, context.account}, *after, count + 1);
  ListKeysOutput output;
  output.keys.emplace();
  output.truncated = found.size() > count;
  if (*output.truncated) {
    found.pop_back();
    output.next_marker = to_base64(found.back().id);
  }
  for (const keys::Key& key : found) output.keys->push_back({key.id, key.arn});
  return output;
}

Outcome<EnableKeyOutput> enable_key(Context& context, const EnableKeyInput& input) {
  return edited<EnableKeyOutput>(edit_key(context, input.key_id, [](keys::Key& key) -> Outcome<void> {
    if (Outcome<void> there = key.check_not_pending(); !there) return there;
    key.state = keys::KeyState::enabled;
    return {};
  }));
}

Outcome<DisableKeyOutput> disable_key(Context& context, const DisableKeyInput& input) {
  return edited<DisableKeyOutput>(edit_key(context, input.key_id, [](keys::Key& key) -> Outcome<void> {
    if (Outcome<void> there = key.check_not_pending(); !there) return there;
    key.state = keys::KeyState::disabled;
    return {};
  }));
}

Outcome<ScheduleKeyDeletionOutput> schedule_key_deletion(Context& context, const ScheduleKeyDeletionInput& input) {
  int64_t days = input.pending_window_in_days.value_or(window_days_default);
  if (days < window_days_min || days > window_days_max) {
    return validation_error(
        fmt::format("PendingWindowInDays must be between {} and {}", window_days_min, window_days_max));
  }
  Time due = plus_seconds(context.platform.clock.now(), static_cast<double>(days) * day_seconds);
  Outcome<keys::Key> key = edit_key(context, input.key_id, [&](keys::Key& now) -> Outcome<void> {
    if (now.aws_managed) return unsupported(now.arn + " is managed by AWS: it cannot be deleted.");
    if (Outcome<void> there = now.check_not_pending(); !there) return there;
    now.state = keys::KeyState::pending_deletion;
    now.deletion = due;
    return {};
  });
  if (!key) return key.error();
  ScheduleKeyDeletionOutput output;
  output.key_id = key->arn;
  output.deletion_date = due;
  output.key_state = state_text(key->state);
  output.pending_window_in_days = days;
  return output;
}

Outcome<CancelKeyDeletionOutput> cancel_key_deletion(Context& context, const CancelKeyDeletionInput& input) {
  Outcome<keys::Key> key = edit_key(context, input.key_id, [](keys::Key& now) -> Outcome<void> {
    if (now.state != keys::KeyState::pending_deletion) {
      return Error{"KMSInvalidStateException", now.arn + " is not pending deletion."};
    }
    now.state = keys::KeyState::disabled;
    now.deletion.reset();
    return {};
  });
  if (!key) return key.error();
  return CancelKeyDeletionOutput{key->arn};
}

Outcome<UpdateKeyDescriptionOutput> update_key_description(Context& context, const UpdateKeyDescriptionInput& input) {
  return edited<UpdateKeyDescriptionOutput>(edit_key(context, input.key_id, [&](keys::Key& key) -> Outcome<void> {
    if (Outcome<void> there = key.check_not_pending(); !there) return there;
    key.description = input.description;
    return {};
  }));
}

Outcome<GetKeyPolicyOutput> get_key_policy(Context& context, const GetKeyPolicyInput& input) {
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  if (Outcome<void> named = check_policy_name(input.policy_name); !named) return named.error();
  return GetKeyPolicyOutput{key->policy, std::string(policy_name)};
}

Outcome<PutKeyPolicyOutput> put_key_policy(Context& context, const PutKeyPolicyInput& input) {
  if (Outcome<void> named = check_policy_name(input.policy_name); !named) return named.error();
  if (Outcome<void> checked = check_policy(input.policy); !checked) return checked.error();
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  auto open = check_lockout(context, key->arn, input.policy, input.bypass_policy_lockout_safety_check);
  if (!open) return open.error();
  return edited<PutKeyPolicyOutput>(edit_key(context, input.key_id, [&](keys::Key& now) -> Outcome<void> {
    now.policy = input.policy;
    return {};
  }));
}

Outcome<ListKeyPoliciesOutput> list_key_policies(Context& context, const ListKeyPoliciesInput& input) {
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  ListKeyPoliciesOutput output;
  output.policy_names = {std::string(policy_name)};
  output.truncated = false;
  return output;
}

Outcome<GetKeyRotationStatusOutput> get_key_rotation_status(Context& context, const GetKeyRotationStatusInput& input) {
  Outcome<keys::Key> key = find_key(context, input.key_id);
  if (!key) return key.error();
  GetKeyRotationStatusOutput output;
  output.key_id = key->arn;
  output.key_rotation_enabled = key->rotation_days.has_value() && !key->deletion;
  output.rotation_period_in_days = key->rotation_days;
  if (!key->deletion) output.next_rotation_date = key->next_rotation();
  return output;
}

Outcome<EnableKeyRotationOutput> enable_key_rotation(Context& context, const EnableKeyRotationInput& input) {
  Time now = context.platform.clock.now();
  return edited<EnableKeyRotationOutput>(edit_key(context, input.key_id, [&](keys::Key& key) -> Outcome<void> {
    if (Outcome<void> usable = key.check_usable(); !usable) return usable;
    if (!key.rotation_days) key.rotated = now;
    key.rotation_days = input.rotation_period_in_days.value_or(key.rotation_days.value_or(rotation_days_default));
    return {};
  }));
}

Outcome<DisableKeyRotationOutput> disable_key_rotation(Context& context, const DisableKeyRotationInput& input) {
  return edited<DisableKeyRotationOutput>(edit_key(context, input.key_id, [](keys::Key& key) -> Outcome<void> {
    if (Outcome<void> usable = key.check_usable(); !usable) return usable;
    key.rotation_days.reset();
    return {};
  }));
}

}  // namespace penstock::aws::kms
