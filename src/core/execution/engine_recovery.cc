// Engine: taking up the executions that were running when the process ended.
#include <map>
#include <utility>
#include <vector>

#include "core/execution/engine.h"

namespace penstock::execution {

namespace {

// How far the open tasks of an execution had come, told from its history.
struct TaskProgress {
  bool started = false;           // ActivityStarted or TaskStarted is recorded
  std::optional<Json> submitted;  // TaskSubmitted's output
};

std::optional<Json> payload(const pipeline::HistoryEvent& event) {
  const Json* output = event.find(pipeline::Field::output);
  if (!output) return Json();
  Outcome<Json> parsed = parse_json(output->as_string());
  if (!parsed) return std::nullopt;
  return *parsed;
}

// A task's events form a chain of previous ids that begins at its Scheduled event, whose id is the task's.
std::map<TaskId, TaskProgress> read_progress(store::Journal& journal, const store::JournalPosition& position) {
  std::map<TaskId, TaskProgress> tasks;
  std::map<int64_t, TaskId> owners;  // event id -> task
  for (const store::JournalRow& row : journal.events(position.execution, 1, position.events)) {
    Outcome<std::vector<pipeline::HistoryEvent>> events = pipeline::decode_events(row.events);
    if (!events) continue;
    for (const pipeline::HistoryEvent& event : *events) {
      using Type = pipeline::EventType;
      bool started = event.type == Type::task_started || event.type == Type::activity_started;
      bool submitted = event.type == Type::task_submitted;
      if (!started && !submitted) continue;
      auto owner = owners.find(event.previous_id);
      TaskId task = owner == owners.end() ? event.previous_id : owner->second;
      owners[event.id] = task;
      if (started) tasks[task].started = true;
      if (submitted) tasks[task].submitted = payload(event);
    }
  }
  return tasks;
}

bool any_task(const std::vector<pipeline::Command>& commands) {
  for (const pipeline::Command& command : commands) {
    if (std::holds_alternative<pipeline::ScheduleTask>(command)) return true;
  }
  return false;
}

}  // namespace

// Null, with a line in the log, when it cannot go on.
std::shared_ptr<Live> Engine::restore(store::RunningExecution running) {
  Details details = parse_details(running.record.details);
  auto live = std::make_shared<Live>();
  live->id = running.record.id;
  live->arn = running.record.arn;
  live->name = running.record.name;
  live->started = running.record.started;
  live->position = running.position;
  live->revision = parts_.revisions.find(details.revision);
  auto give_up = [&](std::string_view reason) {
    parts_.log.write(Log::Level::error, "execution cannot be taken up", {{"arn", live->arn}, {"reason", reason}});
    return nullptr;
  };
  if (!live->revision) return give_up("its definition is missing or no longer accepted");
  std::vector<pipeline::FrameChange> frames;
  for (store::FrameWrite& frame : running.frames) {
    frames.push_back({static_cast<pipeline::FrameId>(frame.frame), std::move(frame.bytes)});
  }
  pipeline::Identity identity = identity_of(*live, std::move(running.record.input), details.version_arn, details.alias_arn);
  Outcome<pipeline::Interpreter> interpreter =
      pipeline::Interpreter::restore(live->revision->program, std::move(identity), running.position.events, frames);
  if (!interpreter) return give_up(interpreter.error().message);
  live->interpreter.emplace(std::move(*interpreter));
  return live;
}

// Does the open commands again: timers as they were set; tasks as far as their history shows that they had come.
void Engine::reopen(Live& live) {
  std::map<TaskId, TaskProgress> progress = read_progress(parts_.journal, live.position);
  Aftermath aftermath;
  std::lock_guard lock(live.mutex);
  for (pipeline::Command& command : live.interpreter->pending()) {
    auto* task = std::get_if<pipeline::ScheduleTask>(&command);
    const TaskProgress& done = task ? progress[task->task] : TaskProgress{};
    bool activity = task && is_activity(task->resource);
    if (!task || (activity && !done.started) || (!activity && !done.submitted)) {
      std::visit([&](auto& one) { obey(live, one, aftermath); }, command);
      continue;
    }
    if (!task->token.empty()) tokens_.add(task->token, {live.id, task->task});
    // Who has the token reports the end; of a .sync task we watch the job ourselves.
    if (task->token.empty()) call(call_of(live, *task), done.submitted);
  }
  if (live.interpreter->runnable()) {
    workers_->post([this, id = live.id] { report(id, {pipeline::Resume{}}); });
  }
  live.touch = recently_moved_.note(live.id);
}

// Most of those that run only wait for a time: their timers are set again and they stay parked. False for one that has
// more to do.
bool Engine::recover_quietly(store::RunningExecution running) {
  std::shared_ptr<Live> live = restore(std::move(running));
  if (!live) return true;
  live_.add_parked(live->id, live->revision);
  std::vector<pipeline::Command> pending = live->interpreter->pending();
  if (any_task(pending) || live->interpreter->runnable()) return false;
  Aftermath aftermath;
  for (pipeline::Command& command : pending) {
    std::visit([&](auto& one) { obey(*live, one, aftermath); }, command);
  }
  return true;
}

Outcome<void> Engine::recover(Tasks& tasks) {
  tasks_ = &tasks;
  size_t count = 0;
  std::vector<ExecutionId> busy;
  parts_.journal.load_running([&](store::RunningExecution running) {
    ++count;
    ExecutionId id = running.record.id;
    if (!recover_quietly(std::move(running))) busy.push_back(id);
  });
  for (ExecutionId id : busy) {
    if (std::shared_ptr<Live> live = awake(id)) reopen(*live);
  }
  if (count != 0) parts_.log.write(Log::Level::info, "executions taken up", {{"count", count}});
  return {};
}

}  // namespace penstock::execution
