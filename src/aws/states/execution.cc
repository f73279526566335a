#include "aws/states/execution.h"

#include <memory>
#include <utility>

#include "aws/states/definition.h"
#include "aws/states/execution_input.h"
#include "aws/states/input_schema.h"
#include "aws/states/machine.h"
#include "aws/states/map_run.h"
#include "aws/states/page.h"
#include "base/limits.h"
#include "core/execution/announcement.h"

namespace penstock::aws::states {

namespace {

Error no_such_execution(std::string_view arn) {
  return {"ExecutionDoesNotExist", "Execution Does Not Exist: '" + std::string(arn) + "'"};
}

Error type_not_supported() {
  return {"StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"};
}

std::string_view status_name(store::ExecutionStatus status) {
  switch (status) {
    case store::ExecutionStatus::running:
      return "RUNNING";
    case store::ExecutionStatus::succeeded:
      return "SUCCEEDED";
    case store::ExecutionStatus::failed:
      return "FAILED";
    case store::ExecutionStatus::timed_out:
      return "TIMED_OUT";
    case store::ExecutionStatus::aborted:
      return "ABORTED";
    case store::ExecutionStatus::pending_redrive:
      return "PENDING_REDRIVE";
  }
  return {};
}

std::optional<store::ExecutionStatus> status_of(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  using Status = store::ExecutionStatus;
  for (Status status : {Status::running, Status::succeeded, Status::failed, Status::timed_out, Status::aborted}) {
    if (*name == status_name(status)) return status;
  }
  return Status::pending_redrive;
}

// What StartExecution and StartSyncExecution have in common.
template <class Input>
Outcome<execution::StartRequest> start_request(Context& context, const Input& input) {
  Outcome<Arn> arn = parse_machine_arn(input.state_machine_arn);
  if (!arn) return arn.error();
  execution::StartRequest request;
  if (input.name) {
    if (Outcome<void> valid = check_name(*input.name); !valid) return valid.error();
    request.name = *input.name;
  }
  if (input.input) request.input = *input.input;
  if (Outcome<void> valid = check_execution_input(request.input); !valid) return valid.error();
  Outcome<Target> target = find_target(context, *arn);
  if (!target) return target.error();
  if (target->tags.is_object()) {
    if (Outcome<void> fits = check_schema(target->tags, request.input); !fits) return fits.error();
  }
  request.revision = std::move(target->revision);
  request.version_arn = std::move(target->version_arn);
  request.alias_arn = std::move(target->alias_arn);
  request.trace_header = input.trace_header.value_or("");
  request.starter = context.idempotency_token;
  return request;
}

std::optional<std::string> given(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

CloudWatchEventsExecutionDataDetails included() {
  return {true};
}

}  // namespace

Outcome<StartExecutionOutput> start_execution(Context& context, const StartExecutionInput& input) {
  Outcome<execution::StartRequest> request = start_request(context, input);
  if (!request) return request.error();
  if (request->revision->express()) {
    execution::Started started = context.platform.executions.start_express(*request, {});
    note_log_delivery(context, *request->revision, started.arn);
    return StartExecutionOutput{std::move(started.arn), started.started};
  }
  Outcome<execution::Started> started = context.platform.executions.start(*request);
  if (!started) return started.error();
  note_log_delivery(context, *request->revision, started->arn);
  return StartExecutionOutput{std::move(started->arn), started->started};
}

namespace {

// Express executions are billed by 64 MB of memory and 100 ms of time. Source: AWS Step Functions pricing.
BillingDetails billing_of(const execution::ExpressEnd& end) {
  constexpr int64_t memory_megabytes = 64;
  constexpr int64_t step_microseconds = 100'000;
  int64_t duration = end.stopped.microseconds - end.started.microseconds;
  int64_t steps = std::max<int64_t>(1, (duration + step_microseconds - 1) / step_microseconds);
  return {memory_megabytes, steps * step_microseconds / 1000};
}

StartSyncExecutionOutput sync_output(const execution::ExpressEnd& end) {
  StartSyncExecutionOutput output;
  output.execution_arn = end.arn;
  output.name = end.name;
  output.start_date = end.started;
  output.stop_date = end.stopped;
  output.status = execution::status_name(end.finish.status);
  output.error = end.finish.error;
  output.cause = end.finish.cause;
  output.output_details = included();
  if (end.finish.status == pipeline::Finish::Status::succeeded) output.output = end.finish.output;
  output.billing_details = billing_of(end);
  return output;
}

}  // namespace

void start_sync_execution(Context& context, const StartSyncExecutionInput& input,
                          Reply<StartSyncExecutionOutput> reply) {
  Outcome<execution::StartRequest> request = start_request(context, input);
  if (!request) return reply(request.error());
  if (!request->revision->express()) return reply(type_not_supported());
  auto shared = std::make_shared<Reply<StartSyncExecutionOutput>>(std::move(reply));
  bool with_data = input.included_data != "METADATA_ONLY";
  auto answer = [shared, with_data, machine_arn = input.state_machine_arn, text = request->input,
                 trace = input.trace_header](execution::ExpressEnd end) {
    StartSyncExecutionOutput output = sync_output(end);
    output.state_machine_arn = machine_arn;
    output.trace_header = trace;
    output.input_details = included();
    output.input = text;
    if (!with_data) output.input = output.output = std::nullopt;
    (*shared)(std::move(output));
  };
  execution::Started started = context.platform.executions.start_express(*request, std::move(answer));
  note_log_delivery(context, *request->revision, started.arn);
}

Outcome<StopExecutionOutput> stop_execution(Context& context, const StopExecutionInput& input) {
  Outcome<Arn> arn = parse_arn(input.execution_arn, {"execution"});
  if (!arn) return arn.error();
  Outcome<Time> stopped = context.platform.executions.stop(arn->text, input.error, input.cause);
  if (!stopped) return stopped.error();
  return StopExecutionOutput{*stopped};
}

namespace {

// Why it cannot be redriven; nothing when it can.
std::optional<std::string> redrive_obstacle(Context& context, const store::ExecutionRecord& record,
                                            const execution::Details& details) {
  std::optional<Machine> machine = find_machine(context, record.machine_arn);
  if (machine && machine->deleting) return "State machine is in DELETING status";
  return execution::redrive_obstacle(record, details, context.platform.executions.clock().now());
}

}  // namespace

Outcome<DescribeExecutionOutput> describe_execution(Context& context, const DescribeExecutionInput& input) {
  Outcome<Arn> arn = parse_arn(input.execution_arn, {"execution"});
  if (!arn) return arn.error();
  std::optional<store::ExecutionRecord> record = context.platform.executions.journal().find(arn->text);
  if (!record) return no_such_execution(arn->text);
  execution::Details details = execution::parse_details(record->details);
  std::string_view status = status_name(record->status);
  DescribeExecutionOutput output;
  output.execution_arn = record->arn;
  output.state_machine_arn = record->machine_arn;
  output.name = record->name;
  output.status = status;
  output.start_date = record->started;
  output.stop_date = record->stopped;
  output.error = record->error;
  output.cause = record->cause;
  output.trace_header = given(details.trace_header);
  output.state_machine_version_arn = given(details.version_arn);
  output.state_machine_alias_arn = given(details.alias_arn);
  output.redrive_count = details.redrives;
  output.redrive_date = details.redriven;
  output.redrive_status_reason = redrive_obstacle(context, *record, details);
  output.map_run_arn = given(details.item.map_run);
  std::string_view redrivable = output.map_run_arn ? "REDRIVABLE_BY_MAP_RUN" : "REDRIVABLE";
  output.redrive_status = output.redrive_status_reason ? "NOT_REDRIVABLE" : redrivable;
  bool with_data = input.included_data != "METADATA_ONLY";
  output.input_details = included();
  if (with_data) output.input = std::move(record->input);
  if (record->output) {
    output.output_details = included();
    if (with_data) output.output = std::move(record->output);
  }
  return output;
}

namespace {

ExecutionListItem item_of(store::ExecutionSummary& summary) {
  execution::Details details = execution::parse_details(summary.details);
  ExecutionListItem item;
  item.execution_arn = std::move(summary.arn);
  item.state_machine_arn = std::move(summary.machine_arn);
  item.name = std::move(summary.name);
  item.status = status_name(summary.status);
  item.start_date = summary.started;
  item.stop_date = summary.stopped;
  item.redrive_count = details.redrives;
  item.redrive_date = details.redriven;
  item.map_run_arn = given(details.item.map_run);
  if (item.map_run_arn) item.item_count = details.item.items;
  item.state_machine_version_arn = given(details.version_arn);
  item.state_machine_alias_arn = given(details.alias_arn);
  return item;
}

// Of a version or alias only its own executions are listed.
bool is_asked_for(const ListExecutionsInput& input, const Arn& arn, const ExecutionListItem& item) {
  if (input.redrive_filter && (*input.redrive_filter == "REDRIVEN") != (item.redrive_count > 0)) return false;
  if (arn.qualifier.empty() || arn.kind == "mapRun") return true;
  return item.state_machine_version_arn == arn.text || item.state_machine_alias_arn == arn.text;
}

// Only Standard executions are listed, of a machine or of a map run.
Outcome<void> fill_owner(Context& context, const Arn& arn, store::ExecutionFilter& filter) {
  if (arn.kind == "mapRun") {
    std::optional<execution::MapRun> run = context.platform.executions.map_runs().find(arn.text);
    if (!run) return no_such_map_run(arn.text);
    if (run->express) return type_not_supported();
    filter.map_run = run->number();
    return {};
  }
  std::optional<Machine> machine = find_machine(context, arn.machine);
  if (!machine) return no_such_machine(arn.text);
  auto revision = context.platform.executions.revisions().find(machine->revision);
  if (revision && revision->express()) return type_not_supported();
  filter.machine_arn = arn.machine;
  return {};
}

Outcome<store::ExecutionFilter> filter_of(Context& context, const Pages& pages, const ListExecutionsInput& input,
                                          const Arn& arn) {
  store::ExecutionFilter filter;
  if (Outcome<void> owner = fill_owner(context, arn, filter); !owner) return owner.error();
  Outcome<std::string> before = pages.start(input.next_token);
  if (!before) return before.error();
  filter.status = status_of(input.status_filter);
  if (!before->empty()) filter.before = std::strtoll(before->c_str(), nullptr, 10);
  return filter;
}

}  // namespace

Outcome<ListExecutionsOutput> list_executions(Context& context, const ListExecutionsInput& input) {
  if (input.map_run_arn.has_value() == input.state_machine_arn.has_value())
    return Error{"ValidationException", "Either a state machine ARN or a map run ARN must be given."};
  if (input.status_filter == "PENDING_REDRIVE" && !input.map_run_arn)
    return Error{"ValidationException", "The statusFilter PENDING_REDRIVE needs a map run ARN."};
  Outcome<Arn> arn = input.map_run_arn ? parse_arn(*input.map_run_arn, {"mapRun"})
                                       : parse_arn(*input.state_machine_arn, {"stateMachine"});
  if (!arn) return arn.error();
  const Pages pages(context, "ListExecutions", input);
  Outcome<store::ExecutionFilter> filter = filter_of(context, pages, input, *arn);
  if (!filter) return filter.error();
  ListExecutionsOutput output;
  size_t count = page_size(input.max_results);
  filter->count = count + 1;
  for (;;) {
    std::vector<store::ExecutionSummary> found = context.platform.executions.journal().list(*filter);
    for (store::ExecutionSummary& summary : found) {
      store::ExecutionId id = summary.id;
      ExecutionListItem item = item_of(summary);
      if (!is_asked_for(input, *arn, item)) continue;
      if (output.executions.size() == count) {
        output.next_token = pages.token(std::to_string(*filter->before));
        return output;
      }
      output.executions.push_back(std::move(item));
      filter->before = id;
    }
    if (found.size() < filter->count) return output;
    filter->before = found.back().id;
  }
}

Outcome<RedriveExecutionOutput> redrive_execution(Context& context, const RedriveExecutionInput& input) {
  Outcome<Arn> arn = parse_arn(input.execution_arn, {"execution"});
  if (!arn) return arn.error();
  std::optional<store::ExecutionRecord> record = context.platform.executions.journal().find(arn->text);
  if (!record) return no_such_execution(arn->text);
  std::optional<Machine> machine = find_machine(context, record->machine_arn);
  if (machine && machine->deleting) {
    return Error{"ExecutionNotRedrivable",
                 "Execution '" + arn->text + "' cannot be redriven: State machine is in DELETING status"};
  }
  Outcome<Time> redriven = context.platform.executions.redrive(arn->text, input.client_token.value_or(""));
  if (!redriven) return redriven.error();
  return RedriveExecutionOutput{*redriven};
}

}  // namespace penstock::aws::states
