// Arrays: https://docs.jsonata.org/array-functions.
#include <algorithm>
#include <functional>
#include <unordered_map>

#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {
namespace {

Value count(Evaluator&, const Call& call) {
  return Value::of_number(call[0].is_undefined() ? 0 : static_cast<double>(ArrayView(call[0]).size()));
}

Value append(Evaluator& evaluator, const Call& call) {
  return evaluator.append(call[0], call[1]);
}

Value reverse(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined() || ArrayView(call[0]).size() <= 1) return call[0];
  const ArrayView items(call[0]);
  Array* result = evaluator.new_array();
  evaluator.tick(items.size());
  result->reserve(evaluator.arena(), items.size());
  for (size_t at = items.size(); at-- > 0;) result->push(evaluator.arena(), items[at]);
  return Value::of_array(result);
}

Value shuffle(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined() || ArrayView(call[0]).size() <= 1) return call[0];
  const ArrayView items(call[0]);
  Array* result = evaluator.new_array();
  evaluator.tick(items.size());
  result->reserve(evaluator.arena(), items.size());
  for (size_t at = 0; at < items.size(); ++at) {  // Fisher-Yates, inside out
    result->push(evaluator.arena(), items[at]);
    std::swap(result->items[evaluator.environment().random.below(at + 1)], result->items[at]);
  }
  return Value::of_array(result);
}

// Equal values have equal hashes.
size_t hash_of(Value value, size_t depth = 0) {
  const auto seed = static_cast<size_t>(value.kind) * 0x9e3779b97f4a7c15ULL;
  switch (value.kind) {
    case Kind::boolean:
      return seed + value.boolean;
    case Kind::number: {
      const double number = value.number();
      return seed ^ std::hash<double>()(number == 0 ? 0 : number);
    }
    case Kind::string:
      return seed ^ std::hash<std::string_view>()(value.string());
    case Kind::array: {
      const ArrayView items(value);
      size_t hash = seed + items.size();
      for (size_t at = 0; at < std::min<size_t>(items.size(), 16) && depth < 4; ++at)
        hash = hash * 31 + hash_of(items[at], depth + 1);
      return hash;
    }
    case Kind::object: {
      const ObjectView members(value);
      size_t hash = seed + members.size();
      if (depth >= 4) return hash;
      for (size_t at = 0; at < members.size(); ++at) {  // any order
        hash += std::hash<std::string_view>()(members.key(at)) ^ (hash_of(members.value(at), depth + 1) * 31);
      }
      return hash;
    }
    default:
      return seed;
  }
}

Value distinct(Evaluator& evaluator, const Call& call) {
  if (!call[0].is_array() || ArrayView(call[0]).size() <= 1) return call[0];
  const ArrayView items(call[0]);
  Array* result = call[0].is_sequence() ? evaluator.new_sequence() : evaluator.new_array();
  std::unordered_multimap<size_t, Value> seen;
  for (size_t at = 0; at < items.size(); ++at) {
    evaluator.tick();
    const Value item = items[at];
    const size_t hash = hash_of(item);
    const auto [first, last] = seen.equal_range(hash);
    bool known = false;
    for (auto each = first; each != last && !known; ++each) {
      evaluator.tick();
      known = deep_equal(each->second, item);
    }
    if (known) continue;
    seen.emplace(hash, item);
    evaluator.arena().charge(64);
    result->push(evaluator.arena(), item);
  }
  return Value::of_array(result);
}

Value sort(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined() || ArrayView(call[0]).size() <= 1) return call[0];
  const ArrayView items(call[0]);
  const size_t size = items.size();
  evaluator.tick(size);
  Value* order = evaluator.arena().make_many<Value>(size);
  Value* spare = evaluator.arena().make_many<Value>(size);
  bool numbers = true, texts = true;
  for (size_t at = 0; at < size; ++at) {
    order[at] = items[at];
    texts = texts && order[at].is_string();
    numbers = numbers && is_numeric(order[at]);
  }
  if (call[1].is_function()) {
    evaluator.merge_sort(order, spare, size, [&](Value left, Value right) {
      Values arguments{left, right};
      return is_truthy(evaluator.apply(call[1].function, arguments, Value::null(), call.frame));
    });
  } else if (numbers) {
    evaluator.merge_sort(order, spare, size, [](Value left, Value right) { return left.number() > right.number(); });
  } else if (texts) {
    evaluator.merge_sort(order, spare, size,
                         [](Value left, Value right) { return compare_text(left.string(), right.string()) > 0; });
  } else {
    throw Failure{.code = "D3070", .index = 1};
  }
  Array* result = evaluator.new_array();
  result->items = order;
  result->size = result->capacity = static_cast<uint32_t>(size);
  return Value::of_array(result);
}

Value zip(Evaluator& evaluator, const Call& call) {
  Array* result = evaluator.new_array();
  size_t length = SIZE_MAX;
  for (Value argument : call.arguments) length = std::min(length, argument.is_array() ? ArrayView(argument).size() : 0);
  for (size_t at = 0; at < length; ++at) {
    evaluator.tick(call.arguments.size());
    Array* tuple = evaluator.new_array();
    for (Value argument : call.arguments) tuple->push(evaluator.arena(), ArrayView(argument)[at]);
    result->push(evaluator.arena(), Value::of_array(tuple));
  }
  return Value::of_array(result);
}

constexpr Builtin all[] = {
    {"count", count, "<a:n>", 1},     {"append", append, "<xx:a>", 2},    {"reverse", reverse, "<a:a>", 1},
    {"shuffle", shuffle, "<a:a>", 1}, {"distinct", distinct, "<x:x>", 1}, {"sort", sort, "<af?:a>", 2},
    {"zip", zip, "<a+>", 0},
};

}  // namespace

std::span<const Builtin> array_builtins() {
  return all;
}

}  // namespace penstock::jsonata
