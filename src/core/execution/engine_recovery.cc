// Engine: taking up the executions that were running when the process ended.
#include <utility>
#include <vector>

#include "core/execution/engine.h"
#include "core/execution/rest.h"

namespace penstock::execution {

namespace {

bool any_work(const std::vector<pipeline::Command>& commands) {
  for (const pipeline::Command& command : commands) {
    if (std::holds_alternative<pipeline::ScheduleTask>(command)) return true;
    if (std::holds_alternative<pipeline::StartMapRun>(command)) return true;
  }
  return false;
}

}  // namespace

// Without interpreter, and without revision when that is missing.
std::shared_ptr<Live> Engine::live_of(const store::ExecutionRecord& record,
                                      const store::JournalPosition& position) const {
  Details details = parse_details(record.details);
  auto live = std::make_shared<Live>();
  live->id = record.id;
  live->arn = record.arn;
  live->name = record.name;
  live->started = record.started;
  live->redrives = details.redrives;
  live->item = details.item;
  live->position = position;
  live->revision = parts_.revisions.find(details.revision);
  return live;
}

// Null, with a line in the log, when it cannot go on.
std::shared_ptr<Live> Engine::restore(store::RunningExecution running) {
  std::shared_ptr<Live> live = live_of(running.record, running.position);
  Details details = parse_details(running.record.details);
  auto give_up = [&](std::string_view reason) {
    parts_.log.write(Log::Level::error, "execution cannot be taken up", {{"arn", live->arn}, {"reason", reason}});
    return nullptr;
  };
  if (!live->revision) return give_up("its definition is missing or no longer accepted");
  std::vector<pipeline::FrameChange> frames;
  for (store::FrameWrite& frame : running.frames) {
    frames.push_back({static_cast<pipeline::FrameId>(frame.frame), std::move(frame.bytes)});
  }
  pipeline::Identity identity =
      identity_of(*live, std::move(running.record.input), details.version_arn, details.alias_arn);
  tell_redrives(details, identity);
  Outcome<pipeline::Interpreter> interpreter =
      pipeline::Interpreter::restore(live->revision->program, std::move(identity), running.position.events, frames);
  if (!interpreter) return give_up(interpreter.error().message);
  live->interpreter.emplace(std::move(*interpreter));
  return live;
}

// Does the open commands again: timers as they were set; tasks as far as they had come.
void Engine::reopen(Live& live) {
  Aftermath aftermath;
  std::lock_guard lock(live.mutex);
  for (pipeline::Command& command : live.interpreter->pending()) {
    auto* task = std::get_if<pipeline::ScheduleTask>(&command);
    bool under_way = task && (is_activity(task->resource) ? task->started : !task->submitted.is_null());
    if (!under_way) {
      std::visit([&](auto& one) { obey(live, one, aftermath); }, command);
      continue;
    }
    if (!task->token.empty()) tokens_.add(task->token, {live.id, task->task});
    // Who has the token reports the end; of a .sync task we watch the job ourselves.
    if (!task->token.empty()) continue;
    Json submitted = std::move(task->submitted);
    call(call_of(live, *task), std::move(submitted));
  }
  if (live.interpreter->runnable()) {
    workers_->post([this, id = live.id] { report(id, {pipeline::Resume{}}); });
  }
  live.touch = recently_moved_.note(live.id);
}

// It stays parked; nothing of it is read but its rest. False when it must be read.
bool Engine::recover_rest(ExecutionId id, std::string_view rest) {
  std::optional<Rest> found = parse_rest(rest);
  std::shared_ptr<const Revision> revision = found ? parts_.revisions.find(found->revision) : nullptr;
  if (!revision) return false;
  live_.add_parked(id, std::move(revision));
  for (pipeline::AwaitedToken& token : found->waits.tokens) tokens_.add(std::move(token.token), {id, token.task});
  for (const pipeline::SetTimer& timer : found->waits.timers) set_timer({id, timer.timer}, timer.due);
  return true;
}

// Most of those that run only wait for a time: their timers are set again and they stay parked. False for one that has
// more to do.
bool Engine::recover_quietly(store::RunningExecution running) {
  std::shared_ptr<Live> live = restore(std::move(running));
  if (!live) return true;
  live_.add_parked(live->id, live->revision);
  std::vector<pipeline::Command> pending = live->interpreter->pending();
  if (any_work(pending) || live->interpreter->runnable()) return false;
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
  auto take_rest = [&](ExecutionId id, std::string_view rest) {
    bool rests = recover_rest(id, rest);
    count += rests ? 1 : 0;
    return rests;
  };
  parts_.journal.load_running(take_rest, [&](store::RunningExecution running) {
    ++count;
    ExecutionId id = running.record.id;
    if (!recover_quietly(std::move(running))) busy.push_back(id);
  });
  for (ExecutionId id : busy) {
    if (std::shared_ptr<Live> live = awake(id)) reopen(*live);
  }
  map_runs_.abort_orphans();
  if (count != 0) parts_.log.write(Log::Level::info, "executions taken up", {{"count", count}});
  return {};
}

}  // namespace penstock::execution
