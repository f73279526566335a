// HistoryEvent: one line of an execution's history, its compact form for the store and its form in GetExecutionHistory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "base/time.h"

namespace penstock::pipeline {

// AWS's HistoryEventType. The numbers are part of the store's format: append only.
enum class EventType : uint8_t {
  execution_started,
  execution_succeeded,
  execution_failed,
  execution_timed_out,
  execution_aborted,
  execution_redriven,
  pass_state_entered,
  pass_state_exited,
  choice_state_entered,
  choice_state_exited,
  wait_state_entered,
  wait_state_exited,
  wait_state_aborted,
  succeed_state_entered,
  succeed_state_exited,
  fail_state_entered,
  task_state_entered,
  task_state_exited,
  task_state_aborted,
  task_scheduled,
  task_started,
  task_start_failed,
  task_submitted,
  task_submit_failed,
  task_succeeded,
  task_failed,
  task_timed_out,
  activity_scheduled,
  activity_schedule_failed,
  activity_started,
  activity_succeeded,
  activity_failed,
  activity_timed_out,
  lambda_function_scheduled,
  lambda_function_schedule_failed,
  lambda_function_started,
  lambda_function_start_failed,
  lambda_function_succeeded,
  lambda_function_failed,
  lambda_function_timed_out,
  parallel_state_entered,
  parallel_state_exited,
  parallel_state_started,
  parallel_state_succeeded,
  parallel_state_failed,
  parallel_state_aborted,
  map_state_entered,
  map_state_exited,
  map_state_started,
  map_state_succeeded,
  map_state_failed,
  map_state_aborted,
  map_iteration_started,
  map_iteration_succeeded,
  map_iteration_failed,
  map_iteration_aborted,
  map_run_started,
  map_run_succeeded,
  map_run_failed,
  map_run_aborted,
  map_run_redriven,
  evaluation_failed,
};
std::string_view event_type_name(EventType type);  // "TaskStateEntered"
std::string_view details_member(EventType type);   // "stateEnteredEventDetails"; empty when the type has no details

// The members that details may have. The numbers are part of the store's format: append only.
enum class Field : uint8_t {
  input,
  output,
  name,
  role_arn,
  error,
  cause,
  resource,
  resource_type,
  region,
  parameters,
  timeout_in_seconds,
  heartbeat_in_seconds,
  task_credentials,
  worker_name,
  length,
  index,
  location,
  state,
  assigned_variables,
  redrive_count,
  map_run_arn,
  state_machine_version_arn,
  state_machine_alias_arn,
};
std::string_view field_name(Field field);  // "timeoutInSeconds"

// input, output, parameters, error, cause, ...: a Json string (JSON text for payloads: it is shared, not copied,
// between the events that show the same payload); *_in_seconds, length, index: a number; assigned_variables: an object
// of JSON texts; task_credentials: an object.
struct Detail {
  Field field;
  Json value;
};

struct HistoryEvent {
  int64_t id = 0;
  int64_t previous_id = 0;
  EventType type = EventType::execution_started;
  Time time;
  std::vector<Detail> details;

  const Json* find(Field field) const;  // nullptr when absent
};

// The events of one step as bytes, and back. A payload equal to the one before it is written once.
std::string encode_events(std::span<const HistoryEvent> events);
Outcome<std::vector<HistoryEvent>> decode_events(std::string_view bytes);  // error: "CorruptHistory"

// As GetExecutionHistory answers it:
// {"timestamp":1.5,"type":...,"id":..,"previousEventId":..,"<type>EventDetails":{..}}. Payloads come with
// {"truncated":false} beside them; without `include_data` (includeExecutionData=false) they are left out.
Json to_json(const HistoryEvent& event, bool include_data = true);
Json details_to_json(const HistoryEvent& event,
                     bool include_data = true);  // content of details_member alone; null if none

}  // namespace penstock::pipeline
