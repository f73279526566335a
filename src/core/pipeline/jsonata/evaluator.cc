#include "core/pipeline/jsonata/evaluator.h"

#include <algorithm>
#include <cmath>

#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {
namespace {

constexpr double range_size_max = 1e7;
constexpr size_t data_depth_max = 2'000;

bool is_strictly_equal(Value left, Value right) {
  if (left.kind != right.kind) return false;
  if (left.is_array() || left.is_object() || left.is_function())
    return left.borrowed == right.borrowed && left.json == right.json;
  return deep_equal(left, right);
}

}  // namespace

Evaluator::Evaluator(const Program& program, const Environment& environment, std::span<const Binding> bindings,
                     Dialect dialect)
    : program_(program),
      environment_(environment),
      bindings_(bindings),
      dialect_(dialect),
      arena_(environment.limits.memory_bytes_max) {}

void Evaluator::out_of_steps() const {
  throw Failure{.code = "U1001", .message = "Expression evaluation timeout: Check for infinite loop"};
}

Value Evaluator::run(const Json* input) {
  Value context = input ? Value::of_json(*input) : Value();
  root_ = context;
  if (context.is_array()) {
    Array* wrapper = new_sequence();
    wrapper->push(arena_, context);
    wrapper->outer_wrapper = true;
    context = Value::of_array(wrapper);
  }
  base_frame_ = new_frame(nullptr);
  return eval(program_.root, context, base_frame_);
}

Value Evaluator::eval(const Node* node, Value input, Frame* frame) {
  tick();
  if (++depth_ > environment_.limits.depth_max) {
    throw Failure{.code = "U1001",
                  .message =
                      "Stack overflow error: Check for non-terminating recursive function.  Consider rewriting as "
                      "tail-recursive."};
  }
  Value result = eval_kind(node, input, frame);
  for (const Node* predicate : node->predicates) result = eval_filter(predicate, result, frame);
  if (node->has_group && node->type != NodeType::path) result = eval_group(*node->group, result, frame);
  --depth_;
  if (result.is_sequence() && !result.array->tuple_stream) {
    if (node->keep_array) result.array->keep_singleton = true;
    if (result.array->size == 0) return Value();
    if (result.array->size == 1 && !result.array->keep_singleton) return ArrayView(result)[0];
  }
  return result;
}

Value Evaluator::eval_kind(const Node* node, Value input, Frame* frame) {
  switch (node->type) {
    case NodeType::literal:
      return node->value;
    case NodeType::variable:
      return eval_variable(node->symbol, input, frame);
    case NodeType::path:
      return node->plain_path ? eval_plain_path(node, input, frame) : eval_path(node, input, frame);
    case NodeType::binary:
      return eval_binary(node, input, frame);
    case NodeType::name:
      return lookup(input, node->text);
    case NodeType::condition:
      return eval_condition(node, input, frame);
    case NodeType::call:
      return eval_call(node, input, frame, nullptr);
    case NodeType::block:
      return eval_block(node, input, frame);
    case NodeType::bind:
      return eval_bind(node, input, frame);
    case NodeType::array:
      return eval_array(node, input, frame);
    case NodeType::object:
      return eval_group(*node->group, input, frame);
    case NodeType::negate:
      return eval_negate(node, input, frame);
    case NodeType::wildcard:
      return eval_wildcard(input);
    case NodeType::descendant:
      return eval_descendants(input);
    case NodeType::parent:
      return eval_variable(node->slot->label, input, frame);
    case NodeType::lambda:
      return eval_lambda(node, input, frame);
    case NodeType::partial:
      return eval_partial(node, input, frame);
    case NodeType::apply:
      return eval_apply(node, input, frame);
    case NodeType::regex:
    case NodeType::transform: {
      Function* function = arena_.make<Function>();
      function->kind = node->type == NodeType::regex ? Function::Kind::regex : Function::Kind::transform;
      function->node = node;
      function->frame = frame;
      return Value::of_function(function);
    }
    case NodeType::sort:
    case NodeType::keyword:
    case NodeType::end:
      break;
  }
  return Value();
}

Value Evaluator::eval_variable(Symbol symbol, Value input, Frame* frame) {
  if (symbol == Symbols::context) return input.is_outer_wrapper() ? ArrayView(input)[0] : input;
  if (symbol >= program_.bound.size() || program_.bound[symbol] || program_.uses_eval) {
    for (; frame; frame = frame->parent) {
      for (uint32_t at = 0; at < frame->names.size; ++at) {
        if (frame->names.bound[at].name == symbol) return frame->names.bound[at].value;
      }
    }
  }
  return global(symbol);
}

Value Evaluator::global(Symbol symbol) {
  if (symbol == Symbols::input) return root_;
  if (symbol < globals_.size() && globals_known_[symbol]) return globals_[symbol];
  const size_t count = symbols_ ? symbols_->size() : program_.symbols->size();
  globals_.resize(count);
  globals_known_.resize(count);
  globals_known_[symbol] = true;
  return globals_[symbol] = global_by_name((symbols_ ? *symbols_ : *program_.symbols).name(symbol));
}

Value Evaluator::global_by_name(std::string_view name) {
  for (const Binding& binding : bindings_) {
    if (binding.name == name) return Value::of_json(*binding.value);
  }
  const KnownBuiltin* builtin = find_builtin(name, dialect_);
  return builtin ? builtin_value(builtin) : Value();
}

Value Evaluator::builtin_value(const KnownBuiltin* builtin) {
  Function* function = arena_.make<Function>();
  function->builtin = builtin;
  return Value::of_function(function);
}

Value Evaluator::lookup(Value input, std::string_view key) {
  if (input.is_object()) return member_of(input, key);
  if (!input.is_array()) return Value();
  Array* result = new_sequence();
  const ArrayView items(input);
  tick(items.size());
  if (++depth_ > data_depth_max) throw Failure{.code = "U1001", .message = "The data is nested too deep"};
  for (size_t at = 0; at < items.size(); ++at) {
    const Value found = lookup(items[at], key);
    if (found.is_undefined()) continue;
    if (found.is_array()) {
      const ArrayView inner(found);
      tick(inner.size());
      for (size_t each = 0; each < inner.size(); ++each) result->push(arena_, inner[each]);
    } else {
      result->push(arena_, found);
    }
  }
  --depth_;
  return Value::of_array(result);
}

Value Evaluator::eval_binary(const Node* node, Value input, Frame* frame) {
  if (node->op == Op::and_ || node->op == Op::or_) return eval_logic(node, input, frame);
  const Value left = eval(node->lhs, input, frame);
  const Value right = eval(node->rhs, input, frame);
  try {
    return eval_operator(node, left, right);
  } catch (Failure& failure) {
    failure.position = node->position;
    failure.token = op_text(node->op);
    throw;
  }
}

Value Evaluator::eval_logic(const Node* node, Value input, Frame* frame) {
  const Value left = eval(node->lhs, input, frame);
  try {
    const bool first = is_truthy(left);
    if (first == (node->op == Op::or_)) return Value::of_boolean(first);
    return Value::of_boolean(is_truthy(eval(node->rhs, input, frame)));
  } catch (Failure& failure) {
    failure.position = node->position;
    failure.token = op_text(node->op);
    throw;
  }
}

Value Evaluator::eval_operator(const Node* node, Value left, Value right) {
  switch (node->op) {
    case Op::plus:
    case Op::minus:
    case Op::star:
    case Op::slash:
    case Op::percent:
      return eval_numbers(node->op, left, right);
    case Op::equal:
    case Op::not_equal:
      if (left.is_undefined() || right.is_undefined()) return Value::of_boolean(false);
      return Value::of_boolean(deep_equal(left, right) == (node->op == Op::equal));
    case Op::less:
    case Op::less_equal:
    case Op::greater:
    case Op::greater_equal:
      return eval_comparison(node->op, left, right);
    case Op::ampersand: {
      std::string text;
      if (!left.is_undefined()) text = string_of(left);
      if (!right.is_undefined()) text += string_of(right);
      return new_string(text);
    }
    case Op::dot_dot:
      return eval_range(left, right);
    case Op::in: {
      if (left.is_undefined() || right.is_undefined()) return Value::of_boolean(false);
      if (!right.is_array()) return Value::of_boolean(is_strictly_equal(left, right));
      const ArrayView items(right);
      tick(items.size());
      for (size_t at = 0; at < items.size(); ++at) {
        if (is_strictly_equal(items[at], left)) return Value::of_boolean(true);
      }
      return Value::of_boolean(false);
    }
    default:
      return Value();
  }
}

Value Evaluator::eval_numbers(Op op, Value left, Value right) {
  if (!left.is_undefined() && !is_numeric(left)) throw Failure{.code = "T2001", .value = describe(left)};
  if (!right.is_undefined() && !is_numeric(right)) throw Failure{.code = "T2002", .value = describe(right)};
  if (left.is_undefined() || right.is_undefined()) return Value();
  const double a = left.number(), b = right.number();
  switch (op) {
    case Op::plus:
      return Value::of_number(a + b);
    case Op::minus:
      return Value::of_number(a - b);
    case Op::star:
      return Value::of_number(a * b);
    case Op::slash:
      return Value::of_number(b == 0 ? (a == 0 || std::isnan(a)              ? NAN
                                        : std::signbit(a) == std::signbit(b) ? INFINITY
                                                                             : -INFINITY)
                                     : a / b);
    default:
      return Value::of_number(std::fmod(a, b));
  }
}

Value Evaluator::eval_comparison(Op op, Value left, Value right) {
  const auto comparable = [](Value value) { return value.is_undefined() || is_text_or_number(value); };
  if (!comparable(left) || !comparable(right)) {
    throw Failure{.code = "T2010", .value = describe(is_text_or_number(left) ? right : left)};
  }
  if (left.is_undefined() || right.is_undefined()) return Value();
  if (left.kind != right.kind) throw Failure{.code = "T2009", .value = describe(left), .value2 = describe(right)};
  if (left.is_number()) {
    const double a = left.number(), b = right.number();
    switch (op) {
      case Op::less:
        return Value::of_boolean(a < b);
      case Op::less_equal:
        return Value::of_boolean(a <= b);
      case Op::greater:
        return Value::of_boolean(a > b);
      default:
        return Value::of_boolean(a >= b);
    }
  }
  const int order = compare_text(left.string(), right.string());
  switch (op) {
    case Op::less:
      return Value::of_boolean(order < 0);
    case Op::less_equal:
      return Value::of_boolean(order <= 0);
    case Op::greater:
      return Value::of_boolean(order > 0);
    default:
      return Value::of_boolean(order >= 0);
  }
}

Value Evaluator::eval_range(Value left, Value right) {
  const auto is_integer = [](Value value) {
    return value.is_number() && std::isfinite(value.number()) && value.number() == std::floor(value.number());
  };
  if (!left.is_undefined() && !is_integer(left)) throw Failure{.code = "T2003", .value = describe(left)};
  if (!right.is_undefined() && !is_integer(right)) throw Failure{.code = "T2004", .value = describe(right)};
  if (left.is_undefined() || right.is_undefined()) return Value();
  const double first = left.number(), last = right.number();
  if (first > last) return Value();
  const double size = last - first + 1;
  if (size > range_size_max) throw Failure{.code = "D2014", .value = describe(Value::of_number(size))};
  Array* range = new_sequence();
  range->range = true;
  range->first = first;
  range->size = static_cast<uint32_t>(size);
  return Value::of_array(range);
}

Value Evaluator::eval_negate(const Node* node, Value input, Frame* frame) {
  const Value value = eval(node->rhs, input, frame);
  if (value.is_undefined()) return value;
  if (is_numeric(value)) return Value::of_number(-value.number());
  throw Failure{.code = "D1002", .position = node->position, .token = "-", .value = describe(value)};
}

const Json& Evaluator::keep(Json json) {
  return kept_.emplace_front(std::move(json));
}

Value Evaluator::append(Value left, Value right) {
  if (left.is_undefined()) return right;
  if (right.is_undefined()) return left;
  Array* result = new_array();
  const size_t size = (left.is_array() ? ArrayView(left).size() : 1) + (right.is_array() ? ArrayView(right).size() : 1);
  if (left.is_array() && !left.borrowed && left.array->size == 0 && right.is_array() && !right.borrowed &&
      right.array->range) {
    result->range = true;  // stays a range
    result->first = right.array->first;
    result->size = right.array->size;
    return Value::of_array(result);
  }
  tick(size);
  result->reserve(arena_, size);
  for (const Value part : {left, right}) {
    if (!part.is_array()) {
      result->push(arena_, part);
      continue;
    }
    const ArrayView items(part);
    for (size_t at = 0; at < items.size(); ++at) result->push(arena_, items[at]);
  }
  return Value::of_array(result);
}

Value Evaluator::eval_array(const Node* node, Value input, Frame* frame) {
  Array* result = new_array();
  for (const Node* item : node->items) {
    const Value value = eval(item, input, frame);
    if (value.is_undefined()) continue;
    if (item->type == NodeType::array || !value.is_array()) {
      result->push(arena_, value);
      continue;
    }
    if (result->size == 0) {
      result = append(Value::of_array(result), value).array;
      continue;
    }
    const ArrayView more(value);
    tick(more.size());
    for (size_t at = 0; at < more.size(); ++at) result->push(arena_, more[at]);
  }
  result->constructed = node->constructed;
  return Value::of_array(result);
}

void Evaluator::flatten(Value input, Array* out, size_t depth) {
  tick();
  if (depth > data_depth_max) throw Failure{.code = "U1001", .message = "The data is nested too deep"};
  if (!input.is_array()) return out->push(arena_, input);
  const ArrayView items(input);
  for (size_t at = 0; at < items.size(); ++at) flatten(items[at], out, depth + 1);
}

Value Evaluator::eval_wildcard(Value input) {
  if (input.is_outer_wrapper() && input.array->size) input = ArrayView(input)[0];
  Array* result = new_sequence();
  const auto add = [&](Value value) {
    if (!value.is_array()) return result->push(arena_, value);
    flatten(value, result, 0);
    result->sequence = false;  // as the reference's concatenation leaves it
  };
  if (input.is_array()) {
    const ArrayView items(input);
    for (size_t at = 0; at < items.size(); ++at) add(items[at]);
  } else if (input.is_object()) {
    const ObjectView members(input);
    tick(members.size());
    for (size_t at = 0; at < members.size(); ++at) add(members.value(at));
  }
  return Value::of_array(result);
}

void Evaluator::descend(Value input, Array* out, size_t depth) {
  tick();
  if (depth > data_depth_max) throw Failure{.code = "U1001", .message = "The data is nested too deep"};
  if (input.is_array()) {
    const ArrayView items(input);
    for (size_t at = 0; at < items.size(); ++at) descend(items[at], out, depth + 1);
    return;
  }
  out->push(arena_, input);
  if (!input.is_object()) return;
  const ObjectView members(input);
  for (size_t at = 0; at < members.size(); ++at) descend(members.value(at), out, depth + 1);
}

Value Evaluator::eval_descendants(Value input) {
  if (input.is_undefined()) return Value();
  Array* result = new_sequence();
  descend(input, result, 0);
  return result->size == 1 ? result->items[0] : Value::of_array(result);
}

Value Evaluator::eval_condition(const Node* node, Value input, Frame* frame) {
  const Value condition = eval(node->lhs, input, frame);
  if (node->op == Op::coalesce) return condition.is_undefined() ? eval(node->other, input, frame) : condition;
  if (is_truthy(condition)) return node->rhs ? eval(node->rhs, input, frame) : condition;
  return node->other ? eval(node->other, input, frame) : Value();
}

Value Evaluator::eval_block(const Node* node, Value input, Frame* frame) {
  Frame* own = new_frame(frame);
  Value result;
  for (const Node* item : node->items) result = eval(item, input, own);
  return result;
}

Value Evaluator::eval_bind(const Node* node, Value input, Frame* frame) {
  const Value value = eval(node->rhs, input, frame);
  frame->names.bind(arena_, node->symbol, value);
  return value;
}

Value Evaluator::clone(Value value, size_t depth) {
  tick();
  if (depth > data_depth_max) throw Failure{.code = "U1001", .message = "The data is nested too deep"};
  if (value.is_function()) return Value::of_string("");
  if (value.is_array()) {
    const ArrayView from(value);
    Array* result = new_array();
    result->reserve(arena_, from.size());
    for (size_t at = 0; at < from.size(); ++at) result->push(arena_, clone(from[at], depth + 1));
    return Value::of_array(result);
  }
  if (value.is_object()) {
    const ObjectView from(value);
    Object* result = new_object();
    for (size_t at = 0; at < from.size(); ++at) result->set(arena_, from.key(at), clone(from.value(at), depth + 1));
    return Value::of_object(result);
  }
  if (value.is_number() && !value.borrowed && !std::isfinite(value.real))
    throw Failure{.code = "D1001", .value = describe(value)};
  return value;
}

std::string Evaluator::string_of(Value value) {
  if (value.is_string()) return std::string(value.string());
  if (value.is_function()) return "";
  if (value.is_number() && !std::isfinite(value.number())) throw Failure{.code = "D3001", .value = describe(value)};
  if (value.is_outer_wrapper()) value = ArrayView(value)[0];
  std::string text;
  append_json_text(text, value);
  tick(text.size() / 64);
  return text;
}

bool is_numeric(Value value) {
  if (!value.is_number()) return false;
  const double number = value.number();
  if (std::isnan(number)) return false;
  if (std::isinf(number)) throw Failure{.code = "D1001", .value = describe(value)};
  return true;
}

bool is_truthy(Value value) {
  switch (value.kind) {
    case Kind::boolean:
      return value.boolean;
    case Kind::string:
      return value.length > 0;
    case Kind::number:
      return is_numeric(value) && value.number() != 0;
    case Kind::object:
      return ObjectView(value).size() > 0;
    case Kind::array: {
      const ArrayView items(value);
      for (size_t at = 0; at < items.size(); ++at) {
        if (is_truthy(items[at])) return true;
      }
      return false;
    }
    default:
      return false;
  }
}

Value boolean_of(Value value) {
  return value.is_undefined() ? value : Value::of_boolean(is_truthy(value));
}

}  // namespace penstock::jsonata
