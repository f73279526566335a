// Tasks: how the engine starts work that it cannot do itself; implemented by aws/integration over the operation table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "core/execution/items.h"
#include "core/pipeline/interpreter.h"

namespace penstock::execution {

using ExecutionId = int64_t;  // store::ExecutionId; Express executions, which are not stored, have negative ones
using pipeline::TaskId;

// One task of one execution.
struct TaskKey {
  ExecutionId execution = 0;
  TaskId task = 0;
  friend auto operator<=>(const TaskKey&, const TaskKey&) = default;
};

// What a task is to do, and for whom.
struct TaskCall {
  TaskKey key;
  std::string resource;  // "arn:aws:states:::sagemaker:createTrainingJob.sync"
  Json parameters;
  std::string token;  // of a .waitForTaskToken task, else empty
  Json credentials;
  std::string execution_arn;
  std::string machine_arn;
  std::string role_arn;  // who acts
  // The same for every attempt to do this one task, also after a crash; differs between retries of the state.
  std::string idempotency_token;
};

// A map run as the places of its items and results see it.
struct MapRunCall {
  std::string map_run_arn, execution_arn, role_arn;
};

// Takes facts about a task: TaskStarted, TaskSubmitted, TaskSucceeded, TaskFailed. The facts of one report are recorded
// together. Safe from any thread; facts about tasks that are no longer awaited are ignored.
class TaskReports {
 public:
  virtual ~TaskReports() = default;
  virtual void report(ExecutionId execution, std::vector<pipeline::Fact> facts) = 0;
  // Does `work` on one of the engine's worker threads.
  virtual void post(std::function<void()> work) = 0;
};

// Also says which resources can run (ResourceCatalog). Called on the engine's worker threads; may take its time. The
// TaskScheduled event of the call is written before; what the call itself writes to the same database therefore never
// outlives a lost TaskScheduled.
class Tasks : public pipeline::ResourceCatalog {
 public:
  // Does the task, or starts it and reports its end later. After a crash a task without a recorded TaskSubmitted is
  // started again with the same idempotency token.
  virtual void start(const TaskCall& call, TaskReports& reports) = 0;
  // After a restart: waits again for the end of a .sync task whose call was answered with `submitted`
  // (TaskSubmitted's output). The end may have come while nobody waited.
  virtual void resume(const TaskCall& call, const Json& submitted, TaskReports& reports) = 0;
  // The task timed out or its execution or branch ended: stop its job if that can be done. Unknown tasks are ignored.
  virtual void cancel(const TaskKey& key) = 0;
  // The items that a map run's reader gives (pipeline::MapRunPlan::reader), on a worker thread. Errors:
  // States.ItemReaderFailed.
  virtual Outcome<std::unique_ptr<ItemSource>> open_items(const MapRunCall& /*call*/, const Json& /*reader*/) {
    return Error{"States.ItemReaderFailed", "There is nothing here that could read items."};
  }
  // Where its results go (pipeline::MapRunPlan::writer). Errors: States.ResultWriterFailed.
  virtual Outcome<std::unique_ptr<ResultSink>> open_results(const MapRunCall& /*call*/, const Json& /*writer*/) {
    return Error{"States.ResultWriterFailed", "There is nothing here that could write results."};
  }
  // TestState: why `result` cannot be what a call of `resource` answers; nothing when it can, or when the service's
  // shapes are not known here. `complete`: required members must be there.
  virtual std::optional<std::string> refuse_result(std::string_view /*resource*/, const Json& /*result*/,
                                                   bool /*complete*/) const {
    return std::nullopt;
  }
};

}  // namespace penstock::execution
