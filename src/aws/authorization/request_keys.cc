#include "aws/authorization/request_keys.h"

#include <algorithm>

#include "base/encoding.h"
#include "core/access/access.h"

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

std::string_view principal_type(std::string_view arn) {
  if (arn.ends_with(":root")) return "Account";
  return arn.find(":assumed-role/") != std::string_view::npos ? "AssumedRole" : "User";
}

}  // namespace

std::optional<std::string> CallKeys::find_global(std::string_view name) const {
  const Caller& caller = context_.caller;
  const access::Access& access = context_.platform.access;
  if (name == "principalarn") return principal_ != nullptr ? principal_->arn : caller.arn;
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
  if (name == "viaawsservice") return "false";
  if (name == "currenttime") return to_iso8601(access.wall().now());
  if (name == "epochtime") return std::to_string(access.wall().now().microseconds / 1'000'000);
  constexpr std::string_view principal_tag = "principaltag/";
  if (name.starts_with(principal_tag) && principal_ != nullptr) {
    for (const auto& [key, value] : principal_->tags) {
      if (to_lower(key) == name.substr(principal_tag.size())) return value;
    }
  }
  constexpr std::string_view request_tag = "requesttag/";
  if (name.starts_with(request_tag) && operation_ != nullptr) {
    for (const auto& [key, value] : input_tags(*operation_->input, input_)) {
      if (to_lower(key) == name.substr(request_tag.size())) return value;
    }
  }
  return std::nullopt;
}

// Keys of a service that are members of the input.
std::optional<std::string> CallKeys::find_of_service(std::string_view name) const {
  struct Row {
    std::string_view key, member;
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
      {"s3:x-amz-copy-source", "CopySource"},
      {"s3:x-amz-metadata-directive", "MetadataDirective"},
      {"s3:locationconstraint", "CreateBucketConfiguration.LocationConstraint"},
      {"iam:policyarn", "PolicyArn"},
      {"iam:permissionsboundary", "PermissionsBoundary"},
      {"sts:externalid", "ExternalId"},
      {"sts:rolesessionname", "RoleSessionName"},
      {"sts:sourceidentity", "SourceIdentity"},
      {"states:statemachinequalifier", "stateMachineArn"},
  };
  if (name == "iam:passedtoservice") return or_nothing(need_.passed_to);
  auto row = std::ranges::find(rows, name, &Row::key);
  if (row == std::end(rows) || operation_ == nullptr) return std::nullopt;
  std::optional<std::string> value = input_text(*operation_->input, input_, row->member);
  if (row->key != "states:statemachinequalifier" || !value) return value;
  std::vector<std::string_view> parts = split(*value, ':');
  return parts.size() == 8 ? std::optional<std::string>(parts[7]) : std::nullopt;
}

std::optional<std::vector<std::string>> CallKeys::find(std::string_view name) const {
  std::optional<std::string> value;
  if (name == "aws:tagkeys" && operation_ != nullptr) {
    std::vector<std::string> keys;
    for (auto& [key, text] : input_tags(*operation_->input, input_)) keys.push_back(key);
    return keys.empty() ? std::nullopt : std::optional(std::move(keys));
  }
  if (name.starts_with("aws:")) {
    value = find_global(name.substr(4));
  } else {
    value = find_of_service(name);
  }
  if (!value) return std::nullopt;
  return std::vector<std::string>{std::move(*value)};
}

}  // namespace penstock::aws::authorization
