#include "core/execution/workers.h"

#include <utility>

namespace penstock::execution {

void Workers::start(int threads) {
  for (int index = 0; index < threads; ++index) threads_.emplace_back([this] { run(); });
}

void Workers::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Workers::post(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    queue_.push_back(std::move(work));
  }
  ready_.notify_one();
}

void Workers::finish_one() {
  bool now_idle = false;
  {
    std::lock_guard lock(mutex_);
    --in_hand_;
    now_idle = in_hand_ == 0 && queue_.empty();
  }
  if (now_idle && on_idle_) on_idle_();
}

bool Workers::run_one() {
  std::function<void()> work;
  {
    std::lock_guard lock(mutex_);
    if (queue_.empty()) return false;
    work = std::move(queue_.front());
    queue_.pop_front();
    ++in_hand_;
  }
  work();
  finish_one();
  return true;
}

void Workers::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
    }
    run_one();
  }
}

bool Workers::idle() const {
  std::lock_guard lock(mutex_);
  return in_hand_ == 0 && queue_.empty();
}

}  // namespace penstock::execution
