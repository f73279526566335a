// Engine: the child executions of map runs.
#include <utility>

#include "base/assert.h"
#include "core/execution/engine.h"
#include "core/execution/names.h"

namespace penstock::execution {

void Engine::start_item(const ItemStart& start) {
  auto live = std::make_shared<Live>();
  std::string machine_arn = pipeline::item_machine_arn(start.item.map_run);
  std::string prefix = with_kind(machine_arn, start.item.express ? "express" : "execution");
  live->started = parts_.clock.now();
  live->name = fresh_name(live->started, parts_.random);
  live->arn = prefix + ":" + live->name;
  live->revision = start.revision;
  live->item = start.item;
  live->interpreter.emplace(start.revision->program, identity_of(*live, start.input, {}, {}));
  Details details;
  details.revision = start.revision->key;
  details.item = start.item;
  store::NewExecution execution{std::move(prefix), std::move(machine_arn), live->name, true, live->started,
                                start.input,       to_text(details),       start.place};
  Outcome<void> launched = launch(live, std::move(execution));
  PENSTOCK_ASSERT(launched.ok());  // its name is new
}

Outcome<void> Engine::redrive_item(ExecutionId execution) {
  std::optional<store::ExecutionRecord> record = parts_.journal.find(execution);
  if (!record) return Error{"ExecutionNotRedrivable", "The execution is not there any more."};
  Details details = parse_details(record->details);
  Time now = parts_.clock.now();
  note_redrive(details, {}, now);
  record->details = to_text(details);
  Outcome<std::shared_ptr<Live>> live = reopened(*record, details);
  if (!live) return live.error();
  run_again(std::move(*live), record->details, record->input, now);
  return {};
}

}  // namespace penstock::execution
