#include "core/execution/announcement.h"

namespace penstock::execution {

std::string_view status_name(pipeline::Finish::Status status) {
  using Status = pipeline::Finish::Status;
  switch (status) {
    case Status::succeeded:
      return "SUCCEEDED";
    case Status::failed:
      return "FAILED";
    case Status::timed_out:
      return "TIMED_OUT";
    case Status::aborted:
      return "ABORTED";
  }
  return {};
}

namespace {

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json();
}

}  // namespace

event::Event to_event(const Announcement& announcement) {
  const pipeline::Finish* finish = announcement.finish;
  bool succeeded = finish && finish->status == pipeline::Finish::Status::succeeded;
  const Json included = Json::object({{"included", true}});
  Json detail = Json::object({
      {"executionArn", announcement.execution_arn},
      {"stateMachineArn", announcement.machine_arn},
      {"name", announcement.name},
      {"status", finish ? status_name(finish->status) : "RUNNING"},
      {"startDate", announcement.started.milliseconds()},
      {"stopDate", announcement.stopped ? Json(announcement.stopped->milliseconds()) : Json()},
      {"input", announcement.input},
      {"output", succeeded ? Json(finish->output) : Json()},
      {"inputDetails", included},
      {"outputDetails", succeeded ? included : Json()},
      {"error", finish ? text_or_null(finish->error) : Json()},
      {"cause", finish ? text_or_null(finish->cause) : Json()},
  });
  return {std::string(announcement_source), "Step Functions Execution Status Change",
          std::string(announcement.execution_arn), std::move(detail)};
}

}  // namespace penstock::execution
