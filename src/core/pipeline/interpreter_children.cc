// Parallel and Map: states whose work is done by child frames.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/pipeline/flow_trace.h"
#include "core/pipeline/interpreter_state.h"

namespace penstock::pipeline {
namespace {

// AWS runs at most this many iterations at once, whatever MaxConcurrency says (developer guide, "Map state processing
// modes").
constexpr int64_t inline_concurrency_max = 40;
constexpr int64_t distributed_concurrency_max = 1'000;

std::string shown(const Json& value) {
  return value.is_string() ? std::string(value.as_string()) : to_string(value);
}

template <class Number>
std::optional<Number> parsed(const Json& value) {
  std::string text = shown(value);
  Number number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Error not_a(std::string_view kind, std::string_view field, const Json& value, const Path& path) {
  return {"States.Runtime", "The " + std::string(field) + " field refers to value " + to_string(value) +
                                " which is not a valid " + std::string(kind) + ": " + path.text()};
}

// A Map's Items in JSONata mode; without the field, the state's input. The error texts are recorded answers.
Outcome<Json> queried_items(const MapState& map, const Scope& scope) {
  if (!map.items) {
    if (scope.input.is_array()) return scope.input;
    return query_error("Map state input must be an array but was: " + to_string(scope.input), {});
  }
  Outcome<Json> items = map.items->evaluate(scope);
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
  Outcome<Json> items = reader_items ? Outcome<Json>(*reader_items)
                        : spec.flow.jsonata
                            ? queried_items(map, raw)
                            : items_at(map.items_path ? &*map.items_path : nullptr, raw.with_input(*input));
  if (!items) return items.error();
  if (trace && map.items_path) trace->after_items_path = *items;
  frame.items = std::move(*items);
  frame.keeps_items = map.items.has_value();
  frame.work_input = std::move(*input);
  return {};
}

Outcome<int64_t> Interpreter::State::concurrency_of(Frame& frame, const MapState& map) {
  int64_t most = map.distributed ? distributed_concurrency_max : inline_concurrency_max;
  int64_t wanted = map.max_concurrency.value.value_or(0);
  if (map.max_concurrency.query) {
    FrameContext context(*this, frame);
    Outcome<int64_t> number =
        queried_integer(*map.max_concurrency.query, "MaxConcurrency", scope_of(frame, frame.work_input, context));
    if (!number) return number.error();
    if (*number < 0) return query_error("MaxConcurrency cannot be negative.", "MaxConcurrency");
    wanted = *number;
  } else if (map.max_concurrency.path) {
    FrameContext context(*this, frame);
    Outcome<Json> value = value_at(*map.max_concurrency.path, scope_of(frame, frame.work_input, context));
    if (!value) return value.error();
    std::optional<int64_t> number = parsed<int64_t>(*value);
    if (!number) return not_a("integer", "MaxConcurrencyPath", *value, *map.max_concurrency.path);
    if (*number < 0) return Error{"States.Runtime", "MaxConcurrency cannot be negative."};
    wanted = *number;
  }
  if (trace) trace->max_concurrency = wanted;
  return wanted == 0 ? most : std::min(wanted, most);
}

bool Interpreter::State::work(Frame& frame, const StateSpec&, const MapState& map) {
  frame.items = {};
  if (Outcome<void> items = ensure_items(frame); !items) return fail_state(frame, items.error());
  Outcome<int64_t> concurrency = concurrency_of(frame, map);
  if (!concurrency) return fail_state(frame, concurrency.error());
  int64_t started = chain(frame, EventType::map_state_started, {{Field::length, Json(frame.items.size())}});
  frame.phase = Phase::children;
  frame.concurrency = *concurrency;
  frame.map_run_arn.clear();
  frame.map_run_redrives = 0;
  if (map.distributed) {
    if (Outcome<Tolerance> tolerance = tolerance_of(frame, map); !tolerance)
      return fail_state(frame, tolerance.error());
    // arn:aws:states:REGION:ACCOUNT:stateMachine:NAME -> arn:aws:states:REGION:ACCOUNT:mapRun:NAME/LABEL:UUID
    std::string base = identity.machine_arn.substr(0, identity.machine_arn.find(":stateMachine:"));
    std::string label = map.label.empty() ? random->uuid() : map.label;
    frame.map_run_arn = base + ":mapRun:" + identity.machine_name + "/" + label + ":" + random->uuid();
    started =
        chain(frame, EventType::map_run_started, {{Field::map_run_arn, Json(std::string_view(frame.map_run_arn))}});
  }
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
  if (map.distributed) {
    Frame& child = add_child(frame, map.processor, index, Payload(std::move(input)), 0);
    child.history = child.id;
    child.local_events = 1;  // its ExecutionStarted
    return {};
  }
  int64_t started = emit(frame, EventType::map_iteration_started, previous,
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
  if (map && !map->distributed) {
    child.previous = emit(parent, EventType::map_iteration_succeeded, last,
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
  // AWS lets ...Succeeded and ...Exited both point back to the last event before them: of the children, or of the map
  // run. (In recordings made since November 2024, MapStateExited after a map run points back to MapRunStarted.)
  if (map && map->distributed) {
    chain(parent, EventType::map_run_succeeded, {});
  } else {
    parent.previous = last_event;
  }
  emit(parent, map ? EventType::map_state_succeeded : EventType::parallel_state_succeeded, parent.previous, {});
  settle(parent, complete(parent, spec, Json(std::move(results))));
}

void Interpreter::State::child_failed(Frame& child, Failure failure) {
  Frame& parent = *find(child.parent);
  const StateSpec& spec = spec_of(parent);
  const MapState* map = std::get_if<MapState>(&spec.kind);
  child.phase = Phase::failed;
  touch(child);
  --parent.running;
  ++parent.failed;
  if (map && map->distributed) return item_failed(parent, *map);
  if (map) {
    emit(parent, EventType::map_iteration_failed, child.previous,
         details_of(Detail{Field::name, spec.name_text}, Detail{Field::index, Json(child.index)}));
  }
  parent.previous = child.previous;
  abort_children(parent);
  failure.own = false;
  settle(parent, fail_state(parent, std::move(failure)));
}

bool Tolerance::exceeded(size_t failed, size_t items) const {
  if (!count && !percentage) return failed > 0;
  if (count && failed > static_cast<size_t>(*count)) return true;
  return percentage && 100.0 * static_cast<double>(failed) > *percentage * static_cast<double>(items);
}

// An item of a distributed Map failed: the map run goes on while the tolerance holds.
void Interpreter::State::item_failed(Frame& parent, const MapState& map) {
  Outcome<void> items = ensure_items(parent);
  Outcome<Tolerance> tolerance = items ? tolerance_of(parent, map) : Outcome<Tolerance>(items.error());
  if (!tolerance) {
    abort_children(parent);
    return settle(parent, fail_state(parent, tolerance.error()));
  }
  if (tolerance->exceeded(parent.failed, parent.items.size())) {
    Failure failure;
    failure.error = "States.ExceedToleratedFailureThreshold";
    failure.cause = "The specified tolerated failure threshold was exceeded";
    abort_children(parent);
    chain(parent, EventType::map_run_failed,
          {{Field::error, Json(std::string_view(*failure.error))},
           {Field::cause, Json(std::string_view(*failure.cause))}});
    return settle(parent, fail_state(parent, std::move(failure)));
  }
  if (Outcome<void> begun = start_iterations(parent, 0); !begun) {
    abort_children(parent);
    return settle(parent, fail_state(parent, begun.error()));
  }
  if (parent.running == 0) children_done(parent, parent.previous);
}

// ToleratedFailureCount and ToleratedFailurePercentage. The error texts are recorded answers.
Outcome<Tolerance> Interpreter::State::tolerance_of(Frame& frame, const MapState& map) {
  Tolerance tolerance{map.tolerated_count.value, map.tolerated_percentage};
  FrameContext context(*this, frame);
  Scope scope = scope_of(frame, frame.work_input, context);
  if (map.tolerated_count.path) {
    Outcome<Json> value = value_at(*map.tolerated_count.path, scope);
    if (!value) return value.error();
    std::optional<int64_t> number = parsed<int64_t>(*value);
    if (!number) return not_a("integer", "ToleratedFailureCountPath", *value, *map.tolerated_count.path);
    if (*number < 0) return Error{"States.Runtime", "ToleratedFailureCount cannot be negative."};
    tolerance.count = *number;
  }
  if (map.tolerated_count.query) {
    Outcome<int64_t> number = queried_integer(*map.tolerated_count.query, "ToleratedFailureCount", scope);
    if (!number) return number.error();
    if (*number < 0) return query_error("ToleratedFailureCount cannot be negative.", "ToleratedFailureCount");
    tolerance.count = *number;
  }
  if (const auto& query = map.tolerated_percentage_query) {
    constexpr std::string_view field = "ToleratedFailurePercentage";
    Outcome<Json> value = query->evaluate(scope);
    if (!value) return value.error();
    if (!value->is_number()) return unexpected_type(*query, field, "number", *value);
    tolerance.percentage = value->as_double();
    if (*tolerance.percentage < 0 || *tolerance.percentage > 100)
      return query_error("ToleratedFailurePercentage must be between 0 and 100.", field);
  }
  if (map.tolerated_percentage_path) {
    Outcome<Json> value = value_at(*map.tolerated_percentage_path, scope);
    if (!value) return value.error();
    std::optional<double> number = parsed<double>(*value);
    if (!number) return not_a("float", "ToleratedFailurePercentagePath", *value, *map.tolerated_percentage_path);
    if (*number < 0 || *number > 100)
      return Error{"States.Runtime", "ToleratedFailurePercentage must be between 0 and 100."};
    tolerance.percentage = *number;
  }
  if (trace) {
    trace->tolerated_count = tolerance.count;
    trace->tolerated_percentage = tolerance.percentage;
  }
  return tolerance;
}

// A frame that can go on runs when its turn comes.
void Interpreter::State::settle(Frame& frame, bool is_ready) {
  if (is_ready) ready.insert(frame.id);
}

}  // namespace penstock::pipeline
