// Database: the journal and index in one: SQLite (WAL, synchronous=FULL) behind one writer thread with group commit.
//
// A caller hands the writer a function of the connection; the writer runs the functions of all callers in order and
// commits them together. Order is kept: what is durable is always a prefix of what was written. An answer leaves only
// after the sequence it depends on is durable (the HTTP server waits for it; see aws/context.h).
// Repositories (Records, Journal, Objects, LogLines, MetricPoints) are the interfaces other floors use; each has a
// SQLite implementation over this class, and PostgreSQL will be a second one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/disk.h"
#include "base/limits.h"
#include "base/outcome.h"

struct sqlite3;
struct sqlite3_stmt;

namespace penstock::store {

using Sequence = uint64_t;  // position of a write in the writer's order; 0 = before all

// A prepared statement in use; reset when it goes out of scope. Parameters are numbered from 1, columns from 0.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();
  Statement& bind(int index, int64_t value);
  Statement& bind(int index, double value);
  Statement& bind(int index, std::string_view text);  // TEXT; must outlive the statement's use
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_null(int index);
  bool step();  // true while there is a row; throws internal::SqliteFailure, caught by Database only
  int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;  // also blobs; valid until the next step
  bool is_null(int column) const;

 private:
  sqlite3_stmt* statement_;
};

// One SQLite connection with its cache of prepared statements; used by one thread at a time.
class Connection {
 public:
  explicit Connection(sqlite3* handle);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  // `sql` must be a string literal (its address is the cache key).
  Statement prepare(const char* sql);
  void execute(const char* sql);
  int64_t changes() const;
  int64_t last_insert_rowid() const;
  sqlite3* handle() { return handle_; }

 private:
  struct Cache;
  sqlite3* handle_;
  std::unique_ptr<Cache> cache_;
};

class Database {
 public:
  struct Options {
    bool synchronous_full = true;                            // tests of speed only may switch it off
    uint64_t free_bytes_min = limits::store_free_bytes_min;  // accepts_writes() below it is false
  };
  // Opens or creates `folder`/penstock.db, locks the folder against a second process, checks the file and its schema
  // version, migrates an older one. Errors (never overwriting anything): StoreLocked, StoreCorrupt, StoreNewer,
  // DiskError.
  static Outcome<std::unique_ptr<Database>> open(Disk& disk, const std::string& folder, Options options);
  // An existing store for looking only, also beside the process that runs it: nothing is locked, migrated or written,
  // and `write` breaks an invariant. Errors: NoSuchStore, StoreCorrupt, StoreNewer, StoreOlder, DiskError.
  static Outcome<std::unique_ptr<Database>> open_read_only(Disk& disk, const std::string& folder);
  virtual ~Database() = default;

  // Queues `apply`; it runs on the writer thread inside the group's transaction and must not fail but for a full disk.
  // It runs again when the disk refused the group, so it changes nothing but the store.
  virtual Sequence write(std::function<void(Connection&)> apply) = 0;
  virtual Sequence last_written() const = 0;
  virtual Sequence last_durable() const = 0;
  // Blocks until `sequence` is durable; DiskFull when the disk refuses (the write stays queued and is tried again).
  virtual Outcome<void> wait_durable(Sequence sequence) = 0;
  // Calls `done` once, on the writer thread or at once, when it is durable or refused.
  virtual void when_durable(Sequence sequence, std::function<void(Outcome<void>)> done) = 0;
  // Runs `read` on a pooled read-only connection that sees all that is durable, as one snapshot. Not to be nested.
  virtual void read(const std::function<void(Connection&)>& read) = 0;
  // False while free space is below the reserve, the last commit was refused, or too much waits to be written: front
  // ends then refuse writes with their service's error. `write` itself never waits: its callers hold locks that the
  // writer's callbacks take. Costs a few loads.
  virtual bool accepts_writes() const = 0;
  // A consistent copy of the running store into `file`, which must not exist.
  virtual Outcome<void> backup(const std::string& file) = 0;
};

// Copies the store in `store_file` (running or not, of any process) into the new `file`: one consistent moment of it.
// Errors: FileExists, NoSuchStore, StoreCorrupt, DiskFull, DiskError.
Outcome<void> backup_store(Disk& disk, const std::string& store_file, const std::string& file);

}  // namespace penstock::store
