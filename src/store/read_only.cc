// The store for looking only: what doctor and other commands use beside a running server.
#include <fmt/format.h>

#include "base/assert.h"
#include "store/database.h"
#include "store/reader_pool.h"
#include "store/schema.h"
#include "store/sqlite.h"

namespace penstock::store {

namespace {

class ReadOnlyDatabase final : public Database {
 public:
  ReadOnlyDatabase(Disk& disk, std::string file) : disk_(disk), file_(std::move(file)), readers_(file_) {}

  Sequence write(std::function<void(Connection&)>) override {
    PENSTOCK_ASSERT(!"a store opened for looking is not written");
    return 0;
  }
  Sequence last_written() const override { return 0; }
  Sequence last_durable() const override { return 0; }
  Outcome<void> wait_durable(Sequence) override { return {}; }
  void when_durable(Sequence, std::function<void(Outcome<void>)> done) override { done({}); }
  void read(const std::function<void(Connection&)>& use) override { readers_.read(use); }
  bool accepts_writes() const override { return false; }
  Outcome<void> backup(const std::string& file) override { return backup_store(disk_, file_, file); }

 private:
  Disk& disk_;
  std::string file_;
  ReaderPool readers_;
};

}  // namespace

Outcome<std::unique_ptr<Database>> Database::open_read_only(Disk& disk, const std::string& folder) {
  std::string file = folder + "/penstock.db";
  if (!disk.exists(file)) {
    return Error{"NoSuchStore",
                 fmt::format("there is no store {}. Name the server's data directory with --data", file),
                 400,
                 {}};
  }
  try {
    Connection connection(internal::open_handle(file, SQLITE_OPEN_READONLY));
    if (Outcome<void> ours = check_identity(connection, file); !ours) return ours.error();
    if (int64_t version = schema_version(connection); version < migrations().back().version) {
      return Error{"StoreOlder",
                   fmt::format("{} has schema {}, this Penstock works with {}. Start `penstock serve` once: it brings "
                               "the store up to date",
                               file, version, migrations().back().version),
                   400,
                   {}};
    }
    return std::unique_ptr<Database>(std::make_unique<ReadOnlyDatabase>(disk, file));
  } catch (const internal::SqliteFailure& failure) {
    return internal::to_error(failure, file);
  }
}

}  // namespace penstock::store
