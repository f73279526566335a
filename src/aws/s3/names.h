// Names: what may be a bucket's name, a key, a set of tags; where a copy's source is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "models/s3/shapes.h"

namespace penstock::aws::s3 {

// "Bucket naming rules" of the S3 user guide. InvalidBucketName.
Outcome<void> check_bucket_name(std::string_view name);
// At most 1,024 bytes of UTF-8. KeyTooLongError, InvalidArgument.
Outcome<void> check_key(std::string_view key);

// Tags as a JSON object name -> value; `count_max` 10 for objects, 50 for buckets. InvalidTag.
Outcome<Json> read_tags(const std::vector<Tag>& tags, size_t count_max);
// The header x-amz-tagging: "a=b&c=d", percent-encoded.
Outcome<Json> read_tag_header(std::string_view text);
std::vector<Tag> write_tags(const Json& tags);

// The header x-amz-copy-source: "[/]bucket/key[?versionId=id]", percent-encoded. InvalidArgument.
struct CopySource {
  std::string bucket;
  std::string key;
  std::string version_id;  // empty: the latest
};
Outcome<CopySource> read_copy_source(std::string_view text);

// The canonical user id that stands for an account.
Owner owner_of(std::string_view account);

}  // namespace penstock::aws::s3
