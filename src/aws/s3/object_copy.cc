// Copies: CopyObject shares the source's content; UploadPartCopy does too, or copies a range of it. What is encrypted
// at rest is encrypted anew.
#include <fmt/format.h>

#include <charconv>

#include "aws/s3/attributes.h"
#include "aws/s3/checksums.h"
#include "aws/s3/conditions.h"
#include "aws/s3/handlers.h"
#include "aws/s3/multipart.h"
#include "aws/s3/names.h"
#include "aws/s3/notification.h"
#include "base/encoding.h"
#include "base/limits.h"

namespace penstock::aws::s3 {

namespace {

// The digest of a content, or of a range of it.
Outcome<std::string> digest_of(Disk& disk, const store::Content& content, const std::optional<store::ByteRange>& range,
                               DigestKind kind) {
  if (content.path.empty()) {
    std::string_view bytes = content.bytes;
    return digest(kind, range ? bytes.substr(range->offset, range->size) : bytes);
  }
  auto file = content.open(disk);
  if (!file) return file.error();
  store::ByteRange all = range.value_or(store::ByteRange{0, content.size});
  return digest_of_file(**file, kind, all.offset, all.size);
}

// The client's key of the source, checked against it.
template <class Input>
Outcome<std::string> source_key(const Input& input, const store::ObjectVersion& version) {
  auto key = read_customer_key({input.copy_source_sse_customer_algorithm, input.copy_source_sse_customer_key,
                                input.copy_source_sse_customer_key_md5});
  if (!key) return key;
  if (auto opens = check_customer_key(version.attributes, *key); !opens) return opens.error();
  return key;
}

// The version that is copied, after its conditions and its owner were checked.
template <class Input>
Outcome<store::ObjectVersion> find_source(Context& context, const Input& input, const CopySource& source) {
  if (auto owned = check_owner(context, source.bucket, input.expected_source_bucket_owner); !owned)
    return owned.error();
  auto version = context.platform.objects.version(source.bucket, source.key, source.version_id);
  if (!version) return version;
  if (version->delete_marker) {
    if (source.version_id.empty()) {
      return Error{"NoSuchKey", "The specified key does not exist.", 404, {{"Key", source.key}}};
    }
    return invalid_request("The source of a copy request may not specifically refer to a delete marker by version id.");
  }
  ReadConditions conditions{input.copy_source_if_match, input.copy_source_if_none_match,
                            input.copy_source_if_modified_since, input.copy_source_if_unmodified_since};
  if (auto met = check_copy_source(conditions, *version); !met) return met.error();
  auto readable = check_key_use(context, "kms:Decrypt", version->attributes, source.bucket, source.key);
  if (!readable) return readable.error();
  return version;
}

bool is_replace(const std::optional<std::string>& directive) {
  return directive == "REPLACE";
}

Outcome<void> check_directives(const CopyObjectInput& input, const CopySource& source) {
  for (const auto& directive : {input.metadata_directive, input.tagging_directive}) {
    if (!directive || *directive == "COPY" || *directive == "REPLACE") continue;
    return invalid_argument("Unknown metadata directive.", "x-amz-metadata-directive", *directive);
  }
  bool same = source.bucket == input.bucket && source.key == input.key && source.version_id.empty();
  bool changes = is_replace(input.metadata_directive) || input.storage_class || input.website_redirect_location ||
                 input.server_side_encryption || input.sse_customer_key;
  if (!same || changes) return {};
  return invalid_request(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
      "metadata, storage class, website redirect location or encryption attributes.");
}

// The checksum of the whole content: the source's own when it is one of the algorithm asked for.
Outcome<Json> copy_checksum(Context& context, const std::optional<std::string>& wanted,
                            const store::ObjectVersion& version, const std::string& secret) {
  const Json& kept = version.attributes["checksum"];
  const ChecksumAlgorithm* algorithm = wanted ? find_algorithm(*wanted) : find_algorithm(kept.text("algorithm"));
  if (wanted && algorithm == nullptr) return invalid_request("Checksum algorithm provided is unsupported.");
  if (algorithm == nullptr) algorithm = &default_algorithm();
  if (kept.text("type") == "FULL_OBJECT" && kept.text("algorithm") == algorithm->name) return kept;
  auto content = context.platform.objects.content(version, secret);
  if (!content) return content.error();
  auto raw = digest_of(context.platform.disk, *content, {}, algorithm->kind);
  if (!raw) return raw.error();
  return checksum_attribute({algorithm, to_base64(*raw)}, "FULL_OBJECT");
}

Outcome<store::NewObject> read_copy(Context& context, const CopyObjectInput& input, const CopySource& source,
                                    const store::ObjectVersion& version) {
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return bucket.error();
  if (version.size > limits::object_put_bytes_max) {
    return invalid_request(
        fmt::format("The specified copy source is larger than the maximum allowable size for a copy "
                    "source: {}",
                    limits::object_put_bytes_max));
  }
  if (auto checked = check_directives(input, source); !checked) return checked.error();
  store::NewObject object;
  object.bucket = input.bucket;
  object.key = input.key;
  if (is_replace(input.metadata_directive)) {
    if (auto read = read_description(input, object.attributes); !read) return read.error();
  } else {
    for (std::string_view name : {"headers", "metadata"}) {
      if (const Json* kept = version.attributes.find(name)) object.attributes.set(name, *kept);
    }
  }
  if (auto read = read_placement(context, input, *bucket, object.attributes); !read) return read.error();
  object.tags = version.tags;
  if (is_replace(input.tagging_directive)) {
    auto tags = read_tag_header(input.tagging.value_or(""));
    if (!tags) return tags.error();
    object.tags = std::move(*tags);
  }
  auto condition = write_condition(input.if_match, input.if_none_match, input.key);
  if (!condition) return condition.error();
  object.condition = std::move(*condition);
  auto secret = source_key(input, version);
  if (!secret) return secret.error();
  auto checksum = copy_checksum(context, input.checksum_algorithm, version, *secret);
  if (!checksum) return checksum.error();
  object.attributes.set("checksum", std::move(*checksum));
  object.source.shared = version;
  object.source.shared_secret = std::move(*secret);
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return customer_key.error();
  auto seal = make_seal(context, object.attributes, input.bucket, input.key, *customer_key);
  if (!seal) return seal.error();
  object.source.seal = std::move(*seal);
  return object;
}

}  // namespace

void copy_object(Context& context, const CopyObjectInput& input, Reply<CopyObjectOutput> reply) {
  if (auto valid = check_key(input.key); !valid) return reply(valid.error());
  auto source = read_copy_source(input.copy_source);
  if (!source) return reply(source.error());
  auto version = find_source(context, input, *source);
  if (!version) return reply(to_answer(version.error()));
  auto object = read_copy(context, input, *source, *version);
  if (!object) return reply(to_answer(object.error()));
  std::optional<std::string> source_version;
  if (version->in_versioned_bucket) source_version = version->version_id;
  auto make = [source_version, announce = creation_announcer(context, input.bucket, "CopyObject")](
                  const store::ObjectVersion& written) {
    announce(written);
    CopyObjectOutput output;
    CopyObjectResult& result = output.copy_object_result.emplace();
    result.e_tag = quoted_etag(written.etag);
    result.last_modified = whole_seconds(written.modified);
    write_checksum(result, written.attributes);
    output.copy_source_version_id = source_version;
    output.version_id = written_version_id(written);
    write_encryption(output, written.attributes);
    return output;
  };
  context.platform.objects.put(std::move(*object), answering<store::ObjectVersion>(std::move(reply), std::move(make)));
}

namespace {

// The header x-amz-copy-source-range: "bytes=first-last", both within the source.
Outcome<store::ByteRange> read_copy_range(const std::string& text, uint64_t size) {
  uint64_t first = 0;
  uint64_t last = 0;
  const char* end = text.data() + text.size();
  bool valid = text.starts_with("bytes=");
  if (valid) {
    auto one = std::from_chars(text.data() + 6, end, first);
    valid = one.ec == std::errc() && one.ptr != end && *one.ptr == '-';
    auto two = valid ? std::from_chars(one.ptr + 1, end, last) : one;
    valid = valid && two.ec == std::errc() && two.ptr == end && first <= last;
  }
  if (!valid) {
    return invalid_argument(
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last "
        "are the zero-based offsets of the first and last bytes to copy",
        "x-amz-copy-source-range", text);
  }
  if (last >= size) return invalid_range(text, size);
  return store::ByteRange{first, last - first + 1};
}

}  // namespace

void upload_part_copy(Context& context, const UploadPartCopyInput& input, Reply<UploadPartCopyOutput> reply) {
  if (auto valid = check_part_number(input.part_number); !valid) return reply(valid.error());
  auto source = read_copy_source(input.copy_source);
  if (!source) return reply(source.error());
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  auto upload = context.platform.objects.upload(input.bucket, input.key, input.upload_id);
  if (!upload) return reply(upload.error());
  auto version = find_source(context, input, *source);
  if (!version) return reply(to_answer(version.error()));
  store::ContentSource content;
  content.shared = *version;
  if (input.copy_source_range) {
    auto range = read_copy_range(*input.copy_source_range, version->size);
    if (!range) return reply(range.error());
    content.range = *range;
  }
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return reply(customer_key.error());
  if (auto fits = check_part_key(upload->attributes, *customer_key); !fits) return reply(fits.error());
  auto secret = source_key(input, *version);
  if (!secret) return reply(secret.error());
  auto seal = make_part_seal(context, upload->attributes, input.bucket, input.key);
  if (!seal) return reply(seal.error());
  content.seal = std::move(*seal);
  content.shared_secret = *secret;
  auto bytes = context.platform.objects.content(*version, *secret);
  if (!bytes) return reply(to_answer(bytes.error()));
  const ChecksumAlgorithm& algorithm = algorithm_of(*upload);
  auto checksum = digest_of(context.platform.disk, *bytes, content.range, algorithm.kind);
  if (!checksum) return reply(to_answer(checksum.error()));
  Json attributes = Json::object({{"value", Json(to_base64(*checksum))}});
  auto make = [&algorithm, upload_attributes = upload->attributes, source_version = version->version_id,
               versioned = version->in_versioned_bucket](const store::Part& part) {
    UploadPartCopyOutput output;
    CopyPartResult& result = output.copy_part_result.emplace();
    result.e_tag = quoted_etag(part.etag);
    result.last_modified = whole_seconds(part.modified);
    if (!upload_attributes["checksum"].is_null()) {
      checksum_member(result, algorithm) = std::string(part.attributes.text("value"));
    }
    if (versioned) output.copy_source_version_id = source_version;
    write_encryption(output, upload_attributes);
    return output;
  };
  context.platform.objects.put_part(std::move(*upload), static_cast<int>(input.part_number), std::move(content),
                                    std::move(attributes), answering<store::Part>(std::move(reply), std::move(make)));
}

}  // namespace penstock::aws::s3
