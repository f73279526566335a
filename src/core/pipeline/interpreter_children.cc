// Parallel and Map: states whose work is done by child frames.
#include <algorithm>

#include "core/pipeline/flow_trace.h"
#include "core/pipeline/interpreter_state.h"

namespace penstock::pipeline {
namespace {

// AWS runs at most this many iterations at once, whatever MaxConcurrency says (developer guide, "Map state processing
// modes").
constexpr int64_t inline_concurrency_max = 40;

// A Map's Items in JSONata mode; without the field, the state's input. The error texts are recorded answers.
Outcome<Json> queried_items(const MapState& map, const Scope& scope) {
  if (!map.items) {
    if (scope.input.is_array() || (map.distributed && scope.input.is_object())) return scope.input;
    return query_error("Map state input must be an array but was: " + to_string(scope.input), {});
  }
  Outcome<Json> items = map.items->evaluate(scope);
  if (items && map.distributed && items->is_object()) return items;
  if (items && !items->is_array()) return unexpected_type(*map.items, "Items", "array", *items);
  return items;
}

}  // namespace

bool Interpreter::State::work(Frame& frame, const StateSpec& spec, const ParallelState& parallel) {
  FrameContext context(*this, frame);
  Outcome<Json> input = spec.flow.effective_input(scope_of(frame, frame.input.value(), context));
  if (!input) return fail_state(frame, input.error());
  int64_t started = chain(frame, EventType::parallel_state_started, {});
  frame.phase = Phase::children;
  Payload shared(std::move(*input));
  shared.text();  // made once, for all branches
  for (WorkflowIndex branch : parallel.branches) {
    add_child(frame, branch, static_cast<uint32_t>(frame.children.size()), shared, started);
  }
  return false;
}

// The items of a Map and what its ItemSelector reads; both follow from the state's raw input, so they are not stored.
Outcome<void> Interpreter::State::ensure_items(Frame& frame) {
  if (frame.items.is_array()) return {};
  const StateSpec& spec = spec_of(frame);
  const MapState& map = std::get<MapState>(spec.kind);
  // No Map.Item of the outer iteration: an ItemsPath that needs one is told so.
  FrameContext context(*this, frame);
  Scope raw = scope_of(frame, frame.input.value(), context);
  Outcome<Json> input = spec.flow.input_path.apply(raw);
  if (!input) return input.error();
  if (trace && !spec.flow.jsonata) trace->after_input_path = *input;
  Outcome<Json> items = reader_items        ? Outcome<Json>(*reader_items)
                        : map.reader        ? Outcome<Json>(Json::array())
                        : spec.flow.jsonata ? queried_items(map, raw)
                                            : items_at(map.items_path ? &*map.items_path : nullptr,
                                                       raw.with_input(*input), map.distributed);
  if (!items) return items.error();
  if (trace && map.items_path) trace->after_items_path = *items;
  frame.pairs = items->is_object();
  frame.items = items_of(*items);
  frame.keeps_items = map.items.has_value();
  frame.work_input = std::move(*input);
  return {};
}

// MaxConcurrency as it is given; 0: no bound of its own.
Outcome<int64_t> Interpreter::State::concurrency_of(Frame& frame, const MapState& map) {
  FrameContext context(*this, frame);
  Scope scope = scope_of(frame, frame.work_input, context);
  Outcome<std::optional<int64_t>> wanted = whole_number(map.max_concurrency, "MaxConcurrency", scope);
  if (!wanted) return wanted.error();
  if (trace) trace->max_concurrency = wanted->value_or(0);
  return wanted->value_or(0);
}

bool Interpreter::State::work(Frame& frame, const StateSpec&, const MapState& map) {
  frame.items = {};
  forget_map_run(frame);
  if (Outcome<void> items = ensure_items(frame); !items) return fail_state(frame, items.error());
  if (map.distributed) return work_distributed(frame, map);
  Outcome<int64_t> concurrency = concurrency_of(frame, map);
  if (!concurrency) return fail_state(frame, concurrency.error());
  int64_t started = chain(frame, EventType::map_state_started, {{Field::length, Json(frame.items.size())}});
  frame.phase = Phase::children;
  frame.concurrency = *concurrency == 0 ? inline_concurrency_max : std::min(*concurrency, inline_concurrency_max);
  if (frame.items.size() == 0) {
    children_done(frame, started);
    return false;
  }
  if (Outcome<void> begun = start_iterations(frame, started); !begun) {
    abort_children(frame);
    return fail_state(frame, begun.error());
  }
  return false;
}

Outcome<void> Interpreter::State::start_iterations(Frame& frame, int64_t previous) {
  const StateSpec& spec = spec_of(frame);
  const MapState& map = std::get<MapState>(spec.kind);
  if (Outcome<void> items = ensure_items(frame); !items) return items;
  while (frame.running < frame.concurrency) {
    if (Frame* halted = next_halted(frame)) {
      revive(*halted);
      continue;
    }
    if (frame.children.size() >= frame.items.size()) break;
    if (Outcome<void> begun = start_iteration(frame, spec, map, previous); !begun) return begun;
  }
  return {};
}

Outcome<void> Interpreter::State::start_iteration(Frame& frame, const StateSpec& spec, const MapState& map,
                                                  int64_t previous) {
  uint32_t index = static_cast<uint32_t>(frame.children.size());
  const Json& item = frame.items[index];
  Json input = item;
  if (map.item_selector) {
    FrameContext context(*this, frame, &item, index);
    Outcome<Json> selected = map.item_selector->evaluate(scope_of(frame, frame.work_input, context));
    if (!selected) return selected.error();
    input = std::move(*selected);
  }
  int64_t started = emit(EventType::map_iteration_started, previous,
                         details_of(Detail{Field::name, spec.name_text}, Detail{Field::index, Json(index)}));
  add_child(frame, map.processor, index, Payload(std::move(input)), started);
  return {};
}

void Interpreter::State::child_succeeded(Frame& child, const Payload& output) {
  Frame& parent = *find(child.parent);
  const StateSpec& spec = spec_of(parent);
  const MapState* map = std::get_if<MapState>(&spec.kind);
  child.phase = Phase::succeeded;
  child.result = output.value();
  touch(child);
  --parent.running;
  int64_t last = child.previous;
  if (map) {
    child.previous = emit(EventType::map_iteration_succeeded, last,
                          details_of(Detail{Field::name, spec.name_text}, Detail{Field::index, Json(child.index)}));
  }
  if (map) {
    if (Outcome<void> begun = start_iterations(parent, last); !begun) {
      abort_children(parent);
      return settle(parent, fail_state(parent, begun.error()));
    }
  }
  if (parent.running == 0) children_done(parent, child.previous);
}

// All children have ended well enough: the state's result is the list of theirs.
void Interpreter::State::children_done(Frame& parent, int64_t last_event) {
  const StateSpec& spec = spec_of(parent);
  const MapState* map = std::get_if<MapState>(&spec.kind);
  std::vector<Json> results;
  results.reserve(parent.children.size());
  for (FrameId id : parent.children) {
    Frame& child = *find(id);
    if (child.phase == Phase::succeeded) results.push_back(std::move(child.result));
  }
  remove_children(parent);
  // AWS lets ...Succeeded and ...Exited both point back to the children's last event.
  parent.previous = last_event;
  emit(map ? EventType::map_state_succeeded : EventType::parallel_state_succeeded, parent.previous, {});
  settle(parent, complete(parent, spec, Json(std::move(results))));
}

void Interpreter::State::child_failed(Frame& child, Failure failure) {
  Frame& parent = *find(child.parent);
  const StateSpec& spec = spec_of(parent);
  const MapState* map = std::get_if<MapState>(&spec.kind);
  child.phase = Phase::failed;
  touch(child);
  --parent.running;
  if (map) {
    emit(EventType::map_iteration_failed, child.previous,
         details_of(Detail{Field::name, spec.name_text}, Detail{Field::index, Json(child.index)}));
  }
  parent.previous = child.previous;
  abort_children(parent);
  failure.own = false;
  settle(parent, fail_state(parent, std::move(failure)));
}

// A frame that can go on runs when its turn comes.
void Interpreter::State::settle(Frame& frame, bool is_ready) {
  if (is_ready) ready.insert(frame.id);
}

}  // namespace penstock::pipeline
