// SharedWork: a part of a worker's work that another worker takes over when one is free.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "server/worker_pool.h"

namespace penstock::server {

class SharedWork {
 public:
  // Offers `work` to the other workers. What it uses must outlive this object.
  SharedWork(WorkerPool& workers, std::function<void()> work) : state_(std::make_shared<State>()) {
    state_->work = std::move(work);
    workers.post([state = state_] { run(*state); });
  }
  // Returns when the work is done: by another worker, or here when none has begun it. So it waits for running work
  // only, and a pool whose threads all wait here cannot come about.
  ~SharedWork() {
    run(*state_);
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->done; });
  }
  SharedWork(const SharedWork&) = delete;
  SharedWork& operator=(const SharedWork&) = delete;

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::function<void()> work;
    bool begun = false;
    bool done = false;
  };

  static void run(State& state) {
    std::unique_lock lock(state.mutex);
    if (std::exchange(state.begun, true)) return;
    lock.unlock();
    state.work();
    lock.lock();
    state.done = true;
    state.changed.notify_all();
  }

  std::shared_ptr<State> state_;
};

}  // namespace penstock::server
