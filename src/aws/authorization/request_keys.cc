#include "aws/authorization/request_keys.h"

#include <algorithm>

#include "aws/authorization/resource_tags.h"
#include "base/encoding.h"
#include "core/access/access.h"
#include "store/objects.h"

namespace penstock::aws::authorization {

namespace {

std::optional<std::string> or_nothing(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

// A schedule acts for its group ("Confused deputy prevention in EventBridge Scheduler").
std::string source_arn(std::string arn) {
  const size_t at = arn.find(":schedule/");
  if (at == std::string::npos) return arn;
  arn.insert(at + std::string_view(":schedule").size(), "-group");
  return arn.substr(0, arn.rfind('/'));
}

// What follows the prefix; empty when the name has another.
std::string_view behind(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
}

// `lower_name`: keys of tags are written in any case in policies.
std::optional<std::string> tag_in(const access::Texts& tags, std::string_view lower_name) {
  for (const auto& [key, value] : tags) {
    if (to_lower(key) == lower_name) return value;
  }
  return std::nullopt;
}

std::string_view principal_type(std::string_view arn) {
  if (arn.empty()) return "Anonymous";
  if (arn.ends_with(":root")) return "Account";
  return arn.find(":assumed-role/") != std::string_view::npos ? "AssumedRole" : "User";
}

}  // namespace

std::optional<std::string> CallKeys::find_global(std::string_view name) const {
  const Caller& caller = context_.caller;
  const access::Access& access = context_.platform.access;
  if (name == "principalarn") return or_nothing(principal_ != nullptr ? principal_->arn : caller.arn);
  if (name == "principalaccount") return or_nothing(caller.account);
  if (name == "resourceaccount") return or_nothing(context_.account);
  if (name == "principaltype") return std::string(principal_type(caller.arn));
  if (name == "userid") return or_nothing(caller.user_id);
  if (name == "username") {
    if (caller.arn.find(":user/") == std::string::npos) return std::nullopt;
    return caller.arn.substr(caller.arn.rfind('/') + 1);
  }
  if (name == "sourcearn") return or_nothing(source_arn(need_.source));
  if (name == "sourceaccount" && !need_.source.empty()) return or_nothing(context_.account);
  if (name == "sourceip") return or_nothing(context_.source_address);
  if (name == "useragent") return or_nothing(context_.user_agent);
  if (name == "requestedregion") return or_nothing(context_.region);
  if (name == "securetransport") return "false";
  if (name == "viaawsservice") return need_.key_use != nullptr ? "true" : "false";
  if (name == "currenttime") return to_iso8601(access.wall().now());
  if (name == "epochtime") return std::to_string(access.wall().now().microseconds / 1'000'000);
  if (name == "principalisawsservice") return "false";
  if (std::string_view tag = behind(name, "principaltag/"); !tag.empty() && principal_ != nullptr)
    return tag_in(principal_->tags, tag);
  if (std::string_view tag = behind(name, "requesttag/"); !tag.empty() && operation_ != nullptr)
    return tag_in(input_tags(*operation_->input, input_), tag);
  return std::nullopt;
}

// Keys of a service that are members of the input, by the paths they may be at.
std::vector<std::string> CallKeys::find_in_input(std::string_view name) const {
  struct Row {
    std::string_view key, path;
  };
  static constexpr Row rows[] = {
      {"s3:prefix", "Prefix"},
      {"s3:delimiter", "Delimiter"},
      {"s3:max-keys", "MaxKeys"},
      {"s3:versionid", "VersionId"},
      {"s3:x-amz-acl", "ACL"},
      {"s3:x-amz-server-side-encryption", "ServerSideEncryption"},
      {"s3:x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"},
      {"s3:x-amz-storage-class", "StorageClass"},
      {"s3:x-amz-metadata-directive", "MetadataDirective"},
      {"s3:x-amz-server-side-encryption-customer-algorithm", "SSECustomerAlgorithm"},
      {"s3:x-amz-website-redirect-location", "WebsiteRedirectLocation"},
      {"s3:x-amz-object-ownership", "ObjectOwnership"},
      {"s3:x-amz-grant-full-control", "GrantFullControl"},
      {"s3:x-amz-grant-read", "GrantRead"},
      {"s3:x-amz-grant-read-acp", "GrantReadACP"},
      {"s3:x-amz-grant-write", "GrantWrite"},
      {"s3:x-amz-grant-write-acp", "GrantWriteACP"},
      {"s3:if-match", "IfMatch"},
      {"s3:if-none-match", "IfNoneMatch"},
      {"s3:object-lock-mode", "ObjectLockMode"},
      {"s3:object-lock-legal-hold", "ObjectLockLegalHoldStatus"},
      {"s3:locationconstraint", "CreateBucketConfiguration.LocationConstraint"},
      {"iam:policyarn", "PolicyArn"},
      {"iam:permissionsboundary", "PermissionsBoundary"},
      {"sts:externalid", "ExternalId"},
      {"sts:rolesessionname", "RoleSessionName"},
      {"sts:sourceidentity", "SourceIdentity"},
      {"cloudformation:changesetname", "ChangeSetName"},
      {"cloudformation:rolearn", "RoleARN"},
      {"cloudformation:stackpolicyurl", "StackPolicyURL"},
      {"cloudformation:templateurl", "TemplateURL"},
      {"events:detail-type", "Entries[].DetailType"},
      {"events:source", "Entries[].Source"},
      {"events:targetarn", "Targets[].Arn"},
      {"sagemaker:instancetypes", "ResourceConfig.InstanceType"},
      {"sagemaker:instancetypes", "ProcessingResources.ClusterConfig.InstanceType"},
      {"sagemaker:volumekmskey", "ResourceConfig.VolumeKmsKeyId"},
      {"sagemaker:volumekmskey", "ProcessingResources.ClusterConfig.VolumeKmsKeyId"},
      {"sagemaker:outputkmskey", "OutputDataConfig.KmsKeyId"},
      {"sagemaker:outputkmskey", "ProcessingOutputConfig.KmsKeyId"},
      {"sagemaker:maxruntimeinseconds", "StoppingCondition.MaxRuntimeInSeconds"},
      {"sagemaker:networkisolation", "EnableNetworkIsolation"},
      {"sagemaker:networkisolation", "NetworkConfig.EnableNetworkIsolation"},
      {"sagemaker:intercontainertrafficencryption", "EnableInterContainerTrafficEncryption"},
      {"sagemaker:intercontainertrafficencryption", "NetworkConfig.EnableInterContainerTrafficEncryption"},
      {"sagemaker:vpcsubnets", "VpcConfig.Subnets[]"},
      {"sagemaker:vpcsubnets", "NetworkConfig.VpcConfig.Subnets[]"},
      {"sagemaker:vpcsecuritygroupids", "VpcConfig.SecurityGroupIds[]"},
      {"sagemaker:vpcsecuritygroupids", "NetworkConfig.VpcConfig.SecurityGroupIds[]"},
      {"ssm:overwrite", "Overwrite"},
      {"ssm:recursive", "Recursive"},
  };
  std::vector<std::string> values;
  for (const Row& row : rows) {
    if (row.key != name) continue;
    for (std::optional<std::string>& value : input_values(*operation_->input, input_, row.path)) {
      if (value) values.push_back(std::move(*value));
    }
  }
  return values;
}

// What is known of the resource itself: its tags.
std::optional<std::string> CallKeys::find_of_resource(std::string_view name) const {
  const std::string_view resource = need_.resource;
  if (std::string_view tag = behind(name, "s3:existingobjecttag/"); !tag.empty()) {
    constexpr std::string_view prefix = "arn:aws:s3:::";
    const size_t slash = resource.find('/');
    if (!resource.starts_with(prefix) || slash == std::string_view::npos) return std::nullopt;
    auto version = context_.platform.objects.version(resource.substr(prefix.size(), slash - prefix.size()),
                                                     resource.substr(slash + 1), {});
    if (!version) return std::nullopt;
    for (const JsonMember& member : version->tags.members()) {
      if (to_lower(member.key) == tag) return std::string(member.value.as_string());
    }
    return std::nullopt;
  }
  for (std::string_view prefix :
       {"aws:resourcetag/", "iam:resourcetag/", "sagemaker:resourcetag/", "ssm:resourcetag/"}) {
    if (std::string_view tag = behind(name, prefix); !tag.empty())
      return tag_in(tags_of_resource(context_, need_.resource), tag);
  }
  return std::nullopt;
}

access::Texts CallKeys::request_tags() const {
  return operation_ != nullptr ? input_tags(*operation_->input, input_) : access::Texts();
}

access::Texts CallKeys::encryption_context() const {
  if (need_.key_use == nullptr) {
    if (operation_ == nullptr) return {};
    access::Texts given = input_map(*operation_->input, input_, "EncryptionContext");
    if (!given.empty()) return given;
    // ReEncrypt has one to decrypt by and one to encrypt by.
    const bool from = need_.action == "kms:ReEncryptFrom";
    return input_map(*operation_->input, input_, from ? "SourceEncryptionContext" : "DestinationEncryptionContext");
  }
  access::Texts context;
  if (!need_.key_use->context.is_object()) return context;
  for (const JsonMember& member : need_.key_use->context.members())
    context.emplace_back(member.key, std::string(member.value.as_string()));
  return context;
}

std::optional<std::string> CallKeys::find_of_service(std::string_view name) const {
  if (name == "iam:passedtoservice") return or_nothing(need_.passed_to);
  if (name == "kms:calleraccount") return or_nothing(context_.caller.account);
  if (name == "kms:viaservice" && need_.key_use != nullptr) {
    return std::string(need_.key_use->service) + "." + context_.region + ".amazonaws.com";
  }
  if (std::string_view entry = behind(name, "kms:encryptioncontext:"); !entry.empty())
    return tag_in(encryption_context(), entry);
  if (operation_ == nullptr) return std::nullopt;
  if (std::string_view tag = behind(name, "s3:requestobjecttag/"); !tag.empty())
    return tag_in(input_tags(*operation_->input, input_), tag);
  if (name == "s3:x-amz-copy-source") {  // BUCKET/KEY
    std::optional<std::string> source = input_text(*operation_->input, input_, "CopySource");
    if (!source) return std::nullopt;
    const std::string decoded = uri_decode(source->substr(0, source->find("?versionId=")));
    return decoded.starts_with('/') ? decoded.substr(1) : decoded;
  }
  if (name != "states:statemachinequalifier") return std::nullopt;
  std::optional<std::string> machine = input_text(*operation_->input, input_, "stateMachineArn");
  std::vector<std::string_view> parts = split(machine.value_or(""), ':');
  return parts.size() == 8 ? std::optional<std::string>(parts[7]) : std::nullopt;
}

std::optional<std::vector<std::string>> CallKeys::find(std::string_view name) const {
  asked_ = true;
  const bool tag_keys = name == "aws:tagkeys" || name == "s3:requestobjecttagkeys";
  if (tag_keys || name == "kms:encryptioncontextkeys") {
    const access::Texts named = tag_keys ? request_tags() : encryption_context();
    std::vector<std::string> keys;
    for (const auto& [key, text] : named) keys.push_back(key);
    return keys.empty() ? std::nullopt : std::optional(std::move(keys));
  }
  std::optional<std::string> value = find_of_resource(name);
  if (!value) value = name.starts_with("aws:") ? find_global(name.substr(4)) : find_of_service(name);
  if (value) return std::vector<std::string>{std::move(*value)};
  if (operation_ == nullptr) return std::nullopt;
  std::vector<std::string> values = find_in_input(name);
  return values.empty() ? std::nullopt : std::optional(std::move(values));
}

}  // namespace penstock::aws::authorization
