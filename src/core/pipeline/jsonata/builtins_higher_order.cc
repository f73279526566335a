// $map and its kind: https://docs.jsonata.org/higher-order-functions.
#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {
namespace {

Value at_number(size_t at) {
  return Value::of_number(static_cast<double>(at));
}

Value map(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const ArrayView items(call[0]);
  Array* result = evaluator.new_sequence();
  for (size_t at = 0; at < items.size(); ++at) {
    const Value value = evaluator.call_back(call[1].function, items[at], at_number(at), call[0]);
    if (!value.is_undefined()) result->push(evaluator.arena(), value);
  }
  return Value::of_array(result);
}

Value filter(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const ArrayView items(call[0]);
  Array* result = evaluator.new_sequence();
  for (size_t at = 0; at < items.size(); ++at) {
    if (is_truthy(evaluator.call_back(call[1].function, items[at], at_number(at), call[0])))
      result->push(evaluator.arena(), items[at]);
  }
  return Value::of_array(result);
}

Value single(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const ArrayView items(call[0]);
  Value found;
  bool has_found = false;
  for (size_t at = 0; at < items.size(); ++at) {
    if (call[1].is_function() && !is_truthy(evaluator.call_back(call[1].function, items[at], at_number(at), call[0])))
      continue;
    if (has_found) throw Failure{.code = "D3138", .index = at};
    found = items[at];
    has_found = true;
  }
  if (!has_found) throw Failure{.code = "D3139"};
  return found;
}

Value reduce(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const size_t wanted = evaluator.arity(call[1].function);
  if (wanted < 2) throw Failure{.code = "D3050", .index = 1};
  const ArrayView items(call[0]);
  const bool start_first = call[2].is_undefined() && items.size() > 0;
  Value result = start_first ? items[0] : call[2];
  for (size_t at = start_first; at < items.size(); ++at) {
    Values arguments{result, items[at]};
    if (wanted >= 3) arguments.push_back(at_number(at));
    if (wanted >= 4) arguments.push_back(call[0]);
    evaluator.tick();
    result = evaluator.apply(call[1].function, arguments, Value::null(), call.frame);
  }
  return result;
}

Value each(Evaluator& evaluator, const Call& call) {
  Array* result = evaluator.new_sequence();
  if (!call[0].is_object()) return Value::of_array(result);
  const ObjectView members(call[0]);
  for (size_t at = 0; at < members.size(); ++at) {
    const Value value =
        evaluator.call_back(call[1].function, members.value(at), Value::of_string(members.key(at)), call[0]);
    if (!value.is_undefined()) result->push(evaluator.arena(), value);
  }
  return Value::of_array(result);
}

Value sift(Evaluator& evaluator, const Call& call) {
  if (!call[0].is_object()) return Value();
  if (!call[1].is_function()) throw Failure{.code = "T0410", .index = 2};
  const ObjectView members(call[0]);
  Object* result = evaluator.new_object();
  for (size_t at = 0; at < members.size(); ++at) {
    const Value kept =
        evaluator.call_back(call[1].function, members.value(at), Value::of_string(members.key(at)), call[0]);
    if (is_truthy(kept)) result->set(evaluator.arena(), members.key(at), members.value(at));
  }
  return result->size ? Value::of_object(result) : Value();
}

constexpr Builtin all[] = {
    {"map", map, "<af>", 2},           {"filter", filter, "<af>", 2}, {"single", single, "<af?>", 2},
    {"reduce", reduce, "<afj?:j>", 3}, {"each", each, "<o-f:a>", 2},  {"sift", sift, "<o-f?:o>", 2},
};

}  // namespace

std::span<const Builtin> higher_order_builtins() {
  return all;
}

}  // namespace penstock::jsonata
