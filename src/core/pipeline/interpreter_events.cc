// History events and the context object.
#include "base/limits.h"
#include "core/pipeline/interpreter_state.h"

namespace penstock::pipeline {
namespace {

bool ends_execution(EventType type) {
  return type == EventType::execution_succeeded || type == EventType::execution_failed ||
         type == EventType::execution_timed_out || type == EventType::execution_aborted;
}

}  // namespace

// Adds an event to the history and gives its id.
int64_t Interpreter::State::emit(EventType type, int64_t previous, std::vector<Detail> details) {
  bool limited = !ends_execution(type);
  if (events_exhausted || (limited && last_event_id + 1 >= events_max())) {
    if (!events_exhausted) commands_when_exhausted = step.commands.size();
    events_exhausted = true;
    if (limited) return last_event_id;
  }
  HistoryEvent& event = step.events.emplace_back();
  event.id = ++last_event_id;
  event.previous_id = previous;
  event.type = type;
  event.time = now;
  for (const Detail& detail : details) {
    if (!detail.value.is_string() || detail.value.as_string().data() == last_payload) continue;
    last_payload = detail.value.as_string().data();
    payload_bytes += detail.value.as_string().size();
  }
  event.details = std::move(details);
  return event.id;
}

int64_t Interpreter::State::events_max() const {
  return type() == MachineType::standard ? limits::history_events_max : limits::express_events_max;
}

// The usual case: the event follows the frame's last one.
int64_t Interpreter::State::chain(Frame& frame, EventType type, std::vector<Detail> details) {
  frame.previous = emit(type, frame.previous, std::move(details));
  touch(frame);
  return frame.previous;
}

const StateSpec& Interpreter::State::spec_of(const Frame& frame) const {
  return program->workflows[frame.workflow].states[frame.state];
}

// $$.Map.Item of the innermost iteration that the frame is part of.
void Interpreter::State::add_map_item(Json& context, Frame& frame) {
  for (Frame* inner = &frame; inner->id != 0; inner = find(inner->parent)) {
    Frame& outer = *find(inner->parent);
    if (!std::holds_alternative<MapState>(spec_of(outer).kind)) continue;
    if (!ensure_items(outer)) return;
    Json item = map_item(outer.items[inner->index], inner->index, outer.pairs, {});
    context.set("Map", Json::object({{"Item", std::move(item)}}));
    return;
  }
}

Scope Interpreter::State::scope_of(const Frame& frame, const Json& input, const ContextObject& context) const {
  return {input, context, frame.variables, *random, now, nullptr, nullptr, trace};
}

Json Interpreter::State::context_of(Frame& frame, const Json* item, uint32_t item_index) {
  if (base_context.is_null()) {
    if (!parsed_input) {
      Outcome<Json> input = parse_json(identity.input);
      parsed_input = input ? std::move(*input) : Json();
    }
    Json execution = Json::object({{"Id", Json(std::string_view(identity.execution_arn))},
                                   {"Input", *parsed_input},
                                   {"StartTime", Json(std::string_view(to_iso8601(identity.started)))},
                                   {"Name", Json(std::string_view(identity.execution_name))},
                                   {"RoleArn", Json(std::string_view(identity.role_arn))}});
    if (identity.redrive_count) execution.set("RedriveCount", Json(*identity.redrive_count));
    if (identity.redriven) execution.set("RedriveTime", Json(std::string_view(to_iso8601(*identity.redriven))));
    base_context =
        Json::object({{"Execution", std::move(execution)},
                      {"StateMachine", Json::object({{"Id", Json(std::string_view(identity.machine_arn))},
                                                     {"Name", Json(std::string_view(identity.machine_name))}})}});
  }
  Json context = base_context;
  const StateSpec& spec = spec_of(frame);
  Json state =
      Json::object({{"Name", spec.name_text}, {"EnteredTime", Json(std::string_view(to_iso8601(frame.entered_at)))}});
  bool retries = std::holds_alternative<TaskState>(spec.kind) || std::holds_alternative<ParallelState>(spec.kind) ||
                 std::holds_alternative<MapState>(spec.kind);
  if (retries) {
    uint32_t count = 0;
    for (uint32_t used : frame.retries) count += used;
    state.set("RetryCount", Json(count));
  }
  context.set("State", std::move(state));
  if (item) {
    context.set("Map", Json::object({{"Item", map_item(*item, item_index, frame.pairs, {})}}));
  } else {
    add_map_item(context, frame);
  }
  return context;
}

const Json& FrameContext::json() const {
  if (!json_ && state_.fixed_context) {
    json_ = state_.fixed_context;
    if (item_) json_->set("Map", Json::object({{"Item", map_item(*item_, index_, frame_.pairs, {})}}));
  } else if (!json_) {
    json_ = state_.context_of(frame_, item_, index_);
    std::string_view token = frame_.task ? std::string_view(frame_.task->token) : std::string_view(token_);
    if (!token.empty()) json_->set("Task", Json::object({{"Token", Json(token)}}));
  }
  return *json_;
}

}  // namespace penstock::pipeline
