// SqliteObjects: Objects over Database (rows) and ObjectFiles (large contents).
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "store/objects.h"
#include "store/objects_files.h"
#include "store/objects_rows.h"

namespace penstock::store {

class SqliteObjects final : public Objects {
 public:
  SqliteObjects(Database& database, Disk& disk, const Clock& clock, Random& random, const std::string& data,
                KeyOpener keys);
  ~SqliteObjects() override;  // waits for its writes

  // Settles what a crash left: files that no row names are removed.
  Outcome<void> recover();

  Outcome<Bucket> bucket(std::string_view name) override;
  std::vector<Bucket> buckets() override;
  Outcome<ObjectVersion> find(std::string_view bucket, std::string_view key) override;
  Outcome<ObjectVersion> version(std::string_view bucket, std::string_view key, std::string_view id) override;
  Outcome<OpenedVersion> open_version(std::string_view bucket, std::string_view key, std::string_view id,
                                      std::string_view secret) override;
  Outcome<Content> content(const ObjectVersion& version, std::string_view secret) override;
  Outcome<ListPage> list(const ListQuery& query) override;
  Outcome<Upload> upload(std::string_view bucket, std::string_view key, std::string_view id) override;
  Outcome<std::vector<Part>> parts(const Upload& upload, int after, size_t count) override;
  Outcome<UploadPage> uploads(const UploadQuery& query) override;
  Outcome<void> place(const ObjectVersion& version, const std::string& path) override;

  using Objects::create_bucket;
  using Objects::put;
  using Objects::remove;
  void create_bucket(Bucket bucket, Done<Bucket> done) override;
  void delete_bucket(std::string name, Done<void> done) override;
  void edit_bucket(std::string name, std::function<Outcome<void>(Bucket&)> edit, Done<Bucket> done) override;
  void put(NewObject object, Done<ObjectVersion> done) override;
  void remove(std::string bucket, std::vector<Removal> removals, Done<std::vector<Outcome<Removed>>> done) override;
  void edit(std::string bucket, std::string key, std::string version_id,
            std::function<Outcome<void>(ObjectVersion&)> edit, Done<ObjectVersion> done) override;
  void create_upload(Upload upload, Done<Upload> done) override;
  void put_part(Upload upload, int number, ContentSource source, Json attributes, Done<Part> done) override;
  void abort_upload(std::string bucket, std::string key, std::string id, Done<void> done) override;
  void complete_upload(Upload upload, std::vector<Part> parts, NewObject object, Done<ObjectVersion> done) override;

  std::vector<std::string> check() override;

 private:
  // A content taken in and measured, or one shared with an existing version.
  struct Prepared {
    rows::StoredContent content;
    int64_t shared = 0;  // row of an existing content
    uint64_t size = 0;
    std::string md5;     // hex
    std::string sha256;  // hex
  };

  // Runs `apply` on the writer thread; it returns an error only before it has written anything. When that is durable
  // (or refused), clears up and calls `done`. `taken` is the new file that `apply` gives a row, or empty.
  template <class T>
  void submit(std::string taken, std::function<Outcome<T>(Connection&, rows::Garbage&)> apply, Done<T> done);
  Outcome<Prepared> prepare(ContentSource& source);
  Outcome<void> measure(const std::string& path, Prepared& prepared);
  Outcome<void> measure(File& file, Prepared& prepared);
  Outcome<Prepared> prepare_shared(const ContentSource& source);
  Outcome<Prepared> copy_range(const Content& content, ByteRange range, const std::optional<Seal>& seal);
  Outcome<Prepared> prepare_sealed_file(const ContentSource& source);
  Outcome<void> read_source(const ContentSource& source, const PieceReader& reader);
  // Writes a source's content into a file of the store, sealed if its seal says so.
  Outcome<void> take_anew(const ContentSource& source, Prepared& prepared);
  Outcome<void> append_part(File& file, const Content& part, uint64_t size, Digest& sha256);
  Outcome<Prepared> join(const std::vector<Part>& parts, const std::optional<Seal>& seal);
  Outcome<void> join_sealed(const std::vector<Content>& parts, const std::optional<Seal>& seal, Prepared& prepared);
  Outcome<Content> content_of(int64_t id, std::string_view secret = {});
  // Finds the key of a sealed content, and opens it when it is in memory.
  Outcome<void> unlock(const Json& envelope, std::string_view secret, Content& content) const;
  Outcome<ObjectVersion> write_object(Connection& connection, const Bucket& bucket, const NewObject& object,
                                      const Prepared& prepared, const std::string& new_id,
                                      rows::Garbage& garbage) const;
  Outcome<Removed> remove_object(Connection& connection, const Bucket& bucket, const Removal& removal,
                                 const std::string& new_id, rows::Garbage& garbage) const;
  std::string new_version_id();
  void begin_write();
  void end_write();

  Database& database_;
  Disk& disk_;
  const Clock& clock_;
  Random& random_;
  KeyOpener keys_;
  std::mutex pending_mutex_;
  std::condition_variable pending_changed_;
  size_t pending_ = 0;  // writes whose `done` was not called yet
  ObjectFiles files_;
};

// What a key or bucket that is not there is answered with.
Error no_such_bucket(std::string_view bucket);
Error no_such_key(std::string_view key);
Error no_such_version(std::string_view key, std::string_view id);
Error no_such_upload(std::string_view id);

template <class T>
void SqliteObjects::submit(std::string taken, std::function<Outcome<T>(Connection&, rows::Garbage&)> apply,
                           Done<T> done) {
  struct Written {
    std::optional<Outcome<T>> outcome;
    rows::Garbage garbage;
  };
  begin_write();
  auto written = std::make_shared<Written>();
  Sequence sequence = database_.write([written, apply = std::move(apply)](Connection& connection) {
    written->garbage.clear();
    written->outcome.emplace(apply(connection, written->garbage));
  });
  auto finish = [this, written, taken = std::move(taken), done = std::move(done)](Outcome<void> durable) {
    if (!durable) {
      // The write stays queued: its file stays too, and the next start settles it.
      done(Outcome<T>(durable.error()));
    } else {
      if (!taken.empty() && written->outcome->ok()) files_.settle(taken);
      if (!taken.empty() && !written->outcome->ok()) written->garbage.push_back(taken);
      files_.doom(std::move(written->garbage));
      done(std::move(*written->outcome));
    }
    end_write();
  };
  database_.when_durable(sequence, std::move(finish));
}

}  // namespace penstock::store
