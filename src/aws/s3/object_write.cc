// Objects: put and delete.
#include <fmt/format.h>

#include "aws/s3/attributes.h"
#include "aws/s3/checksums.h"
#include "aws/s3/conditions.h"
#include "aws/s3/handlers.h"
#include "aws/s3/lifecycle.h"
#include "aws/s3/names.h"
#include "aws/s3/notification.h"
#include "aws/s3/source.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/limits.h"

namespace penstock::aws::s3 {

namespace {

constexpr size_t delete_objects_max = 1'000;  // DeleteObjects, API reference

Outcome<store::NewObject> read_put(Context& context, const PutObjectInput& input) {
  if (auto valid = check_key(input.key); !valid) return valid.error();
  if (input.write_offset_bytes) return not_implemented("appending to objects (x-amz-write-offset-bytes)");
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  store::NewObject object;
  object.bucket = input.bucket;
  object.key = input.key;
  if (auto read = read_description(input, object.attributes); !read) return read.error();
  if (auto read = read_placement(context, input, *bucket, object.attributes); !read) return read.error();
  if (input.tagging) {
    auto tags = read_tag_header(*input.tagging);
    if (!tags) return tags.error();
    object.tags = std::move(*tags);
  }
  auto condition = write_condition(input.if_match, input.if_none_match, input.key);
  if (!condition) return condition.error();
  object.condition = std::move(*condition);
  auto sent = sent_checksum(input);
  if (!sent) return sent.error();
  auto checksum = verify_body(context.platform.disk, input.body, *sent, input.checksum_algorithm, input.content_md5,
                              default_algorithm());
  if (!checksum) return checksum.error();
  object.attributes.set("checksum", checksum_attribute(*checksum, "FULL_OBJECT"));
  object.source = source_of(input.body);
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return customer_key.error();
  auto seal = make_seal(context, object.attributes, input.bucket, input.key, *customer_key, object.source.file_key);
  if (!seal) return seal.error();
  object.source.seal = std::move(*seal);
  return object;
}

PutObjectOutput written(const store::ObjectVersion& version, const std::vector<EnabledRule>& rules) {
  PutObjectOutput output;
  if (auto expiry = expiry_of(rules, version)) output.expiration = expiration_header(*expiry);
  output.e_tag = quoted_etag(version.etag);
  output.version_id = written_version_id(version);
  write_encryption(output, version.attributes);
  write_checksum(output, version.attributes);
  return output;
}

}  // namespace

store::ContentSource source_of(const Body& body) {
  store::ContentSource source;
  if (!body.spooled) {
    source.bytes = body.bytes;
    return source;
  }
  source.file = body.spooled->path;
  source.file_is_synced = true;
  source.md5 = body.spooled->md5;
  source.sha256 = to_hex(body.spooled->sha256);
  source.file_key = body.spooled->data_key;
  source.sealed_sha256 = body.spooled->sealed_sha256;
  source.plain_bytes = body.spooled->size;
  return source;
}

void put_object(Context& context, const PutObjectInput& input, Reply<PutObjectOutput> reply) {
  auto object = read_put(context, input);
  if (!object) return reply(to_answer(object.error()));
  std::vector<EnabledRule> rules;
  if (auto* lifecycle = context.platform.sides.find<Lifecycle>(); lifecycle != nullptr && lifecycle->is_used()) {
    auto bucket = context.platform.objects.bucket(input.bucket);
    if (bucket) rules = enabled_rules(bucket->settings["lifecycle"]);
  }
  auto make = [announce = creation_announcer(context, input.bucket, "PutObject"),
               rules = std::move(rules)](const store::ObjectVersion& version) {
    announce(version);
    return written(version, rules);
  };
  context.platform.objects.put(std::move(*object), answering<store::ObjectVersion>(std::move(reply), std::move(make)));
}

void delete_object(Context& context, const DeleteObjectInput& input, Reply<DeleteObjectOutput> reply) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  if (auto valid = check_version_id(input.version_id); !valid) return reply(valid.error());
  store::Removal removal{
      input.key, input.version_id,
      remove_condition(input.if_match, input.if_match_last_modified_time, input.if_match_size, input.key)};
  if (input.version_id) {
    removal.condition = removable_condition(input.bypass_governance_retention.value_or(false),
                                            context.platform.clock.now(), std::move(removal.condition));
  }
  auto answer = std::make_shared<Reply<DeleteObjectOutput>>(std::move(reply));
  RemovalAnnouncer announce = removal_announcer(context, input.bucket, "DeleteObject");
  context.platform.objects.remove(
      input.bucket, {std::move(removal)},
      [answer, announce, key = input.key](Outcome<std::vector<Outcome<store::Removed>>> removed) {
        if (!removed) return (*answer)(to_answer(removed.error()));
        const Outcome<store::Removed>& only = removed->front();
        if (!only) return (*answer)(to_answer(only.error()));
        announce(key, *only);
        DeleteObjectOutput output;
        if (!only->version_id.empty()) output.version_id = only->version_id;
        if (only->delete_marker) output.delete_marker = true;
        (*answer)(std::move(output));
      });
}

namespace {

void add_result(DeleteObjectsOutput& output, const ObjectIdentifier& wanted, const Outcome<store::Removed>& removed,
                bool quiet) {
  if (!removed) {
    if (!output.errors) output.errors.emplace();
    ErrorShape& error = output.errors->emplace_back();
    error.key = wanted.key;
    error.version_id = wanted.version_id;
    error.code = removed.error().code;
    error.message = removed.error().message;
    return;
  }
  if (quiet) return;
  DeletedObject& deleted = output.deleted->emplace_back();
  deleted.key = wanted.key;
  deleted.version_id = wanted.version_id;
  if (!removed->delete_marker) return;
  deleted.delete_marker = true;
  deleted.delete_marker_version_id = removed->version_id;
}

}  // namespace

void delete_objects(Context& context, const DeleteObjectsInput& input, Reply<DeleteObjectsOutput> reply) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  const std::vector<ObjectIdentifier>& wanted = input.delete_.objects;
  if (wanted.empty() || wanted.size() > delete_objects_max) return reply(malformed_xml());
  std::vector<store::Removal> removals;
  for (const ObjectIdentifier& object : wanted) {
    removals.push_back({object.key, object.version_id,
                        remove_condition(object.e_tag, object.last_modified_time, object.size, object.key)});
    if (!object.version_id) continue;
    store::Condition& condition = removals.back().condition;
    condition = removable_condition(input.bypass_governance_retention.value_or(false), context.platform.clock.now(),
                                    std::move(condition));
  }
  bool quiet = input.delete_.quiet.value_or(false);
  auto make = [wanted, quiet, announce = removal_announcer(context, input.bucket, "DeleteObject")](
                  const std::vector<Outcome<store::Removed>>& removed) {
    DeleteObjectsOutput output;
    output.deleted.emplace();
    for (size_t i = 0; i < removed.size(); ++i) {
      add_result(output, wanted[i], removed[i], quiet);
      if (removed[i]) announce(wanted[i].key, *removed[i]);
    }
    return output;
  };
  context.platform.objects.remove(input.bucket, std::move(removals),
                                  answering<std::vector<Outcome<store::Removed>>>(std::move(reply), std::move(make)));
}

}  // namespace penstock::aws::s3
