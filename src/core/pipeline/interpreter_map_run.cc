// Map in distributed mode: a map run is asked for, awaited, aborted and redriven.
#include <charconv>

#include "base/digest.h"
#include "core/pipeline/flow_trace.h"
#include "core/pipeline/interpreter_state.h"

namespace penstock::pipeline {
namespace {

template <class Number>
std::optional<Number> parsed_number(const Json& value) {
  std::string text = value.is_string() ? std::string(value.as_string()) : to_string(value);
  Number number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Error not_a(std::string_view kind, std::string_view field, const Json& value, const Path& path) {
  return {"States.Runtime", "The " + std::string(field) + " field refers to value " + to_string(value) +
                                " which is not a valid " + std::string(kind) + ": " + path.text()};
}

// A label for a Map state that has none: of AWS's form, and the same for all runs of the state.
std::string made_up_label(std::string_view machine_arn, std::string_view state) {
  std::string hex = sha256_hex(std::string(machine_arn) + "/" + std::string(state));
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

}  // namespace

// A number of at least 0, or nothing when the field is absent. The error texts are recorded answers.
Outcome<std::optional<int64_t>> Interpreter::State::whole_number(const NumberOrPath& source, std::string_view field,
                                                                 const Scope& scope) {
  if (source.query) {
    Outcome<int64_t> number = queried_integer(*source.query, field, scope);
    if (!number) return number.error();
    if (*number < 0) return query_error(std::string(field) + " cannot be negative.", field);
    return std::optional<int64_t>(*number);
  }
  if (!source.path) return source.value;
  Outcome<Json> value = value_at(*source.path, scope);
  if (!value) return value.error();
  std::optional<int64_t> number = parsed_number<int64_t>(*value);
  if (!number) return not_a("integer", std::string(field) + "Path", *value, *source.path);
  if (*number < 0) return Error{"States.Runtime", std::string(field) + " cannot be negative."};
  return number;
}

bool Interpreter::State::work_distributed(Frame& frame, const MapState& map) {
  chain(frame, EventType::map_state_started, {{Field::length, Json(frame.items.size())}});
  Outcome<MapRunPlan> plan = plan_of(frame, map);
  if (!plan) return fail_state(frame, plan.error());
  // arn:aws:states:REGION:ACCOUNT:stateMachine:NAME -> arn:aws:states:REGION:ACCOUNT:mapRun:NAME/LABEL:UUID
  std::string base = identity.machine_arn.substr(0, identity.machine_arn.find(":stateMachine:"));
  std::string label = map.label.empty() ? made_up_label(identity.machine_arn, spec_of(frame).name) : map.label;
  frame.map_run_arn = base + ":mapRun:" + identity.machine_name + "/" + label + ":" + random->uuid();
  frame.map_run_redrives = 0;
  frame.map_run_plan = to_json(*plan);
  frame.map_run =
      chain(frame, EventType::map_run_started, {{Field::map_run_arn, Json(std::string_view(frame.map_run_arn))}});
  if (!trace) {
    frame.items = {};
    frame.keeps_items = false;
  }
  await_map_run(frame);
  return false;
}

Outcome<MapRunPlan> Interpreter::State::plan_of(Frame& frame, const MapState& map) {
  MapRunPlan plan;
  plan.workflow = frame.workflow;
  plan.state = frame.state;
  plan.processor = map.processor;
  plan.express = map.express_items;
  Outcome<int64_t> concurrency = concurrency_of(frame, map);
  if (!concurrency) return concurrency.error();
  plan.concurrency = *concurrency;
  Outcome<Tolerance> tolerance = tolerance_of(frame, map);
  if (!tolerance) return tolerance.error();
  plan.tolerance = *tolerance;
  FrameContext context(*this, frame);
  Scope scope = scope_of(frame, frame.work_input, context);
  if (map.reader) {
    Outcome<Json> reader = reader_of(*map.reader, scope);
    if (!reader) return reader.error();
    plan.reader = std::move(*reader);
  } else {
    plan.items = frame.items;
    plan.pairs = frame.pairs;
  }
  if (map.batcher) {
    if (Outcome<void> read = read_batcher(*map.batcher, scope, plan); !read) return read.error();
  }
  if (map.writer) {
    plan.writer = Json::object({{"resource", map.writer->resource}, {"config", map.writer->config}});
    if (map.writer->parameters) {
      Outcome<Json> parameters = map.writer->parameters->evaluate(scope);
      if (!parameters) return parameters.error();
      plan.writer.set("parameters", std::move(*parameters));
    }
  }
  if (map.item_selector) {
    plan.input = frame.work_input;
    plan.variables = frame.variables;
    plan.context = context.json();
  }
  return plan;
}

Outcome<Json> Interpreter::State::reader_of(const ItemReader& reader, const Scope& scope) {
  Json json = Json::object({{"resource", reader.resource}, {"config", reader.config}});
  // Objects were refused in files, as recorded of the older language; ItemsPointer came with them.
  if (program->newer_language || reader.config.find("ItemsPointer")) json.set("objects", true);
  if (reader.parameters) {
    Outcome<Json> parameters = reader.parameters->evaluate(scope);
    if (!parameters) return parameters.error();
    json.set("parameters", std::move(*parameters));
  }
  Outcome<std::optional<int64_t>> most = whole_number(reader.max_items, "MaxItems", scope);
  if (!most) return most.error();
  json.set("maxItems", most->value_or(0));
  return json;
}

Outcome<void> Interpreter::State::read_batcher(const ItemBatcher& batcher, const Scope& scope, MapRunPlan& plan) {
  Outcome<std::optional<int64_t>> items = whole_number(batcher.items, "MaxItemsPerBatch", scope);
  if (!items) return items.error();
  Outcome<std::optional<int64_t>> bytes = whole_number(batcher.bytes, "MaxInputBytesPerBatch", scope);
  if (!bytes) return bytes.error();
  plan.batch_items = items->value_or(0);
  plan.batch_bytes = bytes->value_or(0);
  if (!batcher.input) return {};
  Outcome<Json> input = batcher.input->evaluate(scope);
  if (!input) return input.error();
  plan.batch_input = std::move(*input);
  return {};
}

// ToleratedFailureCount and ToleratedFailurePercentage. The error texts are recorded answers.
Outcome<Tolerance> Interpreter::State::tolerance_of(Frame& frame, const MapState& map) {
  Tolerance tolerance{std::nullopt, map.tolerated_percentage};
  FrameContext context(*this, frame);
  Scope scope = scope_of(frame, frame.work_input, context);
  Outcome<std::optional<int64_t>> count = whole_number(map.tolerated_count, "ToleratedFailureCount", scope);
  if (!count) return count.error();
  tolerance.count = *count;
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
    std::optional<double> number = parsed_number<double>(*value);
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

void Interpreter::State::await_map_run(Frame& frame) {
  frame.phase = Phase::map_run;
  map_runs[frame.map_run] = frame.id;
  touch(frame);
  step.commands.push_back(map_run_command(frame));
}

StartMapRun Interpreter::State::map_run_command(const Frame& frame) const {
  return {frame.map_run, frame.map_run_arn, read_map_run_plan(frame.map_run_plan), frame.map_run_redrives};
}

// The same run again: items that ended well keep their results.
bool Interpreter::State::redrive_map_run(Frame& frame) {
  ++frame.map_run_redrives;
  chain(frame, EventType::map_run_redriven,
        details_of(Detail{Field::map_run_arn, Json(std::string_view(frame.map_run_arn))},
                   Detail{Field::redrive_count, Json(frame.map_run_redrives)}));
  await_map_run(frame);
  return false;
}

// The frame no longer awaits its run, which is aborted.
void Interpreter::State::cancel_map_run(Frame& frame) {
  if (frame.phase != Phase::map_run || map_runs.erase(frame.map_run) == 0) return;
  step.commands.push_back(CancelMapRun{frame.map_run, frame.map_run_arn});
}

void Interpreter::State::forget_map_run(Frame& frame) {
  if (frame.map_run == 0) return;
  frame.map_run = 0;
  frame.map_run_redrives = 0;
  frame.map_run_arn.clear();
  frame.map_run_plan = {};
}

// What fails after its run has ended well, or for data that are too large or cannot be selected, is redriven by a new
// run. Source: "Redriving Map Runs" in the developer guide.
void Interpreter::State::take(const MapRunEnded& fact) {
  auto awaited = map_runs.find(fact.run);
  if (awaited == map_runs.end()) return;
  Frame& frame = *find(awaited->second);
  map_runs.erase(awaited);
  const StateSpec& spec = spec_of(frame);
  frame.phase = Phase::children;
  if (!fact.succeeded) {
    std::vector<Detail> details;
    if (fact.error) details.push_back({Field::error, Json(std::string_view(*fact.error))});
    if (fact.cause) details.push_back({Field::cause, Json(std::string_view(*fact.cause))});
    chain(frame, EventType::map_run_failed, std::move(details));
    if (fact.error == "States.DataLimitExceeded" || fact.error == "States.Runtime") forget_map_run(frame);
    Failure failure;
    failure.error = fact.error;
    failure.cause = fact.cause;
    return settle(frame, fail_state(frame, std::move(failure)));
  }
  // MapStateExited points back to the run's end; in machines answered as since
  // November 2024 (Program::newer_language), to its MapRunStarted.
  int64_t started = frame.previous;
  chain(frame, EventType::map_run_succeeded, {});
  emit(EventType::map_state_succeeded, frame.previous, {});
  if (program->newer_language) frame.previous = started;
  forget_map_run(frame);
  if (fact.too_large) return settle(frame, fail_state(frame, too_large(spec)));
  settle(frame, complete(frame, spec, fact.output));
}

}  // namespace penstock::pipeline
