// Rows of the object tables: each function is one statement or a few that belong together. All may throw
// internal::SqliteFailure, which only Database catches. Tables: schema.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/objects.h"

// A macro, for it becomes part of string literals (Connection::prepare knows statements by their literal).
#define PENSTOCK_OBJECT_COLUMNS \
  "key, revision, version_id, marker, modified, size, etag, sha256, content, attributes, tags"

namespace penstock::store::rows {

// Where a content's bytes are.
struct StoredContent {
  std::string bytes;
  std::string file;        // name; empty: `bytes` is everything
  uint64_t size = 0;       // of the plain content
  Json envelope = Json();  // of a sealed content: the data key's, with "sha256" of the sealed bytes; else null
};

// Files whose last row was deleted, collected over one write.
using Garbage = std::vector<std::string>;

std::optional<Bucket> find_bucket(Connection& connection, std::string_view name);
// What reads of objects need of a bucket; an id of 0: there is none.
struct BucketKey {
  int64_t id = 0;
  bool is_versioned = false;  // or was once
};
BucketKey find_bucket_key(Connection& connection, std::string_view name);
std::vector<Bucket> all_buckets(Connection& connection);
void insert_bucket(Connection& connection, const Bucket& bucket);
void update_bucket(Connection& connection, const Bucket& bucket);
void delete_bucket(Connection& connection, int64_t id);
bool is_bucket_empty(Connection& connection, int64_t id);

// An empty `version_id` means the latest; `latest` is set right. The bucket's name is not in the row: the caller sets
// it.
std::optional<ObjectVersion> find_version(Connection& connection, int64_t bucket, std::string_view key,
                                          std::string_view version_id);
// Reads a version from a statement whose first columns are PENSTOCK_OBJECT_COLUMNS.
ObjectVersion read_version(const Statement& row);
void insert_version(Connection& connection, int64_t bucket, const ObjectVersion& version);
void update_version(Connection& connection, int64_t bucket, const ObjectVersion& version);
// Deletes the row and its use of the content.
void delete_version(Connection& connection, int64_t bucket, const ObjectVersion& version, Garbage& garbage);

std::optional<StoredContent> find_content(Connection& connection, int64_t id);
// A new content with one use; returns its id.
int64_t insert_content(Connection& connection, const StoredContent& content, uint64_t size);
void use_content(Connection& connection, int64_t id);
bool has_content(Connection& connection, int64_t id);
void release_content(Connection& connection, int64_t id, Garbage& garbage);
bool is_file_used(Connection& connection, std::string_view name);
std::vector<std::string> garbage_files(Connection& connection);
void delete_garbage(Connection& connection, std::string_view name);

std::optional<Upload> find_upload(Connection& connection, int64_t bucket, std::string_view key, std::string_view id);
void insert_upload(Connection& connection, int64_t bucket, const Upload& upload);
void delete_upload(Connection& connection, int64_t bucket, const Upload& upload, Garbage& garbage);
// All of the bucket.
void delete_uploads(Connection& connection, int64_t bucket, Garbage& garbage);
std::vector<Part> find_parts(Connection& connection, std::string_view upload, int after, size_t count);
// Replaces a part of the same number.
void put_part(Connection& connection, std::string_view upload, const Part& part, Garbage& garbage);

}  // namespace penstock::store::rows
