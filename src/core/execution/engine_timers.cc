// Engine: timers, threads and the virtual clock.
#include <algorithm>
#include <chrono>
#include <utility>

#include "core/execution/engine.h"

namespace penstock::execution {

namespace {

constexpr size_t timers_at_once = 256;
// The system's clock may be set forward while we wait; look again at least this often.
constexpr int64_t timer_wait_max_microseconds = 10'000'000;

}  // namespace

void Engine::wake_timer_thread() {
  { std::lock_guard lock(timer_mutex_); }
  timer_changed_.notify_one();
}

void Engine::set_timer(TimerKey key, Time due) {
  if (timers_.set(key, due)) wake_timer_thread();
}

Engine::Alarm Engine::set_alarm(Time due, std::function<void()> ring) {
  Alarm alarm = 0;
  {
    std::lock_guard lock(alarms_mutex_);
    alarm = next_alarm_++;
    alarms_.emplace(alarm, std::move(ring));
  }
  set_timer({alarm_owner, alarm}, due);
  return alarm;
}

void Engine::set_patient_alarm(Time due, std::function<void()> ring) {
  if (!parts_.clock.is_virtual()) {
    set_alarm(due, std::move(ring));
    return;
  }
  Alarm alarm = 0;
  {
    std::lock_guard lock(alarms_mutex_);
    alarm = next_alarm_++;
    alarms_.emplace(alarm, std::move(ring));
  }
  patient_timers_.set({alarm_owner, alarm}, due);
  wake_timer_thread();  // it may be due already
}

void Engine::cancel_alarm(Alarm alarm) {
  {
    std::lock_guard lock(alarms_mutex_);
    if (alarms_.erase(alarm) == 0) return;
  }
  timers_.cancel({alarm_owner, alarm});
}

void Engine::ring(Alarm alarm) {
  std::function<void()> ring;
  {
    std::lock_guard lock(alarms_mutex_);
    auto found = alarms_.find(alarm);
    if (found == alarms_.end()) return;
    ring = std::move(found->second);
    alarms_.erase(found);
  }
  workers_->post(std::move(ring));
}

void Engine::fire(TimerKey key) {
  if (key.owner == alarm_owner) return ring(key.number);
  if (key.owner != 0) {
    report(key.owner, {pipeline::TimerFired{key.number}});
    return;
  }
  if (std::optional<Activities::Poll> poll = activities_.withdraw(key.number)) poll->reply({});
}

// Nothing can happen before the next timer: no queued work, and no task in hand whose end is a matter of real time.
bool Engine::quiet() const {
  return workers_->idle() && in_hand_.empty();
}

void Engine::wait_for_timer(std::unique_lock<std::mutex>& lock) {
  std::optional<Time> next = timers_.next_due();
  Time now = parts_.clock.now();
  if (next && *next <= now) return;
  auto* virtual_clock = dynamic_cast<VirtualClock*>(&parts_.clock);
  if (!next || (virtual_clock && !quiet())) {
    timer_changed_.wait(lock);
  } else if (virtual_clock) {
    virtual_clock->advance_to(*next);
  } else {
    int64_t wait = std::min(next->microseconds - now.microseconds, timer_wait_max_microseconds);
    timer_changed_.wait_for(lock, std::chrono::microseconds(wait));
  }
}

void Engine::run_timers() {
  std::unique_lock lock(timer_mutex_);
  while (!stopping_) {
    wait_for_timer(lock);
    if (stopping_) return;
    lock.unlock();
    for (Timers* timers : {&timers_, &patient_timers_}) {
      for (const TimerKey& key : timers->take_due(parts_.clock.now(), timers_at_once)) fire(key);
    }
    lock.lock();
  }
}

bool Engine::run_one() {
  std::vector<TimerKey> due = timers_.take_due(parts_.clock.now(), 1);
  if (due.empty()) return workers_->run_one();
  fire(due.front());
  return true;
}

void Engine::start_threads(int workers) {
  workers_->start(workers);
  timer_thread_ = std::thread([this] { run_timers(); });
}

void Engine::stop_threads() {
  {
    std::lock_guard lock(timer_mutex_);
    stopping_ = true;
  }
  timer_changed_.notify_one();
  if (timer_thread_.joinable()) timer_thread_.join();
  workers_->stop();
  activities_.drop_polls();
}

}  // namespace penstock::execution
