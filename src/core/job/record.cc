#include "core/job/record.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/json_read.h"

namespace penstock::job {

namespace {

constexpr std::array<std::string_view, 5> status_texts = {"InProgress", "Completed", "Failed", "Stopping", "Stopped"};

Json event_time(Time time) {
  return fmt::format("{}", time.milliseconds());
}

}  // namespace

std::string_view to_text(Status status) {
  return status_texts[static_cast<size_t>(status)];
}

bool is_final(Status status) {
  return status == Status::completed || status == Status::failed || status == Status::stopped;
}

Json to_json(const JobRecord& record) {
  Json transitions = Json::array();
  for (const Transition& one : record.transitions) {
    transitions.push_back(Json::object({{"status", one.status},
                                        {"message", one.message},
                                        {"started", one.started.microseconds},
                                        {"ended", time_or_null(one.ended)}}));
  }
  Json metrics = Json::array();
  for (const FinalMetric& metric : record.metrics) {
    metrics.push_back(
        Json::object({{"name", metric.name}, {"value", metric.value}, {"time", metric.time.microseconds}}));
  }
  return Json::object({{"kind", record.spec.kind},
                       {"name", record.spec.name},
                       {"arn", record.spec.arn},
                       {"status", to_text(record.status)},
                       {"secondary_status", record.secondary_status()},
                       {"created", record.created.microseconds},
                       {"modified", record.modified.microseconds},
                       {"started", time_or_null(record.started)},
                       {"ended", time_or_null(record.ended)},
                       {"failure_reason", record.failure_reason},
                       {"exit_message", record.exit_message},
                       {"last_errors", list_of(record.last_errors)},
                       {"metrics", std::move(metrics)},
                       {"notes", list_of(record.notes)},
                       {"transitions", std::move(transitions)},
                       {"request", record.request},
                       {"spec", to_json(record.spec)},
                       {"token", record.token},
                       {"folder", record.folder},
                       {"slot", record.slot},
                       {"outputs_stored", record.outputs_stored}});
}

JobRecord record_from_json(const Json& json) {
  JobRecord record;
  record.spec = spec_from_json(json["spec"]);
  record.request = json["request"];
  record.token = json.text("token");
  for (size_t i = 0; i < status_texts.size(); ++i) {
    if (status_texts[i] == json.text("status")) record.status = static_cast<Status>(i);
  }
  if (json["transitions"].is_array()) {
    for (const Json& one : json["transitions"].items()) {
      record.transitions.push_back({std::string(one.text("status")), std::string(one.text("message")),
                                    time_in(one, "started").value_or(Time{}), time_in(one, "ended")});
    }
  }
  record.created = time_in(json, "created").value_or(Time{});
  record.modified = time_in(json, "modified").value_or(Time{});
  record.started = time_in(json, "started");
  record.ended = time_in(json, "ended");
  record.failure_reason = json.text("failure_reason");
  record.exit_message = json.text("exit_message");
  record.last_errors = texts_of(json["last_errors"]);
  if (json["metrics"].is_array()) {
    for (const Json& metric : json["metrics"].items()) {
      double value = metric["value"].is_number() ? metric["value"].as_double() : 0;
      record.metrics.push_back({std::string(metric.text("name")), value, time_in(metric, "time").value_or(Time{})});
    }
  }
  record.notes = texts_of(json["notes"]);
  record.folder = json.text("folder");
  record.slot = static_cast<int>(integer_in(json, "slot").value_or(-1));
  record.outputs_stored = flag_in(json, "outputs_stored");
  return record;
}

std::string_view arn_part(std::string_view arn, size_t index) {
  std::vector<std::string_view> parts = split(arn, ':');
  return index < parts.size() ? parts[index] : std::string_view();
}

store::LogGroupName log_group_of(const Spec& spec) {
  return {std::string(arn_part(spec.arn, 3)), spec.log_group};
}

std::string record_key(std::string_view kind, std::string_view account, std::string_view region,
                       std::string_view name) {
  return fmt::format("{}/{}/{}/{}", kind, account, region, name);
}

std::string record_key(const Spec& spec) {
  return record_key(spec.kind, arn_part(spec.arn, 4), arn_part(spec.arn, 3), spec.name);
}

void enter(JobRecord& record, std::string_view status, std::string_view message, Time now) {
  if (!record.transitions.empty() && !record.transitions.back().ended) record.transitions.back().ended = now;
  record.transitions.push_back({std::string(status), std::string(message), now, std::nullopt});
  record.modified = now;
}

void finish(JobRecord& record, Status status, std::string_view secondary, std::string_view message, Time now) {
  record.status = status;
  enter(record, secondary, message, now);
  record.transitions.back().ended = now;
  if (!record.ended) record.ended = now;
}

Json event_detail(const JobRecord& record) {
  bool training = record.spec.kind == "training";
  std::string prefix = training ? "TrainingJob" : "ProcessingJob";
  Json detail = Json::object({{prefix + "Name", record.spec.name},
                              {prefix + "Arn", record.spec.arn},
                              {prefix + "Status", to_text(record.status)}});
  if (training) detail.set("SecondaryStatus", record.secondary_status());
  if (!record.failure_reason.empty()) detail.set("FailureReason", record.failure_reason);
  if (record.request.is_object()) {
    for (const JsonMember& member : record.request.members()) {
      if (member.key != prefix + "Name") detail.set(member.key, member.value);
    }
  }
  detail.set("CreationTime", event_time(record.created));
  detail.set("LastModifiedTime", event_time(record.modified));
  if (record.started) detail.set(training ? "TrainingStartTime" : "ProcessingStartTime", event_time(*record.started));
  if (record.ended) detail.set(training ? "TrainingEndTime" : "ProcessingEndTime", event_time(*record.ended));
  return detail;
}

std::string event_type(const JobRecord& record) {
  return record.spec.kind == "training" ? "SageMaker Training Job State Change"
                                        : "SageMaker Processing Job State Change";
}

}  // namespace penstock::job
