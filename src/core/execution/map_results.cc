#include "core/execution/map_results.h"

#include <utility>

#include "base/limits.h"
#include "core/execution/details.h"

namespace penstock::execution {

namespace {

constexpr size_t children_page = 200;

std::string_view status_text(store::ExecutionStatus status) {
  using Status = store::ExecutionStatus;
  switch (status) {
    case Status::succeeded:
      return "SUCCEEDED";
    case Status::failed:
      return "FAILED";
    case Status::timed_out:
      return "TIMED_OUT";
    case Status::aborted:
      return "ABORTED";
    default:
      return "RUNNING";
  }
}

}  // namespace

// Without a WriterConfig the state's output has only the outputs, and result files all that is known of an execution.
MapResults::MapResults(store::Journal& journal, const MapRun& run, const pipeline::MapRunPlan& plan)
    : journal_(journal), run_(run) {
  bool files = !plan.writer.text("resource").empty();
  std::string_view asked = plan.writer["config"].text("Transformation", files ? "NONE" : "COMPACT");
  if (asked == "NONE") transformation_ = Transformation::none;
  if (asked == "FLATTEN") transformation_ = Transformation::flatten;
}

void MapResults::walk(const std::function<bool(const store::ChildRecord&)>& visit) {
  store::ExecutionId after = 0;
  for (;;) {
    std::vector<store::ChildRecord> page = journal_.children(run_.number(), after, children_page);
    for (const store::ChildRecord& child : page) {
      after = child.id;
      if (!visit(child)) return;
    }
    if (page.size() < children_page) return;
  }
}

// An execution as DescribeExecution shows it, in the form of AWS's result files.
std::string MapResults::described(const store::ChildRecord& child) const {
  Details details = parse_details(child.details);
  const Json included = Json::object({{"Included", true}});
  bool succeeded = child.status == store::ExecutionStatus::succeeded;
  Json json = Json::object({{"ExecutionArn", child.arn}});
  if (child.error) json.set("Error", *child.error);
  if (child.cause) json.set("Cause", *child.cause);
  json.set("Input", child.input);
  json.set("InputDetails", included);
  json.set("Name", child.name);
  if (child.output) json.set("Output", *child.output);
  if (child.output) json.set("OutputDetails", included);
  json.set("RedriveCount", details.redrives);
  json.set("RedriveStatus", succeeded ? "NOT_REDRIVABLE" : "REDRIVABLE_BY_MAP_RUN");
  if (succeeded) json.set("RedriveStatusReason", "Execution is SUCCEEDED and cannot be redriven");
  json.set("StartDate", to_iso8601(child.started));
  json.set("StateMachineArn", child.machine_arn);
  json.set("Status", status_text(child.status));
  if (child.stopped) json.set("StopDate", to_iso8601(*child.stopped));
  return to_string(json);
}

// What is shown of an execution that succeeded.
bool MapResults::append_shown(const store::ChildRecord& child,
                              const std::function<bool(std::string_view)>& append) const {
  if (transformation_ == Transformation::none) return append(described(child));
  std::string_view output = child.output ? std::string_view(*child.output) : std::string_view("null");
  if (transformation_ == Transformation::compact) return append(output);
  Outcome<Json> value = parse_json(output);
  if (!value || !value->is_array()) return append(output);
  for (const Json& part : value->items()) {
    if (!append(to_string(part))) return false;
  }
  return true;
}

std::optional<Json> MapResults::collect() {
  std::string text = "[";
  auto append = [&](std::string_view result) {
    if (text.size() > 1) text.push_back(',');
    text.append(result);
    return text.size() < limits::payload_bytes_max;
  };
  bool fits = true;
  walk([&](const store::ChildRecord& child) {
    if (child.status == store::ExecutionStatus::succeeded) fits = append_shown(child, append);
    return fits;
  });
  text.push_back(']');
  if (!fits) return std::nullopt;
  Outcome<Json> output = parse_json(text);
  return output ? std::optional<Json>(std::move(*output)) : std::nullopt;
}

Outcome<Json> MapResults::write(Tasks& tasks, const MapRunCall& call, const pipeline::MapRunPlan& plan) {
  Outcome<std::unique_ptr<ResultSink>> sink = tasks.open_results(call, plan.writer);
  if (!sink) return sink.error();
  Outcome<void> good;
  walk([&](const store::ChildRecord& child) {
    if (child.status == store::ExecutionStatus::succeeded) {
      append_shown(child, [&](std::string_view result) { return (good = (*sink)->append("SUCCEEDED", result)).ok(); });
    } else {
      good = (*sink)->append("FAILED", described(child));
    }
    items_written_ += child.place.items;
    ++executions_written_;
    return good.ok();
  });
  if (!good) return good.error();
  Outcome<Json> details = (*sink)->finish(run_.arn);
  if (!details) return details.error();
  return Json::object({{"MapRunArn", run_.arn}, {"ResultWriterDetails", std::move(*details)}});
}

}  // namespace penstock::execution
