#include "core/pipeline/choice.h"

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include "base/time.h"
#include "core/pipeline/decimal.h"

namespace penstock::pipeline {
namespace {

constexpr int nesting_max = 64;

enum class Type : uint8_t { text, number, boolean, timestamp };
enum class Relation : uint8_t { equal, less, less_equal, greater, greater_equal };
enum class Test : uint8_t { compare, matches, is_null, is_present, is_numeric, is_string, is_boolean, is_timestamp };

struct Operator {
  std::string_view name;
  Test test;
  Type type = Type::boolean;            // of the operand
  Relation relation = Relation::equal;  // of Test::compare
};

// Each comparison also exists as "<name>Path", whose operand is at a path.
constexpr std::array operators{
    Operator{"StringEquals", Test::compare, Type::text, Relation::equal},
    Operator{"StringLessThan", Test::compare, Type::text, Relation::less},
    Operator{"StringGreaterThan", Test::compare, Type::text, Relation::greater},
    Operator{"StringLessThanEquals", Test::compare, Type::text, Relation::less_equal},
    Operator{"StringGreaterThanEquals", Test::compare, Type::text, Relation::greater_equal},
    Operator{"NumericEquals", Test::compare, Type::number, Relation::equal},
    Operator{"NumericLessThan", Test::compare, Type::number, Relation::less},
    Operator{"NumericGreaterThan", Test::compare, Type::number, Relation::greater},
    Operator{"NumericLessThanEquals", Test::compare, Type::number, Relation::less_equal},
    Operator{"NumericGreaterThanEquals", Test::compare, Type::number, Relation::greater_equal},
    Operator{"BooleanEquals", Test::compare, Type::boolean, Relation::equal},
    Operator{"TimestampEquals", Test::compare, Type::timestamp, Relation::equal},
    Operator{"TimestampLessThan", Test::compare, Type::timestamp, Relation::less},
    Operator{"TimestampGreaterThan", Test::compare, Type::timestamp, Relation::greater},
    Operator{"TimestampLessThanEquals", Test::compare, Type::timestamp, Relation::less_equal},
    Operator{"TimestampGreaterThanEquals", Test::compare, Type::timestamp, Relation::greater_equal},
    Operator{"StringMatches", Test::matches, Type::text},
    Operator{"IsNull", Test::is_null},
    Operator{"IsPresent", Test::is_present},
    Operator{"IsNumeric", Test::is_numeric},
    Operator{"IsString", Test::is_string},
    Operator{"IsBoolean", Test::is_boolean},
    Operator{"IsTimestamp", Test::is_timestamp}};

// A StringMatches pattern: the texts between its stars. "\*" and "\\" stand for themselves.
using Pattern = std::vector<std::string>;

Pattern parse_pattern(std::string_view text) {
  Pattern pieces(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*') {
      pieces.emplace_back();
    } else {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      pieces.back() += text[i];
    }
  }
  return pieces;
}

bool matches(std::string_view text, const Pattern& pieces) {
  if (pieces.size() == 1) return text == pieces.front();
  if (!text.starts_with(pieces.front())) return false;
  text.remove_prefix(pieces.front().size());
  for (size_t i = 1; i + 1 < pieces.size(); ++i) {
    const size_t found = text.find(pieces[i]);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + pieces[i].size());
  }
  return text.ends_with(pieces.back());
}

std::optional<Time> timestamp(const Json& value) {
  if (!value.is_string() || !is_timestamp(value.as_string())) return std::nullopt;
  return parse_iso8601(value.as_string());
}

// How the two compare as `type`; nothing when one of them is not of that type.
std::optional<std::strong_ordering> order(Type type, const Json& left, const Json& right) {
  switch (type) {
    case Type::text:
      if (!left.is_string() || !right.is_string()) return std::nullopt;
      return left.as_string() <=> right.as_string();
    case Type::number:
      if (!left.is_number() || !right.is_number()) return std::nullopt;
      return compare_numbers(left, right);
    case Type::boolean:
      if (!left.is_boolean() || !right.is_boolean()) return std::nullopt;
      return left.as_boolean() <=> right.as_boolean();
    case Type::timestamp:
      break;
  }
  const auto first = timestamp(left);
  const auto second = timestamp(right);
  if (!first || !second) return std::nullopt;
  return first->microseconds <=> second->microseconds;
}

// What a Numeric…Path comparison reads at its path: Jackson's asDouble, so that false, null and [6] count as 0 (AWS
// holds 7 > [6] and 8 >= false).
Json as_number(const Json& operand) {
  if (operand.is_number()) return operand;
  if (operand.is_boolean()) return Json(operand.as_boolean() ? 1 : 0);
  if (operand.is_string()) {
    auto number = parse_json(operand.as_string());
    if (number && number->is_number()) return std::move(*number);
  }
  return Json(0);
}

bool stands_in(Relation relation, std::strong_ordering order) {
  switch (relation) {
    case Relation::equal:
      return order == 0;
    case Relation::less:
      return order < 0;
    case Relation::less_equal:
      return order <= 0;
    case Relation::greater:
      return order > 0;
    case Relation::greater_equal:
      return order >= 0;
  }
  return false;
}

bool has_type(Test test, const Json& value) {
  switch (test) {
    case Test::is_null:
      return value.is_null();
    case Test::is_numeric:
      return value.is_number();
    case Test::is_string:
      return value.is_string();
    case Test::is_boolean:
      return value.is_boolean();
    case Test::is_timestamp:
      return timestamp(value).has_value();
    default:
      return true;
  }
}

bool fits(Type type, const Json& operand) {
  switch (type) {
    case Type::text:
      return operand.is_string();
    case Type::number:
      return operand.is_number();
    case Type::boolean:
      return operand.is_boolean();
    case Type::timestamp:
      return timestamp(operand).has_value();
  }
  return false;
}

std::string_view misfit_message(Type type) {
  switch (type) {
    case Type::text:
      return "Expected value of type String";
    case Type::number:
      return "Expected value of type Number";
    case Type::boolean:
      return "Expected value of type Boolean";
    case Type::timestamp:
      return "String does not match RFC3339 timestamp";
  }
  return {};
}

}  // namespace

struct Condition::Node {
  using Parts = std::vector<std::shared_ptr<const Node>>;
  struct Any {
    Parts parts;
  };
  struct Every {
    Parts parts;
  };
  struct Not {
    std::shared_ptr<const Node> part;
  };
  struct Comparison {
    Path variable;
    Test test = Test::compare;
    Type type = Type::text;
    Relation relation = Relation::equal;
    std::variant<Json, Path> operand;
    Pattern pattern;
  };
  std::variant<Any, Every, Not, Comparison> content;  // Every without parts holds: what is wrong compiles to it
};

namespace {

using NodePointer = std::shared_ptr<const Condition::Node>;

template <class Content>
NodePointer make_node(Content content) {
  return std::make_shared<const Condition::Node>(Condition::Node{std::move(content)});
}

class ConditionCompiler {
 public:
  explicit ConditionCompiler(std::vector<Problem>& problems) : problems_(problems) {}

  NodePointer compile(const Json& rule, const std::string& location, int depth) {
    if (!rule.is_object()) return wrong("A choice rule must be an object", location);
    if (depth > nesting_max) return wrong("The choice rule is nested more than 64 deep", location);
    size_t tests = 0;
    NodePointer node;
    for (const JsonMember& member : rule.members()) {
      NodePointer test = compile_test(rule, member, location, depth);
      if (!test) continue;
      ++tests;
      node = std::move(test);
    }
    if (tests == 0)
      return wrong("The choice rule has no comparison; it needs one of And, Or, Not, StringEquals, IsPresent, ...",
                   location);
    if (tests > 1) return wrong("The choice rule has more than one comparison", location);
    return node;
  }

 private:
  // nullptr when the member is not a test.
  NodePointer compile_test(const Json& rule, const JsonMember& member, const std::string& location, int depth) {
    const std::string here = location + '/' + member.key;
    if (member.key == "Not") return make_node(Condition::Node::Not{compile(member.value, here, depth + 1)});
    if (member.key == "And") return make_node(Condition::Node::Every{compile_parts(member.value, here, depth)});
    if (member.key == "Or") return make_node(Condition::Node::Any{compile_parts(member.value, here, depth)});
    for (const Operator& known : operators) {
      if (!std::string_view(member.key).starts_with(known.name)) continue;
      const std::string_view rest = std::string_view(member.key).substr(known.name.size());
      if (rest.empty()) return compile_comparison(rule, known, member.value, location, false);
      if (rest == "Path" && known.test == Test::compare)
        return compile_comparison(rule, known, member.value, location, true);
    }
    return nullptr;
  }

  Condition::Node::Parts compile_parts(const Json& rules, const std::string& location, int depth) {
    Condition::Node::Parts parts;
    if (!rules.is_array() || rules.size() == 0) {
      wrong("Value must be a non-empty array of choice rules", location);
      return parts;
    }
    for (size_t i = 0; i < rules.size(); ++i) {
      parts.push_back(compile(rules.items()[i], location + '[' + std::to_string(i) + ']', depth + 1));
    }
    return parts;
  }

  NodePointer compile_comparison(const Json& rule, const Operator& known, const Json& operand,
                                 const std::string& location, bool at_path) {
    const std::string here = location + '/' + std::string(known.name) + (at_path ? "Path" : "");
    const Json* variable = rule.find("Variable");
    if (!variable) return wrong("These fields are required: [Variable]", location);
    auto path = compile_path(*variable, location + "/Variable");
    if (!path) return make_node(Condition::Node::Every{});
    Condition::Node::Comparison comparison{std::move(*path), known.test, known.type, known.relation, operand, {}};
    if (at_path) {
      auto operand_path = compile_path(operand, here);
      if (!operand_path) return make_node(Condition::Node::Every{});
      comparison.operand = std::move(*operand_path);
    } else if (!fits(known.type, operand)) {
      return wrong(std::string(misfit_message(known.type)), here);
    } else if (known.test == Test::matches) {
      comparison.pattern = parse_pattern(operand.as_string());
    }
    return make_node(std::move(comparison));
  }

  std::optional<Path> compile_path(const Json& value, const std::string& location) {
    if (!value.is_string()) {
      wrong("Expected value of type String", location);
      return std::nullopt;
    }
    const std::string_view text = value.as_string();
    auto path = Path::compile(text);
    if (path && path->is_reference()) return std::move(*path);
    const std::string reason = !text.starts_with('$') ? "Reference path didn't start with '$'"
                               : path                 ? "it must name one place, by names and indices only"
                                                      : path.error().message;
    wrong("Value is not a Reference Path: " + reason, location);
    return std::nullopt;
  }

  NodePointer wrong(std::string message, const std::string& location) {
    problems_.push_back({std::move(message), location});
    return make_node(Condition::Node::Every{});
  }

  std::vector<Problem>& problems_;
};

Error invalid_value(const Path& path) {
  return Error{"States.Runtime",
               "Invalid path '" + path.text() + "': The choice state's condition path references an invalid value."};
}

struct Evaluation {
  const Scope& scope;

  Outcome<bool> operator()(const Condition::Node::Any& any) const {
    for (const NodePointer& part : any.parts) {
      auto holds = std::visit(*this, part->content);
      if (!holds || *holds) return holds;
    }
    return false;
  }

  Outcome<bool> operator()(const Condition::Node::Every& every) const {
    for (const NodePointer& part : every.parts) {
      auto holds = std::visit(*this, part->content);
      if (!holds || !*holds) return holds;
    }
    return true;
  }

  Outcome<bool> operator()(const Condition::Node::Not& negation) const {
    auto holds = std::visit(*this, negation.part->content);
    return holds ? Outcome<bool>(!*holds) : holds;
  }

  Outcome<bool> operator()(const Condition::Node::Comparison& comparison) const {
    const Json* variable = comparison.variable.find(scope);
    const auto* literal = std::get_if<Json>(&comparison.operand);
    if (comparison.test == Test::is_present) return (variable != nullptr) == literal->as_boolean();
    if (!variable) return invalid_value(comparison.variable);
    if (comparison.test == Test::matches)
      return variable->is_string() && matches(variable->as_string(), comparison.pattern);
    if (comparison.test != Test::compare) return has_type(comparison.test, *variable) == literal->as_boolean();
    const Json* operand = literal;
    if (!operand) {
      const Path& path = std::get<Path>(comparison.operand);
      operand = path.find(scope);
      if (!operand) return invalid_value(path);
      if (comparison.type == Type::number && !operand->is_number()) {
        const auto found = order(Type::number, *variable, as_number(*operand));
        return found && stands_in(comparison.relation, *found);
      }
    }
    const auto found = order(comparison.type, *variable, *operand);
    return found && stands_in(comparison.relation, *found);
  }
};

void gather_paths(const Condition::Node& node, std::vector<const Path*>& paths) {
  if (const auto* comparison = std::get_if<Condition::Node::Comparison>(&node.content)) {
    paths.push_back(&comparison->variable);
    if (const auto* path = std::get_if<Path>(&comparison->operand)) paths.push_back(path);
  } else if (const auto* negation = std::get_if<Condition::Node::Not>(&node.content)) {
    gather_paths(*negation->part, paths);
  } else {
    const auto* any = std::get_if<Condition::Node::Any>(&node.content);
    for (const NodePointer& part : any ? any->parts : std::get<Condition::Node::Every>(node.content).parts) {
      gather_paths(*part, paths);
    }
  }
}

}  // namespace

Condition Condition::compile(const Json& rule, std::vector<Problem>& problems) {
  return Condition(ConditionCompiler(problems).compile(rule, "", 0));
}

std::vector<const Path*> Condition::paths() const {
  std::vector<const Path*> paths;
  gather_paths(*root_, paths);
  return paths;
}

Outcome<bool> Condition::holds(const Scope& scope) const {
  return std::visit(Evaluation{scope}, root_->content);
}

// The profile of ISO 8601 in RFC 3339, with capital T and Z as ASL demands.
bool is_timestamp(std::string_view text) {
  const bool zone =
      text.ends_with('Z') || (text.size() > 6 && (text[text.size() - 6] == '+' || text[text.size() - 6] == '-'));
  return text.size() >= 20 && text[10] == 'T' && zone && parse_iso8601(text).has_value();
}

}  // namespace penstock::pipeline
