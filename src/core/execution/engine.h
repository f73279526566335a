// Engine: runs executions. Every step goes: fact in -> interpreter -> events and frames to the journal -> commands
// done. The journal's writes keep their order with all other writes of the same database, so that what a command does
// in there is never durable without the events that led to it; what leaves the process waits for durability where it
// leaves.
//
// Threads: a step runs in the thread that brings the fact (an I/O thread in StartExecution, the timer thread, a
// worker). One mutex for each execution; none is held while another execution's is taken.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/outcome.h"
#include "base/random.h"
#include "core/event/bus.h"
#include "core/execution/activities.h"
#include "core/execution/details.h"
#include "core/execution/live.h"
#include "core/execution/map_runs.h"
#include "core/execution/revisions.h"
#include "core/execution/tasks.h"
#include "core/execution/timers.h"
#include "core/execution/tokens.h"
#include "core/execution/workers.h"
#include "core/pipeline/interpreter.h"
#include "store/journal.h"

namespace penstock::store {
class LogLines;
class Records;
}  // namespace penstock::store

namespace penstock::execution {

struct StartRequest {
  std::shared_ptr<const Revision> revision;
  std::string name;          // empty: one is made up
  std::string input = "{}";  // valid JSON text, kept as written
  std::string version_arn, alias_arn;
  std::string trace_header;  // kept and shown, not used
  std::string starter;       // idempotency token of the task that starts it; empty for a client's call
};

struct Started {
  std::string arn;
  Time started;
};

// The end of an Express execution, which is written nowhere but in its log.
struct ExpressEnd {
  std::string arn, name;
  Time started, stopped;
  pipeline::Finish finish;
};

// One batch of a long run; other executions get their turn between.
inline constexpr size_t events_per_step_max = 1'000;

class Engine final : public TaskReports {
 public:
  struct Parts {
    Clock& clock;
    Random& random;
    Log& log;
    store::Database& database;
    store::Journal& journal;
    store::LogLines& log_lines;  // execution logs go there
    Revisions& revisions;
    event::Bus& bus;
    store::Records& records;  // of map runs
  };
  // `awake_max`: how many of the last steps' executions stay in memory; the others wait in the journal.
  explicit Engine(const Parts& parts, size_t awake_max = 10'000);
  ~Engine() override;

  // Takes up every execution that was running when the process ended. Call once, before anything else.
  Outcome<void> recover(Tasks& tasks);
  // Starts the timer thread and `workers` threads; without them (tests) see run_ready.
  void start_threads(int workers);
  // Ends the threads after what they have in hand, and drops waiting polls. Executions stay as they are in the journal.
  void stop_threads();
  // Without threads: fires one due timer or does one piece of queued work in the caller's thread; false if there is
  // none.
  bool run_one();
  std::optional<Time> next_timer() { return timers_.next_due(); }

  // Standard executions. Errors: ExecutionAlreadyExists.
  Outcome<Started> start(const StartRequest& request);
  // Express executions; `ended` (may be empty) is called once, in any thread.
  Started start_express(const StartRequest& request, std::function<void(ExpressEnd)> ended);
  // Errors: ExecutionDoesNotExist. An execution that has ended answers with the time of its end.
  Outcome<Time> stop(std::string_view arn, std::optional<std::string> error, std::optional<std::string> cause);
  // Makes an execution that failed, timed out or was aborted go on from the states that failed; gives the time of the
  // redrive. Repeated with the same token (may be empty) within redrive_token_seconds: as the first time. Errors:
  // ExecutionDoesNotExist, ExecutionNotRedrivable.
  Outcome<Time> redrive(std::string_view arn, const std::string& client_token);
  // `callback` is called once, in any thread, when the execution has ended durably. Errors: ExecutionDoesNotExist.
  Outcome<void> when_ended(std::string_view arn, std::function<void()> callback);
  // Executions of the machine that have not ended.
  size_t running(std::string_view machine_arn) const { return live_.count(machine_arn); }

  // Task tokens. Errors: InvalidToken, TaskTimedOut; InvalidOutput when `output` is not JSON text.
  Outcome<void> send_task_success(std::string_view token, std::string_view output);
  Outcome<void> send_task_failure(std::string_view token, std::optional<std::string> error,
                                  std::optional<std::string> cause);
  Outcome<void> send_task_heartbeat(std::string_view token);
  // `reply` is called once, in any thread, after at most limits::activity_poll_seconds.
  void poll_activity(const std::string& activity_arn, std::string worker, std::function<void(ActivityTask)> reply);

  // An alarm: `ring` is called once, in a worker's thread, when it is due. Alarms are kept nowhere: who sets one sets
  // it again after a restart. With a virtual clock they move it as every timer does.
  using Alarm = uint64_t;
  Alarm set_alarm(Time due, std::function<void()> ring);
  void cancel_alarm(Alarm alarm);  // harmless when it has rung
  // An alarm that a virtual clock does not jump to: it ends a wait for somebody outside, who acts in real time. It
  // rings when something else has moved the clock past it.
  void set_patient_alarm(Time due, std::function<void()> ring);

  void report(ExecutionId execution, std::vector<pipeline::Fact> facts) override;
  void post(std::function<void()> work) override { workers_->post(std::move(work)); }

  Tasks& tasks() { return *tasks_; }
  Revisions& revisions() { return parts_.revisions; }
  store::Journal& journal() { return parts_.journal; }
  MapRuns& map_runs() { return map_runs_; }
  Clock& clock() { return parts_.clock; }

 private:
  friend class MapRuns;  // which starts, aborts and redrives the items' executions

  // What a step leaves to be done when the execution's lock is free.
  struct Aftermath {
    store::Sequence sequence = 0;
    const std::string* input = nullptr;  // of an execution that has just been started
    std::vector<event::Event> events;
    std::vector<std::function<void()>> on_ended;
    std::function<void(ExpressEnd)> on_express_end;
    std::optional<ExpressEnd> express_end;
    std::optional<ItemEnd> item_end;
  };

  std::shared_ptr<Live> make_live(const StartRequest& request, std::string arn, std::string name, bool synchronous);
  // The first step of a new execution, recorded and obeyed. Errors: ExecutionAlreadyExists.
  Outcome<void> launch(const std::shared_ptr<Live>& live, store::NewExecution execution);
  Outcome<Started> earlier_start(const StartRequest& request, const std::string& arn);
  // The execution, woken if it was parked; null when it does not run.
  std::shared_ptr<Live> awake(ExecutionId id);
  // False when it was parked in this moment: find it again.
  bool feed(Live& live, std::span<const pipeline::Fact> facts);
  void park_old();
  bool park(const RecentlyMoved::Move& move);
  void record(Live& live, pipeline::Step& step, Aftermath& aftermath);
  void obey_all(Live& live, pipeline::Step& step, Aftermath& aftermath);
  void obey(Live& live, pipeline::SetTimer& command, Aftermath& aftermath);
  void obey(Live& live, pipeline::CancelTimer& command, Aftermath& aftermath);
  void obey(Live& live, pipeline::ScheduleTask& command, Aftermath& aftermath);
  void obey(Live& live, pipeline::CancelTask& command, Aftermath& aftermath);
  void obey(Live& live, pipeline::StartMapRun& command, Aftermath& aftermath);
  void obey(Live& live, pipeline::CancelMapRun& command, Aftermath& aftermath);
  void obey(Live& live, pipeline::Finish& command, Aftermath& aftermath);
  void settle(Aftermath aftermath);
  void note(const Live& live, const pipeline::Fact& fact);
  void announce(const Live& live, const pipeline::Finish* finish, Aftermath& aftermath);

  TaskCall call_of(const Live& live, pipeline::ScheduleTask& command) const;
  void call(TaskCall call, std::optional<Json> submitted);
  void offer_activity(TaskKey key, pipeline::ScheduleTask& command);
  bool take_activity(const Activities::Entry& entry, const std::string& worker);
  Outcome<TaskKey> find_token(std::string_view token) const;

  store::Sequence run_again(std::shared_ptr<Live> live, const std::string& details, const std::string& input, Time now);
  Outcome<std::shared_ptr<Live>> reopened(store::ExecutionRecord& record, const Details& details);

  // For MapRuns. Starts the execution of an item (or a batch): false when the store is full.
  void start_item(const ItemStart& start);
  // Makes the execution of an item that did not end well run again; an Express one from its beginning. Errors:
  // ExecutionNotRedrivable.
  Outcome<void> redrive_item(ExecutionId execution);
  static store::JournalBatch batch_of(const Live& live, const pipeline::Step& step, Time now);
  std::shared_ptr<Live> restore(store::RunningExecution running);
  std::shared_ptr<Live> live_of(const store::ExecutionRecord& record, const store::JournalPosition& position) const;
  bool recover_rest(ExecutionId id, std::string_view rest);
  bool recover_quietly(store::RunningExecution running);
  void reopen(Live& live);

  void set_timer(TimerKey key, Time due);
  void fire(TimerKey key);
  void ring(Alarm alarm);
  void run_timers();
  void wait_for_timer(std::unique_lock<std::mutex>& lock);
  void wake_timer_thread();
  bool quiet() const;

  Parts parts_;
  Tasks* tasks_ = nullptr;
  LiveTable live_;
  RecentlyMoved recently_moved_;
  Timers timers_;
  Timers patient_timers_;  // that a virtual clock does not jump to
  Tokens tokens_;
  TaskSet in_hand_;  // with a virtual clock: tasks whose end is a matter of real time
  Activities activities_;
  MapRuns map_runs_{*this};
  // Shared with what the database still has to tell when the engine is gone.
  std::shared_ptr<Workers> workers_ = std::make_shared<Workers>();
  std::mutex redrive_mutex_;  // one redrive at a time, and each sees the one before
  store::Sequence last_redrive_ = 0;
  std::atomic<ExecutionId> next_express_id_{-1};
  std::atomic<uint64_t> next_poll_{1};
  std::mutex alarms_mutex_;
  std::unordered_map<Alarm, std::function<void()>> alarms_;
  Alarm next_alarm_ = 1;

  std::thread timer_thread_;
  std::mutex timer_mutex_;
  std::condition_variable timer_changed_;
  bool stopping_ = false;
};

}  // namespace penstock::execution
