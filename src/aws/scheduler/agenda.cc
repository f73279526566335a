#include "aws/scheduler/agenda.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/encoding.h"
#include "store/records.h"

namespace penstock::aws::scheduler {

namespace {

constexpr std::string_view universal_prefix = "arn:aws:scheduler:::aws-sdk:";
constexpr int64_t second = 1'000'000;
constexpr int64_t minute = 60 * second;

int64_t integer_of(const Json& object, std::string_view key, int64_t otherwise) {
  const Json* value = object.find(key);
  return value && value->is_number() ? value->as_integer().value_or(otherwise) : otherwise;
}

// A run has one identity, however often it is tried. A schedule that was changed is another one.
std::string run_id(const ScheduleRecord& schedule, Time due) {
  return delivery::name_of(fmt::format("{} {} {}", schedule.arn, schedule.modified.microseconds, due.microseconds));
}

// When within its flexible window a due run starts: at a whole minute, always the same.
Time invocation_time(const ScheduleRecord& schedule, Time due) {
  if (!schedule.window_minutes) return due;
  int64_t drawn = 0;
  for (char digit : run_id(schedule, due)) drawn = (drawn * 31 + digit) % 1'000'003;
  return Time{due.microseconds + drawn % *schedule.window_minutes * minute};
}

// Source: "Adding context attributes in EventBridge Scheduler".
std::string with_context(std::string text, const ScheduleRecord& schedule, const std::string& id, Time due) {
  const std::pair<std::string_view, std::string> attributes[] = {
      {"<aws.scheduler.schedule-arn>", schedule.arn},
      {"<aws.scheduler.scheduled-time>", to_iso8601_seconds(due)},
      {"<aws.scheduler.execution-id>", id},
      {"<aws.scheduler.attempt-number>", "1"}};
  for (const auto& [name, value] : attributes) text = replace_all(std::move(text), name, value);
  return text;
}

// "sfn" and "startExecution" of arn:aws:scheduler:::aws-sdk:sfn:startExecution.
std::optional<std::pair<std::string, std::string>> universal(std::string_view arn) {
  if (!arn.starts_with(universal_prefix)) return std::nullopt;
  std::vector<std::string_view> words = split(arn.substr(universal_prefix.size()), ':');
  if (words.size() != 2) return std::nullopt;
  return std::pair(std::string(words[0]), std::string(words[1]));
}

}  // namespace

std::optional<Time> first_due(const event::Schedule& schedule, const ScheduleRecord& record, Time now) {
  Time from = std::max(now, record.start.value_or(now));
  if (schedule.is_one_time()) from = now;  // "EventBridge Scheduler ignores StartDate for one-time schedules"
  // A rate without a start date runs at once; others at their first time from here on.
  std::optional<Time> due = schedule.next(Time{from.microseconds - 1}, record.anchor());
  if (due && record.end && !schedule.is_one_time() && *due > *record.end) return std::nullopt;
  return due;
}

Agenda::Agenda(Platform& platform, const Front& front, delivery::Deliverer& deliverer,
               int64_t virtual_reach_microseconds)
    : platform_(platform),
      front_(front),
      deliverer_(deliverer),
      timetable_(platform.executions, virtual_reach_microseconds, [this](const std::string& key, Time) { ring(key); }) {
}

void Agenda::start() {
  for (const store::Records::Record& record : platform_.records.list(schedule_kind)) changed(record.key);
}

void Agenda::changed(const std::string& key) {
  std::optional<Json> record = platform_.records.get(schedule_kind, key);
  if (!record) return timetable_.clear(key);
  ScheduleRecord schedule = schedule_from_record(*record);
  if (!schedule.enabled || !schedule.due) return timetable_.clear(key);
  set_alarm(key, schedule);
}

void Agenda::set_alarm(const std::string& key, const ScheduleRecord& schedule) {
  timetable_.set(key, invocation_time(schedule, *schedule.due), schedule.modified);
}

void Agenda::ring(const std::string& key) {
  std::optional<Json> record = platform_.records.get(schedule_kind, key);
  if (!record) return;
  ScheduleRecord schedule = schedule_from_record(*record);
  Outcome<event::Schedule> parsed = schedule.schedule();
  if (!schedule.enabled || !schedule.due || !parsed) return;
  Time now = platform_.clock.now();
  int64_t age =
      integer_of(schedule.target["RetryPolicy"], "MaximumEventAgeInSeconds", delivery::age_seconds_default) * second;
  age = std::max(age, schedule.window_minutes.value_or(0) * minute);
  event::DueRule policy{.oldest = Time{now.microseconds - age}, .end = {}};
  if (!parsed->is_one_time()) policy.end = schedule.end;
  event::Dues dues = event::collect_dues(*parsed, schedule.anchor(), *schedule.due, now, policy);
  deliverer_.record_missed(schedule.arn, dues);
  for (Time due : dues.now) run(schedule, due);
  bool current = platform_.records.update(schedule_kind, key, [&](Json& edited) {
    ScheduleRecord newest = schedule_from_record(edited);
    if (newest.modified != schedule.modified) return false;  // changed meanwhile: it has set its own time
    newest.due = schedule.due = dues.next;
    edited = to_record(newest);
    return true;
  });
  if (!current) return;
  if (dues.next) {
    set_alarm(key, schedule);
  } else {
    complete(key, schedule);
  }
}

void Agenda::complete(const std::string& key, const ScheduleRecord& schedule) {
  if (schedule.after_completion == "DELETE") platform_.records.erase(schedule_kind, key);
}

void Agenda::run(const ScheduleRecord& schedule, Time due) {
  const Json& target = schedule.target;
  delivery::Delivery delivery;
  delivery.id = run_id(schedule, due);
  delivery.source_arn = schedule.arn;
  delivery.target_arn = target.text("Arn");
  delivery.role_arn = target.text("RoleArn");
  delivery.region = schedule.region;
  delivery.account = schedule.account;
  delivery.dead_letter_arn = target["DeadLetterConfig"].text("Arn");
  delivery.retries_max = integer_of(target["RetryPolicy"], "MaximumRetryAttempts", delivery::retries_default);
  delivery.age_seconds_max =
      integer_of(target["RetryPolicy"], "MaximumEventAgeInSeconds", delivery::age_seconds_default);
  std::string input = with_context(std::string(target.text("Input", "{}")), schedule, delivery.id, due);
  delivery::ArnParts arn = delivery::arn_parts(delivery.target_arn);
  if (auto call = universal(delivery.target_arn)) {
    std::tie(delivery.service, delivery.operation) = *call;
    Outcome<Json> parameters = parse_json(input);
    delivery.parameters = parameters ? std::move(*parameters) : Json::object();
  } else if (arn.service == "states") {
    delivery.service = "states";
    delivery.operation = "StartExecution";
    delivery.parameters =
        Json::object({{"StateMachineArn", delivery.target_arn}, {"Name", delivery.id}, {"Input", input}});
  } else {
    delivery.service = "events";
    delivery.operation = "PutEvents";
    const Json& parameters = target["EventBridgeParameters"];
    Json entry = Json::object({{"Source", parameters["Source"]},
                               {"DetailType", parameters["DetailType"]},
                               {"Detail", input},
                               {"EventBusName", delivery.target_arn},
                               {"Resources", Json(std::vector<Json>{schedule.arn})}});
    delivery.parameters = Json::object({{"Entries", Json(std::vector<Json>{std::move(entry)})}});
  }
  deliverer_.deliver(std::move(delivery));
}

std::optional<std::string> Agenda::refuse(const std::string& target_arn) const {
  if (auto call = universal(target_arn)) {
    Outcome<const Operation*> found = front_.find(call->first, call->second);
    return found ? std::nullopt : std::optional(found.error().message);
  }
  delivery::ArnParts arn = delivery::arn_parts(target_arn);
  if (arn.service == "states" && arn.resource.starts_with("stateMachine:")) return std::nullopt;
  if (arn.service == "events" && arn.resource.starts_with("event-bus/")) return std::nullopt;
  return fmt::format(
      "Penstock does not serve the target {}: targets of schedules are Step Functions state machines "
      "(arn:aws:states:...:stateMachine:NAME), event buses (arn:aws:events:...:event-bus/NAME) and the operations "
      "in docs/coverage.md (arn:aws:scheduler:::aws-sdk:SERVICE:OPERATION).",
      target_arn);
}

}  // namespace penstock::aws::scheduler
