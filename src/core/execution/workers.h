// Workers: the threads that do what no caller waits for: timers' steps, task calls, long executions. Without threads
// (tests) the work stays queued until run_one.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace penstock::execution {

class Workers {
 public:
  Workers() = default;
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() { stop(); }

  void start(int threads);
  // Waits for the work in hand; what is still queued is dropped (all of it is made again from the journal).
  void stop();
  void post(std::function<void()> work);
  // Does one piece of queued work in the caller's thread; false when there is none.
  bool run_one();
  // Nothing queued and nothing in hand.
  bool idle() const;
  // Called, in a worker's thread, whenever the workers have become idle.
  void on_idle(std::function<void()> callback) { on_idle_ = std::move(callback); }

 private:
  void run();
  void finish_one();

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  std::function<void()> on_idle_;
  int in_hand_ = 0;
  bool stopping_ = false;
};

}  // namespace penstock::execution
