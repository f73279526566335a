#include <fmt/format.h>

#include <algorithm>

#include "aws/protocol/shape.h"
#include "define/node.h"
#include "define/request.h"

namespace penstock::define {

namespace {

// ".name" where JSONPath allows it, else "['name']".
std::string path_step(std::string_view member) {
  const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  if (!member.empty() && std::ranges::all_of(member, plain) && !std::isdigit(static_cast<unsigned char>(member[0])))
    return fmt::format(".{}", member);
  std::string quoted;
  for (const char c : member) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return fmt::format("['{}']", quoted);
}

Type type_of(const Json& literal) {
  switch (literal.kind()) {
    case Json::Kind::string:
      return Type::text;
    case Json::Kind::number:
      return Type::number;
    case Json::Kind::boolean:
      return Type::boolean;
    case Json::Kind::array:
      return Type::list;
    case Json::Kind::object:
      return Type::object;
    case Json::Kind::null:
      break;
  }
  return Type::any;
}

Value literal(Json json) {
  const Type type = type_of(json);
  return make_value({.what = ValueNode::What::literal, .literal = std::move(json), .type = type});
}

Value make_call(std::string_view function, std::vector<Value> arguments, Type type) {
  return make_value(
      {.what = ValueNode::What::call, .items = std::move(arguments), .text = std::string(function), .type = type});
}

}  // namespace

Value make_value(ValueNode node) {
  return Value(std::make_shared<const ValueNode>(std::move(node)));
}

Value make_invalid(std::string message) {
  return make_value({.what = ValueNode::What::invalid, .text = std::move(message)});
}

Value make_path(std::string text, Type type, const aws::Shape* shape) {
  return make_value({.what = ValueNode::What::path, .text = std::move(text), .type = type, .shape = shape});
}

Value::Value() : Value(literal(Json())) {}
Value::Value(bool value) : Value(literal(Json(value))) {}
Value::Value(int value) : Value(literal(Json(value))) {}
Value::Value(int64_t value) : Value(literal(Json(value))) {}
Value::Value(double value) : Value(literal(Json(value))) {}
Value::Value(const char* text) : Value(literal(Json(text))) {}
Value::Value(std::string text) : Value(literal(Json(text))) {}

Type Value::type() const {
  return node_->type;
}

Value Value::operator[](std::string_view member) const {
  if (node_->what == ValueNode::What::invalid) return *this;
  if (node_->what != ValueNode::What::path)
    return make_invalid(
        fmt::format("['{}'] of a value that is no path: only what a path stands for has members", member));
  if (node_->type != Type::any && node_->type != Type::object)
    return make_invalid(fmt::format("{} is {} and has no member '{}'", node_->text, type_name(node_->type), member));
  if (node_->shape == nullptr) return make_path(node_->text + path_step(member), Type::any);
  const aws::Shape* shape = member_shape(*node_->shape, member);
  if (shape == nullptr) return make_invalid(unknown_member(node_->text, *node_->shape, member));
  return make_path(node_->text + path_step(member), type_of(*shape), shape);
}

Value Value::operator[](int index) const {
  if (node_->what == ValueNode::What::invalid) return *this;
  if (node_->what != ValueNode::What::path)
    return make_invalid(fmt::format("[{}] of a value that is no path: only what a path stands for has items", index));
  if (node_->type != Type::any && node_->type != Type::list)
    return make_invalid(fmt::format("{} is {} and has no items", node_->text, type_name(node_->type)));
  const aws::Shape* shape = node_->shape && node_->shape->element ? node_->shape->element->shape : nullptr;
  return make_path(fmt::format("{}[{}]", node_->text, index), shape ? type_of(*shape) : Type::any, shape);
}

Value object(Members members) {
  return make_value({.what = ValueNode::What::object, .members = std::move(members), .type = Type::object});
}

Value list(std::vector<Value> items) {
  return make_value({.what = ValueNode::What::list, .items = std::move(items), .type = Type::list});
}

Value execution_name() {
  return make_path("$$.Execution.Name", Type::text);
}

Value execution_id() {
  return make_path("$$.Execution.Id", Type::text);
}

Value context(std::string_view path, Type type) {
  return make_path(fmt::format("$$.{}", path), type);
}

Value state_input(Type type) {
  return make_path("$", type);
}

Value map_item() {
  return make_path("$$.Map.Item.Value", Type::any);
}

Value map_index() {
  return make_path("$$.Map.Item.Index", Type::number);
}

Value path(std::string text, Type type) {
  return make_path(std::move(text), type);
}

Value format(std::string_view text, std::vector<Value> arguments) {
  arguments.insert(arguments.begin(), Value(std::string(text)));
  return make_call("States.Format", std::move(arguments), Type::text);
}

Value format(std::string_view text, Value argument) {
  return format(text, std::vector<Value>{std::move(argument)});
}

Value array(std::vector<Value> items) {
  return make_call("States.Array", std::move(items), Type::list);
}

Value string_to_json(Value text) {
  return make_call("States.StringToJson", {std::move(text)}, Type::any);
}

Value json_to_string(Value value) {
  return make_call("States.JsonToString", {std::move(value)}, Type::text);
}

Value call(std::string_view function, std::vector<Value> arguments, Type type) {
  return make_call(function, std::move(arguments), type);
}

Value ExecutionInput::operator[](std::string_view name) const {
  std::vector<std::string_view> names;
  for (const InputField& field : *pipeline_->fields) {
    if (field.name == name) return make_path("$$.Execution.Input" + path_step(name), field.type);
    names.push_back(field.name);
  }
  return make_invalid(fmt::format("the execution's input has no placeholder '{}'{}", name, did_you_mean(name, names)));
}

Condition equals(Value left, Value right) {
  return {Condition::Test::equals, std::move(left), std::move(right)};
}
Condition less(Value left, Value right) {
  return {Condition::Test::less, std::move(left), std::move(right)};
}
Condition at_most(Value left, Value right) {
  return {Condition::Test::at_most, std::move(left), std::move(right)};
}
Condition greater(Value left, Value right) {
  return {Condition::Test::greater, std::move(left), std::move(right)};
}
Condition at_least(Value left, Value right) {
  return {Condition::Test::at_least, std::move(left), std::move(right)};
}
Condition matches(Value left, std::string pattern) {
  return {Condition::Test::matches, std::move(left), Value(std::move(pattern))};
}
Condition is_present(Value left) {
  return {Condition::Test::is_present, std::move(left), Value(true)};
}
Condition is_null(Value left) {
  return {Condition::Test::is_null, std::move(left), Value(true)};
}
Condition all_of(std::vector<Condition> parts) {
  return {Condition::Test::all, {}, {}, std::move(parts)};
}
Condition any_of(std::vector<Condition> parts) {
  return {Condition::Test::any, {}, {}, std::move(parts)};
}
Condition negation(Condition part) {
  return {Condition::Test::negation, {}, {}, {std::move(part)}};
}

}  // namespace penstock::define
