#include "store/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "store/reader_pool.h"
#include "store/schema.h"
#include "store/sqlite.h"

namespace penstock::store {

namespace {

using internal::SqliteFailure;
using Apply = std::function<void(Connection&)>;
using Done = std::function<void(Outcome<void>)>;

constexpr int64_t page_size = 8'192;
constexpr std::string_view sqlite_magic{"SQLite format 3\0", 16};

// Copies the write-ahead log back into the file on a thread of its own, so that the writer seldom stops for it.
class Checkpointer {
 public:
  explicit Checkpointer(sqlite3* handle) : connection_(handle), thread_([this] { run(); }) {}

  ~Checkpointer() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void ask() {
    {
      std::lock_guard lock(mutex_);
      if (asked_) return;
      asked_ = true;
    }
    wake_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return asked_ || stopping_; });
      if (stopping_) return;
      lock.unlock();
      // A failure (full disk, busy) leaves everything in the log, where it is durable too: the next time will do.
      sqlite3_wal_checkpoint_v2(connection_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
      lock.lock();
      asked_ = false;
    }
  }

  Connection connection_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool asked_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(Disk& disk, std::string folder, Options options, std::unique_ptr<FileLock> lock,
                 std::unique_ptr<Connection> writer, sqlite3* checkpointer)
      : disk_(disk),
        folder_(std::move(folder)),
        file_(folder_ + "/penstock.db"),
        options_(options),
        lock_(std::move(lock)),
        writer_(std::move(writer)),
        readers_(file_),
        checkpointer_(checkpointer) {
    sqlite3_wal_hook(
        writer_->handle(),
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<SqliteDatabase*>(self)->wal_pages_ = pages;
          return SQLITE_OK;
        },
        this);
    look_at_free_space();
    thread_ = std::thread([this] { run_writer(); });
  }

  ~SqliteDatabase() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  Sequence write(Apply apply) override;
  Sequence last_written() const override { return last_written_.load(std::memory_order_acquire); }
  Sequence last_durable() const override { return last_durable_.load(std::memory_order_acquire); }
  Outcome<void> wait_durable(Sequence sequence) override;
  void when_durable(Sequence sequence, Done done) override;
  void read(const std::function<void(Connection&)>& use) override { readers_.read(use); }
  bool accepts_writes() const override {
    return enough_space_ && !refused_ && last_written() - last_durable() < limits::store_queue_max;
  }
  Outcome<void> backup(const std::string& file) override;

 private:
  struct Waiter {
    Sequence sequence;
    Done done;
  };

  void run_writer();
  bool take_group(std::vector<Apply>& group);
  bool commit_until_durable(std::span<Apply> group);
  Outcome<void> try_commit(std::span<Apply> group);
  void now_durable(size_t count);
  void now_refused(const Error& error);
  void look_at_free_space();
  void checkpoint_if_long();

  Disk& disk_;
  std::string folder_;
  std::string file_;
  Options options_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Connection> writer_;
  ReaderPool readers_;
  Checkpointer checkpointer_;
  int wal_pages_ = 0;  // writer thread only

  std::mutex mutex_;
  std::condition_variable wake_;  // the writer: there is work
  std::vector<Apply> queue_;
  std::deque<Waiter> waiters_;  // by sequence
  std::optional<Error> last_refusal_;
  bool writer_sleeps_ = false;
  bool stopping_ = false;
  std::atomic<Sequence> last_written_{0};
  std::atomic<Sequence> last_durable_{0};
  std::atomic<bool> refused_{false};
  std::atomic<bool> enough_space_{true};
  std::thread thread_;  // last: it uses the others
};

Sequence SqliteDatabase::write(Apply apply) {
  std::unique_lock lock(mutex_);
  queue_.push_back(std::move(apply));
  Sequence sequence = last_written_.load(std::memory_order_relaxed) + 1;
  last_written_.store(sequence, std::memory_order_release);
  bool notify = std::exchange(writer_sleeps_, false);
  lock.unlock();
  if (notify) wake_.notify_one();
  return sequence;
}

Outcome<void> SqliteDatabase::wait_durable(Sequence sequence) {
  if (sequence <= last_durable()) return {};
  PENSTOCK_ASSERT(std::this_thread::get_id() != thread_.get_id());  // it would wait for itself
  std::mutex mutex;
  std::condition_variable known;
  std::optional<Outcome<void>> result;
  when_durable(sequence, [&](Outcome<void> outcome) {
    std::lock_guard lock(mutex);
    result = std::move(outcome);
    known.notify_one();  // under the lock: the waiter's stack frame may be gone right after it
  });
  std::unique_lock lock(mutex);
  known.wait(lock, [&] { return result.has_value(); });
  return *result;
}

void SqliteDatabase::when_durable(Sequence sequence, Done done) {
  std::optional<Error> refusal;
  if (sequence > last_durable()) {
    std::lock_guard lock(mutex_);
    PENSTOCK_ASSERT(sequence <= last_written());
    if (sequence > last_durable()) {
      if (!refused_) {
        auto place = waiters_.end();
        while (place != waiters_.begin() && std::prev(place)->sequence > sequence) --place;
        waiters_.insert(place, Waiter{sequence, std::move(done)});
        return;
      }
      refusal = last_refusal_;
    }
  }
  if (refusal) {
    done(*refusal);
  } else {
    done({});
  }
}

void SqliteDatabase::run_writer() {
  std::vector<Apply> group;
  while (take_group(group)) {
    for (size_t start = 0; start < group.size(); start += limits::store_group_max) {
      size_t count = std::min(limits::store_group_max, group.size() - start);
      if (!commit_until_durable(std::span(group).subspan(start, count))) return;
    }
    group.clear();
  }
}

// Everything that was queued; false when there is nothing and the store closes.
bool SqliteDatabase::take_group(std::vector<Apply>& group) {
  std::unique_lock lock(mutex_);
  while (queue_.empty()) {
    if (stopping_) return false;
    writer_sleeps_ = true;
    if (enough_space_) {
      wake_.wait(lock);
    } else {  // somebody may free space without a write of ours
      wake_.wait_for(lock, limits::store_space_check_interval);
      lock.unlock();
      look_at_free_space();
      lock.lock();
    }
  }
  writer_sleeps_ = false;
  group.swap(queue_);
  return true;
}

// False when the store closes while the disk still refuses: what comes later must not be written either (order is
// kept).
bool SqliteDatabase::commit_until_durable(std::span<Apply> group) {
  std::chrono::milliseconds pause = limits::store_retry_pause_min;
  for (;;) {
    Outcome<void> committed = try_commit(group);
    look_at_free_space();
    if (committed) break;
    now_refused(committed.error());
    std::unique_lock lock(mutex_);
    if (stopping_) return false;  // nobody was told that it is durable
    wake_.wait_for(lock, pause, [&] { return stopping_; });
    pause = std::min(pause * 2, limits::store_retry_pause_max);
  }
  now_durable(group.size());
  checkpoint_if_long();
  return true;
}

Outcome<void> SqliteDatabase::try_commit(std::span<Apply> group) {
  try {
    writer_->prepare("BEGIN IMMEDIATE").step();
    for (const Apply& apply : group) apply(*writer_);
    writer_->prepare("COMMIT").step();
    return {};
  } catch (const SqliteFailure& failure) {
    if (sqlite3_get_autocommit(writer_->handle()) == 0)
      sqlite3_exec(writer_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    int kind = failure.code & 0xff;
    if (kind == SQLITE_CONSTRAINT || kind == SQLITE_ERROR || kind == SQLITE_MISUSE || kind == SQLITE_RANGE ||
        kind == SQLITE_MISMATCH) {
      fmt::print(stderr, "{}\n", failure.message);
      PENSTOCK_ASSERT(!"a write fails only because of the disk");
    }
    return internal::to_error(failure, file_);
  }
}

void SqliteDatabase::now_durable(size_t count) {
  std::vector<Done> told;
  {
    std::lock_guard lock(mutex_);
    Sequence durable = last_durable_.load(std::memory_order_relaxed) + count;
    last_durable_.store(durable, std::memory_order_release);
    refused_ = false;
    last_refusal_.reset();
    while (!waiters_.empty() && waiters_.front().sequence <= durable) {
      told.push_back(std::move(waiters_.front().done));
      waiters_.pop_front();
    }
  }
  for (Done& done : told) done({});
}

void SqliteDatabase::now_refused(const Error& error) {
  std::deque<Waiter> told;
  {
    std::lock_guard lock(mutex_);
    last_refusal_ = error;
    refused_ = true;
    told.swap(waiters_);
  }
  for (Waiter& waiter : told) waiter.done(error);
}

void SqliteDatabase::look_at_free_space() {
  Outcome<uint64_t> free = disk_.free_bytes(folder_);
  enough_space_ = free.ok() && *free >= options_.free_bytes_min;
}

void SqliteDatabase::checkpoint_if_long() {
  if (wal_pages_ < limits::store_checkpoint_pages) return;
  checkpointer_.ask();
  // The log starts again from its beginning only when all of it was copied, which under steady load needs a moment
  // without writes: this one. Most is already copied, so it is short.
  if (wal_pages_ >= limits::store_checkpoint_pages_max) {
    sqlite3_wal_checkpoint_v2(writer_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
}

Outcome<void> SqliteDatabase::backup(const std::string& file) {
  return backup_store(disk_, file_, file);
}

// The first bytes of an existing file must be SQLite's, so that a text file is never opened as if it were empty.
Outcome<void> check_magic(Disk& disk, const std::string& file) {
  if (!disk.exists(file)) return {};
  Outcome<std::unique_ptr<File>> opened = disk.open(file, Disk::Mode::read);
  if (!opened) return opened.error();
  char bytes[16];
  Outcome<size_t> count = (*opened)->read_at(0, bytes, sizeof bytes);
  if (!count) return count.error();
  if (*count == 0 || std::string_view(bytes, *count) == sqlite_magic) return {};
  return internal::to_error(SqliteFailure{SQLITE_NOTADB, "it does not begin as an SQLite file does"}, file);
}

Outcome<std::unique_ptr<Connection>> open_writer(const std::string& file, const Database::Options& options) {
  try {
    auto connection =
        std::make_unique<Connection>(internal::open_handle(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    if (Outcome<void> ours = check_identity(*connection, file); !ours) return ours.error();
    connection->execute(
        fmt::format("PRAGMA page_size={}; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA synchronous={};"
                    "PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864",
                    page_size, options.synchronous_full ? "FULL" : "OFF")
            .c_str());
    migrate(*connection);
    return connection;
  } catch (const SqliteFailure& failure) {
    return internal::to_error(failure, file);
  }
}

}  // namespace

Outcome<std::unique_ptr<Database>> Database::open(Disk& disk, const std::string& folder, Options options) {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS,
                 0);  // its counters are one lock for all threads; refused when already running
  if (Outcome<void> made = disk.make_folders(folder); !made) return made.error();
  Outcome<std::unique_ptr<FileLock>> lock = disk.lock(folder + "/penstock.lock");
  if (!lock && lock.error().code == "Locked") {
    return Error{
        "StoreLocked",
        fmt::format(
            "the data directory {} is in use by process {}. Stop that one, or choose another directory with --data",
            folder, lock.error().message),
        500,
        {}};
  }
  if (!lock) return lock.error();
  std::string file = folder + "/penstock.db";
  if (Outcome<void> fine = check_magic(disk, file); !fine) return fine.error();
  Outcome<std::unique_ptr<Connection>> writer = open_writer(file, options);
  if (!writer) return writer.error();
  try {
    sqlite3* checkpointer = internal::open_handle(file, SQLITE_OPEN_READWRITE);
    return std::unique_ptr<Database>(
        new SqliteDatabase(disk, folder, options, std::move(*lock), std::move(*writer), checkpointer));
  } catch (const SqliteFailure& failure) {
    return internal::to_error(failure, file);
  }
}

}  // namespace penstock::store
