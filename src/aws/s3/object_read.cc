// Objects: get, head, attributes.
#include <fmt/format.h>

#include <charconv>
#include <span>

#include "aws/protocol/guard.h"
#include "aws/s3/attributes.h"
#include "aws/s3/checksums.h"
#include "aws/s3/conditions.h"
#include "aws/s3/handlers.h"
#include "aws/s3/lifecycle.h"
#include "base/encoding.h"

namespace penstock::aws::s3 {

namespace {

using store::ByteRange;

std::optional<uint64_t> read_number(std::string_view text) {
  uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return number;
}

// The header Range for a content of `size` bytes. Nothing for what RFC 9110 says to ignore: other units, several
// ranges, bad syntax. InvalidRange when no byte lies in it.
Outcome<std::optional<ByteRange>> read_range(const std::optional<std::string>& header, uint64_t size) {
  std::optional<ByteRange> whole;
  if (!header || !header->starts_with("bytes=") || header->find(',') != std::string::npos) return whole;
  std::string_view text = trim(std::string_view(*header).substr(6));
  size_t dash = text.find('-');
  if (dash == std::string_view::npos) return whole;
  auto first = read_number(text.substr(0, dash));
  auto last = read_number(text.substr(dash + 1));
  if (dash > 0 && !first) return whole;
  if (dash + 1 < text.size() && !last) return whole;
  if (!first) {
    if (!last) return whole;
    if (*last == 0 || size == 0) return invalid_range(*header, size);
    uint64_t count = std::min(*last, size);
    return std::optional(ByteRange{size - count, count});
  }
  if (last && *last < *first) return whole;
  if (*first >= size) return invalid_range(*header, size);
  uint64_t end = last ? std::min(*last + 1, size) : size;
  return std::optional(ByteRange{*first, end - *first});
}

// The parts of a multipart upload; none of another object.
std::span<const Json> parts_of(const store::ObjectVersion& version) {
  const Json& parts = version.attributes["parts"];
  return parts.is_array() ? parts.items() : std::span<const Json>();
}

// The bytes of one part of a multipart upload; of another object, part 1 is everything.
Outcome<std::optional<ByteRange>> part_range(int64_t number, const store::ObjectVersion& version) {
  auto parts = parts_of(version);
  size_t count = std::max<size_t>(parts.size(), 1);
  if (number < 1 || static_cast<size_t>(number) > count) {
    return Error{"InvalidPartNumber",
                 "The requested partnumber is not satisfiable",
                 416,
                 {{"ActualPartCount", std::to_string(count)}, {"PartNumberRequested", std::to_string(number)}}};
  }
  if (parts.empty()) return std::optional(ByteRange{0, version.size});
  ByteRange range;
  for (int64_t i = 0; i < number; ++i) {
    range.offset += range.size;
    range.size = static_cast<uint64_t>(parts[static_cast<size_t>(i)]["size"].as_integer().value_or(0));
  }
  return std::optional(range);
}

// A delete marker, as reads answer it.
Error marker_error(const store::ObjectVersion& marker, bool by_version) {
  std::vector<std::pair<std::string, std::string>> headers = {{"x-amz-delete-marker", "true"},
                                                              {"x-amz-version-id", marker.version_id}};
  if (!by_version) {
    headers.emplace_back("Key", marker.key);
    return Error{"NoSuchKey", "The specified key does not exist.", 404, std::move(headers)};
  }
  Error error = method_not_allowed("GET", "DeleteMarker");
  error.fields.insert(error.fields.end(), headers.begin(), headers.end());
  error.fields.emplace_back("Allow", "DELETE");
  error.fields.emplace_back("Last-Modified", to_http_date(marker.modified));
  return error;
}

template <class Input>
ReadConditions read_conditions(const Input& input) {
  return {input.if_match, input.if_none_match, input.if_modified_since, input.if_unmodified_since};
}

// That an object is not there is told only to who may list its bucket. Source: "Permissions" of GetObject, Amazon S3
// API reference.
Error absence(const Context& context, const std::string& bucket, const Error& error) {
  Guard* guard = context.platform.guard;
  if (guard == nullptr || error.code != "NoSuchKey") return error;
  Outcome<void> may_list = guard->check(context, {"s3:ListBucket", "arn:aws:s3:::" + bucket});
  return may_list ? error : may_list.error();
}

// Everything that is checked before a version is shown; returns the range to show, if not all.
template <class Input>
Outcome<std::optional<ByteRange>> examine(const Input& input, const store::ObjectVersion& version) {
  if (version.delete_marker) return marker_error(version, input.version_id.has_value());
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return customer_key.error();
  if (auto opens = check_customer_key(version.attributes, *customer_key); !opens) return opens.error();
  if (auto met = check_read(read_conditions(input), version); !met) return met.error();
  if (input.part_number && input.range) {
    return invalid_request("Cannot specify both Range header and partNumber query parameter");
  }
  if (input.part_number) return part_range(*input.part_number, version);
  return read_range(input.range, version.size);
}

// The checksum of one part, as it was uploaded.
template <class Output>
void write_part_checksum(Output& output, int64_t number, const store::ObjectVersion& version) {
  const Json& checksum = version.attributes["checksum"];
  const ChecksumAlgorithm* algorithm = find_algorithm(checksum.text("algorithm"));
  std::string value(parts_of(version)[static_cast<size_t>(number) - 1].text("value"));
  if (algorithm == nullptr || value.empty()) return;
  checksum_member(output, *algorithm) = std::move(value);
  output.checksum_type = std::string(checksum.text("type"));
}

template <class Output, class Input>
void describe(Output& output, const Input& input, const store::ObjectVersion& version,
              const std::optional<ByteRange>& range) {
  output.accept_ranges = "bytes";
  output.last_modified = version.modified;
  output.e_tag = quoted_etag(version.etag);
  if (version.in_versioned_bucket) output.version_id = version.version_id;
  write_description(output, version.attributes);
  write_encryption(output, version.attributes);
  write_lock(output, version.attributes);
  if (version.tags.size() > 0) output.tag_count = static_cast<int64_t>(version.tags.size());
  size_t parts = parts_of(version).size();
  if (input.checksum_mode == "ENABLED") {
    if (input.part_number && parts > 0) {
      write_part_checksum(output, *input.part_number, version);
    } else if (!range || range->size == version.size) {
      write_checksum(output, version.attributes);
    }
  }
  if (input.part_number && parts > 0) output.parts_count = static_cast<int64_t>(parts);
  output.content_length = static_cast<int64_t>(range ? range->size : version.size);
  // An empty part has no first and last byte to tell.
  if (range && range->size > 0) {
    output.content_range = fmt::format("bytes {}-{}/{}", range->offset, range->offset + range->size - 1, version.size);
  }
  if (input.response_cache_control) output.cache_control = input.response_cache_control;
  if (input.response_content_disposition) output.content_disposition = input.response_content_disposition;
  if (input.response_content_encoding) output.content_encoding = input.response_content_encoding;
  if (input.response_content_language) output.content_language = input.response_content_language;
  if (input.response_content_type) output.content_type = input.response_content_type;
  if (input.response_expires) output.expires = to_http_date(*input.response_expires);
}

}  // namespace

namespace {

// x-amz-expiration, when a lifecycle rule of the bucket expires the version.
std::optional<std::string> expiration_of(Context& context, const store::ObjectVersion& version) {
  auto* lifecycle = context.platform.sides.find<Lifecycle>();
  if (lifecycle == nullptr || !lifecycle->is_used() || !version.latest) return {};
  auto bucket = context.platform.objects.bucket(version.bucket);
  if (!bucket || bucket->settings.find("lifecycle") == nullptr) return {};
  auto expiry = expiry_of(enabled_rules(bucket->settings["lifecycle"]), version);
  if (!expiry) return {};
  return expiration_header(*expiry);
}

}  // namespace

Outcome<GetObjectOutput> get_object(Context& context, const GetObjectInput& input) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return owned.error();
  if (auto valid = check_version_id(input.version_id); !valid) return valid.error();
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return customer_key.error();
  auto opened =
      context.platform.objects.open_version(input.bucket, input.key, input.version_id.value_or(""), *customer_key);
  if (!opened) return absence(context, input.bucket, opened.error());
  store::Content& content = opened->content;
  auto range = examine(input, opened->version);
  if (!range) return range.error();
  auto readable = check_key_use(context, "kms:Decrypt", opened->version.attributes, input.bucket, input.key);
  if (!readable) return readable.error();
  GetObjectOutput output;
  describe(output, input, opened->version, *range);
  output.expiration = expiration_of(context, opened->version);
  if (!content.path.empty()) {
    ByteRange part = range->value_or(ByteRange{0, opened->version.size});
    output.body.file = FileRange{content.path, part.offset, part.size, std::move(content.pin)};
    if (content.is_sealed()) {
      auto file = content.open(context.platform.disk);
      if (!file) return to_answer(file.error());
      output.body.file->opened = std::move(*file);
    }
  } else {
    output.body.bytes = *range ? content.bytes.substr((*range)->offset, (*range)->size) : std::move(content.bytes);
  }
  return output;
}

Outcome<HeadObjectOutput> head_object(Context& context, const HeadObjectInput& input) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return owned.error();
  if (auto valid = check_version_id(input.version_id); !valid) return valid.error();
  auto version = context.platform.objects.version(input.bucket, input.key, input.version_id.value_or(""));
  if (!version) return absence(context, input.bucket, version.error());
  auto range = examine(input, *version);
  if (!range) return range.error();
  HeadObjectOutput output;
  describe(output, input, *version, *range);
  output.expiration = expiration_of(context, *version);
  return output;
}

namespace {

// The parts of a multipart upload with their checksums, a page of them.
GetObjectAttributesParts write_parts(const GetObjectAttributesInput& input, const store::ObjectVersion& version) {
  auto parts = parts_of(version);
  const ChecksumAlgorithm* algorithm = find_algorithm(version.attributes["checksum"].text("algorithm"));
  GetObjectAttributesParts output;
  output.total_parts_count = static_cast<int64_t>(parts.size());
  int64_t after = input.part_number_marker.value_or(0);
  int64_t count = std::clamp<int64_t>(input.max_parts.value_or(1'000), 0, 1'000);
  output.part_number_marker = after;
  output.max_parts = count;
  output.is_truncated = false;
  output.next_part_number_marker = 0;
  for (const Json& part : parts) {
    int64_t number = part["number"].as_integer().value_or(0);
    if (number <= after || part.text("value").empty() || algorithm == nullptr) continue;
    if (!output.parts) output.parts.emplace();
    if (static_cast<int64_t>(output.parts->size()) == count) {
      output.is_truncated = true;
      break;
    }
    ObjectPart& entry = output.parts->emplace_back();
    entry.part_number = number;
    entry.size = part["size"].as_integer();
    checksum_member(entry, *algorithm) = std::string(part.text("value"));
    output.next_part_number_marker = number;
  }
  return output;
}

}  // namespace

Outcome<GetObjectAttributesOutput> get_object_attributes(Context& context, const GetObjectAttributesInput& input) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return owned.error();
  if (auto valid = check_version_id(input.version_id); !valid) return valid.error();
  auto version = context.platform.objects.version(input.bucket, input.key, input.version_id.value_or(""));
  if (!version) return version.error();
  if (version->delete_marker) return marker_error(*version, input.version_id.has_value());
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return customer_key.error();
  if (auto opens = check_customer_key(version->attributes, *customer_key); !opens) return opens.error();
  auto readable = check_key_use(context, "kms:Decrypt", version->attributes, input.bucket, input.key);
  if (!readable) return readable.error();
  if (input.object_attributes.empty()) {
    return invalid_argument(
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either "
        "missing or empty",
        "x-amz-object-attributes", "");
  }
  GetObjectAttributesOutput output;
  output.last_modified = version->modified;
  if (version->in_versioned_bucket) output.version_id = version->version_id;
  for (const std::string& name : input.object_attributes) {
    if (name == "ETag") {
      output.e_tag = version->etag;
    } else if (name == "ObjectSize") {
      output.object_size = static_cast<int64_t>(version->size);
    } else if (name == "StorageClass") {
      output.storage_class = storage_class_of(version->attributes);
    } else if (name == "Checksum") {
      write_checksum(output.checksum.emplace(), version->attributes);
    } else if (name == "ObjectParts") {
      if (!parts_of(*version).empty()) output.object_parts = write_parts(input, *version);
    } else {
      return invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", name);
    }
  }
  return output;
}

}  // namespace penstock::aws::s3
