#include "core/pipeline/template.h"

#include <algorithm>

#include "base/encoding.h"
#include "core/pipeline/jsonata/expression.h"
#include "core/pipeline/template_query.h"

namespace penstock::pipeline {

// ---- Expression

Outcome<Expression> Expression::compile(std::string_view text) {
  if (Intrinsic::looks_like(text)) {
    auto call = Intrinsic::compile(text);
    if (!call) return call.error();
    return Expression(std::move(*call));
  }
  auto path = Path::compile(text);
  if (!path) return path.error();
  return Expression(std::move(*path));
}

const std::string& Expression::text() const {
  return std::visit([](const auto& source) -> const std::string& { return source.text(); }, source_);
}

std::vector<const Path*> Expression::paths() const {
  if (const auto* path = std::get_if<Path>(&source_)) return {path};
  return std::get<Intrinsic>(source_).paths();
}

Outcome<Json> Expression::evaluate(const Scope& scope, std::string_view field) const {
  const auto* path = std::get_if<Path>(&source_);
  if (!path) return std::get<Intrinsic>(source_).evaluate(scope);
  if (path->root() == Path::Root::input && scope.input.is_null()) {
    return Error{"States.Runtime", "Unable to apply Path transformation to null or empty input."};
  }
  if (path->is_reference()) {
    if (const Json* value = path->find(scope)) return *value;
  }
  auto value = path->evaluate(scope);
  if (value) return value;
  const Json* document = path->document(scope);
  return Error{"States.Runtime", "The JSONPath '" + path->shown_text() + "' specified for the field '" +
                                     std::string(field) + "' could not be found in the input '" +
                                     to_string(document ? *document : scope.variables) + "'"};
}

// ---- Template

// An object or array with something to compute in it, a part to copy, or an expression.
struct Template::Node {
  struct Field {
    std::string key;    // of the result; empty in an array
    std::string field;  // as written ("key.$"); for errors
    std::shared_ptr<const Node> node;
  };
  struct Object {
    std::vector<Field> fields;
  };
  struct Array {
    std::vector<std::shared_ptr<const Node>> items;
  };
  std::variant<Json, Expression, Query, Object, Array> content;
};

namespace {

using NodePointer = std::shared_ptr<const Template::Node>;

template <class Content>
NodePointer make_node(Content content) {
  return std::make_shared<const Template::Node>(Template::Node{std::move(content)});
}

bool is_copied(const NodePointer& node) {
  return std::holds_alternative<Json>(node->content);
}

class TemplateCompiler {
 public:
  // `jsonata`: locations begin with the field's name then ("Output/result"), as errors of expressions show them.
  TemplateCompiler(std::vector<Problem>& problems, bool jsonata) : problems_(problems), jsonata_(jsonata) {}

  NodePointer compile(const Json& source, const std::string& location) {
    if (source.is_object()) return compile_object(source, location);
    if (source.is_array()) return compile_array(source, location);
    if (!jsonata_ || !source.is_string()) return make_node(source);
    std::string_view text = source.as_string();
    if (is_query(text)) return compile_query(source, location);
    // "Improperly opening or closing the expression will result in a validation error" (developer guide).
    if (text.starts_with("{%") != text.ends_with("%}")) {
      problems_.push_back({"The JSONata expression must start with '{%' and end with '%}'", "/" + location});
    }
    return make_node(source);
  }

 private:
  NodePointer compile_object(const Json& source, const std::string& location) {
    Template::Node::Object object;
    bool copied = true;
    for (const JsonMember& member : source.members()) {
      Template::Node::Field field{member.key, member.key, nullptr};
      if (!jsonata_ && member.key.ends_with(".$")) {
        field.key.resize(field.key.size() - 2);
        field.node = compile_expression(member, location);
        if (source.find(field.key)) {
          problems_.push_back(
              {"The field '" + field.key + "' is given twice: as '" + field.key + "' and as '" + member.key + "'",
               location});
        }
        copied = false;
      } else {
        field.node = compile(member.value, location + '/' + member.key);
        copied &= is_copied(field.node);
      }
      object.fields.push_back(std::move(field));
    }
    return copied ? make_node(source) : make_node(std::move(object));
  }

  NodePointer compile_array(const Json& source, const std::string& location) {
    Template::Node::Array array;
    bool copied = true;
    for (size_t i = 0; i < source.size(); ++i) {
      array.items.push_back(compile(source.items()[i], location + '[' + std::to_string(i) + ']'));
      copied &= is_copied(array.items.back());
    }
    return copied ? make_node(source) : make_node(std::move(array));
  }

  NodePointer compile_expression(const JsonMember& member, const std::string& location) {
    if (member.value.is_string()) {
      auto expression = Expression::compile(member.value.as_string());
      if (expression) return make_node(std::move(*expression));
    }
    problems_.push_back(
        {"The value for the field '" + member.key + "' must be a valid JSONPath or a valid intrinsic function call",
         location});
    return make_node(Json());
  }

  NodePointer compile_query(const Json& source, const std::string& location) {
    Outcome<Query> query = Query::compile(source.as_string(), location);
    if (query) return make_node(std::move(*query));
    problems_.push_back({query.error().message, "/" + location});
    return make_node(Json());
  }

  std::vector<Problem>& problems_;
  bool jsonata_;
};

Outcome<Json> evaluate_node(const Template::Node& node, const Scope& scope, std::string_view field);

Outcome<Json> evaluate_content(const Template::Node::Object& object, const Scope& scope) {
  std::vector<JsonMember> members;
  members.reserve(object.fields.size());
  for (const Template::Node::Field& field : object.fields) {
    auto value = evaluate_node(*field.node, scope, field.field);
    if (!value) return value;
    members.push_back({field.key, std::move(*value)});
  }
  return Json::object(std::move(members));
}

Outcome<Json> evaluate_content(const Template::Node::Array& array, const Scope& scope) {
  std::vector<Json> items;
  items.reserve(array.items.size());
  for (const NodePointer& item : array.items) {
    auto value = evaluate_node(*item, scope, {});
    if (!value) return value;
    items.push_back(std::move(*value));
  }
  return Json(std::move(items));
}

Outcome<Json> evaluate_node(const Template::Node& node, const Scope& scope, std::string_view field) {
  if (const auto* copied = std::get_if<Json>(&node.content)) return *copied;
  if (const auto* expression = std::get_if<Expression>(&node.content)) return expression->evaluate(scope, field);
  if (const auto* query = std::get_if<Query>(&node.content)) return query->evaluate(scope);
  if (const auto* object = std::get_if<Template::Node::Object>(&node.content)) return evaluate_content(*object, scope);
  return evaluate_content(std::get<Template::Node::Array>(node.content), scope);
}

void gather_paths(const Template::Node& node, std::vector<const Path*>& paths) {
  if (const auto* expression = std::get_if<Expression>(&node.content)) {
    const auto found = expression->paths();
    paths.insert(paths.end(), found.begin(), found.end());
  } else if (const auto* object = std::get_if<Template::Node::Object>(&node.content)) {
    for (const auto& field : object->fields) gather_paths(*field.node, paths);
  } else if (const auto* array = std::get_if<Template::Node::Array>(&node.content)) {
    for (const auto& item : array->items) gather_paths(*item, paths);
  }
}

void gather_variables(const Template::Node& node, std::vector<std::string>& names) {
  if (const auto* query = std::get_if<Query>(&node.content)) {
    for (const std::string& name : query->variables()) {
      if (name != "states") names.push_back(name);
    }
  } else if (const auto* object = std::get_if<Template::Node::Object>(&node.content)) {
    for (const auto& field : object->fields) gather_variables(*field.node, names);
  } else if (const auto* array = std::get_if<Template::Node::Array>(&node.content)) {
    for (const auto& item : array->items) gather_variables(*item, names);
  }
}

std::string_view kind_name(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      return "null";
    case Json::Kind::boolean:
      return "boolean";
    case Json::Kind::number:
      return "number";
    case Json::Kind::string:
      return "string";
    case Json::Kind::array:
      return "array";
    case Json::Kind::object:
      break;
  }
  return "object";
}

}  // namespace

Template Template::compile(const Json& source, std::vector<Problem>& problems) {
  return Template(TemplateCompiler(problems, false).compile(source, ""));
}

Template Template::compile_query(const Json& source, std::string_view field, std::vector<Problem>& problems) {
  return Template(TemplateCompiler(problems, true).compile(source, std::string(field)));
}

std::string_view Template::query_text() const {
  const auto* query = std::get_if<Query>(&root_->content);
  return query ? query->text() : std::string_view();
}

std::vector<std::string> Template::query_variables() const {
  std::vector<std::string> names;
  gather_variables(*root_, names);
  return names;
}

Error unexpected_type(const Template& source, std::string_view field, std::string_view expected, const Json& value) {
  std::string message = "The JSONata expression '" + std::string(source.query_text()) + "' specified for the field '" +
                        std::string(field) + "' returned an unexpected result type. Expected '" +
                        std::string(expected) + "', but was '" + std::string(kind_name(value)) +
                        "' for value: " + to_string(value);
  return query_error(std::move(message), field);
}

bool Template::is_constant() const {
  return is_copied(root_);
}

std::vector<const Path*> Template::paths() const {
  std::vector<const Path*> paths;
  gather_paths(*root_, paths);
  return paths;
}

Outcome<Json> Template::evaluate(const Scope& scope) const {
  return evaluate_node(*root_, scope, {});
}

}  // namespace penstock::pipeline
