// Listings: objects (both versions of the API), versions, multipart uploads.
#include <algorithm>

#include "aws/s3/attributes.h"
#include "aws/s3/handlers.h"
#include "aws/s3/names.h"
#include "base/encoding.h"
#include "base/limits.h"

namespace penstock::aws::s3 {

namespace {

// Encodes what encoding-type=url asks to encode: keys and all that is made of keys.
class Encoder {
 public:
  explicit Encoder(bool encodes) : encodes_(encodes) {}
  std::string operator()(std::string_view text) const { return encodes_ ? uri_encode(text, true) : std::string(text); }
  std::optional<std::string> optional(const std::optional<std::string>& text) const {
    if (!text) return {};
    return (*this)(*text);
  }

 private:
  bool encodes_;
};

Outcome<Encoder> read_encoding(const std::optional<std::string>& type) {
  if (!type) return Encoder(false);
  if (*type == "url") return Encoder(true);
  return invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", *type);
}

Outcome<size_t> read_count(const std::optional<int64_t>& count, std::string_view name) {
  if (!count) return limits::list_page_max;
  if (*count < 0 || *count > INT32_MAX) {
    return invalid_argument("Argument " + std::string(name) + " must be an integer between 0 and 2147483647", name,
                            std::to_string(*count));
  }
  return std::min(static_cast<size_t>(*count), limits::list_page_max);
}

// How a listing is to be written, and how long it may be.
struct Terms {
  Encoder encode;
  size_t count;
};
// What every listing checks first.
template <class Input>
Outcome<Terms> read_terms(const Context& context, const Input& input, const std::optional<int64_t>& most,
                          std::string_view name) {
  if (auto owned = check_owner(context, input.bucket, input.expected_bucket_owner); !owned) return owned.error();
  auto encode = read_encoding(input.encoding_type);
  if (!encode) return encode.error();
  auto count = read_count(most, name);
  if (!count) return count.error();
  return Terms{*encode, *count};
}

template <class Entry>
void write_checksum_kind(Entry& entry, const Json& attributes) {
  const Json& checksum = attributes["checksum"];
  if (checksum.is_null()) return;
  entry.checksum_algorithm = std::string(checksum.text("algorithm"));
  entry.checksum_type = std::string(checksum.text("type"));
}

template <class Entry>
void write_entry(Entry& entry, const Encoder& encode, const store::ObjectVersion& version) {
  entry.key = encode(version.key);
  entry.last_modified = whole_seconds(version.modified);  // as S3, whose headers have no fractions
  entry.e_tag = quoted_etag(version.etag);
  entry.size = static_cast<int64_t>(version.size);
  entry.storage_class = storage_class_of(version.attributes);
  const Json& checksum = version.attributes["checksum"];
  if (checksum.is_null()) return;
  entry.checksum_algorithm = std::vector<std::string>{std::string(checksum.text("algorithm"))};
  entry.checksum_type = std::string(checksum.text("type"));
}

template <class Output>
void write_prefixes(Output& output, const Encoder& encode, const std::vector<std::string>& prefixes) {
  if (prefixes.empty()) return;
  output.common_prefixes.emplace();
  for (const std::string& prefix : prefixes) output.common_prefixes->emplace_back().prefix = encode(prefix);
}

// The members that all listings echo.
template <class Output, class Input>
void write_question(Output& output, const Input& input, const Encoder& encode, size_t count) {
  output.name = input.bucket;
  output.prefix = encode(input.prefix ? *input.prefix : std::string());
  if (input.delimiter && !input.delimiter->empty()) output.delimiter = encode.optional(input.delimiter);
  output.max_keys = static_cast<int64_t>(count);
  output.encoding_type = input.encoding_type;
}

// `owner`: of every object, when it is to be told.
template <class Output>
void write_contents(Output& output, const Encoder& encode, const store::ListPage& page,
                    const std::optional<Owner>& owner) {
  output.contents.emplace();
  for (const store::ObjectVersion& version : page.objects) {
    Object& entry = output.contents->emplace_back();
    write_entry(entry, encode, version);
    entry.owner = owner;
  }
  write_prefixes(output, encode, page.common_prefixes);
}

template <class Input>
store::ListQuery read_query(const Input& input, size_t count) {
  store::ListQuery query;
  query.bucket = input.bucket;
  query.prefix = input.prefix.value_or("");
  query.delimiter = input.delimiter.value_or("");
  query.count = count;
  return query;
}

}  // namespace

Outcome<ListObjectsOutput> list_objects(Context& context, const ListObjectsInput& input) {
  auto terms = read_terms(context, input, input.max_keys, "max-keys");
  if (!terms) return terms.error();
  store::ListQuery query = read_query(input, terms->count);
  query.after = input.marker.value_or("");
  auto page = context.platform.objects.list(query);
  if (!page) return page.error();
  ListObjectsOutput output;
  write_question(output, input, terms->encode, terms->count);
  output.marker = terms->encode(query.after);
  output.is_truncated = page->truncated;
  // Without a delimiter the last key serves as the next marker.
  if (page->truncated && !query.delimiter.empty()) output.next_marker = terms->encode(page->next_after);
  write_contents(output, terms->encode, *page, owner_of(context.account));
  return output;
}

Outcome<ListObjectsV2Output> list_objects_v2(Context& context, const ListObjectsV2Input& input) {
  auto terms = read_terms(context, input, input.max_keys, "max-keys");
  if (!terms) return terms.error();
  store::ListQuery query = read_query(input, terms->count);
  query.after = input.start_after.value_or("");
  if (input.continuation_token) {
    auto token = from_base64(*input.continuation_token);
    if (!token || token->empty()) {
      return invalid_argument("The continuation token provided is incorrect", "continuation-token",
                              *input.continuation_token);
    }
    query.after = std::move(*token);
  }
  auto page = context.platform.objects.list(query);
  if (!page) return page.error();
  ListObjectsV2Output output;
  write_question(output, input, terms->encode, terms->count);
  output.start_after = terms->encode.optional(input.start_after);
  output.continuation_token = input.continuation_token;
  output.is_truncated = page->truncated;
  if (page->truncated) output.next_continuation_token = to_base64(page->next_after);
  output.key_count = static_cast<int64_t>(page->objects.size() + page->common_prefixes.size());
  std::optional<Owner> owner;
  if (input.fetch_owner.value_or(false)) owner = owner_of(context.account);
  write_contents(output, terms->encode, *page, owner);
  return output;
}

namespace {

void write_version(ListObjectVersionsOutput& output, const Encoder& encode, const Owner& owner,
                   const store::ObjectVersion& version) {
  if (version.delete_marker) {
    DeleteMarkerEntry& marker = output.delete_markers->emplace_back();
    marker.key = encode(version.key);
    marker.version_id = version.version_id;
    marker.is_latest = version.latest;
    marker.last_modified = whole_seconds(version.modified);
    marker.owner = owner;
    return;
  }
  ObjectVersion& entry = output.versions->emplace_back();
  write_entry(entry, encode, version);
  entry.version_id = version.version_id;
  entry.is_latest = version.latest;
  entry.owner = owner;
}

}  // namespace

Outcome<ListObjectVersionsOutput> list_object_versions(Context& context, const ListObjectVersionsInput& input) {
  auto terms = read_terms(context, input, input.max_keys, "max-keys");
  if (!terms) return terms.error();
  if (input.version_id_marker && !input.version_id_marker->empty() && !input.key_marker) {
    return invalid_argument("A version-id marker cannot be specified without a key marker.", "version-id-marker",
                            *input.version_id_marker);
  }
  store::ListQuery query = read_query(input, terms->count);
  query.versions = true;
  query.after = input.key_marker.value_or("");
  query.after_version = input.version_id_marker.value_or("");
  auto page = context.platform.objects.list(query);
  if (!page) return page.error();
  ListObjectVersionsOutput output;
  write_question(output, input, terms->encode, terms->count);
  output.key_marker = terms->encode(query.after);
  output.version_id_marker = query.after_version;
  output.is_truncated = page->truncated;
  if (page->truncated) {
    output.next_key_marker = terms->encode(page->next_after);
    if (!page->next_after_version.empty()) output.next_version_id_marker = page->next_after_version;
  }
  output.versions.emplace();
  output.delete_markers.emplace();
  Owner owner = owner_of(context.account);
  for (const store::ObjectVersion& version : page->objects) write_version(output, terms->encode, owner, version);
  write_prefixes(output, terms->encode, page->common_prefixes);
  return output;
}

Outcome<ListMultipartUploadsOutput> list_multipart_uploads(Context& context, const ListMultipartUploadsInput& input) {
  auto terms = read_terms(context, input, input.max_uploads, "max-uploads");
  if (!terms) return terms.error();
  store::UploadQuery query;
  query.bucket = input.bucket;
  query.prefix = input.prefix.value_or("");
  query.delimiter = input.delimiter.value_or("");
  query.after_key = input.key_marker.value_or("");
  if (input.key_marker) query.after_id = input.upload_id_marker.value_or("");
  query.count = terms->count;
  auto page = context.platform.objects.uploads(query);
  if (!page) return page.error();
  ListMultipartUploadsOutput output;
  output.bucket = input.bucket;
  output.key_marker = terms->encode(query.after_key);
  output.upload_id_marker = query.after_id;
  output.prefix = terms->encode(query.prefix);
  if (!query.delimiter.empty()) output.delimiter = terms->encode.optional(input.delimiter);
  output.max_uploads = static_cast<int64_t>(terms->count);
  output.encoding_type = input.encoding_type;
  output.is_truncated = page->truncated;
  if (page->truncated) {
    output.next_key_marker = terms->encode(page->next_after_key);
    output.next_upload_id_marker = page->next_after_id;
  }
  output.uploads.emplace();
  Owner owner = owner_of(context.account);
  for (const store::Upload& upload : page->uploads) {
    MultipartUpload& entry = output.uploads->emplace_back();
    entry.upload_id = upload.id;
    entry.key = terms->encode(upload.key);
    entry.initiated = whole_seconds(upload.created);
    entry.storage_class = storage_class_of(upload.attributes);
    entry.owner = owner;
    entry.initiator.emplace().id = owner.id;
    write_checksum_kind(entry, upload.attributes);
  }
  write_prefixes(output, terms->encode, page->common_prefixes);
  return output;
}

}  // namespace penstock::aws::s3
