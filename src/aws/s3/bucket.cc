// Buckets: create, delete, head, list, location.
#include <fmt/format.h>

#include "aws/s3/attributes.h"
#include "aws/s3/handlers.h"
#include "aws/s3/names.h"
#include "aws/s3/public_access.h"
#include "base/encoding.h"

namespace penstock::aws::s3 {

namespace {

constexpr std::string_view first_region = "us-east-1";
constexpr size_t bucket_page_max = 10'000;  // ListBuckets, MaxBuckets

// The region of a new bucket: the request's own, or, from us-east-1, any other by its LocationConstraint.
Outcome<std::string> choose_region(const Context& context,
                                   const std::optional<CreateBucketConfiguration>& configuration) {
  std::string constraint;
  if (configuration && configuration->location_constraint) constraint = *configuration->location_constraint;
  if (constraint == first_region) {
    return Error{"InvalidLocationConstraint",
                 "The specified location-constraint is not valid",
                 400,
                 {{"LocationConstraint", constraint}}};
  }
  if (constraint == "EU") constraint = "eu-west-1";
  if (context.region == first_region) return constraint.empty() ? std::string(first_region) : constraint;
  if (constraint == context.region) return constraint;
  return Error{
      "IllegalLocationConstraintException",
      fmt::format("The {} location constraint is incompatible for the region specific endpoint this request was "
                  "sent to.",
                  constraint.empty() ? "unspecified" : constraint),
      400,
      {}};
}

Outcome<Json> read_settings(const CreateBucketInput& input) {
  Json settings = Json::object();
  if (input.object_ownership) {
    Json rule = Json::object({{"ObjectOwnership", Json(*input.object_ownership)}});
    settings.set("ownership", Json::object({{"Rules", Json(std::vector<Json>{rule})}}));
  }
  if (input.create_bucket_configuration && input.create_bucket_configuration->tags) {
    auto tags = read_tags(*input.create_bucket_configuration->tags, 50);
    if (!tags) return tags;
    settings.set("tags", std::move(*tags));
  }
  return settings;
}

CreateBucketOutput created(const std::string& name) {
  CreateBucketOutput output;
  output.location = "/" + name;
  output.bucket_arn = "arn:aws:s3:::" + name;
  return output;
}

}  // namespace

void create_bucket(Context& context, const CreateBucketInput& input, Reply<CreateBucketOutput> reply) {
  if (auto valid = check_bucket_name(input.bucket); !valid) return reply(valid.error());
  auto region = choose_region(context, input.create_bucket_configuration);
  if (!region) return reply(region.error());
  auto settings = read_settings(input);
  if (!settings) return reply(settings.error());
  store::Bucket bucket;
  bucket.name = input.bucket;
  bucket.region = *region;
  bucket.account = context.account;
  bucket.settings = std::move(*settings);
  if (input.object_lock_enabled_for_bucket.value_or(false)) {
    bucket.versioning = store::Bucket::Versioning::enabled;
    bucket.settings.set("object_lock", Json::object({{"ObjectLockEnabled", "Enabled"}}));
  }
  bool grants = input.grant_full_control || input.grant_read || input.grant_read_acp || input.grant_write ||
                input.grant_write_acp;
  if (grants) return reply(not_implemented("grants by header; use a canned ACL or PutBucketAcl"));
  if (auto checked = check_acl(input.acl, false, bucket); !checked) {
    if (has_acls(bucket) && checked.error().code == "AccessDenied") {
      return reply(Error{"InvalidBucketAclWithBlockPublicAccessError",
                         "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
                         400,
                         {}});
    }
    return reply(Error{"InvalidBucketAclWithObjectOwnership",
                       "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
                       400,
                       {}});
  }
  if (input.acl) bucket.settings.set("acl", Json(*input.acl));
  // us-east-1 alone answers a repeated creation with success.
  bool forgiving = context.region == first_region && *region == first_region;
  auto answer = std::make_shared<Reply<CreateBucketOutput>>(std::move(reply));
  context.platform.objects.create_bucket(bucket, [answer, forgiving, name = bucket.name](Outcome<store::Bucket> made) {
    bool ours_already = !made.ok() && made.error().code == "BucketAlreadyOwnedByYou";
    if (made.ok() || (ours_already && forgiving)) return (*answer)(created(name));
    (*answer)(to_answer(made.error()));
  });
}

void delete_bucket(Context& context, const DeleteBucketInput& input, Reply<DeleteBucketOutput> reply) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  auto answer = [guard = context.platform.guard] {
    if (guard != nullptr) guard->bucket_changed();
    return DeleteBucketOutput();
  };
  context.platform.objects.delete_bucket(input.bucket, answering<void>(std::move(reply), std::move(answer)));
}

Outcome<HeadBucketOutput> head_bucket(Context& context, const HeadBucketInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  HeadBucketOutput output;
  output.bucket_arn = "arn:aws:s3:::" + bucket->name;
  output.bucket_region = bucket->region;
  output.access_point_alias = false;
  return output;
}

Outcome<ListBucketsOutput> list_buckets(Context& context, const ListBucketsInput& input) {
  size_t count = bucket_page_max;
  if (input.max_buckets) {
    if (*input.max_buckets < 1 || *input.max_buckets > static_cast<int64_t>(bucket_page_max)) {
      return invalid_argument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets",
                              std::to_string(*input.max_buckets));
    }
    count = static_cast<size_t>(*input.max_buckets);
  }
  std::string after;
  if (input.continuation_token) {
    auto token = from_base64(*input.continuation_token);
    if (!token) return invalid_argument("The continuation token provided is incorrect", "continuation-token", "");
    after = std::move(*token);
  }
  ListBucketsOutput output;
  output.owner = owner_of(context.account);
  output.prefix = input.prefix;
  output.buckets.emplace();
  for (const store::Bucket& bucket : context.platform.objects.buckets()) {
    if (bucket.account != context.account || bucket.name <= after) continue;
    if (input.prefix && !bucket.name.starts_with(*input.prefix)) continue;
    if (input.bucket_region && bucket.region != *input.bucket_region) continue;
    if (output.buckets->size() == count) {
      output.continuation_token = to_base64(*output.buckets->back().name);
      break;
    }
    Bucket& entry = output.buckets->emplace_back();
    entry.name = bucket.name;
    entry.creation_date = whole_seconds(bucket.created);
    entry.bucket_region = bucket.region;
    entry.bucket_arn = "arn:aws:s3:::" + bucket.name;
  }
  return output;
}

Outcome<GetBucketLocationOutput> get_bucket_location(Context& context, const GetBucketLocationInput& input) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  GetBucketLocationOutput output;
  if (bucket->region != first_region) output.location_constraint = bucket->region;
  return output;
}

}  // namespace penstock::aws::s3
