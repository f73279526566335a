#include "store/objects_rows.h"

#include <utility>

namespace penstock::store::rows {

namespace {

Json read_json(std::string_view text) {
  auto json = parse_json(text);
  return json.ok() ? std::move(*json) : Json::object();
}

Bucket read_bucket(const Statement& row) {
  Bucket bucket;
  bucket.id = row.integer(0);
  bucket.name = row.text(1);
  bucket.region = row.text(2);
  bucket.account = row.text(3);
  bucket.created = Time{row.integer(4)};
  bucket.versioning = static_cast<Bucket::Versioning>(row.integer(5));
  bucket.settings = read_json(row.text(6));
  return bucket;
}

}  // namespace

std::optional<Bucket> find_bucket(Connection& connection, std::string_view name) {
  auto row =
      connection.prepare("SELECT id, name, region, account, created, versioning, settings FROM bucket WHERE name = ?1");
  row.bind(1, name);
  if (!row.step()) return {};
  return read_bucket(row);
}

BucketKey find_bucket_key(Connection& connection, std::string_view name) {
  auto row = connection.prepare("SELECT id, versioning FROM bucket WHERE name = ?1");
  row.bind(1, name);
  return row.step() ? BucketKey{row.integer(0), row.integer(1) != 0} : BucketKey();
}

std::vector<Bucket> all_buckets(Connection& connection) {
  auto row =
      connection.prepare("SELECT id, name, region, account, created, versioning, settings FROM bucket ORDER BY name");
  std::vector<Bucket> buckets;
  while (row.step()) buckets.push_back(read_bucket(row));
  return buckets;
}

void insert_bucket(Connection& connection, const Bucket& bucket) {
  std::string settings = to_string(bucket.settings);
  connection
      .prepare(
          "INSERT INTO bucket (name, region, account, created, versioning, settings) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
      .bind(1, bucket.name)
      .bind(2, bucket.region)
      .bind(3, bucket.account)
      .bind(4, bucket.created.microseconds)
      .bind(5, static_cast<int64_t>(bucket.versioning))
      .bind(6, settings)
      .step();
}

void update_bucket(Connection& connection, const Bucket& bucket) {
  std::string settings = to_string(bucket.settings);
  connection.prepare("UPDATE bucket SET versioning = ?2, settings = ?3 WHERE id = ?1")
      .bind(1, bucket.id)
      .bind(2, static_cast<int64_t>(bucket.versioning))
      .bind(3, settings)
      .step();
}

void delete_bucket(Connection& connection, int64_t id) {
  connection.prepare("DELETE FROM bucket WHERE id = ?1").bind(1, id).step();
}

bool is_bucket_empty(Connection& connection, int64_t id) {
  return !connection.prepare("SELECT 1 FROM object WHERE bucket = ?1 LIMIT 1").bind(1, id).step();
}

ObjectVersion read_version(const Statement& row) {
  ObjectVersion version;
  version.key = row.text(0);
  version.order = row.integer(1);
  version.version_id = row.text(2);
  version.delete_marker = row.integer(3) != 0;
  version.modified = Time{row.integer(4)};
  version.size = static_cast<uint64_t>(row.integer(5));
  version.etag = row.text(6);
  version.sha256 = row.text(7);
  version.content = row.integer(8);
  version.attributes = read_json(row.text(9));
  version.tags = read_json(row.text(10));
  return version;
}

std::optional<ObjectVersion> find_version(Connection& connection, int64_t bucket, std::string_view key,
                                          std::string_view version_id) {
  auto row = connection.prepare("SELECT " PENSTOCK_OBJECT_COLUMNS
                                " FROM object WHERE bucket = ?1 AND key = ?2 ORDER BY revision DESC");
  row.bind(1, bucket).bind(2, key);
  for (bool latest = true; row.step(); latest = false) {
    if (!version_id.empty() && row.text(2) != version_id) continue;
    ObjectVersion version = read_version(row);
    version.latest = latest;
    return version;
  }
  return {};
}

void insert_version(Connection& connection, int64_t bucket, const ObjectVersion& version) {
  std::string attributes = to_string(version.attributes);
  std::string tags = to_string(version.tags);
  connection
      .prepare(
          "INSERT INTO object (bucket, key, revision, version_id, marker, modified, size, etag, sha256, content, "
          "attributes, tags) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")
      .bind(1, bucket)
      .bind(2, version.key)
      .bind(3, version.order)
      .bind(4, version.version_id)
      .bind(5, static_cast<int64_t>(version.delete_marker))
      .bind(6, version.modified.microseconds)
      .bind(7, static_cast<int64_t>(version.size))
      .bind(8, version.etag)
      .bind(9, version.sha256)
      .bind(10, version.content)
      .bind(11, attributes)
      .bind(12, tags)
      .step();
}

void update_version(Connection& connection, int64_t bucket, const ObjectVersion& version) {
  std::string attributes = to_string(version.attributes);
  std::string tags = to_string(version.tags);
  connection.prepare("UPDATE object SET attributes = ?4, tags = ?5 WHERE bucket = ?1 AND key = ?2 AND revision = ?3")
      .bind(1, bucket)
      .bind(2, version.key)
      .bind(3, version.order)
      .bind(4, attributes)
      .bind(5, tags)
      .step();
}

void delete_version(Connection& connection, int64_t bucket, const ObjectVersion& version, Garbage& garbage) {
  connection.prepare("DELETE FROM object WHERE bucket = ?1 AND key = ?2 AND revision = ?3")
      .bind(1, bucket)
      .bind(2, version.key)
      .bind(3, version.order)
      .step();
  if (version.content != 0) release_content(connection, version.content, garbage);
}

std::optional<StoredContent> find_content(Connection& connection, int64_t id) {
  auto row = connection.prepare("SELECT file, bytes, size, envelope FROM content WHERE id = ?1");
  row.bind(1, id);
  if (!row.step()) return {};
  StoredContent content;
  content.size = static_cast<uint64_t>(row.integer(2));
  if (!row.is_null(3)) {
    auto envelope = parse_json(row.text(3));
    if (envelope.ok()) content.envelope = std::move(*envelope);
  }
  if (row.is_null(0)) {
    content.bytes = row.text(1);
  } else {
    content.file = row.text(0);
  }
  return content;
}

int64_t insert_content(Connection& connection, const StoredContent& content, uint64_t size) {
  auto row = connection.prepare("INSERT INTO content (uses, size, file, bytes, envelope) VALUES (1, ?1, ?2, ?3, ?4)");
  row.bind(1, static_cast<int64_t>(size));
  if (content.file.empty()) {
    row.bind_null(2).bind_blob(3, content.bytes);
  } else {
    row.bind(2, content.file).bind_null(3);
  }
  std::string envelope = to_string(content.envelope);
  if (content.envelope.is_null()) {
    row.bind_null(4);
  } else {
    row.bind(4, envelope);
  }
  row.step();
  return connection.last_insert_rowid();
}

void use_content(Connection& connection, int64_t id) {
  connection.prepare("UPDATE content SET uses = uses + 1 WHERE id = ?1").bind(1, id).step();
}

bool has_content(Connection& connection, int64_t id) {
  return connection.prepare("SELECT 1 FROM content WHERE id = ?1").bind(1, id).step();
}

void release_content(Connection& connection, int64_t id, Garbage& garbage) {
  int64_t uses = 0;
  std::string file;
  {
    auto row = connection.prepare("SELECT uses, file FROM content WHERE id = ?1");
    row.bind(1, id);
    if (!row.step()) return;
    uses = row.integer(0);
    if (!row.is_null(1)) file = row.text(1);
  }
  if (uses > 1) {
    connection.prepare("UPDATE content SET uses = uses - 1 WHERE id = ?1").bind(1, id).step();
    return;
  }
  connection.prepare("DELETE FROM content WHERE id = ?1").bind(1, id).step();
  if (file.empty()) return;
  connection.prepare("INSERT OR IGNORE INTO garbage_file (name) VALUES (?1)").bind(1, file).step();
  garbage.push_back(std::move(file));
}

bool is_file_used(Connection& connection, std::string_view name) {
  return connection.prepare("SELECT 1 FROM content WHERE file = ?1").bind(1, name).step();
}

std::vector<std::string> garbage_files(Connection& connection) {
  auto row = connection.prepare("SELECT name FROM garbage_file");
  std::vector<std::string> names;
  while (row.step()) names.emplace_back(row.text(0));
  return names;
}

void delete_garbage(Connection& connection, std::string_view name) {
  connection.prepare("DELETE FROM garbage_file WHERE name = ?1").bind(1, name).step();
}

std::optional<Upload> find_upload(Connection& connection, int64_t bucket, std::string_view key, std::string_view id) {
  auto row =
      connection.prepare("SELECT created, attributes, tags FROM upload WHERE bucket = ?1 AND key = ?2 AND id = ?3");
  row.bind(1, bucket).bind(2, key).bind(3, id);
  if (!row.step()) return {};
  return Upload{
      {}, std::string(key), std::string(id), Time{row.integer(0)}, read_json(row.text(1)), read_json(row.text(2))};
}

void insert_upload(Connection& connection, int64_t bucket, const Upload& upload) {
  std::string attributes = to_string(upload.attributes);
  std::string tags = to_string(upload.tags);
  connection.prepare("INSERT INTO upload (bucket, key, id, created, attributes, tags) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
      .bind(1, bucket)
      .bind(2, upload.key)
      .bind(3, upload.id)
      .bind(4, upload.created.microseconds)
      .bind(5, attributes)
      .bind(6, tags)
      .step();
}

void delete_upload(Connection& connection, int64_t bucket, const Upload& upload, Garbage& garbage) {
  for (const Part& part : find_parts(connection, upload.id, 0, SIZE_MAX)) {
    release_content(connection, part.content, garbage);
  }
  connection.prepare("DELETE FROM part WHERE upload = ?1").bind(1, upload.id).step();
  connection.prepare("DELETE FROM upload WHERE bucket = ?1 AND key = ?2 AND id = ?3")
      .bind(1, bucket)
      .bind(2, upload.key)
      .bind(3, upload.id)
      .step();
}

void delete_uploads(Connection& connection, int64_t bucket, Garbage& garbage) {
  std::vector<Upload> uploads;
  {
    auto row = connection.prepare("SELECT key, id FROM upload WHERE bucket = ?1");
    row.bind(1, bucket);
    while (row.step()) {
      Upload upload;
      upload.key = row.text(0);
      upload.id = row.text(1);
      uploads.push_back(std::move(upload));
    }
  }
  for (const Upload& upload : uploads) delete_upload(connection, bucket, upload, garbage);
}

std::vector<Part> find_parts(Connection& connection, std::string_view upload, int after, size_t count) {
  auto row = connection.prepare(
      "SELECT number, size, etag, sha256, modified, content, attributes FROM part WHERE upload = ?1 AND number > ?2 "
      "ORDER BY number");
  row.bind(1, upload).bind(2, static_cast<int64_t>(after));
  std::vector<Part> parts;
  while (parts.size() < count && row.step()) {
    Part part;
    part.number = static_cast<int>(row.integer(0));
    part.size = static_cast<uint64_t>(row.integer(1));
    part.etag = row.text(2);
    part.sha256 = row.text(3);
    part.modified = Time{row.integer(4)};
    part.content = row.integer(5);
    part.attributes = read_json(row.text(6));
    parts.push_back(std::move(part));
  }
  return parts;
}

void put_part(Connection& connection, std::string_view upload, const Part& part, Garbage& garbage) {
  int64_t replaced = 0;
  {
    auto row = connection.prepare("SELECT content FROM part WHERE upload = ?1 AND number = ?2");
    row.bind(1, upload).bind(2, static_cast<int64_t>(part.number));
    if (row.step()) replaced = row.integer(0);
  }
  std::string attributes = to_string(part.attributes);
  connection
      .prepare(
          "INSERT OR REPLACE INTO part (upload, number, size, etag, sha256, modified, content, attributes) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
      .bind(1, upload)
      .bind(2, static_cast<int64_t>(part.number))
      .bind(3, static_cast<int64_t>(part.size))
      .bind(4, part.etag)
      .bind(5, part.sha256)
      .bind(6, part.modified.microseconds)
      .bind(7, part.content)
      .bind(8, attributes)
      .step();
  if (replaced != 0) release_content(connection, replaced, garbage);
}

}  // namespace penstock::store::rows
