// Functions: calls with their tail-call loop, closures, partial application, chains, transforms, regular expressions as
// functions.
#include <algorithm>

#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/number_text.h"
#include "core/pipeline/jsonata/text_position.h"

namespace penstock::jsonata {

Value Evaluator::eval_lambda(const Node* node, Value input, Frame* frame) {
  Function* function = arena_.make<Function>();
  function->kind = Function::Kind::lambda;
  function->node = node;
  function->input = input;
  function->frame = frame;
  function->parameters = node->parameters;
  function->signature = node->signature;
  return Value::of_function(function);
}

// Whether a call of `path` forgot the '$': a function or variable of its first name exists.
bool Evaluator::is_known(const Node* path, Frame* frame) {
  if (path->type != NodeType::path || path->items.front()->type != NodeType::name) return false;
  const std::string_view name = path->items.front()->text;
  const Symbols& symbols = symbols_ ? *symbols_ : *program_.symbols;
  for (; frame; frame = frame->parent) {
    for (uint32_t at = 0; at < frame->names.size; ++at) {
      if (symbols.name(frame->names.bound[at].name) == name)
        return is_truthy(frame->names.bound[at].value) || frame->names.bound[at].value.is_function();
    }
  }
  return !global_by_name(name).is_undefined();
}

namespace {

// Nothing for what has no name in the reference either.
std::optional<std::string_view> procedure_name(const Node* procedure) {
  switch (procedure->type) {
    case NodeType::path:
      return procedure->items.front()->text;
    case NodeType::lambda:
    case NodeType::condition:
    case NodeType::transform:
    case NodeType::parent:
      return std::nullopt;
    default:
      return procedure->text;
  }
}

// String(value), what a regular expression is matched against.
std::string matched_text(Value value, size_t depth = 0) {
  switch (value.kind) {
    case Kind::undefined:
      return depth ? "" : "undefined";
    case Kind::null:
      return depth ? "" : "null";
    case Kind::boolean:
      return value.boolean ? "true" : "false";
    case Kind::number:
      return number_text(value.number());
    case Kind::string:
      return std::string(value.string());
    case Kind::array: {
      const ArrayView items(value);
      std::string text;
      for (size_t at = 0; at < items.size() && depth < 100; ++at)
        text += (at ? "," : "") + matched_text(items[at], depth + 1);
      return text;
    }
    default:
      return "[object Object]";
  }
}

}  // namespace

Value Evaluator::eval_call(const Node* node, Value input, Frame* frame, const Value* first_argument) {
  const Value procedure = eval(node->lhs, input, frame);
  if (procedure.is_undefined() && is_known(node->lhs, frame)) {
    throw Failure{
        .code = "T1005", .position = node->position, .token = std::string(procedure_name(node->lhs).value_or(""))};
  }
  Values arguments;
  if (first_argument) arguments.push_back(*first_argument);
  for (const Node* argument : node->items) arguments.push_back(eval(argument, input, frame));
  try {
    if (!procedure.is_function()) return apply_once(procedure, arguments, input, frame);
    procedure.function->site = {procedure_name(node->lhs), node->position};
    return apply(procedure.function, arguments, input, frame);
  } catch (Failure& failure) {
    if (!failure.position || *failure.position == 0) failure.position = node->position;
    const auto name = procedure_name(node->lhs);
    if ((!failure.token || failure.token->empty()) && name) failure.token = *name;
    throw;
  }
}

Value Evaluator::apply(const Function* function, Values& arguments, Value input, Frame* frame) {
  Value result = apply_once(Value::of_function(function), arguments, input, frame);
  // A lambda whose body ends in a call gives that call back as a thunk; it is made here, so that the stack does not
  // grow.
  while (result.is_function() && result.function->kind == Function::Kind::lambda && result.function->node->thunk) {
    const Function* thunk = result.function;
    const Node* call = thunk->node->rhs;
    const Value next = eval(call->lhs, thunk->input, thunk->frame);
    Values given;
    for (const Node* argument : call->items) given.push_back(eval(argument, thunk->input, thunk->frame));
    if (next.is_function()) {
      if (call->lhs->type == NodeType::variable) next.function->site.token = call->lhs->text;
      next.function->site.position = position_of(call->lhs);
    }
    result = apply_once(next, given, input, frame);
  }
  return result;
}

Value Evaluator::apply_once(Value procedure, Values& arguments, Value input, Frame* frame) {
  try {
    if (!procedure.is_function()) throw Failure{.code = "T1006"};
    return run_function(procedure.function, arguments, input, frame);
  } catch (Failure& failure) {
    if (procedure.is_function()) {
      const CallSite& site = procedure.function->site;
      if (!failure.token && site.token) failure.token = *site.token;
      if (site.position) failure.position = site.position;
    }
    throw;
  }
}

Value Evaluator::run_lambda(const Function* function, const Values& arguments) {
  Frame* own = new_frame(function->frame);
  const size_t count = function->parameters.size();
  if (count) {
    own->names.bound = static_cast<Tuple::Bound*>(arena_.allocate(sizeof(Tuple::Bound) * count));
    own->names.capacity = static_cast<uint32_t>(count);
  }
  for (size_t at = 0; at < count; ++at) {
    own->names.bind(arena_, function->parameters[at], at < arguments.size() ? arguments[at] : Value());
  }
  return eval(function->node->rhs, function->input, own);
}

Value Evaluator::run_function(const Function* function, Values& arguments, Value input, Frame* frame) {
  switch (function->kind) {
    case Function::Kind::lambda:
      if (function->signature) function->signature->apply(arena_, arguments, input);
      return run_lambda(function, arguments);
    case Function::Kind::builtin:
      if (function->builtin->has_signature) function->builtin->signature.apply(arena_, arguments, input);
      return function->builtin->builtin.run(*this, Call{arguments, input, frame});
    case Function::Kind::partial_builtin: {
      Values all;
      size_t next = 0;
      for (size_t at = 0; at < function->given.size(); ++at) {
        all.push_back(!function->open[at] ? function->given[at] : next < arguments.size() ? arguments[next] : Value());
        next += function->open[at];
      }
      if (function->builtin) {
        if (function->builtin->has_signature) function->builtin->signature.apply(arena_, all, input);
        return function->builtin->builtin.run(*this, Call{all, input, frame});
      }
      return apply(function->first, all, input, frame);
    }
    case Function::Kind::regex: {
      const Value text = arguments.size() ? arguments[0] : Value();
      return match_object(function->node, text.is_string() ? text.string() : arena_.copy(matched_text(text)), 0, false);
    }
    case Function::Kind::next_match:
      if (function->from >= function->subject.size()) return Value();
      return match_object(function->node, function->subject, function->from, true);
    case Function::Kind::transform:
      return run_transform(function, arguments.size() ? arguments[0] : Value());
    case Function::Kind::chain: {
      Values first{arguments.size() ? arguments[0] : Value()};
      Values second{apply(function->first, first, Value::null(), frame)};
      return apply(function->second, second, Value::null(), frame);
    }
  }
  return Value();
}

size_t Evaluator::arity(const Function* function) const {
  switch (function->kind) {
    case Function::Kind::lambda:
      return function->parameters.size();
    case Function::Kind::builtin:
      return function->builtin->builtin.arity;
    case Function::Kind::partial_builtin:
      return static_cast<size_t>(std::ranges::count(function->open, true));
    case Function::Kind::regex:
      return 2;
    case Function::Kind::next_match:
      return 0;
    default:
      return 1;
  }
}

Value Evaluator::call_back(const Function* function, Value first, Value second, Value third) {
  Values arguments{first};
  const size_t wanted = arity(function);
  if (wanted >= 2) arguments.push_back(second);
  if (wanted >= 3) arguments.push_back(third);
  tick();
  return apply(function, arguments, Value::null(), nullptr);
}

Value Evaluator::eval_partial(const Node* node, Value input, Frame* frame) {
  const size_t count = node->items.size();
  std::span<Value> given(arena_.make_many<Value>(count), count);
  std::span<bool> open(arena_.make_many<bool>(count), count);
  for (size_t at = 0; at < count; ++at) {
    const Node* argument = node->items[at];
    open[at] = argument->type == NodeType::keyword && argument->op == Op::question;
    if (!open[at]) given[at] = eval(argument, input, frame);
  }
  const Value procedure = eval(node->lhs, input, frame);
  if (!procedure.is_function()) {
    const bool forgot = procedure.is_undefined() && is_known(node->lhs, frame);
    throw Failure{.code = forgot ? "T1007" : "T1008",
                  .position = node->position,
                  .token = std::string(procedure_name(node->lhs).value_or(""))};
  }
  Function* function = arena_.make<Function>();
  if (procedure.function->kind != Function::Kind::lambda) {
    function->kind = Function::Kind::partial_builtin;
    function->builtin = procedure.function->kind == Function::Kind::builtin ? procedure.function->builtin : nullptr;
    function->first = procedure.function;
    function->given = given;
    function->open = open;
    return Value::of_function(function);
  }
  // A lambda of the parameters that stay open, in a scope that binds the others.
  *function = *procedure.function;
  function->signature = nullptr;
  function->frame = new_frame(procedure.function->frame);
  const auto parameters = procedure.function->parameters;
  Symbol* remaining = arena_.make_many<Symbol>(parameters.size());
  size_t left = 0;
  for (size_t at = 0; at < parameters.size(); ++at) {
    if (at < count && open[at]) {
      remaining[left++] = parameters[at];
    } else {
      function->frame->names.bind(arena_, parameters[at], at < count ? given[at] : Value());
    }
  }
  function->parameters = {remaining, left};
  return Value::of_function(function);
}

Value Evaluator::eval_apply(const Node* node, Value input, Frame* frame) {
  const Value left = eval(node->lhs, input, frame);
  if (node->rhs->type == NodeType::call) {
    // The reference runs the call itself, so what follows it (predicates, a group) does not apply here either.
    Value result = eval_call(node->rhs, input, frame, &left);
    if (node->rhs->keep_array && result.is_sequence()) result.array->keep_singleton = true;
    return result;
  }
  const Value function = eval(node->rhs, input, frame);
  if (!function.is_function()) throw Failure{.code = "T2006", .position = node->position, .value = describe(function)};
  if (left.is_function()) {
    Function* chain = arena_.make<Function>();
    chain->kind = Function::Kind::chain;
    chain->first = left.function;
    chain->second = function.function;
    return Value::of_function(chain);
  }
  Values arguments{left};
  return apply(function.function, arguments, Value::null(), frame);
}

Value Evaluator::run_transform(const Function* function, Value subject) {
  if (subject.is_undefined()) return subject;
  const Node* node = function->node;
  if (!subject.is_object() && !subject.is_array())
    throw Failure{.code = "T0410", .value = describe(subject), .index = 1};
  const Value cloner = eval_variable(node->symbol, Value(), function->frame);
  if (!cloner.is_function()) throw Failure{.code = "T2013", .position = node->position};
  Values arguments{subject};
  const Value result = apply(cloner.function, arguments, Value::null(), function->frame);
  const Value matches = eval(node->lhs, result, function->frame);
  if (matches.is_undefined()) return result;
  if (!matches.is_array()) {
    edit(node, matches, function->frame);
    return result;
  }
  const ArrayView items(matches);
  for (size_t at = 0; at < items.size(); ++at) edit(node, items[at], function->frame);
  return result;
}

// What was matched outside the copy (by `$$` or a variable) is borrowed and stays as it is.
void Evaluator::edit(const Node* node, Value match, Frame* frame) {
  const Value update = eval(node->rhs, match, frame);
  const bool editable = match.is_object() && !match.borrowed;
  if (!update.is_undefined()) {
    if (!update.is_object())
      throw Failure{.code = "T2011", .position = position_of(node->rhs), .value = describe(update)};
    const ObjectView members(update);
    for (size_t at = 0; editable && at < members.size(); ++at)
      match.object->set(arena_, members.key(at), members.value(at));
  }
  if (!node->other) return;
  const Value removed = eval(node->other, match, frame);
  if (removed.is_undefined()) return;
  const bool many = removed.is_array();
  const size_t count = many ? ArrayView(removed).size() : 1;
  const auto at_index = [&](size_t at) { return many ? ArrayView(removed)[at] : removed; };
  for (size_t at = 0; at < count; ++at) {
    if (!at_index(at).is_string())
      throw Failure{.code = "T2012", .position = position_of(node->other), .value = describe(removed)};
  }
  for (size_t at = 0; editable && at < count; ++at) match.object->erase(at_index(at).string());
}

Value Evaluator::match_object(const Node* regex_node, std::string_view subject, size_t from, bool following) {
  const auto spans = regex_node->regex->search(subject, from, from > 0);
  tick(spans.size() + 4);
  if (spans.empty()) return Value();
  if (following && spans[0].start == spans[0].end) {
    std::string source;
    append_json_string(source, regex_node->regex->pattern());
    throw Failure{.code = "D1004", .position = regex_node->position, .value = source};
  }
  Object* object = new_object();
  object->set(arena_, "match", Value::of_string(subject.substr(spans[0].start, spans[0].end - spans[0].start)));
  object->set(arena_, "start", Value::of_number(static_cast<double>(utf16_units(subject, spans[0].start))));
  object->set(arena_, "end", Value::of_number(static_cast<double>(utf16_units(subject, spans[0].end))));
  Array* groups = new_array();
  for (size_t group = 1; group < spans.size(); ++group) {
    groups->push(arena_, spans[group].set ? Value::of_string(subject.substr(spans[group].start,
                                                                            spans[group].end - spans[group].start))
                                          : Value());
  }
  object->set(arena_, "groups", Value::of_array(groups));
  Function* next = arena_.make<Function>();
  next->kind = Function::Kind::next_match;
  next->node = regex_node;
  next->subject = subject;
  next->from = spans[0].end;
  object->set(arena_, "next", Value::of_function(next));
  return Value::of_object(object);
}

Value Evaluator::evaluate_text(std::string_view text, Value input, Frame* frame) {
  auto program = std::make_unique<Program>();
  if (!symbols_) symbols_.emplace(program_.symbols);
  program->source = std::string(text);
  program->symbols = &*symbols_;
  arena_.charge(text.size() * 64);
  try {
    parse(*program);
    resolve(*program);
  } catch (Failure& failure) {
    throw Failure{.code = "D3120", .value = describe(Value::of_string(to_error(failure, text).message))};
  }
  evaluated_.push_back(std::move(program));
  try {
    return eval(evaluated_.back()->root, input, frame ? frame : base_frame_);
  } catch (Failure& failure) {
    if (failure.code == "U1001") throw;
    throw Failure{.code = "D3121", .value = describe(Value::of_string(to_error(failure, text).message))};
  }
}

}  // namespace penstock::jsonata
