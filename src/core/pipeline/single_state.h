// A single state tried out by itself, its work mocked: what TestState answers. It is the interpreter that runs it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/outcome.h"
#include "base/random.h"
#include "base/time.h"
#include "core/pipeline/flow_trace.h"
#include "core/pipeline/interpreter.h"
#include "core/pipeline/program.h"

namespace penstock::pipeline {

// How the call of a Task ended.
struct TaskOutcome {
  std::optional<Json> result;               // when it succeeded ...
  std::optional<std::string> error, cause;  // ... and when not
};

struct StateTrial {
  std::shared_ptr<const Program> program;
  std::string state;  // any in the program, nested ones too
  Json input, context;
  Json variables;                           // an object, or null for none
  int64_t retries = 0;                      // tries of each retrier that are used up
  std::optional<Json> result;               // what a Task, Parallel or Map comes to
  std::optional<std::string> error, cause;  // or how it fails
  bool fails = false;                       // `error` and `cause` are meant, though both may be absent
  // Does the call of a Task that has no mock; may be empty.
  std::function<Outcome<TaskOutcome>(const ScheduleTask&)> run_task;
  std::optional<int64_t> failed_items;  // of a Map, against its tolerance
  std::optional<Json> reader_items;     // what a Map's ItemReader reads
};

struct TrialOutcome {
  enum class Status { succeeded, failed, retriable, caught_error };
  Status status = Status::succeeded;
  std::optional<Json> output;  // absent when it failed or would be tried again
  std::optional<std::string> error, cause;
  std::string next_state;  // empty when the state ends its workflow
  Json variables;          // those in sight when it was left
  FlowTrace trace;         // only what AWS shows for a state of this type
};

// A Wait state is not waited for. Errors: those of `run_task`; "ValidationException" when the state is not there, or
// needs a mock and has none, or the mock does not fit.
Outcome<TrialOutcome> try_state(const StateTrial& trial, Time now, Random& random);

}  // namespace penstock::pipeline
