// WorkerPool: threads for work that waits for the disk, so that I/O threads never do. None is started before it is
// needed.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace penstock::server {

inline constexpr size_t workers_max = 32;

class WorkerPool {
 public:
  explicit WorkerPool(size_t threads_max = workers_max) : threads_max_(threads_max) {}
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs `work` soon, in the order posted as far as there are threads. What waits here is bounded by the number of
  // connections, each of which has at most one piece of work under way, and a WorkQueue of it. After `stop` the work
  // is dropped.
  void post(std::function<void()> work);
  // Finishes what runs, drops what waits, ends all threads.
  void stop();

 private:
  void run();

  const size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace penstock::server
