// Multipart uploads. Source: "Uploading and copying objects using multipart upload", S3 user guide, and the API
// reference.
#include "aws/s3/multipart.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/s3/attributes.h"
#include "aws/s3/conditions.h"
#include "aws/s3/handlers.h"
#include "aws/s3/names.h"
#include "aws/s3/notification.h"
#include "aws/s3/source.h"
#include "base/encoding.h"
#include "base/limits.h"

namespace penstock::aws::s3 {

namespace {

// Which types an algorithm can have: the CRCs of a whole follow from those of its parts, those of the SHAs do not.
Outcome<std::string> checksum_type(const ChecksumAlgorithm& algorithm, const std::optional<std::string>& wanted) {
  bool whole_only = algorithm.kind == DigestKind::crc64nvme;
  std::string type = wanted.value_or(whole_only ? "FULL_OBJECT" : "COMPOSITE");
  bool possible = type == "FULL_OBJECT" ? algorithm.is_crc : type == "COMPOSITE" && !whole_only;
  if (possible) return type;
  return invalid_request(fmt::format("The {} checksum type cannot be used with the {} checksum algorithm.", type,
                                     to_lower(algorithm.name)));
}

bool is_composite(const store::Upload& upload) {
  return upload.attributes["checksum"].text("type") == "COMPOSITE";
}

}  // namespace

Outcome<void> check_part_number(int64_t number) {
  if (number >= 1 && number <= limits::part_number_max) return {};
  return invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber",
                          std::to_string(number));
}

const ChecksumAlgorithm& algorithm_of(const store::Upload& upload) {
  const ChecksumAlgorithm* algorithm = find_algorithm(upload.attributes["checksum"].text("algorithm"));
  return algorithm != nullptr ? *algorithm : default_algorithm();
}

void create_multipart_upload(Context& context, const CreateMultipartUploadInput& input,
                             Reply<CreateMultipartUploadOutput> reply) {
  if (auto valid = check_key(input.key); !valid) return reply(valid.error());
  auto bucket = find_bucket(context, input.bucket, input.expected_bucket_owner);
  if (!bucket) return reply(bucket.error());
  store::Upload upload;
  upload.bucket = input.bucket;
  upload.key = input.key;
  if (auto read = read_description(input, upload.attributes); !read) return reply(read.error());
  if (auto read = read_placement(context, input, *bucket, upload.attributes); !read) return reply(read.error());
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return reply(customer_key.error());
  auto prepared = prepare_upload(context, upload.attributes, input.bucket, input.key, *customer_key);
  if (!prepared) return reply(to_answer(prepared.error()));
  if (input.tagging) {
    auto tags = read_tag_header(*input.tagging);
    if (!tags) return reply(tags.error());
    upload.tags = std::move(*tags);
  }
  if (input.checksum_type && !input.checksum_algorithm) {
    return reply(
        invalid_request("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."));
  }
  if (input.checksum_algorithm) {
    const ChecksumAlgorithm* algorithm = find_algorithm(*input.checksum_algorithm);
    if (algorithm == nullptr) return reply(invalid_request("Checksum algorithm provided is unsupported."));
    auto type = checksum_type(*algorithm, input.checksum_type);
    if (!type) return reply(type.error());
    upload.attributes.set("checksum", checksum_attribute({algorithm, ""}, *type));
  }
  auto make = [](const store::Upload& made) {
    CreateMultipartUploadOutput output;
    output.bucket = made.bucket;
    output.key = made.key;
    output.upload_id = made.id;
    write_encryption(output, made.attributes);
    const Json& checksum = made.attributes["checksum"];
    if (!checksum.is_null()) {
      output.checksum_algorithm = std::string(checksum.text("algorithm"));
      output.checksum_type = std::string(checksum.text("type"));
    }
    return output;
  };
  context.platform.objects.create_upload(std::move(upload), answering<store::Upload>(std::move(reply), make));
}

namespace {

// Verifies a part's body and gives its checksum in the upload's algorithm.
Outcome<SentChecksum> part_checksum(Context& context, const UploadPartInput& input, const store::Upload& upload) {
  auto sent = sent_checksum(input);
  if (!sent) return sent.error();
  const ChecksumAlgorithm& algorithm = algorithm_of(upload);
  auto checksum =
      verify_body(context.platform.disk, input.body, *sent, input.checksum_algorithm, input.content_md5, algorithm);
  if (!checksum || checksum->algorithm == &algorithm) return checksum;
  if (!upload.attributes["checksum"].is_null()) {
    return invalid_request(
        fmt::format("Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                    to_lower(algorithm.name), to_lower(checksum->algorithm->name)));
  }
  return verify_body(context.platform.disk, input.body, {&algorithm, ""}, {}, {}, algorithm);
}

}  // namespace

void upload_part(Context& context, const UploadPartInput& input, Reply<UploadPartOutput> reply) {
  if (auto valid = check_part_number(input.part_number); !valid) return reply(valid.error());
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  auto upload = context.platform.objects.upload(input.bucket, input.key, input.upload_id);
  if (!upload) return reply(upload.error());
  auto checksum = part_checksum(context, input, *upload);
  if (!checksum) return reply(to_answer(checksum.error()));
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return reply(customer_key.error());
  if (auto fits = check_part_key(upload->attributes, *customer_key); !fits) return reply(fits.error());
  store::ContentSource source = source_of(input.body);
  auto seal = make_part_seal(context, upload->attributes, input.bucket, input.key, source.file_key);
  if (!seal) return reply(seal.error());
  source.seal = std::move(*seal);
  Json attributes = Json::object({{"value", Json(checksum->value)}});
  auto make = [algorithm = checksum->algorithm, upload_attributes = upload->attributes](const store::Part& part) {
    UploadPartOutput output;
    output.e_tag = quoted_etag(part.etag);
    checksum_member(output, *algorithm) = std::string(part.attributes.text("value"));
    write_encryption(output, upload_attributes);
    return output;
  };
  context.platform.objects.put_part(std::move(*upload), static_cast<int>(input.part_number), std::move(source),
                                    std::move(attributes), answering<store::Part>(std::move(reply), std::move(make)));
}

namespace {

Error invalid_part(const std::string& upload, const CompletedPart& part) {
  return Error{"InvalidPart",
               "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
               "specified entity tag may not match the part's entity tag.",
               400,
               {{"UploadId", upload},
                {"PartNumber", std::to_string(part.part_number.value_or(0))},
                {"ETag", part.e_tag.value_or("")}}};
}

Outcome<void> check_chosen(const store::Upload& upload, const CompletedPart& chosen, const store::Part& part) {
  if (!chosen.e_tag || !matches_etag(*chosen.e_tag, part.etag)) return invalid_part(upload.id, chosen);
  const ChecksumAlgorithm& algorithm = algorithm_of(upload);
  const std::optional<std::string>& checksum = checksum_member(chosen, algorithm);
  if (checksum && *checksum != part.attributes.text("value")) return invalid_part(upload.id, chosen);
  if (!checksum && is_composite(upload)) {
    return invalid_request(
        fmt::format("The upload was created using a {} checksum. The complete request must include the "
                    "checksum for each part. It was missing for part {} in the request.",
                    to_lower(algorithm.name), part.number));
  }
  return {};
}

// The stored parts that the request names, in its order, which must ascend.
Outcome<std::vector<store::Part>> choose_parts(const store::Upload& upload, const std::vector<CompletedPart>& chosen,
                                               const std::vector<store::Part>& stored) {
  std::vector<store::Part> parts;
  for (const CompletedPart& one : chosen) {
    int64_t number = one.part_number.value_or(0);
    if (!parts.empty() && number <= parts.back().number) {
      return Error{"InvalidPartOrder",
                   "The list of parts was not in ascending order. Parts must be ordered by part number.",
                   400,
                   {{"UploadId", upload.id}}};
    }
    auto found = std::lower_bound(stored.begin(), stored.end(), number,
                                  [](const store::Part& part, int64_t wanted) { return part.number < wanted; });
    if (found == stored.end() || found->number != number) return invalid_part(upload.id, one);
    if (auto checked = check_chosen(upload, one, *found); !checked) return checked.error();
    parts.push_back(*found);
  }
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    if (parts[i].size >= limits::part_bytes_min) continue;
    return Error{"EntityTooSmall",
                 "Your proposed upload is smaller than the minimum allowed size",
                 400,
                 {{"ProposedSize", std::to_string(parts[i].size)},
                  {"MinSizeAllowed", std::to_string(limits::part_bytes_min)},
                  {"PartNumber", std::to_string(parts[i].number)},
                  {"ETag", parts[i].etag}}};
  }
  return parts;
}

// The checksum of the whole, compared with the one the request carries.
Outcome<Json> whole_checksum_of(const CompleteMultipartUploadInput& input, const store::Upload& upload,
                                const std::vector<store::Part>& parts) {
  const ChecksumAlgorithm& algorithm = algorithm_of(upload);
  std::vector<PartChecksum> checksums;
  for (const store::Part& part : parts) checksums.push_back({std::string(part.attributes.text("value")), part.size});
  bool composite = is_composite(upload);
  std::string type = composite ? "COMPOSITE" : "FULL_OBJECT";
  std::string value = composite ? composite_checksum(algorithm, checksums) : whole_checksum(algorithm, checksums);
  if (input.checksum_type && *input.checksum_type != type) {
    return invalid_request(
        fmt::format("The upload was created using the {} checksum mode. The complete request must use "
                    "the same checksum mode.",
                    type));
  }
  const std::optional<std::string>& sent = checksum_member(input, algorithm);
  bool equal = !sent || *sent == value || (composite && *sent == value.substr(0, value.find('-')));
  if (!equal) {
    return Error{"BadDigest",
                 fmt::format("The {} you specified did not match the calculated checksum.", to_lower(algorithm.name)),
                 400,
                 {}};
  }
  return checksum_attribute({&algorithm, value}, type);
}

std::string multipart_etag(const std::vector<store::Part>& parts) {
  std::string raw;
  for (const store::Part& part : parts) raw += from_hex(part.etag).value_or("");
  return fmt::format("{}-{}", to_hex(digest(DigestKind::md5, raw)), parts.size());
}

Json parts_attribute(const std::vector<store::Part>& parts) {
  Json list = Json::array();
  for (const store::Part& part : parts) {
    list.push_back(Json::object({{"number", Json(part.number)},
                                 {"size", Json(static_cast<int64_t>(part.size))},
                                 {"value", Json(part.attributes.text("value"))}}));
  }
  return list;
}

CompleteMultipartUploadOutput completed(const std::string& endpoint, const store::ObjectVersion& version) {
  CompleteMultipartUploadOutput output;
  output.location = fmt::format("{}/{}/{}", endpoint, version.bucket, uri_encode(version.key, true));
  output.bucket = version.bucket;
  output.key = version.key;
  output.e_tag = quoted_etag(version.etag);
  output.version_id = written_version_id(version);
  write_encryption(output, version.attributes);
  write_checksum(output, version.attributes);
  return output;
}

// A client that lost the answer asks again: the upload is gone, and the object it made is there.
Outcome<CompleteMultipartUploadOutput> completed_before(Context& context, const CompleteMultipartUploadInput& input,
                                                        const Error& error) {
  if (error.code != "NoSuchUpload") return error;
  auto version = context.platform.objects.find(input.bucket, input.key);
  if (!version || version->attributes.text("upload") != input.upload_id) return error;
  return completed(context.platform.endpoint, *version);
}

Outcome<store::NewObject> read_complete(const CompleteMultipartUploadInput& input, const store::Upload& upload,
                                        const std::vector<store::Part>& parts) {
  uint64_t size = 0;
  for (const store::Part& part : parts) size += part.size;
  if (input.mpu_object_size && static_cast<uint64_t>(*input.mpu_object_size) != size) {
    return invalid_request(
        fmt::format("The provided 'x-amz-mp-object-size' header value {} does not match what was "
                    "computed: {}",
                    *input.mpu_object_size, size));
  }
  auto condition = write_condition(input.if_match, input.if_none_match, input.key);
  if (!condition) return condition.error();
  auto checksum = whole_checksum_of(input, upload, parts);
  if (!checksum) return checksum.error();
  store::NewObject object;
  object.bucket = input.bucket;
  object.key = input.key;
  object.etag = multipart_etag(parts);
  object.tags = upload.tags;
  object.attributes = upload.attributes;
  object.attributes.erase("data_key");
  object.attributes.set("checksum", std::move(*checksum));
  object.attributes.set("parts", parts_attribute(parts));
  object.attributes.set("upload", Json(upload.id));
  object.condition = std::move(*condition);
  return object;
}

}  // namespace

void complete_multipart_upload(Context& context, const CompleteMultipartUploadInput& input,
                               Reply<CompleteMultipartUploadOutput> reply) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  if (!input.multipart_upload || !input.multipart_upload->parts || input.multipart_upload->parts->empty()) {
    return reply(malformed_xml());
  }
  store::Objects& objects = context.platform.objects;
  auto upload = objects.upload(input.bucket, input.key, input.upload_id);
  if (!upload) return reply(completed_before(context, input, upload.error()));
  auto customer_key = read_customer_key(customer_key_request(input));
  if (!customer_key) return reply(customer_key.error());
  if (!customer_key->empty()) {  // it may be left out
    if (auto fits = check_part_key(upload->attributes, *customer_key); !fits) return reply(fits.error());
  }
  auto stored = objects.parts(*upload, 0, limits::part_number_max);
  if (!stored) return reply(to_answer(stored.error()));
  auto parts = choose_parts(*upload, *input.multipart_upload->parts, *stored);
  if (!parts) return reply(parts.error());
  auto object = read_complete(input, *upload, *parts);
  if (!object) return reply(object.error());
  auto seal = make_upload_seal(context, upload->attributes, input.bucket, input.key);
  if (!seal) return reply(seal.error());
  object->source.seal = std::move(*seal);
  auto make = [endpoint = context.platform.endpoint,
               announce = creation_announcer(context, input.bucket, "CompleteMultipartUpload")](
                  const store::ObjectVersion& version) {
    announce(version);
    return completed(endpoint, version);
  };
  objects.complete_upload(std::move(*upload), std::move(*parts), std::move(*object),
                          answering<store::ObjectVersion>(std::move(reply), std::move(make)));
}

void abort_multipart_upload(Context& context, const AbortMultipartUploadInput& input,
                            Reply<AbortMultipartUploadOutput> reply) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return reply(owned.error());
  context.platform.objects.abort_upload(input.bucket, input.key, input.upload_id,
                                        answering<void>(std::move(reply), [] { return AbortMultipartUploadOutput(); }));
}

Outcome<ListPartsOutput> list_parts(Context& context, const ListPartsInput& input) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return owned.error();
  auto upload = context.platform.objects.upload(input.bucket, input.key, input.upload_id);
  if (!upload) return upload.error();
  int64_t count = input.max_parts.value_or(static_cast<int64_t>(limits::list_page_max));
  if (count < 0) {
    return invalid_argument("Argument max-parts must be an integer between 0 and 2147483647", "max-parts",
                            std::to_string(count));
  }
  count = std::min<int64_t>(count, limits::list_page_max);
  int after = static_cast<int>(std::clamp<int64_t>(input.part_number_marker.value_or(0), 0, limits::part_number_max));
  auto parts = context.platform.objects.parts(*upload, after, static_cast<size_t>(count) + 1);
  if (!parts) return to_answer(parts.error());
  ListPartsOutput output;
  output.bucket = input.bucket;
  output.key = input.key;
  output.upload_id = input.upload_id;
  output.part_number_marker = after;
  output.max_parts = count;
  output.is_truncated = static_cast<int64_t>(parts->size()) > count;
  if (*output.is_truncated) parts->pop_back();
  output.next_part_number_marker = parts->empty() ? 0 : parts->back().number;
  output.owner = owner_of(context.account);
  output.initiator.emplace().id = output.owner->id;
  output.storage_class = storage_class_of(upload->attributes);
  const Json& checksum = upload->attributes["checksum"];
  if (!checksum.is_null()) {
    output.checksum_algorithm = std::string(checksum.text("algorithm"));
    output.checksum_type = std::string(checksum.text("type"));
  }
  output.parts.emplace();
  for (const store::Part& part : *parts) {
    Part& entry = output.parts->emplace_back();
    entry.part_number = part.number;
    entry.last_modified = whole_seconds(part.modified);
    entry.e_tag = quoted_etag(part.etag);
    entry.size = static_cast<int64_t>(part.size);
    if (!checksum.is_null()) checksum_member(entry, algorithm_of(*upload)) = std::string(part.attributes.text("value"));
  }
  return output;
}

}  // namespace penstock::aws::s3
