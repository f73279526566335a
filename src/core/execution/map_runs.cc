// MapRuns: a run's begin and end, and who asks about it. map_runs_pump.cc starts the items.
#include "core/execution/map_runs.h"

#include <algorithm>
#include <utility>

#include "core/execution/engine.h"
#include "core/execution/map_results.h"

namespace penstock::execution {

namespace {

// "arn:aws:states:R:A:execution:Machine:name" -> "arn:aws:states:R:A:mapRun:Machine/"
std::string map_run_prefix(std::string_view execution_arn) {
  constexpr std::string_view kind = ":execution:";
  size_t place = execution_arn.find(kind);
  if (place == std::string_view::npos) return {};
  size_t name = place + kind.size();
  size_t end = std::min(execution_arn.find(':', name), execution_arn.size());
  std::string prefix(execution_arn.substr(0, place));
  return prefix.append(":mapRun:").append(execution_arn.substr(name, end - name)).append("/");
}

// A run that had ended before its parent heard of it, or that is to go on: what its record says.
void prepare_redrive(MapRun& record, uint32_t redrives, Time now) {
  record.status = MapRun::Status::running;
  record.redrives = redrives;
  record.redriven = now;
  record.stopped.reset();
  record.error.reset();
  record.cause.reset();
}

}  // namespace

void MapRuns::begin(const Live& parent, pipeline::StartMapRun command) {
  auto run = std::make_shared<Run>();
  run->revision = parent.revision;
  std::lock_guard lock(mutex_);
  if (auto found = runs_.find(command.arn); found != runs_.end()) {
    std::lock_guard run_lock(found->second->mutex);
    found->second->next = std::move(command);
    return;
  }
  Time now = engine_.parts_.clock.now();
  std::optional<MapRun> earlier = load_map_run(engine_.parts_.records, command.arn);
  run->fresh = !earlier;
  if (earlier) {
    run->record = std::move(*earlier);
  } else {
    run->record.arn = command.arn;
    run->record.execution_arn = parent.arn;
    run->record.execution = parent.id;
    run->record.id = command.run;
    run->record.started = now;
    run->record.express = command.plan.express;
    run->record.concurrency = command.plan.concurrency;
    run->record.tolerance = command.plan.tolerance;
  }
  run->plan = std::move(command.plan);
  bool redriven = earlier && command.redrives > run->record.redrives;
  if (redriven) prepare_redrive(run->record, command.redrives, now);
  if (run->fresh || redriven) save(engine_.parts_.records, run->record);
  if (run->record.status == MapRun::Status::failed) {
    run->failure = Failure{run->record.error.value_or(""), run->record.cause.value_or("")};
  }
  if (run->record.status != MapRun::Status::running) run->exhausted = true;
  runs_.emplace(run->record.arn, run);
  post_pump(run);
}

void MapRuns::cancel(const std::string& arn) {
  RunPointer run = find_run(arn);
  if (!run) return;
  {
    std::lock_guard lock(run->mutex);
    run->next.reset();
    run->cancelled = true;
    run->record.status = MapRun::Status::aborted;
    run->record.stopped = engine_.parts_.clock.now();
    save(engine_.parts_.records, run->record);
  }
  post_pump(run);
}

void MapRuns::abort_orphans() {
  for (MapRun& record : load_map_runs(engine_.parts_.records, {})) {
    bool open = record.status == MapRun::Status::running ||
                (record.status == MapRun::Status::aborted && record.executions.total() == 0);
    if (!open || find_run(record.arn)) continue;
    auto run = std::make_shared<Run>();
    run->fresh = false;
    run->cancelled = true;
    run->record = std::move(record);
    run->record.status = MapRun::Status::aborted;
    if (!run->record.stopped) run->record.stopped = engine_.parts_.clock.now();
    {
      std::lock_guard lock(mutex_);
      runs_.emplace(run->record.arn, run);
    }
    post_pump(run);
  }
}

void MapRuns::item_ended(const ItemEnd& end) {
  RunPointer run = find_run(end.map_run);
  if (!run) return;
  {
    std::lock_guard lock(run->mutex);
    if (!run->loaded) {
      run->early.push_back(end);
      return;
    }
    count_end(*run, end);
  }
  post_pump(run);
}

// Under the run's lock. What had ended when the run was loaded is in its counts.
void MapRuns::count_end(Run& run, const ItemEnd& end) {
  if (end.execution <= run.known && run.running.erase(end.execution) == 0) return;
  --run.executions.running;
  run.items.running -= end.items;
  ++run.executions.of(end.status);
  run.items.of(end.status) += end.items;
  check_tolerance(run);
}

MapRuns::RunPointer MapRuns::find_run(std::string_view arn) {
  std::lock_guard lock(mutex_);
  auto found = runs_.find(arn);
  return found == runs_.end() ? nullptr : found->second;
}

// ---- who asks

MapRun MapRuns::seen(Run& run) {
  std::lock_guard lock(run.mutex);
  MapRun record = run.record;
  record.items = run.items;
  record.executions = run.executions;
  if (!run.plan.items.is_array() || run.exhausted) return record;
  record.items.pending = std::max<int64_t>(0, static_cast<int64_t>(run.plan.items.size()) - run.next_item);
  int64_t batch = std::max<int64_t>(1, run.plan.batch_items);
  record.executions.pending = (record.items.pending + batch - 1) / batch;
  return record;
}

std::optional<MapRun> MapRuns::find(std::string_view arn) {
  if (RunPointer run = find_run(arn)) return seen(*run);
  return load_map_run(engine_.parts_.records, arn);
}

std::vector<MapRun> MapRuns::list(std::string_view execution_arn) {
  std::vector<MapRun> runs = load_map_runs(engine_.parts_.records, map_run_prefix(execution_arn));
  std::erase_if(runs, [&](const MapRun& run) { return run.execution_arn != execution_arn; });
  std::ranges::sort(runs, [](const MapRun& left, const MapRun& right) {
    return std::pair(left.started, left.id) > std::pair(right.started, right.id);
  });
  return runs;
}

bool MapRuns::update(const std::string& arn, const MapRunChanges& changes) {
  RunPointer run = find_run(arn);
  if (!run) return false;
  {
    std::lock_guard lock(run->mutex);
    if (run->ended || run->cancelled) return false;
    MapRun& record = run->record;
    if (changes.concurrency) record.concurrency = *changes.concurrency;
    if (changes.tolerated_count) record.tolerance.count = *changes.tolerated_count;
    if (changes.tolerated_percentage) record.tolerance.percentage = *changes.tolerated_percentage;
    save(engine_.parts_.records, record);
    check_tolerance(*run);
  }
  post_pump(run);
  return true;
}

// ---- the end

// All children have ended. Its record is written before the parent hears of it: after a crash between the two, the
// parent asks again.
void MapRuns::finish(const RunPointer& pointer) {
  Run& run = *pointer;
  pipeline::MapRunEnded outcome;
  outcome.run = run.record.id;
  if (!run.cancelled) outcome = outcome_of(run);
  std::optional<pipeline::StartMapRun> next;
  MapRun record = seen(run);  // with what was never started
  {
    std::scoped_lock lock(mutex_, run.mutex);
    run.record.items = record.items;
    run.record.executions = record.executions;
    if (!run.cancelled) {
      run.record.status = outcome.succeeded ? MapRun::Status::succeeded : MapRun::Status::failed;
      run.record.stopped = engine_.parts_.clock.now();
      run.record.error = outcome.error;
      run.record.cause = outcome.cause;
    }
    save(engine_.parts_.records, run.record);
    record = run.record;
    next = std::move(run.next);
    runs_.erase(record.arn);
  }
  if (next) {
    Live parent;
    parent.id = record.execution;
    parent.arn = record.execution_arn;
    parent.revision = run.revision;
    return begin(parent, std::move(*next));
  }
  if (!run.cancelled) engine_.report(record.execution, {std::move(outcome)});
}

pipeline::MapRunEnded MapRuns::outcome_of(Run& run) {
  pipeline::MapRunEnded outcome;
  outcome.run = run.record.id;
  MapResults results(engine_.parts_.journal, run.record, run.plan);
  bool writes = !run.plan.writer.text("resource").empty();
  if (writes) {
    MapRunCall call{run.record.arn, run.record.execution_arn, run.revision->role_arn};
    Outcome<Json> written = results.write(*engine_.tasks_, call, run.plan);
    if (written) {
      outcome.output = std::move(*written);
      run.items.results_written = results.items_written();
      run.executions.results_written = results.executions_written();
    } else if (!run.failure) {
      run.failure = Failure{written.error().code, written.error().message};
    }
  } else if (!run.failure) {
    std::optional<Json> output = results.collect();
    outcome.too_large = !output;
    if (output) outcome.output = std::move(*output);
  }
  outcome.succeeded = !run.failure;
  if (run.failure) {
    outcome.error = run.failure->error;
    outcome.cause = run.failure->cause;
  }
  return outcome;
}

}  // namespace penstock::execution
