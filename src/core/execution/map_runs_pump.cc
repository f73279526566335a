// MapRuns: the pump, which takes items from the source and starts executions as long as there is room. One thread at a
// time pumps a run.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "core/execution/engine.h"

namespace penstock::execution {

namespace {

constexpr int64_t concurrency_max = 10'000;  // "MaxConcurrency" in the developer guide
// So many executions are started before the pump waits until they are durable: the store's queue stays short.
constexpr int starts_at_once = 500;
constexpr size_t children_page = 200;
constexpr double disk_pause_seconds = 1;

bool is_unsuccessful(store::ExecutionStatus status) {
  using Status = store::ExecutionStatus;
  return status == Status::failed || status == Status::timed_out || status == Status::aborted;
}

class ListedItems final : public ItemSource {
 public:
  ListedItems(Json items, bool pairs) : items_(std::move(items)), pairs_(pairs) {}
  bool pairs() const override { return pairs_; }
  Outcome<std::optional<Json>> next() override {
    if (place_ == items_.size()) return std::optional<Json>();
    return std::optional<Json>(items_[place_++]);
  }

 private:
  Json items_;
  bool pairs_;
  size_t place_ = 0;
};

}  // namespace

void MapRuns::post_pump(const RunPointer& run) {
  {
    std::lock_guard lock(run->mutex);
    if (run->pumping) {
      run->again = true;
      return;
    }
    run->pumping = true;
  }
  engine_.workers_->post([this, run] { pump(run); });
}

void MapRuns::pump(const RunPointer& run) {
  for (int started = 0; started < starts_at_once;) {
    if (pump_once(run)) {
      ++started;
      continue;
    }
    std::lock_guard lock(run->mutex);
    if (!std::exchange(run->again, false)) {
      run->pumping = false;
      return;
    }
  }
  store::Database& database = engine_.parts_.database;
  auto go_on = [this, run, workers = engine_.workers_](const Outcome<void>&) {
    workers->post([this, run] { pump(run); });
  };
  database.when_durable(database.last_written(), std::move(go_on));
}

// Does one thing; false when there is nothing to do before an execution ends.
bool MapRuns::pump_once(const RunPointer& pointer) {
  Run& run = *pointer;
  if (run.ended) return false;
  if (!run.loaded && !load(run)) return false;
  bool doomed = false, wants = false;
  {
    std::lock_guard lock(run.mutex);
    doomed = run.cancelled || run.failure.has_value();
    wants = wants_more(run);
  }
  if (doomed && !run.stopped_children) {
    stop_children(run);
    return true;
  }
  if (doomed || !wants) return end_if_done(pointer);
  return redrive_next(run) || start_next(run);
}

// What had been done before a restart or a redrive. False, to be tried again later, when the disk is full.
bool MapRuns::load(Run& run) {
  store::Database& database = engine_.parts_.database;
  if (!run.fresh && !database.wait_durable(database.last_written())) {
    Time later = plus_seconds(engine_.parts_.clock.now(), disk_pause_seconds);
    engine_.set_alarm(later, [this, arn = run.record.arn] {
      if (RunPointer again = find_run(arn)) post_pump(again);
    });
    return false;
  }
  std::lock_guard lock(run.mutex);
  if (!run.fresh) {
    for (const store::ChildTally& tally : engine_.parts_.journal.tally_children(run.record.number())) {
      run.executions.of(tally.status) += tally.executions;
      run.items.of(tally.status) += tally.items;
      run.next_item += tally.items;
      run.known = std::max(run.known, tally.newest);
      if (tally.status == store::ExecutionStatus::running) run.running.insert(tally.newest);
    }
    if (run.record.redriven) queue_redrives(run);
  }
  run.loaded = true;
  for (const ItemEnd& end : std::exchange(run.early, {})) count_end(run, end);
  return true;
}

// Under the run's lock. Those that ended before the redrive; later ones have had their turn.
void MapRuns::queue_redrives(Run& run) {
  if (run.cancelled || run.failure) return;
  ExecutionId after = 0;
  for (;;) {
    std::vector<store::ChildRecord> page = engine_.parts_.journal.children(run.record.number(), after, children_page);
    for (const store::ChildRecord& child : page) {
      after = child.id;
      if (!is_unsuccessful(child.status) || !child.stopped || *child.stopped > *run.record.redriven) continue;
      if (child.remains.empty() && !run.record.express) {
        ++run.executions.failures_not_redrivable;
        run.items.failures_not_redrivable += child.place.items;
        continue;
      }
      run.waiting.push_back({child.id, child.status, child.place.items});
      --run.executions.of(child.status);
      run.items.of(child.status) -= child.place.items;
      ++run.executions.pending_redrive;
      run.items.pending_redrive += child.place.items;
    }
    if (page.size() < children_page) return;
  }
}

// Under the run's lock.
bool MapRuns::wants_more(Run& run) {
  int64_t most = run.record.concurrency == 0 ? concurrency_max : std::min(run.record.concurrency, concurrency_max);
  return run.executions.running < most && (!run.waiting.empty() || !run.exhausted);
}

bool MapRuns::redrive_next(Run& run) {
  Waiting waiting;
  {
    std::lock_guard lock(run.mutex);
    if (run.waiting.empty()) return false;
    waiting = run.waiting.front();
    run.waiting.pop_front();
    --run.executions.pending_redrive;
    run.items.pending_redrive -= waiting.items;
    ++run.executions.running;
    run.items.running += waiting.items;
    run.running.insert(waiting.execution);
  }
  if (engine_.redrive_item(waiting.execution)) return true;
  std::lock_guard lock(run.mutex);
  run.running.erase(waiting.execution);
  --run.executions.running;
  run.items.running -= waiting.items;
  ++run.executions.of(waiting.status);
  run.items.of(waiting.status) += waiting.items;
  ++run.executions.failures_not_redrivable;
  run.items.failures_not_redrivable += waiting.items;
  check_tolerance(run);
  return true;
}

bool MapRuns::start_next(Run& run) {
  if (!run.source && !open_source(run)) return true;
  int64_t items = 1;
  Outcome<std::optional<Json>> input = next_input(run, items);
  if (!input) {
    fail(run, input.error().code, input.error().message);
    return true;
  }
  if (!*input) {
    std::lock_guard lock(run.mutex);
    run.exhausted = true;
    check_tolerance(run);
    return true;
  }
  std::string text = to_string(**input);
  if (text.size() > limits::payload_bytes_max) {
    fail(run, "States.DataLimitExceeded",
         "The input of a child execution exceeds the maximum number of bytes service limit.");
    return true;
  }
  ItemStart start;
  start.revision = run.revision;
  start.item = {run.record.arn, run.plan.processor, run.plan.express, items};
  start.input = std::move(text);
  start.place = {run.record.number(), run.next_item, items};
  {
    std::lock_guard lock(run.mutex);
    ++run.executions.running;
    run.items.running += items;
    run.next_item += items;
  }
  engine_.start_item(start);
  return true;
}

// The source, behind the items that have executions already. False when the run has failed with it.
bool MapRuns::open_source(Run& run) {
  if (run.plan.items.is_array()) {
    run.source = std::make_unique<ListedItems>(run.plan.items, run.plan.pairs);
  } else {
    MapRunCall call{run.record.arn, run.record.execution_arn, run.revision->role_arn};
    Outcome<std::unique_ptr<ItemSource>> opened = engine_.tasks_->open_items(call, run.plan.reader);
    if (!opened) return fail(run, opened.error().code, opened.error().message), false;
    run.source = std::move(*opened);
  }
  for (int64_t passed = 0; passed < run.next_item; ++passed) {
    Outcome<std::optional<Json>> item = run.source->next();
    if (!item) return fail(run, item.error().code, item.error().message), false;
    if (!*item) break;
  }
  return true;
}

// The item at `index`, after ItemSelector; nothing at the end.
Outcome<std::optional<Json>> MapRuns::next_selected(Run& run, int64_t index) {
  const Json& most = run.plan.reader["maxItems"];
  int64_t items_max = most.is_number() ? most.as_integer().value_or(0) : 0;
  if (items_max > 0 && index >= items_max) return std::optional<Json>();
  Outcome<std::optional<Json>> item = run.source->next();
  if (!item || !*item) return item;
  Outcome<Json> selected = pipeline::select_item(*run.revision->program, run.plan, **item, index, run.source->pairs(),
                                                 run.source->name(), engine_.parts_.clock.now(), engine_.parts_.random);
  if (!selected) return selected.error();
  return std::optional<Json>(std::move(*selected));
}

// The next execution's input, and how many items are in it; nothing at the end.
Outcome<std::optional<Json>> MapRuns::next_input(Run& run, int64_t& items) {
  if (!run.plan.batched()) return next_selected(run, run.next_item);
  pipeline::Batch batch(run.plan);
  while (!batch.full()) {
    std::optional<Json> item = std::exchange(run.held, std::nullopt);
    if (!item) {
      Outcome<std::optional<Json>> next = next_selected(run, run.next_item + static_cast<int64_t>(batch.size()));
      if (!next) return next.error();
      item = std::move(*next);
    }
    if (!item) break;
    if (!batch.add(*item)) {
      run.held = std::move(item);
      break;
    }
  }
  if (batch.size() == 0) return std::optional<Json>();
  items = static_cast<int64_t>(batch.size());
  return std::optional<Json>(std::move(batch).input());
}

void MapRuns::fail(Run& run, std::string error, std::string cause) {
  std::lock_guard lock(run.mutex);
  if (!run.failure) run.failure = Failure{std::move(error), std::move(cause)};
}

// Under the run's lock. A percentage is of all items, so of a source it is looked at when that has been read.
void MapRuns::check_tolerance(Run& run) {
  bool listed = run.plan.items.is_array();
  pipeline::Tolerance tolerance = run.record.tolerance;
  bool known = listed || run.exhausted;
  auto total = static_cast<size_t>(listed ? static_cast<int64_t>(run.plan.items.size()) : run.next_item);
  if (!known && tolerance.percentage) {
    tolerance.percentage.reset();
    if (!tolerance.count) return;
  }
  if (run.failure || run.cancelled) return;
  if (!tolerance.exceeded(static_cast<size_t>(run.items.unsuccessful()), total)) return;
  run.failure =
      Failure{"States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"};
}

// The run is doomed: no more starts, and what runs is aborted.
void MapRuns::stop_children(Run& run) {
  store::Database& database = engine_.parts_.database;
  if (!database.wait_durable(database.last_written())) {
    engine_.parts_.log.write(Log::Level::warning, "the disk is full while a map run is stopped",
                             {{"arn", run.record.arn}});
  }
  {
    std::lock_guard lock(run.mutex);
    run.stopped_children = true;
    for (const Waiting& waiting : run.waiting) {
      --run.executions.pending_redrive;
      run.items.pending_redrive -= waiting.items;
      ++run.executions.of(waiting.status);
      run.items.of(waiting.status) += waiting.items;
    }
    run.waiting.clear();
    if (run.executions.running == 0) return;
  }
  ExecutionId after = 0;
  for (;;) {
    std::vector<store::ChildRecord> page = engine_.parts_.journal.children(run.record.number(), after, children_page);
    for (const store::ChildRecord& child : page) {
      after = child.id;
      if (child.status == store::ExecutionStatus::running) engine_.report(child.id, {pipeline::Stop{}});
    }
    if (page.size() < children_page) return;
  }
}

// False: there is nothing more to do now, be it that executions run or that the run has ended.
bool MapRuns::end_if_done(const RunPointer& run) {
  {
    std::lock_guard lock(run->mutex);
    bool all = run->exhausted && run->waiting.empty();
    bool doomed = run->cancelled || run->failure.has_value();
    if (run->executions.running > 0 || !(all || doomed)) return false;
  }
  store::Database& database = engine_.parts_.database;
  if (!database.wait_durable(database.last_written())) {  // the disk is full: once more, later
    Time later = plus_seconds(engine_.parts_.clock.now(), disk_pause_seconds);
    engine_.set_alarm(later, [this, arn = run->record.arn] {
      if (RunPointer again = find_run(arn)) post_pump(again);
    });
    return false;
  }
  {
    std::lock_guard lock(run->mutex);
    run->ended = true;
  }
  finish(run);
  return false;
}

}  // namespace penstock::execution
