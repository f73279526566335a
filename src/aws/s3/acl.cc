// Access control lists: kept and returned. There is one account, and a bucket's owner owns its objects; what an ACL
// gives to everyone is heeded (public_access.h), other grants give nobody anything that the owner has not already.
#include "aws/protocol/json_codec.h"
#include "aws/s3/attributes.h"
#include "aws/s3/handlers.h"
#include "aws/s3/names.h"
#include "aws/s3/public_access.h"

namespace penstock::aws::s3 {

namespace {

constexpr JsonStyle acl_style = {JsonStyle::Names::pascal, JsonStyle::Times::iso8601, false};
constexpr std::string_view all_users = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view authenticated_users = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

Grant group_grant(std::string_view group, std::string_view permission) {
  Grant grant;
  grant.grantee.emplace();
  grant.grantee->type = "Group";
  grant.grantee->uri = std::string(group);
  grant.permission = std::string(permission);
  return grant;
}

// The grants that a canned ACL stands for. Source: "Canned ACL", S3 user guide.
std::vector<Grant> canned_grants(const Owner& owner, std::string_view acl) {
  Grant full;
  full.grantee.emplace();
  full.grantee->type = "CanonicalUser";
  full.grantee->id = owner.id;
  full.permission = "FULL_CONTROL";
  std::vector<Grant> grants = {full};
  if (acl == "public-read" || acl == "public-read-write") grants.push_back(group_grant(all_users, "READ"));
  if (acl == "public-read-write") grants.push_back(group_grant(all_users, "WRITE"));
  if (acl == "authenticated-read") grants.push_back(group_grant(authenticated_users, "READ"));
  return grants;
}

// `acl` is the name of a canned ACL, or the document of a PutBucketAcl or PutObjectAcl.
template <class Output>
Outcome<Output> write_acl(const store::Bucket& bucket, const Json& acl) {
  Output output;
  output.owner = owner_of(bucket.account);
  if (!acl.is_object()) {
    output.grants = canned_grants(*output.owner, acl.is_string() ? acl.as_string() : std::string_view("private"));
    return output;
  }
  AccessControlPolicy policy;
  Validation validation;
  if (auto read = from_json(AccessControlPolicy::table, acl, &policy, validation, acl_style); !read)
    return read.error();
  output.grants = std::move(policy.grants);
  return output;
}

template <class Input>
Outcome<Json> read_acl(const Input& input, const store::Bucket& bucket) {
  bool grants = input.grant_full_control || input.grant_read || input.grant_read_acp || input.grant_write ||
                input.grant_write_acp;
  if (grants) return not_implemented("grants by header; send a canned ACL or an AccessControlPolicy");
  if (auto checked = check_acl(input.acl, input.access_control_policy.has_value(), bucket); !checked)
    return checked.error();
  if (input.access_control_policy) {
    Json acl = to_json(*input.access_control_policy, acl_style);
    if (is_public_acl(acl) && public_access_of(bucket).block_public_acls)
      return Error{"AccessDenied", "Access Denied", 403, {}};
    return acl;
  }
  if (!input.acl) {
    return Error{"MissingSecurityHeader",
                 "Your request was missing a required header",
                 400,
                 {{"MissingHeaderName", "x-amz-acl"}}};
  }
  return Json(*input.acl);
}

}  // namespace

Outcome<GetBucketAclOutput> get_bucket_acl(Context& context, const GetBucketAclInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  return write_acl<GetBucketAclOutput>(*bucket, bucket->settings["acl"]);
}

void put_bucket_acl(Context& context, const PutBucketAclInput& input, Reply<PutBucketAclOutput> reply) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return reply(bucket.error());
  auto acl = read_acl(input, *bucket);
  if (!acl) return reply(acl.error());
  auto edit = [acl = std::move(*acl)](store::Bucket& edited) -> Outcome<void> {
    edited.settings.set("acl", acl);
    return {};
  };
  context.platform.objects.edit_bucket(
      input.bucket, std::move(edit),
      answering<store::Bucket>(std::move(reply), [guard = context.platform.guard](const store::Bucket&) {
        if (guard != nullptr) guard->bucket_changed();
        return PutBucketAclOutput();
      }));
}

Outcome<GetObjectAclOutput> get_object_acl(Context& context, const GetObjectAclInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  auto version = context.platform.objects.version(input.bucket, input.key, input.version_id.value_or(""));
  if (!version) return version.error();
  if (version->delete_marker) return method_not_allowed("GET", "DeleteMarker");
  return write_acl<GetObjectAclOutput>(*bucket, version->attributes["acl"]);
}

void put_object_acl(Context& context, const PutObjectAclInput& input, Reply<PutObjectAclOutput> reply) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return reply(bucket.error());
  auto acl = read_acl(input, *bucket);
  if (!acl) return reply(acl.error());
  auto edit = [acl = std::move(*acl)](store::ObjectVersion& version) -> Outcome<void> {
    if (version.delete_marker) return method_not_allowed("PUT", "DeleteMarker");
    version.attributes.set("acl", acl);
    return {};
  };
  context.platform.objects.edit(input.bucket, input.key, input.version_id.value_or(""), std::move(edit),
                                answering<store::ObjectVersion>(std::move(reply), [](const store::ObjectVersion&) {
                                  return PutObjectAclOutput();
                                }));
}

}  // namespace penstock::aws::s3
