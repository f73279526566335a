#include "aws/states/map_run.h"

#include "aws/states/arn.h"
#include "aws/states/page.h"
#include "core/execution/engine.h"

namespace penstock::aws::states {

namespace {

template <class Counts>
Counts counts_of(const execution::MapRunCounts& counts) {
  Counts shown;
  shown.pending = counts.pending;
  shown.running = counts.running;
  shown.succeeded = counts.succeeded;
  shown.failed = counts.failed;
  shown.timed_out = counts.timed_out;
  shown.aborted = counts.aborted;
  shown.total = counts.total();
  shown.results_written = counts.results_written;
  shown.failures_not_redrivable = counts.failures_not_redrivable;
  shown.pending_redrive = counts.pending_redrive;
  return shown;
}

// Machine "arn:...:stateMachine:Machine" of an execution or map run, also of a child's ("Machine/Label").
std::string machine_of(const Arn& arn) {
  std::string name = arn.name.substr(0, arn.name.find('/'));
  return arn.text.substr(0, arn.text.find(":" + arn.kind + ":")) + ":stateMachine:" + name;
}

}  // namespace

Error no_such_map_run(std::string_view arn) {
  return {"ResourceNotFound", "Resource not found: '" + std::string(arn) + "'"};
}

Outcome<DescribeMapRunOutput> describe_map_run(Context& context, const DescribeMapRunInput& input) {
  Outcome<Arn> arn = parse_arn(input.map_run_arn, {"mapRun"});
  if (!arn) return arn.error();
  std::optional<execution::MapRun> run = context.platform.executions.map_runs().find(arn->text);
  if (!run) return no_such_map_run(arn->text);
  DescribeMapRunOutput output;
  output.map_run_arn = run->arn;
  output.execution_arn = run->execution_arn;
  output.status = status_name(run->status);
  output.start_date = run->started;
  output.stop_date = run->stopped;
  output.max_concurrency = run->concurrency;
  output.tolerated_failure_count = run->tolerance.count.value_or(0);
  output.tolerated_failure_percentage = run->tolerance.percentage.value_or(0);
  output.item_counts = counts_of<MapRunItemCounts>(run->items);
  output.execution_counts = counts_of<MapRunExecutionCounts>(run->executions);
  output.redrive_count = run->redrives;
  output.redrive_date = run->redriven;
  return output;
}

Outcome<ListMapRunsOutput> list_map_runs(Context& context, const ListMapRunsInput& input) {
  Outcome<Arn> arn = parse_arn(input.execution_arn, {"execution"});
  if (!arn) return arn.error();
  if (!context.platform.executions.journal().find(arn->text)) {
    return Error{"ExecutionDoesNotExist", "Execution Does Not Exist: '" + arn->text + "'"};
  }
  const Pages pages(context, "ListMapRuns", input);
  Outcome<std::string> after = pages.start(input.next_token);
  if (!after) return after.error();
  ListMapRunsOutput output;
  size_t count = page_size(input.max_results);
  bool reached = after->empty();
  for (const execution::MapRun& run : context.platform.executions.map_runs().list(arn->text)) {
    if (!reached) {
      reached = run.arn == *after;
      continue;
    }
    if (output.map_runs.size() == count) {
      output.next_token = pages.token(output.map_runs.back().map_run_arn);
      return output;
    }
    output.map_runs.push_back({run.execution_arn, run.arn, machine_of(*arn), run.started, run.stopped});
  }
  return output;
}

Outcome<UpdateMapRunOutput> update_map_run(Context& context, const UpdateMapRunInput& input) {
  Outcome<Arn> arn = parse_arn(input.map_run_arn, {"mapRun"});
  if (!arn) return arn.error();
  execution::MapRuns& runs = context.platform.executions.map_runs();
  if (!runs.find(arn->text)) return no_such_map_run(arn->text);
  if (!input.max_concurrency && !input.tolerated_failure_count && !input.tolerated_failure_percentage) {
    return Error{"ValidationException",
                 "At least one of maxConcurrency, toleratedFailureCount and toleratedFailurePercentage must be given."};
  }
  execution::MapRunChanges changes{input.max_concurrency, input.tolerated_failure_count,
                                   input.tolerated_failure_percentage};
  if (runs.update(arn->text, changes)) return UpdateMapRunOutput{};
  return Error{"ValidationException", "Map Run is not running and cannot be updated: '" + arn->text + "'"};
}

}  // namespace penstock::aws::states
