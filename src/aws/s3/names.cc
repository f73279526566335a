#include "aws/s3/names.h"

#include <algorithm>
#include <array>

#include "aws/s3/errors.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/limits.h"

namespace penstock::aws::s3 {

namespace {

bool is_bucket_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool looks_like_ip_address(std::string_view name) {
  auto parts = split(name, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return !part.empty() && part.size() <= 3 && part.find_first_not_of("0123456789") == std::string_view::npos;
         });
}

constexpr std::array<std::string_view, 3> reserved_prefixes = {"xn--", "sthree-", "amzn-s3-demo-"};
constexpr std::array<std::string_view, 5> reserved_suffixes = {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"};

bool is_bucket_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return false;
  bool letters =
      std::all_of(name.begin(), name.end(), [](char c) { return is_bucket_letter(c) || c == '.' || c == '-'; });
  if (!letters || !is_bucket_letter(name.front()) || !is_bucket_letter(name.back())) return false;
  if (name.find("..") != std::string_view::npos || looks_like_ip_address(name)) return false;
  auto reserved = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (std::any_of(reserved_prefixes.begin(), reserved_prefixes.end(), reserved)) return false;
  auto ends = [&](std::string_view suffix) { return name.ends_with(suffix); };
  return std::none_of(reserved_suffixes.begin(), reserved_suffixes.end(), ends);
}

Error invalid_tag(std::string_view message, std::string_view key) {
  return Error{"InvalidTag", std::string(message), 400, {{"TagKey", std::string(key)}}};
}

}  // namespace

Outcome<void> check_bucket_name(std::string_view name) {
  if (is_bucket_name(name)) return {};
  return Error{"InvalidBucketName", "The specified bucket is not valid.", 400, {{"BucketName", std::string(name)}}};
}

Outcome<void> check_key(std::string_view key) {
  if (key.size() > limits::object_key_bytes_max) {
    return Error{
        "KeyTooLongError",
        "Your key is too long",
        400,
        {{"Size", std::to_string(key.size())}, {"MaxSizeAllowed", std::to_string(limits::object_key_bytes_max)}}};
  }
  if (!is_valid_utf8(key)) return Error{"InvalidURI", "Couldn't parse the specified URI.", 400, {}};
  return {};
}

Outcome<Json> read_tags(const std::vector<Tag>& tags, size_t count_max) {
  if (tags.size() > count_max) {
    return count_max == 10 ? Error{"BadRequest", "Object tags cannot be greater than 10", 400, {}}
                           : Error{"InvalidTag", "Bucket tag count cannot be greater than 50", 400, {}};
  }
  Json object = Json::object();
  for (const Tag& tag : tags) {
    if (tag.key.empty() || utf8_length(tag.key) > 128)
      return invalid_tag("The TagKey you have provided is invalid", tag.key);
    if (utf8_length(tag.value) > 256) return invalid_tag("The TagValue you have provided is invalid", tag.key);
    if (tag.key.starts_with("aws:")) return invalid_tag("System tags cannot be added/updated by requester", tag.key);
    if (object.find(tag.key) != nullptr) return invalid_tag("Cannot provide multiple Tags with the same key", tag.key);
    object.set(tag.key, Json(tag.value));
  }
  return object;
}

Outcome<Json> read_tag_header(std::string_view text) {
  std::vector<Tag> tags;
  for (std::string_view part : split(text, '&')) {
    if (part.empty()) continue;
    size_t equals = std::min(part.find('='), part.size());
    std::string_view value = equals < part.size() ? part.substr(equals + 1) : std::string_view();
    tags.push_back(Tag{uri_decode(part.substr(0, equals), true), uri_decode(value, true)});
  }
  return read_tags(tags, 10);
}

std::vector<Tag> write_tags(const Json& tags) {
  std::vector<Tag> list;
  for (const JsonMember& member : tags.members())
    list.push_back(Tag{member.key, std::string(member.value.as_string())});
  return list;
}

Outcome<CopySource> read_copy_source(std::string_view text) {
  CopySource source;
  constexpr std::string_view version_mark = "?versionId=";
  if (size_t mark = text.rfind(version_mark); mark != std::string_view::npos) {
    source.version_id = uri_decode(text.substr(mark + version_mark.size()));
    text = text.substr(0, mark);
  }
  std::string path = uri_decode(text);
  std::string_view rest = path;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == rest.size()) {
    return invalid_argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                            "x-amz-copy-source", text);
  }
  if (rest.starts_with("arn:")) return not_implemented("access points as the source of a copy");
  source.bucket = rest.substr(0, slash);
  source.key = rest.substr(slash + 1);
  return source;
}

Owner owner_of(std::string_view account) {
  Owner owner;
  owner.id = sha256_hex(account);
  return owner;
}

}  // namespace penstock::aws::s3
