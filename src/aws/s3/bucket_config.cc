// A bucket's configuration: documents stored and returned by name in store::Bucket::settings. Of these, encryption,
// ownership and versioning change what later calls do; the rest is kept for the clients that ask for it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "aws/protocol/json_codec.h"
#include "aws/s3/attributes.h"
#include "aws/s3/handlers.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/names.h"
#include "aws/s3/object_lock.h"
#include "aws/s3/public_access.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/random.h"
#include "core/access/policy_document.h"

namespace penstock::aws::s3 {

namespace {

constexpr JsonStyle setting_style = {JsonStyle::Names::pascal, JsonStyle::Times::iso8601, false};
constexpr size_t policy_bytes_max = 20 * 1024;  // "Policies and permissions in Amazon S3"

// The named document, or the error that says it was never set.
Outcome<Json> get_setting(Context& context, const std::string& name, const std::optional<std::string>& owner,
                          std::string_view setting, const Error& absent) {
  auto bucket = find_bucket(context, name, owner);
  if (!bucket) return bucket.error();
  const Json* value = bucket->settings.find(setting);
  if (value != nullptr) return *value;
  Error error = absent;
  error.fields.emplace_back("BucketName", name);
  return error;
}

// The same, read into a generated struct.
template <class T>
Outcome<T> get_document(Context& context, const std::string& name, const std::optional<std::string>& owner,
                        std::string_view setting, const Error& absent) {
  auto json = get_setting(context, name, owner, setting, absent);
  if (!json) return json.error();
  T document;
  Validation validation;
  if (auto read = from_json(T::table, *json, &document, validation, setting_style); !read) return read.error();
  return document;
}

// Sets the document, or, when it is null, removes it.
template <class Output>
void put_setting(Context& context, const std::string& name, const std::optional<std::string>& owner,
                 std::string_view setting, Json value, Reply<Output> reply, Output output = {}) {
  if (auto owned = check_owner(context, name, owner); !owned) return reply(owned.error());
  auto edit = [setting = std::string(setting), value = std::move(value)](store::Bucket& bucket) -> Outcome<void> {
    if (value.is_null()) {
      bucket.settings.erase(setting);
    } else {
      bucket.settings.set(setting, value);
    }
    return {};
  };
  Lifecycle* lifecycle = setting == "lifecycle" ? context.platform.sides.find<Lifecycle>() : nullptr;
  auto answer = [output = std::move(output), guard = context.platform.guard, lifecycle](const store::Bucket&) {
    if (guard != nullptr) guard->bucket_changed();
    if (lifecycle != nullptr) lifecycle->changed();
    return output;
  };
  context.platform.objects.edit_bucket(name, std::move(edit),
                                       answering<store::Bucket>(std::move(reply), std::move(answer)));
}

}  // namespace

// ---- versioning

Outcome<GetBucketVersioningOutput> get_bucket_versioning(Context& context, const GetBucketVersioningInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  GetBucketVersioningOutput output;
  if (bucket->versioning == store::Bucket::Versioning::enabled) output.status = "Enabled";
  if (bucket->versioning == store::Bucket::Versioning::suspended) output.status = "Suspended";
  return output;
}

void put_bucket_versioning(Context& context, const PutBucketVersioningInput& input,
                           Reply<PutBucketVersioningOutput> reply) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  const VersioningConfiguration& wanted = input.versioning_configuration;
  if (wanted.mfa_delete == "Enabled") return reply(not_implemented("MFA delete"));
  if (wanted.status != "Enabled" && wanted.status != "Suspended") {
    return reply(Error{"IllegalVersioningConfigurationException", "The Versioning element must be specified", 400, {}});
  }
  auto versioning =
      wanted.status == "Enabled" ? store::Bucket::Versioning::enabled : store::Bucket::Versioning::suspended;
  auto edit = [versioning](store::Bucket& bucket) -> Outcome<void> {
    if (has_object_lock(bucket) && versioning != store::Bucket::Versioning::enabled) {
      return Error{"InvalidBucketState",
                   "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
                   409,
                   {}};
    }
    bucket.versioning = versioning;
    return {};
  };
  context.platform.objects.edit_bucket(
      input.bucket, edit,
      answering<store::Bucket>(std::move(reply), [](const store::Bucket&) { return PutBucketVersioningOutput(); }));
}

// ---- tags

Outcome<GetBucketTaggingOutput> get_bucket_tagging(Context& context, const GetBucketTaggingInput& input) {
  auto tags = get_setting(context, input.bucket, input.expected_bucket_owner, "tags",
                          Error{"NoSuchTagSet", "The TagSet does not exist", 404, {}});
  if (!tags) return tags.error();
  GetBucketTaggingOutput output;
  output.tag_set = write_tags(*tags);
  return output;
}

void put_bucket_tagging(Context& context, const PutBucketTaggingInput& input, Reply<PutBucketTaggingOutput> reply) {
  auto tags = read_tags(input.tagging.tag_set, 50);
  if (!tags) return reply(tags.error());
  put_setting(context, input.bucket, input.expected_bucket_owner, "tags", std::move(*tags), std::move(reply));
}

void delete_bucket_tagging(Context& context, const DeleteBucketTaggingInput& input,
                           Reply<DeleteBucketTaggingOutput> reply) {
  put_setting(context, input.bucket, input.expected_bucket_owner, "tags", Json(), std::move(reply));
}

// ---- policy

Outcome<GetBucketPolicyOutput> get_bucket_policy(Context& context, const GetBucketPolicyInput& input) {
  auto policy = get_setting(context, input.bucket, input.expected_bucket_owner, "policy",
                            Error{"NoSuchBucketPolicy", "The bucket policy does not exist", 404, {}});
  if (!policy) return policy.error();
  GetBucketPolicyOutput output;
  output.policy = std::string(policy->as_string());
  return output;
}

Outcome<GetBucketPolicyStatusOutput> get_bucket_policy_status(Context& context,
                                                              const GetBucketPolicyStatusInput& input) {
  auto policy = get_setting(context, input.bucket, input.expected_bucket_owner, "policy",
                            Error{"NoSuchBucketPolicy", "The bucket policy does not exist", 404, {}});
  if (!policy) return policy.error();
  GetBucketPolicyStatusOutput output;
  output.policy_status.emplace().is_public = is_public_policy(policy->as_string());
  return output;
}

void put_bucket_policy(Context& context, const PutBucketPolicyInput& input, Reply<PutBucketPolicyOutput> reply) {
  auto malformed = [](std::string_view message) { return Error{"MalformedPolicy", std::string(message), 400, {}}; };
  auto policy = parse_json(input.policy);
  if (!policy || !policy->is_object())
    return reply(malformed("Policies must be valid JSON and the first byte must be '{'"));
  if (input.policy.size() > policy_bytes_max)
    return reply(malformed("Policy exceeds the maximum allowed document size."));
  if (policy->find("Statement") == nullptr) return reply(malformed("Missing required field Statement"));
  if (auto checked = access::check_policy_document(input.policy, access::PolicyUse::resource); !checked) {
    return reply(malformed(checked.error().message));
  }
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return reply(bucket.error());
  if (public_access_of(*bucket).block_public_policy && is_public_policy(input.policy)) {
    return reply(Error{"AccessDenied",
                       fmt::format("User: {} is not authorized to perform: s3:PutBucketPolicy on resource: "
                                   "\"arn:aws:s3:::{}\" because public policies are blocked by the "
                                   "BlockPublicPolicy block public access setting.",
                                   context.caller.arn, input.bucket),
                       403,
                       {}});
  }
  put_setting(context, input.bucket, input.expected_bucket_owner, "policy", Json(input.policy), std::move(reply));
}

void delete_bucket_policy(Context& context, const DeleteBucketPolicyInput& input,
                          Reply<DeleteBucketPolicyOutput> reply) {
  put_setting(context, input.bucket, input.expected_bucket_owner, "policy", Json(), std::move(reply));
}

// ---- encryption

Outcome<GetBucketEncryptionOutput> get_bucket_encryption(Context& context, const GetBucketEncryptionInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  GetBucketEncryptionOutput output;
  output.server_side_encryption_configuration.emplace();
  if (bucket->settings.find("encryption") == nullptr) {
    // What S3 applies to every bucket since 2023.
    ServerSideEncryptionRule& rule = output.server_side_encryption_configuration->rules.emplace_back();
    rule.apply_server_side_encryption_by_default.emplace().sse_algorithm = "AES256";
    rule.bucket_key_enabled = false;
    return output;
  }
  auto document = get_document<ServerSideEncryptionConfiguration>(context, input.bucket, {}, "encryption", {});
  if (!document) return document.error();
  output.server_side_encryption_configuration = std::move(*document);
  return output;
}

void put_bucket_encryption(Context& context, const PutBucketEncryptionInput& input,
                           Reply<PutBucketEncryptionOutput> reply) {
  const auto& configuration = input.server_side_encryption_configuration;
  if (configuration.rules.size() != 1) return reply(malformed_xml());
  const auto& chosen = configuration.rules.front().apply_server_side_encryption_by_default;
  if (chosen && chosen->sse_algorithm != "AES256" && chosen->sse_algorithm != "aws:kms" &&
      chosen->sse_algorithm != "aws:kms:dsse") {
    return reply(malformed_xml());
  }
  if (chosen && chosen->sse_algorithm == "AES256" && chosen->kms_master_key_id) {
    return reply(
        invalid_argument("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or "
                         "aws:kms:dsse",
                         "KMSMasterKeyID", *chosen->kms_master_key_id));
  }
  put_setting(context, input.bucket, input.expected_bucket_owner, "encryption", to_json(configuration, setting_style),
              std::move(reply));
}

void delete_bucket_encryption(Context& context, const DeleteBucketEncryptionInput& input,
                              Reply<DeleteBucketEncryptionOutput> reply) {
  put_setting(context, input.bucket, input.expected_bucket_owner, "encryption", Json(), std::move(reply));
}

// ---- CORS

Outcome<GetBucketCorsOutput> get_bucket_cors(Context& context, const GetBucketCorsInput& input) {
  auto document = get_document<CORSConfiguration>(
      context, input.bucket, input.expected_bucket_owner, "cors",
      Error{"NoSuchCORSConfiguration", "The CORS configuration does not exist", 404, {}});
  if (!document) return document.error();
  GetBucketCorsOutput output;
  output.cors_rules = std::move(document->cors_rules);
  return output;
}

void put_bucket_cors(Context& context, const PutBucketCorsInput& input, Reply<PutBucketCorsOutput> reply) {
  if (input.cors_configuration.cors_rules.empty()) return reply(malformed_xml());
  put_setting(context, input.bucket, input.expected_bucket_owner, "cors",
              to_json(input.cors_configuration, setting_style), std::move(reply));
}

void delete_bucket_cors(Context& context, const DeleteBucketCorsInput& input, Reply<DeleteBucketCorsOutput> reply) {
  put_setting(context, input.bucket, input.expected_bucket_owner, "cors", Json(), std::move(reply));
}

// ---- lifecycle

namespace {

constexpr size_t rule_id_bytes_max = 255;
constexpr int64_t day_microseconds = 86'400'000'000;

Outcome<void> check_when(std::string_view action, const std::optional<int64_t>& days, const std::optional<Time>& date) {
  if (days && *days <= 0) {
    return invalid_argument(fmt::format("'Days' for {} action must be a positive integer", action), "Days",
                            std::to_string(*days));
  }
  if (date && date->microseconds % day_microseconds != 0) {
    return invalid_argument("'Date' must be at midnight GMT", "Date", to_iso8601(*date));
  }
  if (days && date) return malformed_xml();
  return {};
}

Outcome<void> check_rules(const std::vector<LifecycleRule>& rules) {
  std::set<std::string_view> ids;
  for (const LifecycleRule& rule : rules) {
    if (rule.status != "Enabled" && rule.status != "Disabled") return malformed_xml();
    if (rule.id->size() > rule_id_bytes_max) {
      return invalid_argument("ID length should not exceed allowed limit of 255", "ID", *rule.id);
    }
    if (!ids.insert(*rule.id).second) {
      return invalid_argument("Rule ID must be unique. Found same ID for more than one rule", "ID", *rule.id);
    }
    if (rule.expiration) {
      auto valid = check_when("Expiration", rule.expiration->days, rule.expiration->date);
      if (!valid) return valid;
    }
    for (const Transition& transition : rule.transitions.value_or(std::vector<Transition>{})) {
      if (transition.days == 0) continue;  // at once
      if (auto valid = check_when("Transition", transition.days, transition.date); !valid) return valid;
    }
  }
  return {};
}

}  // namespace

Outcome<GetBucketLifecycleConfigurationOutput> get_bucket_lifecycle_configuration(
    Context& context, const GetBucketLifecycleConfigurationInput& input) {
  auto document = get_document<BucketLifecycleConfiguration>(
      context, input.bucket, input.expected_bucket_owner, "lifecycle",
      Error{"NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404, {}});
  if (!document) return document.error();
  GetBucketLifecycleConfigurationOutput output;
  output.rules = std::move(document->rules);
  output.transition_default_minimum_object_size = "all_storage_classes_128K";
  return output;
}

void put_bucket_lifecycle_configuration(Context& context, const PutBucketLifecycleConfigurationInput& input,
                                        Reply<PutBucketLifecycleConfigurationOutput> reply) {
  if (!input.lifecycle_configuration || input.lifecycle_configuration->rules.empty()) return reply(malformed_xml());
  BucketLifecycleConfiguration configuration = *input.lifecycle_configuration;
  for (LifecycleRule& rule : configuration.rules) {
    if (!rule.id) rule.id = context.platform.random.uuid();
  }
  if (auto valid = check_rules(configuration.rules); !valid) return reply(valid.error());
  PutBucketLifecycleConfigurationOutput output;
  output.transition_default_minimum_object_size = "all_storage_classes_128K";
  put_setting(context, input.bucket, input.expected_bucket_owner, "lifecycle", to_json(configuration, setting_style),
              std::move(reply), std::move(output));
}

void delete_bucket_lifecycle(Context& context, const DeleteBucketLifecycleInput& input,
                             Reply<DeleteBucketLifecycleOutput> reply) {
  put_setting(context, input.bucket, input.expected_bucket_owner, "lifecycle", Json(), std::move(reply));
}

// ---- public access block

Outcome<GetPublicAccessBlockOutput> get_public_access_block(Context& context, const GetPublicAccessBlockInput& input) {
  // A new bucket blocks everything ("Default settings for new S3 buckets", 2023); a deleted block is an error.
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  GetPublicAccessBlockOutput output;
  if (bucket->settings.find("public_access_block") == nullptr) {
    output.public_access_block_configuration = PublicAccessBlockConfiguration{true, true, true, true};
    return output;
  }
  Error absent{"NoSuchPublicAccessBlockConfiguration",
               "The public access block configuration was not found",
               404,
               {{"BucketName", input.bucket}}};
  if (bucket->settings["public_access_block"].is_boolean()) return absent;
  auto document =
      get_document<PublicAccessBlockConfiguration>(context, input.bucket, {}, "public_access_block", absent);
  if (!document) return document.error();
  output.public_access_block_configuration = std::move(*document);
  return output;
}

void put_public_access_block(Context& context, const PutPublicAccessBlockInput& input,
                             Reply<PutPublicAccessBlockOutput> reply) {
  PublicAccessBlockConfiguration block = input.public_access_block_configuration;
  for (auto member :
       {&PublicAccessBlockConfiguration::block_public_acls, &PublicAccessBlockConfiguration::ignore_public_acls,
        &PublicAccessBlockConfiguration::block_public_policy,
        &PublicAccessBlockConfiguration::restrict_public_buckets}) {
    block.*member = (block.*member).value_or(false);
  }
  put_setting(context, input.bucket, input.expected_bucket_owner, "public_access_block", to_json(block, setting_style),
              std::move(reply));
}

void delete_public_access_block(Context& context, const DeletePublicAccessBlockInput& input,
                                Reply<DeletePublicAccessBlockOutput> reply) {
  put_setting(context, input.bucket, input.expected_bucket_owner, "public_access_block", Json(false), std::move(reply));
}

// ---- ownership

Outcome<GetBucketOwnershipControlsOutput> get_bucket_ownership_controls(Context& context,
                                                                        const GetBucketOwnershipControlsInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  GetBucketOwnershipControlsOutput output;
  if (bucket->settings.find("ownership") == nullptr) {
    output.ownership_controls.emplace().rules.emplace_back().object_ownership = "BucketOwnerEnforced";
    return output;
  }
  Error absent{"OwnershipControlsNotFoundError",
               "The bucket ownership controls were not found",
               404,
               {{"BucketName", input.bucket}}};
  if (bucket->settings["ownership"].is_boolean()) return absent;
  auto document = get_document<OwnershipControls>(context, input.bucket, {}, "ownership", absent);
  if (!document) return document.error();
  output.ownership_controls = std::move(*document);
  return output;
}

void put_bucket_ownership_controls(Context& context, const PutBucketOwnershipControlsInput& input,
                                   Reply<PutBucketOwnershipControlsOutput> reply) {
  if (input.ownership_controls.rules.size() != 1) return reply(malformed_xml());
  const std::string& ownership = input.ownership_controls.rules.front().object_ownership;
  if (ownership != "BucketOwnerEnforced" && ownership != "BucketOwnerPreferred" && ownership != "ObjectWriter") {
    return reply(malformed_xml());
  }
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return reply(bucket.error());
  if (ownership == "BucketOwnerEnforced" && is_public_acl(bucket->settings["acl"])) {
    return reply(Error{"InvalidBucketAclWithObjectOwnership",
                       "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
                       400,
                       {}});
  }
  put_setting(context, input.bucket, input.expected_bucket_owner, "ownership",
              to_json(input.ownership_controls, setting_style), std::move(reply));
}

void delete_bucket_ownership_controls(Context& context, const DeleteBucketOwnershipControlsInput& input,
                                      Reply<DeleteBucketOwnershipControlsOutput> reply) {
  // Without controls the object's writer owns it, as before 2021.
  put_setting(context, input.bucket, input.expected_bucket_owner, "ownership", Json(false), std::move(reply));
}

}  // namespace penstock::aws::s3
