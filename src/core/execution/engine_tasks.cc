// Engine: task calls, task tokens and activities.
#include <utility>

#include "core/execution/engine.h"
#include "core/pipeline/json_complaint.h"

namespace penstock::execution {

namespace {

constexpr double activity_poll_seconds = 60;  // GetActivityTask in the Step Functions API reference

// Tokens are long base64 texts; one that we do not know but that looks like ours was good once.
bool looks_like_token(std::string_view token) {
  constexpr size_t length_min = 64;
  return token.size() >= length_min && token.find_first_not_of(
                                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                           "0123456789+/=-_") == std::string_view::npos;
}

}  // namespace

TaskCall Engine::call_of(const Live& live, pipeline::ScheduleTask& command) const {
  TaskCall call;
  call.key = {live.id, command.task};
  call.resource = std::move(command.resource);
  call.parameters = std::move(command.parameters);
  call.token = std::move(command.token);
  call.credentials = std::move(command.credentials);
  call.execution_arn = live.arn;
  call.machine_arn = live.revision->machine_arn;
  call.role_arn = live.revision->role_arn;
  call.idempotency_token = live.arn + "/" + std::to_string(command.task);
  return call;
}

void Engine::call(TaskCall call, std::optional<Json> submitted) {
  if (parts_.clock.is_virtual()) in_hand_.add(call.key);
  workers_->post([this, call = std::move(call), submitted = std::move(submitted)] {
    if (submitted) {
      tasks_->resume(call, *submitted, *this);
    } else {
      tasks_->start(call, *this);
    }
  });
}

// ---- task tokens

Outcome<TaskKey> Engine::find_token(std::string_view token) const {
  if (std::optional<TaskKey> key = tokens_.find(token)) return *key;
  if (!looks_like_token(token)) return Error{"InvalidToken", "Invalid Token: 'Invalid token'"};
  return Error{"TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'"};
}

Outcome<void> Engine::send_task_success(std::string_view token, std::string_view output) {
  Outcome<TaskKey> key = find_token(token);
  if (!key) return key.error();
  Outcome<Json> value = parse_json(output);
  if (!value) {
    std::optional<pipeline::JsonComplaint> complaint = pipeline::json_complaint(output);
    std::string reason = complaint ? std::move(complaint->message) : value.error().message;
    return Error{"InvalidOutput", "Invalid Output: '" + reason + "'"};
  }
  report(key->execution, {pipeline::TaskSucceeded{key->task, std::move(*value)}});
  return {};
}

Outcome<void> Engine::send_task_failure(std::string_view token, std::optional<std::string> error,
                                        std::optional<std::string> cause) {
  Outcome<TaskKey> key = find_token(token);
  if (!key) return key.error();
  report(key->execution, {pipeline::TaskFailed{key->task, std::move(error), std::move(cause)}});
  return {};
}

Outcome<void> Engine::send_task_heartbeat(std::string_view token) {
  Outcome<TaskKey> key = find_token(token);
  if (!key) return key.error();
  report(key->execution, {pipeline::TaskHeartbeat{key->task}});
  return {};
}

// ---- activities

void Engine::offer_activity(TaskKey key, pipeline::ScheduleTask& command) {
  Activities::Entry entry{key, {std::move(command.token), to_string(command.parameters)}};
  std::optional<Activities::Poll> poll = activities_.offer(command.resource, entry);
  if (!poll) return;
  // The execution is locked now; the worker takes the task from another thread.
  workers_->post([this, activity = std::move(command.resource), poll = std::move(*poll), entry = std::move(entry)] {
    timers_.cancel({0, poll.number});
    if (take_activity(entry, poll.worker)) {
      poll.reply(entry.task);
    } else {
      poll_activity(activity, poll.worker, poll.reply);
    }
  });
}

// ActivityStarted is written before the worker hears of the task. False when the task has ended meanwhile.
bool Engine::take_activity(const Activities::Entry& entry, const std::string& worker) {
  const pipeline::Fact started = pipeline::TaskStarted{entry.key.task, worker};
  while (std::shared_ptr<Live> live = awake(entry.key.execution)) {
    {
      std::lock_guard lock(live->mutex);
      if (live->state == Live::State::parked) continue;
      if (live->state == Live::State::ended || !live->interpreter->awaits(entry.key.task)) return false;
    }
    if (feed(*live, {&started, 1})) return true;
  }
  return false;
}

void Engine::poll_activity(const std::string& activity_arn, std::string worker,
                           std::function<void(ActivityTask)> reply) {
  Activities::Poll poll{next_poll_++, std::move(worker), std::move(reply)};
  TimerKey timer{0, poll.number};
  Time until = plus_seconds(parts_.clock.now(), activity_poll_seconds);
  while (std::optional<Activities::Entry> entry = activities_.poll(activity_arn, poll)) {
    if (!take_activity(*entry, poll.worker)) continue;
    poll.reply(std::move(entry->task));
    return;
  }
  set_timer(timer, until);
}

}  // namespace penstock::execution
