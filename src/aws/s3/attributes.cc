#include "aws/s3/attributes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "aws/s3/public_access.h"
#include "base/encoding.h"

namespace penstock::aws::s3 {

namespace {

constexpr size_t metadata_bytes_max = 2'048;  // "Working with object metadata", S3 user guide

constexpr std::array<std::string_view, 11> storage_classes = {
    "STANDARD",     "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER",
    "DEEP_ARCHIVE", "OUTPOSTS",           "GLACIER_IR",  "SNOW",       "EXPRESS_ONEZONE"};
constexpr std::array<std::string_view, 7> canned_acls = {
    "private",       "public-read",       "public-read-write",        "authenticated-read",
    "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control"};

}  // namespace

namespace internal {

void set_text(Json& object, std::string_view name, const std::optional<std::string>& text) {
  if (text && !text->empty()) object.set(name, Json(*text));
}

// "aws-chunked" is how the body travelled; the server has taken it off, and it is not kept.
std::optional<std::string> without_aws_chunked(const std::optional<std::string>& encoding) {
  if (!encoding || encoding->find("aws-chunked") == std::string::npos) return encoding;
  std::string rest;
  for (std::string_view part : split(*encoding, ',')) {
    part = trim(part);
    if (part == "aws-chunked") continue;
    if (!rest.empty()) rest += ",";
    rest += part;
  }
  return rest;
}

}  // namespace internal

Outcome<store::Bucket> find_bucket(const Context& context, const std::string& name,
                                   const std::optional<std::string>& expected_owner) {
  auto bucket = context.platform.objects.bucket(name);
  if (bucket.ok() && expected_owner && *expected_owner != bucket->account) {
    return Error{"AccessDenied", "Access Denied", 403, {}};
  }
  return bucket;
}

Outcome<void> check_owner(const Context& context, const std::string& bucket,
                          const std::optional<std::string>& expected_owner) {
  if (!expected_owner) return {};
  auto found = find_bucket(context, bucket, expected_owner);
  if (!found) return found.error();
  return {};
}

Outcome<void> check_version_id(const std::optional<std::string>& id) {
  if (!id || *id == "null" || id->size() == 32) return {};
  return invalid_argument(id->empty() ? "Version id cannot be the empty string" : "Invalid version id specified",
                          "versionId", *id);
}

Outcome<void> check_storage_class(const std::optional<std::string>& storage_class) {
  if (!storage_class) return {};
  if (std::find(storage_classes.begin(), storage_classes.end(), *storage_class) != storage_classes.end()) return {};
  return Error{"InvalidStorageClass",
               "The storage class you specified is not valid",
               400,
               {{"StorageClassRequested", *storage_class}}};
}

Outcome<void> check_acl(const std::optional<std::string>& acl, bool has_grants, const store::Bucket& bucket) {
  if (acl && std::find(canned_acls.begin(), canned_acls.end(), *acl) == canned_acls.end()) {
    return invalid_argument("", "x-amz-acl", *acl);
  }
  bool harmless = !has_grants && (!acl || *acl == "bucket-owner-full-control" || *acl == "private");
  if (harmless) return {};
  if (!has_acls(bucket)) return Error{"AccessControlListNotSupported", "The bucket does not allow ACLs", 400, {}};
  if (acl && is_public_acl(Json(*acl)) && public_access_of(bucket).block_public_acls) {
    return Error{"AccessDenied", "Access Denied", 403, {}};
  }
  return {};
}

Outcome<void> check_metadata(const Map<std::string>& metadata) {
  size_t size = 0;
  for (const auto& [name, value] : metadata) size += name.size() + value.size();
  if (size <= metadata_bytes_max) return {};
  return Error{"MetadataTooLarge",
               "Your metadata headers exceed the maximum allowed metadata size",
               400,
               {{"Size", std::to_string(size)}, {"MaxSizeAllowed", std::to_string(metadata_bytes_max)}}};
}

std::string storage_class_of(const Json& attributes) {
  return std::string(attributes.text("storage_class", "STANDARD"));
}

std::optional<std::string> written_version_id(const store::ObjectVersion& version) {
  if (version.version_id == "null") return {};
  return version.version_id;
}

std::string quoted_etag(std::string_view etag) {
  return fmt::format("\"{}\"", etag);
}

}  // namespace penstock::aws::s3
