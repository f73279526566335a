#include "core/execution/engine.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/digest.h"
#include "core/execution/announcement.h"
#include "core/execution/execution_log.h"
#include "core/execution/names.h"
#include "core/execution/rest.h"

namespace penstock::execution {

namespace {

// Adds a fact's step to those of the facts before it: what is recorded is one batch.
void append(pipeline::Step& total, pipeline::Step step) {
  if (total.events.empty() && total.frames.empty() && total.commands.empty()) {
    total = std::move(step);
    return;
  }
  std::ranges::move(step.events, std::back_inserter(total.events));
  std::ranges::move(step.commands, std::back_inserter(total.commands));
  for (pipeline::FrameChange& change : step.frames) {
    auto same = std::ranges::find(total.frames, change.frame, &pipeline::FrameChange::frame);
    if (same == total.frames.end()) {
      total.frames.push_back(std::move(change));
    } else {
      *same = std::move(change);
    }
  }
  total.more = step.more;
}

store::ExecutionStatus stored_status(pipeline::Finish::Status status) {
  using Status = pipeline::Finish::Status;
  switch (status) {
    case Status::succeeded:
      return store::ExecutionStatus::succeeded;
    case Status::failed:
      return store::ExecutionStatus::failed;
    case Status::timed_out:
      return store::ExecutionStatus::timed_out;
    case Status::aborted:
      break;
  }
  return store::ExecutionStatus::aborted;
}

store::ExecutionEnd end_of(const pipeline::Finish& finish, Time stopped) {
  store::ExecutionEnd end;
  end.status = stored_status(finish.status);
  end.stopped = stopped;
  if (finish.status == pipeline::Finish::Status::succeeded) end.output = finish.output;
  end.error = finish.error;
  end.cause = finish.cause;
  end.remains = finish.remains;
  return end;
}

bool changes_nothing(const pipeline::Step& step) {
  return step.events.empty() && step.frames.empty() && step.commands.empty();
}

Error no_such_execution(std::string_view arn) {
  return {"ExecutionDoesNotExist", "Execution Does Not Exist: '" + std::string(arn) + "'"};
}

}  // namespace

Engine::Engine(const Parts& parts, size_t awake_max) : parts_(parts), recently_moved_(awake_max) {
  workers_->on_idle([this] {
    if (parts_.clock.is_virtual()) wake_timer_thread();
  });
}

Engine::~Engine() {
  stop_threads();
}

store::JournalBatch Engine::batch_of(const Live& live, const pipeline::Step& step, Time now) {
  store::JournalBatch batch;
  batch.event_count = static_cast<int64_t>(step.events.size());
  batch.events = pipeline::encode_events(step.events);
  for (const pipeline::FrameChange& change : step.frames) batch.frames.push_back({change.frame, change.bytes});
  for (const pipeline::Command& command : step.commands) {
    if (const auto* finish = std::get_if<pipeline::Finish>(&command)) batch.end = end_of(*finish, now);
  }
  if (batch.end || step.more) return batch;
  if (std::optional<pipeline::Waits> waits = live.interpreter->waits()) {
    batch.rest = to_bytes({live.revision->key, std::move(*waits)});
  }
  return batch;
}

// ---- starting

std::shared_ptr<Live> Engine::make_live(const StartRequest& request, std::string arn, std::string name,
                                        bool synchronous) {
  auto live = std::make_shared<Live>();
  live->arn = std::move(arn);
  live->name = std::move(name);
  live->revision = request.revision;
  live->started = parts_.clock.now();
  pipeline::Identity identity = identity_of(*live, request.input, request.version_arn, request.alias_arn);
  if (synchronous) identity.redrive_count.reset();
  live->interpreter.emplace(request.revision->program, std::move(identity));
  return live;
}

// The name is taken. A client may repeat its start while the execution runs; a task that is done again after a crash
// also later. Source: StartExecution in the Step Functions API reference ("idempotent").
Outcome<Started> Engine::earlier_start(const StartRequest& request, const std::string& arn) {
  std::optional<store::ExecutionRecord> earlier = parts_.journal.find(arn);
  PENSTOCK_ASSERT(earlier.has_value());
  bool repeated = !request.starter.empty() && parse_details(earlier->details).starter == request.starter;
  bool same = earlier->input == request.input && live_.find(earlier->id).runs;
  if (repeated || same) return Started{arn, earlier->started};
  return Error{"ExecutionAlreadyExists", "Execution Already Exists: '" + arn + "'"};
}

Outcome<Started> Engine::start(const StartRequest& request) {
  bool fresh = request.name.empty() && request.starter.empty();
  std::string name = request.name;
  if (fresh) name = fresh_name(parts_.clock.now(), parts_.random);
  if (name.empty()) name = dashed(sha256_hex(request.starter));
  std::string prefix = with_kind(request.revision->machine_arn, "execution");
  std::shared_ptr<Live> live = make_live(request, prefix + ":" + name, name, false);
  Details details;
  details.revision = request.revision->key;
  details.version_arn = request.version_arn;
  details.alias_arn = request.alias_arn;
  details.trace_header = request.trace_header;
  details.starter = request.starter;
  Outcome<void> launched = launch(live, {prefix, request.revision->machine_arn, std::move(name), fresh, live->started,
                                         request.input, to_text(details)});
  if (!launched) return earlier_start(request, live->arn);
  return Started{live->arn, live->started};
}

Outcome<void> Engine::launch(const std::shared_ptr<Live>& live, store::NewExecution execution) {
  Aftermath aftermath;
  {
    std::lock_guard lock(live->mutex);
    pipeline::Step step = live->interpreter->start(live->started, parts_.random, events_per_step_max);
    Outcome<store::JournalPosition> position = parts_.journal.start(execution, batch_of(*live, step, live->started));
    if (!position) return position.error();
    live->position = *position;
    live->id = position->execution;
    aftermath.sequence = live->sequence = parts_.database.last_written();
    live_.add(live);
    write_log(parts_.log_lines, *live, step.events);
    aftermath.input = &execution.input;
    announce(*live, nullptr, aftermath);
    obey_all(*live, step, aftermath);
  }
  settle(std::move(aftermath));
  return {};
}

Started Engine::start_express(const StartRequest& request, std::function<void(ExpressEnd)> ended) {
  std::string name = request.name.empty() ? parts_.random.uuid() : request.name;
  std::string arn = with_kind(request.revision->machine_arn, "express") + ":" + name + ":" + parts_.random.uuid();
  std::shared_ptr<Live> live = make_live(request, std::move(arn), std::move(name), ended != nullptr);
  live->id = next_express_id_--;
  live->on_express_end = std::move(ended);
  Aftermath aftermath;
  {
    std::lock_guard lock(live->mutex);
    pipeline::Step step = live->interpreter->start(live->started, parts_.random, events_per_step_max);
    live_.add(live);
    write_log(parts_.log_lines, *live, step.events);
    obey_all(*live, step, aftermath);
  }
  settle(std::move(aftermath));
  return {live->arn, live->started};
}

// ---- going on

void Engine::report(ExecutionId execution, std::vector<pipeline::Fact> facts) {
  while (std::shared_ptr<Live> live = awake(execution)) {
    if (feed(*live, facts)) return;
  }
}

bool Engine::feed(Live& live, std::span<const pipeline::Fact> facts) {
  Aftermath aftermath;
  {
    std::lock_guard lock(live.mutex);
    if (live.state != Live::State::awake) return live.state == Live::State::ended;
    pipeline::Step total;
    for (const pipeline::Fact& fact : facts) {
      append(total, live.interpreter->apply(fact, parts_.clock.now(), parts_.random, events_per_step_max));
      note(live, fact);
    }
    if (changes_nothing(total) && !total.more) return true;
    if (!live.express()) record(live, total, aftermath);
    write_log(parts_.log_lines, live, total.events);
    obey_all(live, total, aftermath);
  }
  settle(std::move(aftermath));
  return true;
}

void Engine::record(Live& live, pipeline::Step& step, Aftermath& aftermath) {
  live.sequence = parts_.journal.append(live.position, batch_of(live, step, parts_.clock.now()));
  aftermath.sequence = live.sequence;
}

// Keeps the tables of tokens and of tasks in hand true to what the fact says.
void Engine::note(const Live& live, const pipeline::Fact& fact) {
  if (const auto* submitted = std::get_if<pipeline::TaskSubmitted>(&fact)) {
    // Of a task that waits for its token only the outside world knows the end: the clock need not wait for it.
    TaskKey key{live.id, submitted->task};
    if (tokens_.has(key) && in_hand_.remove(key)) wake_timer_thread();
    return;
  }
  const auto* succeeded = std::get_if<pipeline::TaskSucceeded>(&fact);
  const auto* failed = std::get_if<pipeline::TaskFailed>(&fact);
  if (!succeeded && !failed) return;
  TaskKey key{live.id, succeeded ? succeeded->task : failed->task};
  tokens_.remove(key);
  if (in_hand_.remove(key)) wake_timer_thread();
}

void Engine::obey_all(Live& live, pipeline::Step& step, Aftermath& aftermath) {
  for (pipeline::Command& command : step.commands) {
    std::visit([&](auto& one) { obey(live, one, aftermath); }, command);
  }
  if (step.more) {
    workers_->post([this, id = live.id] { report(id, {pipeline::Resume{}}); });
  }
  if (live.state == Live::State::awake && !live.express()) live.touch = recently_moved_.note(live.id);
}

void Engine::settle(Aftermath aftermath) {
  for (const event::Event& event : aftermath.events) parts_.bus.publish(event);
  if (!aftermath.on_ended.empty()) {
    auto call_all = [workers = workers_, callbacks = std::move(aftermath.on_ended)](const Outcome<void>&) {
      for (const auto& callback : callbacks) workers->post(callback);
    };
    parts_.database.when_durable(aftermath.sequence, std::move(call_all));
  }
  if (aftermath.on_express_end) aftermath.on_express_end(std::move(*aftermath.express_end));
  if (aftermath.item_end) map_runs_.item_ended(*aftermath.item_end);
  park_old();
}

void Engine::announce(const Live& live, const pipeline::Finish* finish, Aftermath& aftermath) {
  if (!parts_.bus.has_listeners(announcement_source)) return;
  std::optional<store::ExecutionRecord> record;
  if (!aftermath.input) record = parts_.journal.find(live.id);
  std::string machine_arn = live.machine_arn();
  Announcement announcement{live.arn, machine_arn, live.name, live.started, {}, {}, finish};
  if (aftermath.input) announcement.input = *aftermath.input;
  if (record) announcement.input = record->input;
  if (finish) announcement.stopped = parts_.clock.now();
  aftermath.events.push_back(to_event(announcement));
}

// ---- parking

std::shared_ptr<Live> Engine::awake(ExecutionId id) {
  LiveTable::Found found = live_.find(id);
  if (found.live || !found.runs) return found.live;
  // Parked ones are durable as they stand.
  std::optional<store::RunningExecution> running = parts_.journal.load(id);
  std::shared_ptr<Live> live = running ? restore(std::move(*running)) : nullptr;
  return live ? live_.wake(std::move(live)) : nullptr;
}

void Engine::park_old() {
  while (std::optional<RecentlyMoved::Move> move = recently_moved_.take_old()) {
    if (!park(*move)) return;
  }
}

// False when it should be parked but is not durable yet: it is noted again.
bool Engine::park(const RecentlyMoved::Move& move) {
  std::shared_ptr<Live> live = live_.find(move.id).live;
  if (!live) return true;
  std::lock_guard lock(live->mutex);
  if (live->state != Live::State::awake || live->touch != move.touch || !live->on_ended.empty()) return true;
  if (live->sequence > parts_.database.last_durable()) {
    live->touch = recently_moved_.note(move.id);
    return false;
  }
  live->state = Live::State::parked;
  live->interpreter.reset();
  live_.park(live->id);
  return true;
}

// ---- commands

void Engine::obey(Live& live, pipeline::SetTimer& command, Aftermath&) {
  set_timer({live.id, command.timer}, command.due);
}

void Engine::obey(Live& live, pipeline::CancelTimer& command, Aftermath&) {
  timers_.cancel({live.id, command.timer});
}

void Engine::obey(Live& live, pipeline::CancelTask& command, Aftermath&) {
  TaskKey key{live.id, command.task};
  tokens_.remove(key);
  in_hand_.remove(key);
  workers_->post([this, key] { tasks_->cancel(key); });
}

void Engine::obey(Live& live, pipeline::ScheduleTask& command, Aftermath&) {
  TaskKey key{live.id, command.task};
  if (!command.token.empty()) tokens_.add(command.token, key);
  if (is_activity(command.resource)) {
    offer_activity(key, command);
  } else {
    call(call_of(live, command), std::nullopt);
  }
}

void Engine::obey(Live& live, pipeline::StartMapRun& command, Aftermath&) {
  map_runs_.begin(live, std::move(command));
}

void Engine::obey(Live&, pipeline::CancelMapRun& command, Aftermath&) {
  map_runs_.cancel(command.arn);
}

void Engine::obey(Live& live, pipeline::Finish& command, Aftermath& aftermath) {
  live.state = Live::State::ended;
  live.interpreter.reset();
  live_.remove(live.id);
  aftermath.on_ended = std::move(live.on_ended);
  if (!live.item.map_run.empty())
    aftermath.item_end = ItemEnd{live.item.map_run, live.id, stored_status(command.status), live.item.items};
  if (!live.express()) {
    announce(live, &command, aftermath);
    return;
  }
  if (!live.on_express_end) return;
  aftermath.on_express_end = std::move(live.on_express_end);
  aftermath.express_end = ExpressEnd{live.arn, live.name, live.started, parts_.clock.now(), std::move(command)};
}

// ---- stopping and waiting

Outcome<Time> Engine::stop(std::string_view arn, std::optional<std::string> error, std::optional<std::string> cause) {
  std::optional<store::ExecutionRecord> record = parts_.journal.find(arn);
  if (!record) return no_such_execution(arn);
  if (record->stopped) return *record->stopped;
  report(record->id, {pipeline::Stop{std::move(error), std::move(cause)}});
  return parts_.clock.now();
}

Outcome<void> Engine::when_ended(std::string_view arn, std::function<void()> callback) {
  std::optional<store::ExecutionRecord> record = parts_.journal.find(arn);
  if (!record) return no_such_execution(arn);
  while (std::shared_ptr<Live> live = awake(record->id)) {
    std::lock_guard lock(live->mutex);
    if (live->state == Live::State::ended) break;
    if (live->state == Live::State::parked) continue;
    live->on_ended.push_back(std::move(callback));
    return {};
  }
  auto call_it = [workers = workers_, callback = std::move(callback)](const Outcome<void>&) {
    workers->post(callback);
  };
  parts_.database.when_durable(parts_.database.last_written(), std::move(call_it));
  return {};
}

}  // namespace penstock::execution
