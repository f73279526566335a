// Objects: S3's buckets, object versions and multipart uploads at rest.
//
// Where content lies: up to `small_content_bytes_max` inside the database, so that many small PUTs share one commit;
// larger content as a file DATA/objects/xx/<name>, written once and never changed. Versions share content: a copy costs
// one row. How a write stays whole: the file gets its final name first and a second link DATA/objects/incoming/<name>;
// then the row is committed; then the second link goes. After a crash, open() looks only at incoming/: what no row
// names is removed. Content that no version names any more is noted for removal in the commit that dropped the last
// name, and removed when nobody reads it (Content::pin). How writes are decided: every check (bucket there? condition
// true? part still there?) runs on the database's writer thread, in the transaction that also writes: no locks, and no
// other write can come between.
//
// Error codes are S3's own ("NoSuchBucket", "NoSuchKey", "BucketNotEmpty", "NoSuchUpload", ...), or DiskFull,
// DiskError.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/outcome.h"
#include "base/random.h"
#include "base/time.h"
#include "store/database.h"
#include "store/sealed_content.h"

namespace penstock::store {

// A larger content is a file: the same bound as for bodies that arrive in one.
inline constexpr size_t small_content_bytes_max = limits::body_spool_threshold_bytes;

// Called once, on the database's writer thread, when the write is durable or refused; must be quick.
template <class T>
using Done = std::function<void(Outcome<T>)>;

struct Bucket {
  enum class Versioning { never, enabled, suspended };
  int64_t id = 0;
  std::string name;
  std::string region;
  std::string account;  // the owner, 12 digits
  Time created;
  Versioning versioning = Versioning::never;
  Json settings = Json::object();  // what the front end keeps: policy, tags, encryption, ... by name
};

// One version of an object, or a delete marker.
struct ObjectVersion {
  std::string bucket;
  std::string key;
  std::string version_id;  // "null" for the version written while versioning was not enabled
  int64_t order = 0;       // greater = newer, among the versions of one key
  bool delete_marker = false;
  bool latest = true;
  bool in_versioned_bucket = false;  // its bucket is versioned or was once: clients are told version ids
  Time modified;
  uint64_t size = 0;                 // bytes
  std::string etag;                  // without quotes: MD5 in hex, or md5-of-md5s-N of a multipart upload
  std::string sha256;                // of the content, hex
  int64_t content = 0;               // row of the content; 0 = none
  Json attributes = Json::object();  // the front end's: headers, metadata, checksums, encryption, parts
  Json tags = Json::object();        // tag name -> value
};

// The content of a version, ready to read: `path` names a complete, immutable file, or, when it is empty, `bytes` holds
// everything. The file stays while `pin` lives; a hard link or an open descriptor keeps it longer.
struct Content {
  std::string bytes;
  std::string path;
  std::shared_ptr<const void> pin = {};
  uint64_t size = 0;     // bytes, of the plain content
  std::string key = {};  // the file is sealed with this key (store/sealed_content.h): read it by `open`

  bool is_sealed() const { return !key.empty(); }
  // The file as its plain content. `path` must not be empty.
  Outcome<std::unique_ptr<File>> open(Disk& disk) const;
  // All bytes, wherever they are.
  Outcome<std::string> read_all(Disk& disk) const;
};

// Finds the data key of a sealed content by the envelope that was given with it, and, where the envelope asks for one,
// by the secret that the reader brings. Errors are for the client.
using KeyOpener = std::function<Outcome<std::string>(const Json& envelope, std::string_view secret)>;

struct OpenedVersion {
  ObjectVersion version;
  Content content;
};

// Decides a conditional write: sees the current version (nullptr: none, or a delete marker), returns the error to
// refuse.
using Condition = std::function<Outcome<void>(const ObjectVersion* current)>;

struct ByteRange {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// What new content is made of: exactly one of bytes, file and shared.
struct ContentSource {
  std::string bytes;
  std::string file;                     // path on the data directory's file system (elsewhere: it is copied)
  bool keep_file = false;               // hard-link it instead of moving it: nobody may write to it any more
  bool file_is_synced = false;          // else it is synced here
  std::string file_key;                 // `file` lies sealed (sealed_content.h) under it; empty: plain ...
  std::string sealed_sha256;            // ... then hex, of its bytes ...
  uint64_t plain_bytes = 0;             // ... and the size of its content; md5 and sha256 are given, too
  std::optional<ObjectVersion> shared;  // same content as this version (NoSuchKey when that is gone meanwhile) ...
  std::optional<ByteRange> range;       // ... or these of its bytes, which are copied: call it from a worker
  std::string md5;                      // raw; computed when empty
  std::string sha256;                   // hex; computed when empty
  std::optional<Seal> seal;             // the content is encrypted at rest
  std::string shared_secret;            // opens `shared`
};

struct NewObject {
  std::string bucket;
  std::string key;
  ContentSource source;
  std::string etag;  // empty: the content's MD5 in hex
  Json attributes = Json::object();
  Json tags = Json::object();
  Condition condition;
};

struct Removal {
  std::string key;
  std::optional<std::string> version_id;  // none: the object, which leaves a delete marker in a versioned bucket
  Condition condition;
};

struct Removed {
  std::string version_id;      // of the removed version or of the new marker; empty in a bucket never versioned
  bool delete_marker = false;  // a marker was made, or the removed version was one
};

struct ListQuery {
  std::string bucket;
  std::string prefix;
  std::string delimiter;      // empty: none
  std::string after;          // keys (and common prefixes) greater than this only
  std::string after_version;  // of versions: with key `after`, continue behind this version
  size_t count = 1'000;       // objects and common prefixes together
  bool versions = false;      // every version and marker, else the current objects
};

struct ListPage {
  std::vector<ObjectVersion> objects;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_after;          // for the next page's `after` ...
  std::string next_after_version;  // ... and `after_version`
};

struct Upload {
  std::string bucket;
  std::string key;
  std::string id;
  Time created;
  Json attributes = Json::object();
  Json tags = Json::object();
};

struct Part {
  int number = 0;
  uint64_t size = 0;
  std::string etag;    // MD5 in hex
  std::string sha256;  // hex
  Time modified;
  int64_t content = 0;
  Json attributes = Json::object();  // checksums
};

struct UploadQuery {
  std::string bucket;
  std::string prefix;
  std::string delimiter;
  std::string after_key;
  std::string after_id;  // with after_key: uploads of that key with greater ids too
  size_t count = 1'000;
};

struct UploadPage {
  std::vector<Upload> uploads;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_after_key;
  std::string next_after_id;
};

class Objects {
 public:
  virtual ~Objects() = default;
  // Creates DATA/objects when absent and settles what a crash left behind.
  static Outcome<std::unique_ptr<Objects>> open(Database& database, Disk& disk, const Clock& clock, Random& random,
                                                const std::string& data, KeyOpener keys = {});

  // Reads see all that is durable; quick enough for an I/O thread.
  virtual Outcome<Bucket> bucket(std::string_view name) = 0;  // NoSuchBucket
  virtual std::vector<Bucket> buckets() = 0;                  // by name
  // The current object (a delete marker is NoSuchKey) ...
  virtual Outcome<ObjectVersion> find(std::string_view bucket, std::string_view key) = 0;
  // ... or any version, also a marker; an empty id means the latest. NoSuchVersion.
  virtual Outcome<ObjectVersion> version(std::string_view bucket, std::string_view key, std::string_view id) = 0;
  // The version together with its content, from one snapshot (markers have none). An encrypted content whose key
  // does not open it gives the opener's error.
  virtual Outcome<OpenedVersion> open_version(std::string_view bucket, std::string_view key, std::string_view id,
                                              std::string_view secret = {}) = 0;
  virtual Outcome<Content> content(const ObjectVersion& version, std::string_view secret = {}) = 0;
  virtual Outcome<ListPage> list(const ListQuery& query) = 0;
  virtual Outcome<Upload> upload(std::string_view bucket, std::string_view key,
                                 std::string_view id) = 0;  // NoSuchUpload
  virtual Outcome<std::vector<Part>> parts(const Upload& upload, int after, size_t count) = 0;
  virtual Outcome<UploadPage> uploads(const UploadQuery& query) = 0;

  // Makes `path` a file with the version's content: a hard link where the content is a file (so: only ever read it),
  // else, and for what is encrypted, a new file. The folder must exist, `path` must not.
  virtual Outcome<void> place(const ObjectVersion& version, const std::string& path) = 0;

  // Writes. `done` is called when the write is durable or refused.
  virtual void create_bucket(Bucket bucket, Done<Bucket> done) = 0;   // BucketAlreadyOwnedByYou, BucketAlreadyExists
  virtual void delete_bucket(std::string name, Done<void> done) = 0;  // BucketNotEmpty
  virtual void edit_bucket(std::string name, std::function<Outcome<void>(Bucket&)> edit, Done<Bucket> done) = 0;
  // A source file is taken at once, by the calling thread. The version's id is "null" unless the bucket is versioned.
  virtual void put(NewObject object, Done<ObjectVersion> done) = 0;
  // All in one commit; one answer for each, in order.
  virtual void remove(std::string bucket, std::vector<Removal> removals, Done<std::vector<Outcome<Removed>>> done) = 0;
  // Edits tags and attributes of a version (an empty id: the latest).
  virtual void edit(std::string bucket, std::string key, std::string version_id,
                    std::function<Outcome<void>(ObjectVersion&)> edit, Done<ObjectVersion> done) = 0;
  virtual void create_upload(Upload upload, Done<Upload> done) = 0;  // makes the id
  virtual void put_part(Upload upload, int number, ContentSource source, Json attributes, Done<Part> done) = 0;
  virtual void abort_upload(std::string bucket, std::string key, std::string id, Done<void> done) = 0;
  // Joins `parts` (as read by parts(); InvalidPart when one was replaced meanwhile) into object.key and ends the
  // upload. Of object.source only the seal counts. Copies the parts' bytes unless there is only one: call it from a
  // worker.
  virtual void complete_upload(Upload upload, std::vector<Part> parts, NewObject object, Done<ObjectVersion> done) = 0;

  // The same, waiting until durable: for jobs and tests, never on an I/O thread.
  Outcome<Bucket> create_bucket(Bucket bucket);
  Outcome<ObjectVersion> put(NewObject object);
  Outcome<Removed> remove(std::string bucket, Removal removal);

  // Reads every content and compares it with its digest, and every file with the rows that name it; one line of text
  // for each problem found ("objects/ab/...: content differs from its SHA-256, object s3://bucket/key").
  virtual std::vector<std::string> check() = 0;
};

}  // namespace penstock::store
