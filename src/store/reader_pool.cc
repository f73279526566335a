#include "store/reader_pool.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/limits.h"
#include "store/sqlite.h"

namespace penstock::store {

void ReaderPool::read(const std::function<void(Connection&)>& use) {
  std::unique_ptr<Connection> connection = take();
  try {
    connection->prepare("BEGIN").step();
    use(*connection);
    connection->prepare("COMMIT").step();
  } catch (const internal::SqliteFailure& failure) {
    fmt::print(stderr, "{}\n", internal::to_error(failure, file_).message);
    PENSTOCK_ASSERT(!"the store can be read");
  }
  give_back(std::move(connection));
}

std::unique_ptr<Connection> ReaderPool::take() {
  std::unique_lock lock(mutex_);
  free_again_.wait(lock, [&] { return !free_.empty() || made_ < limits::store_readers_max; });
  if (!free_.empty()) {
    std::unique_ptr<Connection> connection = std::move(free_.back());
    free_.pop_back();
    return connection;
  }
  ++made_;
  lock.unlock();
  try {
    auto connection = std::make_unique<Connection>(internal::open_handle(file_, SQLITE_OPEN_READONLY));
    connection->execute("PRAGMA query_only=1; PRAGMA cache_size=-1024; PRAGMA temp_store=MEMORY");
    return connection;
  } catch (const internal::SqliteFailure& failure) {
    fmt::print(stderr, "{}\n", internal::to_error(failure, file_).message);
    PENSTOCK_ASSERT(!"the store can be read");
  }
  return nullptr;
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
  {
    std::lock_guard lock(mutex_);
    free_.push_back(std::move(connection));
  }
  free_again_.notify_one();
}

}  // namespace penstock::store
