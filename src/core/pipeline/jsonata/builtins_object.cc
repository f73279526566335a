// Objects, types and control: https://docs.jsonata.org/object-functions, boolean-functions.
#include <unordered_set>

#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {
namespace {

constexpr size_t depth_max = 1'000;

void collect_keys(Evaluator& evaluator, Value value, std::unordered_set<std::string_view>& seen, Array* out,
                  size_t depth) {
  evaluator.tick();
  if (depth > depth_max) throw Failure{.code = "U1001", .message = "The data is nested too deep"};
  if (value.is_array()) {
    const ArrayView items(value);
    for (size_t at = 0; at < items.size(); ++at) collect_keys(evaluator, items[at], seen, out, depth + 1);
  } else if (value.is_object()) {
    const ObjectView members(value);
    evaluator.tick(members.size());
    for (size_t at = 0; at < members.size(); ++at) {
      if (seen.insert(members.key(at)).second) out->push(evaluator.arena(), Value::of_string(members.key(at)));
    }
  }
}

Value keys(Evaluator& evaluator, const Call& call) {
  Array* result = evaluator.new_sequence();
  std::unordered_set<std::string_view> seen;
  collect_keys(evaluator, call[0], seen, result, 0);
  return Value::of_array(result);
}

Value lookup(Evaluator& evaluator, const Call& call) {
  return call[1].is_undefined() ? Value() : evaluator.lookup(call[0], call[1].string());
}

Value spread_value(Evaluator& evaluator, Value value, size_t depth) {
  evaluator.tick();
  if (depth > depth_max) throw Failure{.code = "U1001", .message = "The data is nested too deep"};
  if (value.is_array()) {
    const ArrayView items(value);
    if (items.size() == 0) return Value::of_array(evaluator.new_sequence());
    Array* result = evaluator.new_array();
    for (size_t at = 0; at < items.size(); ++at) {
      const Value part = spread_value(evaluator, items[at], depth + 1);
      if (part.is_undefined()) continue;
      if (!part.is_array()) {
        result->push(evaluator.arena(), part);
        continue;
      }
      const ArrayView inner(part);
      evaluator.tick(inner.size());
      for (size_t each = 0; each < inner.size(); ++each) result->push(evaluator.arena(), inner[each]);
    }
    return Value::of_array(result);
  }
  if (!value.is_object()) return value;
  const ObjectView members(value);
  Array* result = evaluator.new_sequence();
  for (size_t at = 0; at < members.size(); ++at) {
    Object* single = evaluator.new_object();
    single->set(evaluator.arena(), members.key(at), members.value(at));
    result->push(evaluator.arena(), Value::of_object(single));
  }
  return Value::of_array(result);
}

Value spread(Evaluator& evaluator, const Call& call) {
  if (call[0].is_function()) return call[0].function->kind == Function::Kind::builtin ? Value() : call[0];
  return spread_value(evaluator, call[0], 0);
}

Value merge(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const ArrayView objects(call[0]);
  Object* result = evaluator.new_object();
  for (size_t at = 0; at < objects.size(); ++at) {
    if (!objects[at].is_object()) continue;
    const ObjectView members(objects[at]);
    evaluator.tick(members.size());
    for (size_t each = 0; each < members.size(); ++each)
      result->set(evaluator.arena(), members.key(each), members.value(each));
  }
  return Value::of_object(result);
}

Value exists(Evaluator&, const Call& call) {
  return Value::of_boolean(!call[0].is_undefined());
}
Value boolean(Evaluator&, const Call& call) {
  return boolean_of(call[0]);
}
Value not_of(Evaluator&, const Call& call) {
  return call[0].is_undefined() ? call[0] : Value::of_boolean(!is_truthy(call[0]));
}

Value type(Evaluator&, const Call& call) {
  switch (call[0].kind) {
    case Kind::undefined:
      return Value();
    case Kind::null:
      return Value::of_string("null");
    case Kind::boolean:
      return Value::of_string("boolean");
    case Kind::number:
      return Value::of_string("number");
    case Kind::string:
      return Value::of_string("string");
    case Kind::array:
      return Value::of_string("array");
    case Kind::function:
      return Value::of_string("function");
    default:
      return Value::of_string("object");
  }
}

Value error(Evaluator&, const Call& call) {
  const bool given = call[0].is_string() && call[0].length > 0;
  throw Failure{.code = "D3137", .message = given ? std::string(call[0].string()) : "$error() function evaluated"};
}

Value assert_that(Evaluator&, const Call& call) {
  if (call[0].is_true()) return Value();
  const bool given = call[1].is_string() && call[1].length > 0;
  throw Failure{.code = "D3141", .message = given ? std::string(call[1].string()) : "$assert() statement failed"};
}

Value clone(Evaluator& evaluator, const Call& call) {
  return evaluator.clone(call[0]);
}

Value eval(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  Value input = call[1].is_undefined() ? call.input : call[1];
  if (!call[1].is_undefined() && input.is_array() && !input.is_sequence()) {
    Array* wrapper = evaluator.new_sequence();
    wrapper->push(evaluator.arena(), input);
    wrapper->outer_wrapper = true;
    input = Value::of_array(wrapper);
  }
  return evaluator.evaluate_text(call[0].string(), input, call.frame);
}

constexpr Builtin all[] = {
    {"keys", keys, "<x-:a<s>>", 1},     {"lookup", lookup, "<x-s:x>", 2},
    {"spread", spread, "<x-:a<o>>", 1}, {"merge", merge, "<a<o>:o>", 1},
    {"exists", exists, "<x:b>", 1},     {"boolean", boolean, "<x-:b>", 1},
    {"not", not_of, "<x-:b>", 1},       {"type", type, "<x:s>", 1},
    {"error", error, "<s?:x>", 1},      {"assert", assert_that, "<bs?:x>", 2},
    {"clone", clone, "<(oa)-:o>", 1},   {"eval", eval, "<sx?:x>", 2, Builtin::Where::standard},
};

}  // namespace

std::span<const Builtin> object_builtins() {
  return all;
}

}  // namespace penstock::jsonata
