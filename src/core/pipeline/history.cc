#include "core/pipeline/history.h"

#include <array>

#include "core/pipeline/packing.h"

namespace penstock::pipeline {
namespace {

struct EventTypeRow {
  std::string_view name;
  std::string_view member;
};

constexpr std::string_view state_entered = "stateEnteredEventDetails";
constexpr std::string_view state_exited = "stateExitedEventDetails";

constexpr std::array event_types = std::to_array<EventTypeRow>({
    {"ExecutionStarted", "executionStartedEventDetails"},
    {"ExecutionSucceeded", "executionSucceededEventDetails"},
    {"ExecutionFailed", "executionFailedEventDetails"},
    {"ExecutionTimedOut", "executionTimedOutEventDetails"},
    {"ExecutionAborted", "executionAbortedEventDetails"},
    {"ExecutionRedriven", "executionRedrivenEventDetails"},
    {"PassStateEntered", state_entered},
    {"PassStateExited", state_exited},
    {"ChoiceStateEntered", state_entered},
    {"ChoiceStateExited", state_exited},
    {"WaitStateEntered", state_entered},
    {"WaitStateExited", state_exited},
    {"WaitStateAborted", ""},
    {"SucceedStateEntered", state_entered},
    {"SucceedStateExited", state_exited},
    {"FailStateEntered", state_entered},
    {"TaskStateEntered", state_entered},
    {"TaskStateExited", state_exited},
    {"TaskStateAborted", ""},
    {"TaskScheduled", "taskScheduledEventDetails"},
    {"TaskStarted", "taskStartedEventDetails"},
    {"TaskStartFailed", "taskStartFailedEventDetails"},
    {"TaskSubmitted", "taskSubmittedEventDetails"},
    {"TaskSubmitFailed", "taskSubmitFailedEventDetails"},
    {"TaskSucceeded", "taskSucceededEventDetails"},
    {"TaskFailed", "taskFailedEventDetails"},
    {"TaskTimedOut", "taskTimedOutEventDetails"},
    {"ActivityScheduled", "activityScheduledEventDetails"},
    {"ActivityScheduleFailed", "activityScheduleFailedEventDetails"},
    {"ActivityStarted", "activityStartedEventDetails"},
    {"ActivitySucceeded", "activitySucceededEventDetails"},
    {"ActivityFailed", "activityFailedEventDetails"},
    {"ActivityTimedOut", "activityTimedOutEventDetails"},
    {"LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails"},
    {"LambdaFunctionScheduleFailed", "lambdaFunctionScheduleFailedEventDetails"},
    {"LambdaFunctionStarted", ""},
    {"LambdaFunctionStartFailed", "lambdaFunctionStartFailedEventDetails"},
    {"LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails"},
    {"LambdaFunctionFailed", "lambdaFunctionFailedEventDetails"},
    {"LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails"},
    {"ParallelStateEntered", state_entered},
    {"ParallelStateExited", state_exited},
    {"ParallelStateStarted", ""},
    {"ParallelStateSucceeded", ""},
    {"ParallelStateFailed", ""},
    {"ParallelStateAborted", ""},
    {"MapStateEntered", state_entered},
    {"MapStateExited", state_exited},
    {"MapStateStarted", "mapStateStartedEventDetails"},
    {"MapStateSucceeded", ""},
    {"MapStateFailed", ""},
    {"MapStateAborted", ""},
    {"MapIterationStarted", "mapIterationStartedEventDetails"},
    {"MapIterationSucceeded", "mapIterationSucceededEventDetails"},
    {"MapIterationFailed", "mapIterationFailedEventDetails"},
    {"MapIterationAborted", "mapIterationAbortedEventDetails"},
    {"MapRunStarted", "mapRunStartedEventDetails"},
    {"MapRunSucceeded", ""},
    {"MapRunFailed", "mapRunFailedEventDetails"},
    {"MapRunAborted", ""},
    {"MapRunRedriven", "mapRunRedrivenEventDetails"},
    {"EvaluationFailed", "evaluationFailedEventDetails"},
});
static_assert(event_types.size() == static_cast<size_t>(EventType::evaluation_failed) + 1);

constexpr std::array field_names = std::to_array<std::string_view>({
    "input",
    "output",
    "name",
    "roleArn",
    "error",
    "cause",
    "resource",
    "resourceType",
    "region",
    "parameters",
    "timeoutInSeconds",
    "heartbeatInSeconds",
    "taskCredentials",
    "workerName",
    "length",
    "index",
    "location",
    "state",
    "assignedVariables",
    "redriveCount",
    "mapRunArn",
    "stateMachineVersionArn",
    "stateMachineAliasArn",
});
static_assert(field_names.size() == static_cast<size_t>(Field::state_machine_alias_arn) + 1);

// ---- the store's format (packing.h): version, count, then per event: type, id and previous id as distances, time as a
// distance, details.
constexpr char format_version = 1;

// How a detail's value is written.
enum class Form : uint8_t { text, same_payload, number, json };

bool is_payload(Field field) {
  return field == Field::input || field == Field::output || field == Field::parameters;
}

void put_detail(std::string& out, const Detail& detail, std::string_view& last_payload) {
  out.push_back(static_cast<char>(detail.field));
  if (detail.value.is_string()) {
    std::string_view text = detail.value.as_string();
    if (is_payload(detail.field)) {
      if (!last_payload.empty() && text == last_payload) {
        out.push_back(static_cast<char>(Form::same_payload));
        return;
      }
      last_payload = text;
    }
    out.push_back(static_cast<char>(Form::text));
    put_text(out, text);
  } else if (detail.value.is_number()) {
    out.push_back(static_cast<char>(Form::number));
    put_text(out, detail.value.lexeme());
  } else {
    out.push_back(static_cast<char>(Form::json));
    put_text(out, to_string(detail.value));
  }
}

Detail read_detail(Unpacker& reader, Json& last_payload) {
  uint8_t field = reader.byte();
  if (field >= field_names.size()) reader.fail();
  Detail detail{static_cast<Field>(reader.failed() ? 0 : field), {}};
  switch (static_cast<Form>(reader.byte())) {
    case Form::text:
      detail.value = Json(reader.text());
      if (is_payload(detail.field)) last_payload = detail.value;
      break;
    case Form::same_payload:
      detail.value = last_payload;
      break;
    case Form::number:
      detail.value = Json::number(reader.text());
      break;
    case Form::json:
      detail.value = reader.json();
      break;
    default:
      reader.fail();
  }
  return detail;
}

Json not_truncated() {
  return Json::object({{"truncated", false}});
}

}  // namespace

std::string_view event_type_name(EventType type) {
  return event_types[static_cast<size_t>(type)].name;
}
std::string_view details_member(EventType type) {
  return event_types[static_cast<size_t>(type)].member;
}
std::string_view field_name(Field field) {
  return field_names[static_cast<size_t>(field)];
}

const Json* HistoryEvent::find(Field field) const {
  for (const Detail& detail : details) {
    if (detail.field == field) return &detail.value;
  }
  return nullptr;
}

std::string encode_events(std::span<const HistoryEvent> events) {
  std::string out;
  out.reserve(32 + events.size() * 48);
  out.push_back(format_version);
  put_number(out, events.size());
  int64_t last_id = 0;
  int64_t last_time = 0;
  std::string_view last_payload;
  for (const HistoryEvent& event : events) {
    out.push_back(static_cast<char>(event.type));
    put_signed(out, event.id - last_id);
    put_signed(out, event.id - event.previous_id);
    put_signed(out, event.time.microseconds - last_time);
    put_number(out, event.details.size());
    for (const Detail& detail : event.details) put_detail(out, detail, last_payload);
    last_id = event.id;
    last_time = event.time.microseconds;
  }
  return out;
}

Outcome<std::vector<HistoryEvent>> decode_events(std::string_view bytes) {
  Unpacker reader(bytes);
  if (reader.byte() != static_cast<uint8_t>(format_version)) reader.fail();
  uint64_t count = reader.number();
  std::vector<HistoryEvent> events;
  int64_t last_id = 0;
  int64_t last_time = 0;
  Json last_payload;
  for (uint64_t i = 0; i < count && !reader.failed(); ++i) {
    HistoryEvent event;
    uint8_t type = reader.byte();
    if (type >= event_types.size()) {
      reader.fail();
      break;
    }
    event.type = static_cast<EventType>(type);
    event.id = last_id + reader.signed_number();
    event.previous_id = event.id - reader.signed_number();
    event.time = Time{last_time + reader.signed_number()};
    uint64_t details = reader.number();
    for (uint64_t n = 0; n < details && !reader.failed(); ++n)
      event.details.push_back(read_detail(reader, last_payload));
    last_id = event.id;
    last_time = event.time.microseconds;
    events.push_back(std::move(event));
  }
  if (reader.failed() || !reader.at_end()) {
    return Error{"CorruptHistory",
                 "A batch of history events cannot be read; run 'penstock doctor' to check the store.", 500};
  }
  return events;
}

Json details_to_json(const HistoryEvent& event, bool include_data) {
  if (details_member(event.type).empty()) return {};
  Json details = Json::object();
  for (const Detail& detail : event.details) {
    bool data = is_payload(detail.field) || detail.field == Field::assigned_variables;
    if (data && !include_data) continue;
    details.set(field_name(detail.field), detail.value);
    if (detail.field == Field::input) details.set("inputDetails", not_truncated());
    if (detail.field == Field::output) details.set("outputDetails", not_truncated());
    if (detail.field == Field::assigned_variables) details.set("assignedVariablesDetails", not_truncated());
  }
  return details;
}

Json to_json(const HistoryEvent& event, bool include_data) {
  Json json = Json::object({{"timestamp", Json(event.time.seconds())},
                            {"type", Json(event_type_name(event.type))},
                            {"id", Json(event.id)},
                            {"previousEventId", Json(event.previous_id)}});
  std::string_view member = details_member(event.type);
  if (!member.empty()) json.set(member, details_to_json(event, include_data));
  return json;
}

}  // namespace penstock::pipeline
