// Engine: redrives.
#include <utility>

#include "core/execution/engine.h"
#include "core/execution/execution_log.h"

namespace penstock::execution {

namespace {

Error not_redrivable(std::string_view arn, const std::string& reason) {
  return {"ExecutionNotRedrivable", "Execution '" + std::string(arn) + "' cannot be redriven: " + reason};
}

}  // namespace

Outcome<Time> Engine::redrive(std::string_view arn, const std::string& client_token) {
  std::lock_guard one_at_a_time(redrive_mutex_);
  if (Outcome<void> seen = parts_.database.wait_durable(last_redrive_); !seen) return seen.error();
  std::optional<store::ExecutionRecord> record = parts_.journal.find(arn);
  if (!record) return Error{"ExecutionDoesNotExist", "Execution Does Not Exist: '" + std::string(arn) + "'"};
  Details details = parse_details(record->details);
  Time now = parts_.clock.now();
  for (const RedriveToken& token : details.redrive_tokens) {
    bool valid = now <= plus_seconds(token.used, redrive_token_seconds);
    if (valid && token.token == client_token) return token.used;
  }
  if (!details.item.map_run.empty()) return not_redrivable(arn, "it is redriven with its map run");
  if (std::optional<std::string> reason = redrive_obstacle(*record, details, now)) return not_redrivable(arn, *reason);
  note_redrive(details, client_token, now);
  record->details = to_text(details);
  Outcome<std::shared_ptr<Live>> live = reopened(*record, details);
  if (!live) return live.error();
  last_redrive_ = run_again(std::move(*live), record->details, record->input, now);
  return now;
}

// The ended execution, ready to go on from what it left; one that left nothing, from its beginning.
Outcome<std::shared_ptr<Live>> Engine::reopened(store::ExecutionRecord& record, const Details& details) {
  std::optional<store::JournalPosition> position = parts_.journal.ended_position(record.id);
  if (!position) return not_redrivable(record.arn, "Execution is RUNNING and cannot be redriven");
  std::shared_ptr<Live> live = live_of(record, *position);
  if (!live->revision) return not_redrivable(record.arn, "its definition is missing or no longer accepted");
  pipeline::Identity identity = identity_of(*live, record.input, details.version_arn, details.alias_arn);
  tell_redrives(details, identity);
  if (record.remains.empty()) {
    live->interpreter = pipeline::Interpreter::restart(live->revision->program, std::move(identity), position->events);
    return live;
  }
  Outcome<pipeline::Interpreter> interpreter =
      pipeline::Interpreter::reopen(live->revision->program, std::move(identity), position->events, record.remains);
  if (!interpreter) return interpreter.error();
  live->interpreter.emplace(std::move(*interpreter));
  return live;
}

// The first step of a redrive; gives its place among the database's writes.
store::Sequence Engine::run_again(std::shared_ptr<Live> live, const std::string& details, const std::string& input,
                                  Time now) {
  Aftermath aftermath;
  store::Sequence sequence = 0;
  {
    std::lock_guard lock(live->mutex);
    bool goes_on = live->interpreter->begun();
    pipeline::Step step = goes_on ? live->interpreter->redrive(now, parts_.random, events_per_step_max)
                                  : live->interpreter->start(now, parts_.random, events_per_step_max);
    sequence = live->sequence = parts_.journal.reopen(live->position, details, batch_of(*live, step, now));
    aftermath.sequence = sequence;
    live_.add(live);
    write_log(parts_.log_lines, *live, step.events);
    aftermath.input = &input;
    announce(*live, nullptr, aftermath);
    obey_all(*live, step, aftermath);
  }
  settle(std::move(aftermath));
  return sequence;
}

}  // namespace penstock::execution
