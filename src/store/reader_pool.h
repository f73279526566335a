// ReaderPool: read-only connections to a store's file, made as they are needed and kept.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/database.h"

namespace penstock::store {

class ReaderPool {
 public:
  explicit ReaderPool(std::string file) : file_(std::move(file)) {}

  // Runs `use` on a connection that nobody else uses meanwhile, inside one snapshot. Stops the process when the file
  // cannot be read: no answer would be a right one.
  void read(const std::function<void(Connection&)>& use);

 private:
  std::unique_ptr<Connection> take();
  void give_back(std::unique_ptr<Connection> connection);

  std::string file_;
  std::mutex mutex_;
  std::condition_variable free_again_;
  std::vector<std::unique_ptr<Connection>> free_;
  size_t made_ = 0;  // at most limits::store_readers_max
};

}  // namespace penstock::store
