#include "store/objects_sqlite.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <tuple>

#include "base/digest.h"
#include "base/encoding.h"
#include "store/objects_listing.h"

namespace penstock::store {

namespace {

constexpr std::string_view null_version = "null";

Error disk_full() {
  return Error{"DiskFull", "The disk that holds the objects is full. Free some space and try again.", 503, {}};
}

// Waits for an asynchronous write.
template <class T>
Outcome<T> wait_for(const std::function<void(Done<T>)>& start) {
  std::promise<Outcome<T>> promise;
  auto future = promise.get_future();
  start([&promise](Outcome<T> outcome) { promise.set_value(std::move(outcome)); });
  return future.get();
}

}  // namespace

Error no_such_bucket(std::string_view bucket) {
  return Error{"NoSuchBucket", "The specified bucket does not exist", 404, {{"BucketName", std::string(bucket)}}};
}

Error no_such_key(std::string_view key) {
  return Error{"NoSuchKey", "The specified key does not exist.", 404, {{"Key", std::string(key)}}};
}

Error no_such_version(std::string_view key, std::string_view id) {
  return Error{"NoSuchVersion",
               "The specified version does not exist.",
               404,
               {{"Key", std::string(key)}, {"VersionId", std::string(id)}}};
}

Error no_such_upload(std::string_view id) {
  return Error{
      "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
      "completed.",
      404,
      {{"UploadId", std::string(id)}}};
}

Outcome<std::unique_ptr<Objects>> Objects::open(Database& database, Disk& disk, const Clock& clock, Random& random,
                                                const std::string& data, KeyOpener keys) {
  auto objects = std::make_unique<SqliteObjects>(database, disk, clock, random, data, std::move(keys));
  if (auto recovered = objects->recover(); !recovered) return recovered.error();
  return std::unique_ptr<Objects>(std::move(objects));
}

Outcome<Bucket> Objects::create_bucket(Bucket bucket) {
  return wait_for<Bucket>([&](Done<Bucket> done) { create_bucket(std::move(bucket), std::move(done)); });
}

Outcome<ObjectVersion> Objects::put(NewObject object) {
  return wait_for<ObjectVersion>([&](Done<ObjectVersion> done) { put(std::move(object), std::move(done)); });
}

Outcome<Removed> Objects::remove(std::string bucket, Removal removal) {
  auto removed = wait_for<std::vector<Outcome<Removed>>>([&](Done<std::vector<Outcome<Removed>>> done) {
    remove(std::move(bucket), std::vector<Removal>{std::move(removal)}, std::move(done));
  });
  if (!removed) return removed.error();
  return removed->front();
}

SqliteObjects::SqliteObjects(Database& database, Disk& disk, const Clock& clock, Random& random,
                             const std::string& data, KeyOpener keys)
    : database_(database),
      disk_(disk),
      clock_(clock),
      random_(random),
      keys_(std::move(keys)),
      files_(disk, random, data + "/objects", [&database](const std::string& name) {
        database.write([name](Connection& connection) { rows::delete_garbage(connection, name); });
      }) {}

SqliteObjects::~SqliteObjects() {
  std::unique_lock lock(pending_mutex_);
  pending_changed_.wait(lock, [this] { return pending_ == 0; });
}

void SqliteObjects::begin_write() {
  std::lock_guard lock(pending_mutex_);
  ++pending_;
}

void SqliteObjects::end_write() {
  std::lock_guard lock(pending_mutex_);
  if (--pending_ == 0) pending_changed_.notify_all();
}

Outcome<void> SqliteObjects::recover() {
  auto incoming = files_.incoming();
  if (!incoming) return incoming.error();
  std::vector<std::string> garbage;
  std::vector<std::string> used;
  database_.read([&](Connection& connection) {
    for (const std::string& name : *incoming) {
      (rows::is_file_used(connection, name) ? used : garbage).push_back(name);
    }
    for (std::string& name : rows::garbage_files(connection)) garbage.push_back(std::move(name));
  });
  for (const std::string& name : used) files_.settle(name);
  files_.doom(std::move(garbage));
  return {};
}

// ---- reads

Outcome<Bucket> SqliteObjects::bucket(std::string_view name) {
  std::optional<Bucket> found;
  database_.read([&](Connection& connection) { found = rows::find_bucket(connection, name); });
  if (!found) return no_such_bucket(name);
  return std::move(*found);
}

std::vector<Bucket> SqliteObjects::buckets() {
  std::vector<Bucket> found;
  database_.read([&](Connection& connection) { found = rows::all_buckets(connection); });
  return found;
}

Outcome<ObjectVersion> SqliteObjects::find(std::string_view bucket, std::string_view key) {
  auto found = version(bucket, key, {});
  if (found.ok() && found->delete_marker) return no_such_key(key);
  return found;
}

namespace {

Outcome<ObjectVersion> find_in(Connection& connection, std::string_view bucket, std::string_view key,
                               std::string_view id) {
  rows::BucketKey in = rows::find_bucket_key(connection, bucket);
  if (in.id == 0) return no_such_bucket(bucket);
  auto found = rows::find_version(connection, in.id, key, id);
  if (!found) return id.empty() ? no_such_key(key) : no_such_version(key, id);
  found->bucket = bucket;
  found->in_versioned_bucket = in.is_versioned;
  return std::move(*found);
}

}  // namespace

Outcome<ObjectVersion> SqliteObjects::version(std::string_view bucket, std::string_view key, std::string_view id) {
  std::optional<Outcome<ObjectVersion>> found;
  database_.read([&](Connection& connection) { found = find_in(connection, bucket, key, id); });
  return std::move(*found);
}

Outcome<OpenedVersion> SqliteObjects::open_version(std::string_view bucket, std::string_view key, std::string_view id,
                                                   std::string_view secret) {
  // A file may go between the lookup and the pin when its version is replaced just then: look again.
  for (;;) {
    std::optional<Outcome<ObjectVersion>> found;
    std::optional<rows::StoredContent> stored;
    database_.read([&](Connection& connection) {
      found = find_in(connection, bucket, key, id);
      if (found->ok() && (*found)->content != 0) stored = rows::find_content(connection, (*found)->content);
    });
    if (!found->ok()) return found->error();
    OpenedVersion opened{std::move(**found), {}};
    if (!stored) return opened;
    opened.content.size = stored->size;
    opened.content.bytes = std::move(stored->bytes);
    if (auto unlocked = unlock(stored->envelope, secret, opened.content); !unlocked) return unlocked.error();
    if (stored->file.empty()) return opened;
    opened.content.path = files_.path(stored->file);
    opened.content.pin = files_.pin(stored->file);
    if (opened.content.pin) return opened;
    auto again = version(bucket, key, id);
    if (again.ok() && again->content == opened.version.content) {
      return Error{"InternalError", fmt::format("{} is missing. Run penstock doctor.", opened.content.path), 500, {}};
    }
  }
}

Outcome<Content> SqliteObjects::content_of(int64_t id, std::string_view secret) {
  std::optional<rows::StoredContent> stored;
  database_.read([&](Connection& connection) { stored = rows::find_content(connection, id); });
  if (!stored) return no_such_key({});
  Content content{.bytes = std::move(stored->bytes), .path = {}, .size = stored->size};
  if (auto unlocked = unlock(stored->envelope, secret, content); !unlocked) return unlocked.error();
  if (stored->file.empty()) return content;
  content.path = files_.path(stored->file);
  content.pin = files_.pin(stored->file);
  if (!content.pin) return no_such_key({});
  return content;
}

Outcome<void> SqliteObjects::unlock(const Json& envelope, std::string_view secret, Content& content) const {
  if (envelope.is_null()) return {};
  if (!keys_) return Error{"InternalError", "The content is encrypted, and there is no key for it here.", 500};
  auto key = keys_(envelope, secret);
  if (!key) return key.error();
  content.key = std::move(*key);
  if (content.bytes.empty()) return {};  // a file
  auto plain = unseal_content(content.key, content.bytes);
  if (!plain) return plain.error();
  content.bytes = std::move(*plain);
  return {};
}

Outcome<std::unique_ptr<File>> Content::open(Disk& disk) const {
  auto file = disk.open(path, Disk::Mode::read);
  if (!file || !is_sealed()) return file;
  return open_sealed(std::move(*file), key, size);
}

Outcome<std::string> Content::read_all(Disk& disk) const {
  if (path.empty()) return bytes;
  auto file = open(disk);
  if (!file) return file.error();
  std::string all;
  auto read = read_pieces(**file, [&](std::string_view piece) -> Outcome<void> {
    all += piece;
    return {};
  });
  if (!read) return read.error();
  return all;
}

Outcome<Content> SqliteObjects::content(const ObjectVersion& version, std::string_view secret) {
  if (version.content == 0) return Content{};
  auto content = content_of(version.content, secret);
  if (!content && content.error().code == "NoSuchKey") return no_such_key(version.key);
  return content;
}

Outcome<ListPage> SqliteObjects::list(const ListQuery& query) {
  std::optional<ListPage> page;
  database_.read([&](Connection& connection) {
    if (auto bucket = rows::find_bucket(connection, query.bucket)) page = list_objects(connection, *bucket, query);
  });
  if (!page) return no_such_bucket(query.bucket);
  return std::move(*page);
}

Outcome<void> SqliteObjects::place(const ObjectVersion& version, const std::string& path) {
  auto found = content(version, {});
  if (!found) return found.error();
  if (!found->path.empty()) {
    if (!found->is_sealed() && disk_.link(found->path, path).ok()) return {};
    // Encrypted, or another file system: copy.
    auto source = found->open(disk_);
    if (!source) return source.error();
    auto file = disk_.open(path, Disk::Mode::create_exclusive, 0444);
    if (!file) return file.error();
    return read_pieces(**source, [&](std::string_view piece) { return (*file)->append(piece); });
  }
  auto file = disk_.open(path, Disk::Mode::create_exclusive, 0444);
  if (!file) return file.error();
  return (*file)->append(found->bytes);
}

// ---- buckets

void SqliteObjects::create_bucket(Bucket bucket, Done<Bucket> done) {
  bucket.created = clock_.now();
  auto apply = [bucket = std::move(bucket)](Connection& connection, rows::Garbage&) -> Outcome<Bucket> {
    if (auto existing = rows::find_bucket(connection, bucket.name)) {
      if (existing->account == bucket.account) {
        return Error{"BucketAlreadyOwnedByYou",
                     "Your previous request to create the named bucket succeeded and you already own it.",
                     409,
                     {{"BucketName", bucket.name}}};
      }
      return Error{
          "BucketAlreadyExists",
          "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
          "Please select a different name and try again.",
          409,
          {{"BucketName", bucket.name}}};
    }
    rows::insert_bucket(connection, bucket);
    return bucket;
  };
  submit<Bucket>({}, std::move(apply), std::move(done));
}

void SqliteObjects::delete_bucket(std::string name, Done<void> done) {
  auto apply = [name = std::move(name)](Connection& connection, rows::Garbage& garbage) -> Outcome<void> {
    int64_t id = rows::find_bucket_key(connection, name).id;
    if (id == 0) return no_such_bucket(name);
    if (!rows::is_bucket_empty(connection, id)) {
      return Error{"BucketNotEmpty", "The bucket you tried to delete is not empty", 409, {{"BucketName", name}}};
    }
    rows::delete_uploads(connection, id, garbage);
    rows::delete_bucket(connection, id);
    return {};
  };
  submit<void>({}, std::move(apply), std::move(done));
}

void SqliteObjects::edit_bucket(std::string name, std::function<Outcome<void>(Bucket&)> edit, Done<Bucket> done) {
  auto apply = [name = std::move(name), edit = std::move(edit)](Connection& connection,
                                                                rows::Garbage&) -> Outcome<Bucket> {
    auto bucket = rows::find_bucket(connection, name);
    if (!bucket) return no_such_bucket(name);
    if (auto edited = edit(*bucket); !edited) return edited.error();
    rows::update_bucket(connection, *bucket);
    return std::move(*bucket);
  };
  submit<Bucket>({}, std::move(apply), std::move(done));
}

// ---- objects

std::string SqliteObjects::new_version_id() {
  return random_.text(32, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._");
}

Outcome<void> SqliteObjects::measure(const std::string& path, Prepared& prepared) {
  auto file = disk_.open(path, Disk::Mode::read);
  if (!file) return file.error();
  return measure(**file, prepared);
}

Outcome<void> SqliteObjects::measure(File& file, Prepared& prepared) {
  Digest md5(DigestKind::md5);
  Digest sha256(DigestKind::sha256);
  prepared.size = 0;
  auto read = read_pieces(file, [&](std::string_view piece) -> Outcome<void> {
    prepared.size += piece.size();
    md5.update(piece);
    sha256.update(piece);
    return {};
  });
  prepared.md5 = to_hex(md5.finish());
  prepared.sha256 = to_hex(sha256.finish());
  return read;
}

Outcome<SqliteObjects::Prepared> SqliteObjects::copy_range(const Content& content, ByteRange range,
                                                           const std::optional<Seal>& seal) {
  ContentSource copy;
  if (content.path.empty()) {
    copy.bytes = content.bytes.substr(range.offset, range.size);
    copy.seal = seal;
    return prepare(copy);
  }
  auto source = content.open(disk_);
  if (!source) return source.error();
  Prepared prepared;
  Digest md5(DigestKind::md5);
  Digest sha256(DigestKind::sha256);
  std::string piece;
  auto name = files_.create([&](File& target) -> Outcome<void> {
    ContentWriter writer(target, seal ? &*seal : nullptr);
    while (prepared.size < range.size) {
      piece.resize(std::min<uint64_t>(range.size - prepared.size, 1 << 20));
      auto count = (*source)->read_at(range.offset + prepared.size, piece.data(), piece.size());
      if (!count) return count.error();
      if (*count == 0) return Error{"InvalidRange", "The range lies behind the end of the source object.", 416, {}};
      piece.resize(*count);
      md5.update(piece);
      sha256.update(piece);
      if (auto added = writer.add(piece); !added) return added;
      prepared.size += piece.size();
    }
    auto envelope = writer.finish();
    if (!envelope) return envelope.error();
    prepared.content.envelope = std::move(*envelope);
    return {};
  });
  if (!name) return name.error();
  prepared.content.file = std::move(*name);
  prepared.md5 = to_hex(md5.finish());
  prepared.sha256 = to_hex(sha256.finish());
  return prepared;
}

Outcome<SqliteObjects::Prepared> SqliteObjects::prepare_shared(const ContentSource& source) {
  const ObjectVersion& shared = *source.shared;
  auto content = this->content(shared, source.shared_secret);
  if (!content) return content.error();
  if (source.range) return copy_range(*content, *source.range, source.seal);
  // What is encrypted is encrypted anew: each object under the key that was asked for.
  if (source.seal || content->is_sealed()) return copy_range(*content, {0, shared.size}, source.seal);
  Prepared prepared;
  // The ETag of a multipart upload is not its MD5, which the copy's ETag is.
  if (shared.etag.find('-') == std::string::npos) {
    prepared.md5 = shared.etag;
  } else if (content->path.empty()) {
    prepared.md5 = to_hex(digest(DigestKind::md5, content->bytes));
  } else if (auto measured = measure(content->path, prepared); !measured) {
    return measured.error();
  }
  prepared.shared = shared.content;
  prepared.size = shared.size;
  prepared.sha256 = shared.sha256;
  return prepared;
}

Outcome<void> SqliteObjects::take_anew(const ContentSource& source, Prepared& prepared) {
  auto name = files_.create([&](File& target) -> Outcome<void> {
    ContentWriter writer(target, source.seal ? &*source.seal : nullptr);
    auto add = [&](std::string_view piece) { return writer.add(piece); };
    auto added = source.file.empty() ? add(source.bytes) : read_source(source, add);
    if (!added) return added;
    auto envelope = writer.finish();
    if (!envelope) return envelope.error();
    prepared.content.envelope = std::move(*envelope);
    return {};
  });
  if (!name) return name.error();
  prepared.content.file = std::move(*name);
  if (!source.file.empty() && !source.keep_file) (void)disk_.remove(source.file);
  return {};
}

// The plain content of a source's file.
Outcome<void> SqliteObjects::read_source(const ContentSource& source, const PieceReader& reader) {
  if (source.file_key.empty()) return read_pieces(disk_, source.file, reader);
  auto sealed = disk_.open(source.file, Disk::Mode::read);
  if (!sealed) return sealed.error();
  return read_pieces(*open_sealed(std::move(*sealed), source.file_key, source.plain_bytes), reader);
}

// A file that is sealed already: under the key that was asked for it is taken as it is.
Outcome<SqliteObjects::Prepared> SqliteObjects::prepare_sealed_file(const ContentSource& source) {
  Prepared prepared;
  prepared.size = source.plain_bytes;
  prepared.md5 = to_hex(source.md5);
  prepared.sha256 = source.sha256;
  if (!source.seal || source.seal->key != source.file_key) {
    if (auto taken = take_anew(source, prepared); !taken) return taken.error();
    return prepared;
  }
  auto name = files_.take(source);
  if (!name) return name.error();
  prepared.content.file = std::move(*name);
  prepared.content.envelope = source.seal->envelope;
  prepared.content.envelope.set("sha256", Json(source.sealed_sha256));
  return prepared;
}

// Takes the content in. Done by the calling thread: hashing and syncing must not hold up the writer.
Outcome<SqliteObjects::Prepared> SqliteObjects::prepare(ContentSource& source) {
  if (!database_.accepts_writes()) return disk_full();
  if (source.shared) return prepare_shared(source);
  if (!source.file_key.empty()) return prepare_sealed_file(source);
  Prepared prepared;
  if (source.file.empty()) {
    prepared.size = source.bytes.size();
    prepared.md5 = to_hex(source.md5.empty() ? digest(DigestKind::md5, source.bytes) : source.md5);
    prepared.sha256 = source.sha256.empty() ? sha256_hex(source.bytes) : source.sha256;
  } else if (source.md5.empty() || source.sha256.empty()) {
    if (auto measured = measure(source.file, prepared); !measured) return measured.error();
  } else {
    auto file = disk_.open(source.file, Disk::Mode::read);
    if (!file) return file.error();
    auto size = (*file)->size();
    if (!size) return size.error();
    prepared.size = *size;
    prepared.md5 = to_hex(source.md5);
    prepared.sha256 = source.sha256;
  }
  if (prepared.size <= small_content_bytes_max) {
    if (source.file.empty()) {
      prepared.content.bytes = std::move(source.bytes);
    } else {
      auto bytes = disk_.read_file(source.file);
      if (!bytes) return bytes.error();
      prepared.content.bytes = std::move(*bytes);
      if (!source.keep_file) (void)disk_.remove(source.file);
    }
    if (source.seal) {
      std::tie(prepared.content.bytes, prepared.content.envelope) = sealed_bytes(*source.seal, prepared.content.bytes);
    }
    return prepared;
  }
  if (source.seal) {
    if (auto taken = take_anew(source, prepared); !taken) return taken.error();
    return prepared;
  }
  auto name = files_.take(source);
  if (!name) return name.error();
  prepared.content.file = std::move(*name);
  return prepared;
}

namespace {

// A version newer than all of its key, also when the clock stood still or went back over a restart.
int64_t next_order(const std::optional<ObjectVersion>& current, Time now) {
  return current ? std::max(now.microseconds, current->order + 1) : now.microseconds;
}

const ObjectVersion* visible(const std::optional<ObjectVersion>& current) {
  return current && !current->delete_marker ? &*current : nullptr;
}

// The version with the id "null", which a write without versioning replaces.
std::optional<ObjectVersion> find_null_version(Connection& connection, const Bucket& bucket,
                                               const std::optional<ObjectVersion>& current, std::string_view key) {
  if (!current || current->version_id == null_version) return current;
  return rows::find_version(connection, bucket.id, key, null_version);
}

}  // namespace

Outcome<ObjectVersion> SqliteObjects::write_object(Connection& connection, const Bucket& bucket,
                                                   const NewObject& object, const Prepared& prepared,
                                                   const std::string& new_id, rows::Garbage& garbage) const {
  auto current = rows::find_version(connection, bucket.id, object.key, {});
  if (object.condition) {
    if (auto met = object.condition(visible(current)); !met) return met.error();
  }
  if (prepared.shared != 0 && !rows::has_content(connection, prepared.shared)) return no_such_key(object.key);
  ObjectVersion version;
  version.bucket = bucket.name;
  version.in_versioned_bucket = bucket.versioning != Bucket::Versioning::never;
  version.key = object.key;
  version.version_id = bucket.versioning == Bucket::Versioning::enabled ? new_id : std::string(null_version);
  version.modified = clock_.now();
  version.order = next_order(current, version.modified);
  version.size = prepared.size;
  version.etag = object.etag.empty() ? prepared.md5 : object.etag;
  version.sha256 = prepared.sha256;
  version.attributes = object.attributes;
  version.tags = object.tags;
  // The use is counted before the replaced version drops its own: an object copied onto itself keeps its content.
  if (prepared.shared != 0) {
    rows::use_content(connection, prepared.shared);
    version.content = prepared.shared;
  } else {
    version.content = rows::insert_content(connection, prepared.content, prepared.size);
  }
  if (bucket.versioning != Bucket::Versioning::enabled) {
    auto replaced = find_null_version(connection, bucket, current, object.key);
    if (replaced) rows::delete_version(connection, bucket.id, *replaced, garbage);
  }
  rows::insert_version(connection, bucket.id, version);
  return version;
}

void SqliteObjects::put(NewObject object, Done<ObjectVersion> done) {
  auto prepared = prepare(object.source);
  if (!prepared) {
    done(prepared.error());
    return;
  }
  std::string taken = prepared->content.file;
  auto apply = [this, object = std::move(object), prepared = std::move(*prepared), id = new_version_id()](
                   Connection& connection, rows::Garbage& garbage) -> Outcome<ObjectVersion> {
    auto bucket = rows::find_bucket(connection, object.bucket);
    if (!bucket) return no_such_bucket(object.bucket);
    return write_object(connection, *bucket, object, prepared, id, garbage);
  };
  submit<ObjectVersion>(std::move(taken), std::move(apply), std::move(done));
}

Outcome<Removed> SqliteObjects::remove_object(Connection& connection, const Bucket& bucket, const Removal& removal,
                                              const std::string& new_id, rows::Garbage& garbage) const {
  auto current = rows::find_version(connection, bucket.id, removal.key, removal.version_id.value_or(""));
  if (removal.condition) {
    if (auto met = removal.condition(visible(current)); !met) return met.error();
  }
  if (removal.version_id) {
    if (!current) return Removed{*removal.version_id, false};
    rows::delete_version(connection, bucket.id, *current, garbage);
    return Removed{current->version_id, current->delete_marker};
  }
  if (bucket.versioning == Bucket::Versioning::never) {
    if (current) rows::delete_version(connection, bucket.id, *current, garbage);
    return Removed{};
  }
  ObjectVersion marker;
  marker.key = removal.key;
  marker.delete_marker = true;
  marker.modified = clock_.now();
  marker.order = next_order(current, marker.modified);
  marker.version_id = bucket.versioning == Bucket::Versioning::enabled ? new_id : std::string(null_version);
  if (bucket.versioning == Bucket::Versioning::suspended) {
    auto replaced = find_null_version(connection, bucket, current, removal.key);
    if (replaced) rows::delete_version(connection, bucket.id, *replaced, garbage);
  }
  rows::insert_version(connection, bucket.id, marker);
  return Removed{marker.version_id, true};
}

void SqliteObjects::remove(std::string bucket, std::vector<Removal> removals,
                           Done<std::vector<Outcome<Removed>>> done) {
  std::vector<std::string> ids;
  for (size_t i = 0; i < removals.size(); ++i) ids.push_back(new_version_id());
  auto apply = [this, name = std::move(bucket), removals = std::move(removals), ids = std::move(ids)](
                   Connection& connection, rows::Garbage& garbage) -> Outcome<std::vector<Outcome<Removed>>> {
    auto found = rows::find_bucket(connection, name);
    if (!found) return no_such_bucket(name);
    std::vector<Outcome<Removed>> removed;
    for (size_t i = 0; i < removals.size(); ++i) {
      removed.push_back(remove_object(connection, *found, removals[i], ids[i], garbage));
    }
    return removed;
  };
  submit<std::vector<Outcome<Removed>>>({}, std::move(apply), std::move(done));
}

void SqliteObjects::edit(std::string bucket, std::string key, std::string version_id,
                         std::function<Outcome<void>(ObjectVersion&)> edit, Done<ObjectVersion> done) {
  auto apply = [bucket = std::move(bucket), key = std::move(key), id = std::move(version_id), edit = std::move(edit)](
                   Connection& connection, rows::Garbage&) -> Outcome<ObjectVersion> {
    auto found = find_in(connection, bucket, key, id);
    if (!found) return found;
    if (auto edited = edit(*found); !edited) return edited.error();
    rows::update_version(connection, rows::find_bucket_key(connection, bucket).id, *found);
    return found;
  };
  submit<ObjectVersion>({}, std::move(apply), std::move(done));
}

}  // namespace penstock::store
