// Multipart uploads of SqliteObjects.
#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/encoding.h"
#include "store/objects_listing.h"
#include "store/objects_sqlite.h"

namespace penstock::store {

namespace {

Error part_changed() {
  return Error{"InvalidPart",
               "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
               "specified entity tag may not match the part's entity tag.",
               400,
               {}};
}

bool are_parts_still_there(Connection& connection, const std::string& upload, const std::vector<Part>& parts) {
  std::vector<Part> stored = rows::find_parts(connection, upload, 0, SIZE_MAX);
  auto next = stored.begin();
  for (const Part& part : parts) {
    while (next != stored.end() && next->number < part.number) ++next;
    if (next == stored.end() || next->number != part.number || next->content != part.content) return false;
  }
  return true;
}

}  // namespace

Outcome<Upload> SqliteObjects::upload(std::string_view bucket, std::string_view key, std::string_view id) {
  std::optional<Upload> found;
  bool has_bucket = false;
  database_.read([&](Connection& connection) {
    int64_t bucket_id = rows::find_bucket_key(connection, bucket).id;
    has_bucket = bucket_id != 0;
    if (has_bucket) found = rows::find_upload(connection, bucket_id, key, id);
  });
  if (!has_bucket) return no_such_bucket(bucket);
  if (!found) return no_such_upload(id);
  found->bucket = bucket;
  return std::move(*found);
}

Outcome<std::vector<Part>> SqliteObjects::parts(const Upload& upload, int after, size_t count) {
  std::vector<Part> found;
  database_.read([&](Connection& connection) { found = rows::find_parts(connection, upload.id, after, count); });
  return found;
}

Outcome<UploadPage> SqliteObjects::uploads(const UploadQuery& query) {
  std::optional<UploadPage> page;
  database_.read([&](Connection& connection) {
    if (auto bucket = rows::find_bucket(connection, query.bucket)) page = list_uploads(connection, *bucket, query);
  });
  if (!page) return no_such_bucket(query.bucket);
  return std::move(*page);
}

void SqliteObjects::create_upload(Upload upload, Done<Upload> done) {
  upload.created = clock_.now();
  upload.id = random_.text(64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._");
  auto apply = [upload = std::move(upload)](Connection& connection, rows::Garbage&) -> Outcome<Upload> {
    int64_t bucket = rows::find_bucket_key(connection, upload.bucket).id;
    if (bucket == 0) return no_such_bucket(upload.bucket);
    rows::insert_upload(connection, bucket, upload);
    return upload;
  };
  submit<Upload>({}, std::move(apply), std::move(done));
}

void SqliteObjects::put_part(Upload upload, int number, ContentSource source, Json attributes, Done<Part> done) {
  auto prepared = prepare(source);
  if (!prepared) {
    done(prepared.error());
    return;
  }
  Part part;
  part.number = number;
  part.size = prepared->size;
  part.etag = prepared->md5;
  part.sha256 = prepared->sha256;
  part.modified = clock_.now();
  part.attributes = std::move(attributes);
  std::string taken = prepared->content.file;
  auto apply = [upload = std::move(upload), part = std::move(part), prepared = std::move(*prepared)](
                   Connection& connection, rows::Garbage& garbage) -> Outcome<Part> {
    int64_t bucket = rows::find_bucket_key(connection, upload.bucket).id;
    if (bucket == 0) return no_such_bucket(upload.bucket);
    if (!rows::find_upload(connection, bucket, upload.key, upload.id)) return no_such_upload(upload.id);
    if (prepared.shared != 0 && !rows::has_content(connection, prepared.shared)) return no_such_key(upload.key);
    Part written = part;
    if (prepared.shared != 0) {
      rows::use_content(connection, prepared.shared);
      written.content = prepared.shared;
    } else {
      written.content = rows::insert_content(connection, prepared.content, prepared.size);
    }
    rows::put_part(connection, upload.id, written, garbage);
    return written;
  };
  submit<Part>(std::move(taken), std::move(apply), std::move(done));
}

void SqliteObjects::abort_upload(std::string bucket, std::string key, std::string id, Done<void> done) {
  auto apply = [bucket = std::move(bucket), key = std::move(key), id = std::move(id)](
                   Connection& connection, rows::Garbage& garbage) -> Outcome<void> {
    int64_t bucket_id = rows::find_bucket_key(connection, bucket).id;
    if (bucket_id == 0) return no_such_bucket(bucket);
    auto upload = rows::find_upload(connection, bucket_id, key, id);
    if (!upload) return no_such_upload(id);
    rows::delete_upload(connection, bucket_id, *upload, garbage);
    return {};
  };
  submit<void>({}, std::move(apply), std::move(done));
}

// Appends a part to `file`, of which `size` bytes are there. Its bytes are read for their digest only.
Outcome<void> SqliteObjects::append_part(File& file, const Content& part, uint64_t size, Digest& sha256) {
  if (part.path.empty()) {
    sha256.update(part.bytes);
    return file.append(part.bytes);
  }
  auto source = disk_.open(part.path, Disk::Mode::read);
  if (!source) return source.error();
  auto length = (*source)->size();
  if (!length) return length.error();
  auto appended = file.append_from(**source, 0, *length);
  if (!appended) return appended.error();
  if (*appended != *length) return part_changed();
  file.begin_sync(size, *length);
  return read_pieces(disk_, part.path, [&](std::string_view piece) -> Outcome<void> {
    sha256.update(piece);
    return {};
  });
}

// One part becomes the object as it is; several are written one behind the other into a new file.
Outcome<SqliteObjects::Prepared> SqliteObjects::join(const std::vector<Part>& parts, const std::optional<Seal>& seal) {
  Prepared prepared;
  if (parts.size() == 1 && !seal) {
    prepared.shared = parts.front().content;
    prepared.size = parts.front().size;
    prepared.sha256 = parts.front().sha256;
    return prepared;
  }
  if (!database_.accepts_writes()) return Error{"DiskFull", "The disk that holds the objects is full.", 503, {}};
  std::vector<Content> contents;
  for (const Part& part : parts) {
    auto content = content_of(part.content);
    if (!content && content.error().code != "NoSuchKey") return content.error();
    if (!content) return part_changed();
    contents.push_back(std::move(*content));
  }
  if (seal || std::ranges::any_of(contents, &Content::is_sealed)) {
    if (auto joined = join_sealed(contents, seal, prepared); !joined) return joined.error();
    return prepared;
  }
  Digest sha256(DigestKind::sha256);
  auto name = files_.create([&](File& file) -> Outcome<void> {
    for (const Content& content : contents) {
      if (auto appended = append_part(file, content, prepared.size, sha256); !appended) return appended;
      prepared.size += content.size;
    }
    return {};
  });
  if (!name) return name.error();
  prepared.content.file = std::move(*name);
  prepared.sha256 = to_hex(sha256.finish());
  return prepared;
}

// Reads every part as its plain content, and writes them sealed again.
Outcome<void> SqliteObjects::join_sealed(const std::vector<Content>& parts, const std::optional<Seal>& seal,
                                         Prepared& prepared) {
  Digest sha256(DigestKind::sha256);
  auto name = files_.create([&](File& file) -> Outcome<void> {
    ContentWriter writer(file, seal ? &*seal : nullptr);
    auto add = [&](std::string_view piece) {
      sha256.update(piece);
      prepared.size += piece.size();
      return writer.add(piece);
    };
    for (const Content& part : parts) {
      if (part.path.empty()) {
        if (auto added = add(part.bytes); !added) return added;
        continue;
      }
      auto source = part.open(disk_);
      if (!source) return source.error();
      if (auto added = read_pieces(**source, add); !added) return added;
    }
    auto envelope = writer.finish();
    if (!envelope) return envelope.error();
    prepared.content.envelope = std::move(*envelope);
    return {};
  });
  if (!name) return name.error();
  prepared.content.file = std::move(*name);
  prepared.sha256 = to_hex(sha256.finish());
  return {};
}

void SqliteObjects::complete_upload(Upload upload, std::vector<Part> parts, NewObject object,
                                    Done<ObjectVersion> done) {
  auto prepared = join(parts, object.source.seal);
  if (!prepared) {
    done(prepared.error());
    return;
  }
  std::string taken = prepared->content.file;
  auto apply = [this, upload = std::move(upload), parts = std::move(parts), object = std::move(object),
                prepared = std::move(*prepared),
                id = new_version_id()](Connection& connection, rows::Garbage& garbage) -> Outcome<ObjectVersion> {
    auto bucket = rows::find_bucket(connection, upload.bucket);
    if (!bucket) return no_such_bucket(upload.bucket);
    if (!rows::find_upload(connection, bucket->id, upload.key, upload.id)) return no_such_upload(upload.id);
    if (!are_parts_still_there(connection, upload.id, parts)) return part_changed();
    auto written = write_object(connection, *bucket, object, prepared, id, garbage);
    if (written.ok()) rows::delete_upload(connection, bucket->id, upload, garbage);
    return written;
  };
  submit<ObjectVersion>(std::move(taken), std::move(apply), std::move(done));
}

}  // namespace penstock::store
