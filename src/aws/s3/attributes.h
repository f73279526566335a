// Attributes: what S3 keeps with an object besides its content, as the JSON document of a store::ObjectVersion:
//   {"headers": {"content_type": ...}, "metadata": {...}, "encryption": {"algorithm", "key", "bucket_key", "context"}
//   or
//    {"customer_algorithm", "customer_md5"},
//    "storage_class": ..., "redirect": ..., "acl": ..., "checksum": {"algorithm", "value", "type"},
//    "parts": [{"number", "size", "value"}]}
// Members at their default are left out. The templates read and write the generated structs, which share member names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "aws/context.h"
#include "aws/protocol/operation.h"
#include "aws/protocol/types.h"
#include "aws/s3/encryption.h"
#include "aws/s3/errors.h"
#include "aws/s3/object_lock.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/outcome.h"
#include "store/objects.h"

namespace penstock::aws::s3 {

// The bucket, which must belong to `expected_owner` (x-amz-expected-bucket-owner) when that is given. NoSuchBucket,
// AccessDenied.
Outcome<store::Bucket> find_bucket(const Context& context, const std::string& name,
                                   const std::optional<std::string>& expected_owner);
// The same check for operations that look up their object themselves: costs nothing when no owner was named.
Outcome<void> check_owner(const Context& context, const std::string& bucket,
                          const std::optional<std::string>& expected_owner);

// A versionId that can be one: InvalidArgument otherwise.
Outcome<void> check_version_id(const std::optional<std::string>& id);

Outcome<void> check_storage_class(const std::optional<std::string>& storage_class);
// Canned ACLs; AccessControlListNotSupported where the bucket's owner owns every object, as in every new bucket.
Outcome<void> check_acl(const std::optional<std::string>& acl, bool has_grants, const store::Bucket& bucket);
Outcome<void> check_metadata(const Map<std::string>& metadata);

namespace internal {
void set_text(Json& object, std::string_view name, const std::optional<std::string>& text);
std::optional<std::string> without_aws_chunked(const std::optional<std::string>& encoding);
}  // namespace internal

template <class Input>
EncryptionRequest encryption_request(const Input& input) {
  return {input.server_side_encryption, input.ssekms_key_id, input.ssekms_encryption_context, input.bucket_key_enabled};
}

template <class Input>
CustomerKeyRequest customer_key_request(const Input& input) {
  return {input.sse_customer_algorithm, input.sse_customer_key, input.sse_customer_key_md5};
}

// The headers that describe the content, and the user's metadata.
template <class Input>
Outcome<void> read_description(const Input& input, Json& attributes) {
  Json headers = Json::object();
  internal::set_text(headers, "cache_control", input.cache_control);
  internal::set_text(headers, "content_disposition", input.content_disposition);
  internal::set_text(headers, "content_encoding", internal::without_aws_chunked(input.content_encoding));
  internal::set_text(headers, "content_language", input.content_language);
  internal::set_text(headers, "content_type", input.content_type);
  internal::set_text(headers, "expires", input.expires);
  if (headers.size() > 0) attributes.set("headers", std::move(headers));
  if (!input.metadata || input.metadata->empty()) return {};
  if (auto checked = check_metadata(*input.metadata); !checked) return checked;
  Json metadata = Json::object();
  for (const auto& [name, value] : *input.metadata) metadata.set(name, Json(value));
  attributes.set("metadata", std::move(metadata));
  return {};
}

// Everything but the description: encryption, storage class, redirect, ACL, lock.
template <class Input>
Outcome<void> read_placement(Context& context, const Input& input, const store::Bucket& bucket, Json& attributes) {
  if (auto checked = check_storage_class(input.storage_class); !checked) return checked;
  bool grants = input.grant_full_control || input.grant_read || input.grant_read_acp || input.grant_write_acp;
  if (auto checked = check_acl(input.acl, grants, bucket); !checked) return checked;
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return customer_key.error();
  auto encryption = customer_key->empty() ? read_encryption(context.platform, encryption_request(input), bucket)
                                          : customer_encryption(encryption_request(input), *customer_key);
  if (!encryption) return encryption.error();
  attributes.set("encryption", std::move(*encryption));
  if (input.storage_class != "STANDARD") internal::set_text(attributes, "storage_class", input.storage_class);
  internal::set_text(attributes, "redirect", input.website_redirect_location);
  internal::set_text(attributes, "acl", input.acl);
  auto lock = read_lock(lock_request(input), bucket, context.platform.clock.now());
  if (!lock) return lock.error();
  if (!lock->is_null()) attributes.set("lock", std::move(*lock));
  return {};
}

template <class Output>
void write_encryption(Output& output, const Json& attributes) {
  const Json& encryption = attributes["encryption"];
  if (encryption.is_null()) return;
  if (encryption.find("customer_md5") != nullptr) {
    if constexpr (requires { output.sse_customer_algorithm; }) {
      output.sse_customer_algorithm = std::string(encryption.text("customer_algorithm"));
      output.sse_customer_key_md5 = std::string(encryption.text("customer_md5"));
    }
    return;
  }
  output.server_side_encryption = std::string(encryption.text("algorithm"));
  if (!encryption.text("key").empty()) output.ssekms_key_id = std::string(encryption.text("key"));
  if (encryption.find("bucket_key") != nullptr) output.bucket_key_enabled = true;
  if constexpr (requires { output.ssekms_encryption_context; }) {
    if (!encryption.text("context").empty()) output.ssekms_encryption_context = std::string(encryption.text("context"));
  }
}

// The members that GetObject and HeadObject share.
template <class Output>
void write_description(Output& output, const Json& attributes) {
  const Json& headers = attributes["headers"];
  auto set = [](std::optional<std::string>& member, const Json& object, std::string_view name) {
    if (std::string_view text = object.text(name); !text.empty()) member = std::string(text);
  };
  set(output.cache_control, headers, "cache_control");
  set(output.content_disposition, headers, "content_disposition");
  set(output.content_encoding, headers, "content_encoding");
  set(output.content_language, headers, "content_language");
  set(output.expires, headers, "expires");
  output.content_type = std::string(headers.text("content_type", "binary/octet-stream"));
  set(output.website_redirect_location, attributes, "redirect");
  set(output.storage_class, attributes, "storage_class");
  const Json& metadata = attributes["metadata"];
  if (!metadata.is_object()) return;
  output.metadata.emplace();
  for (const JsonMember& member : metadata.members()) output.metadata->append(member.key) = member.value.as_string();
}

std::string storage_class_of(const Json& attributes);  // "STANDARD" when none is kept
std::string quoted_etag(std::string_view etag);
// The version id that the answer to a write tells: none unless versioning is enabled.
std::optional<std::string> written_version_id(const store::ObjectVersion& version);

// A callback for the store that answers `reply`: with the error as S3 words it, or with what `make` makes of the value.
// The store calls it on its writer thread once the write is durable.
template <class Value, class Output, class Make>
store::Done<Value> answering(Reply<Output> reply, Make make) {
  auto shared = std::make_shared<Reply<Output>>(std::move(reply));
  return [shared, make = std::move(make)](Outcome<Value> outcome) {
    if (!outcome) {
      (*shared)(to_answer(std::move(outcome.error())));
    } else if constexpr (std::is_void_v<Value>) {
      (*shared)(make());
    } else {
      (*shared)(make(*outcome));
    }
  };
}

}  // namespace penstock::aws::s3
