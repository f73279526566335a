// WorkQueue: pieces of a worker's work, done in order beside it by another worker when one is free.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "server/worker_pool.h"

namespace penstock::server {

class WorkQueue {
 public:
  explicit WorkQueue(WorkerPool& workers) : workers_(workers), state_(std::make_shared<State>()) {}
  ~WorkQueue() { wait_for(0); }
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  // Offers `work` to the other workers, to be done after what was added before. What it uses must stay until a wait
  // says that it is done.
  void add(std::function<void()> work) {
    {
      std::lock_guard lock(state_->mutex);
      state_->waiting.push_back(std::move(work));
      if (std::exchange(state_->offered, true)) return;
    }
    workers_.post([state = state_] { help(*state); });
  }
  // Returns when at most `left` of the works are not done. They are done here when no other worker has begun: so it
  // waits for running work only, and a pool whose threads all wait here cannot come about.
  void wait_for(size_t left) {
    std::unique_lock lock(state_->mutex);
    while (state_->waiting.size() + (state_->running ? 1 : 0) > left) {
      if (state_->running) {
        state_->changed.wait(lock);
      } else {
        do_first(*state_, lock);
      }
    }
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> waiting;
    bool running = false;  // some thread has the first work
    bool offered = false;  // another worker will come, or is here
  };

  // What another worker does: all that waits, unless the waiting thread is at it.
  static void help(State& state) {
    std::unique_lock lock(state.mutex);
    while (!state.running && !state.waiting.empty()) do_first(state, lock);
    state.offered = false;
  }

  static void do_first(State& state, std::unique_lock<std::mutex>& lock) {
    std::function<void()> work = std::move(state.waiting.front());
    state.waiting.pop_front();
    state.running = true;
    lock.unlock();
    work();
    lock.lock();
    state.running = false;
    state.changed.notify_all();
  }

  WorkerPool& workers_;
  std::shared_ptr<State> state_;
};

}  // namespace penstock::server
