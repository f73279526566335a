#include "core/pipeline/path_filter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "core/pipeline/decimal.h"
#include "core/pipeline/path_pattern.h"

namespace penstock::pipeline {
namespace {

constexpr int filter_depth_max = 16;

enum class Operator : uint8_t {
  equal,
  not_equal,
  same,
  not_same,
  less,
  less_equal,
  greater,
  greater_equal,
  matches,
  in,
  not_in,
  contains,
  all,
  size,
  empty,
  subset_of,
  any_of,
  none_of
};

struct OperatorName {
  std::string_view text;
  Operator value;
};

// Longer ones first: "<=" before "<".
constexpr std::array operator_names{
    OperatorName{"===", Operator::same},      OperatorName{"!==", Operator::not_same},
    OperatorName{"==", Operator::equal},      OperatorName{"!=", Operator::not_equal},
    OperatorName{"<=", Operator::less_equal}, OperatorName{">=", Operator::greater_equal},
    OperatorName{"=~", Operator::matches},    OperatorName{"<", Operator::less},
    OperatorName{">", Operator::greater}};

constexpr std::array word_operators{OperatorName{"subsetof", Operator::subset_of},
                                    OperatorName{"contains", Operator::contains},
                                    OperatorName{"noneof", Operator::none_of},
                                    OperatorName{"anyof", Operator::any_of},
                                    OperatorName{"empty", Operator::empty},
                                    OperatorName{"size", Operator::size},
                                    OperatorName{"all", Operator::all},
                                    OperatorName{"nin", Operator::not_in},
                                    OperatorName{"in", Operator::in}};

struct RelativePath {
  bool from_current = true;  // "@", else "$"
  std::vector<Token> tokens;
  bool definite = true;
};

using Operand = std::variant<Json, RelativePath, PathPattern>;

}  // namespace

struct Filter::Node {
  enum class Kind : uint8_t { any, every, negation, exists, comparison };
  Kind kind = Kind::every;
  std::vector<std::unique_ptr<const Node>> parts;  // of any, every, negation
  Operator operation = Operator::equal;
  Operand left, right;  // exists: left alone
};

namespace {

// ---- evaluation. A missing value is an absent optional (Jayway's UNDEFINED): unequal to everything.

std::optional<Json> operand_value(const Operand& operand, const Json& current, const Json& document) {
  if (const auto* literal = std::get_if<Json>(&operand)) return *literal;
  const auto* path = std::get_if<RelativePath>(&operand);
  if (!path) return std::nullopt;
  auto value = evaluate_tokens(path->tokens, path->definite, path->from_current ? current : document, document);
  if (!value) return std::nullopt;
  return std::move(*value);
}

// Jayway compares a number with a text by turning the right side into the left side's kind.
bool equal(const Json& left, const Json& right) {
  if (left.is_number() && right.is_number()) return compare_numbers(left, right) == 0;
  if (left.is_string() && right.is_number()) return left.as_string() == right.lexeme();
  if (left.is_number() && right.is_string()) {
    const auto number = parse_json(right.as_string());
    return number && number->is_number() && compare_numbers(left, *number) == 0;
  }
  return left == right;
}

std::optional<std::strong_ordering> order(const Json& left, const Json& right) {
  if (left.is_number() && right.is_number()) return compare_numbers(left, right);
  if (left.is_string() && right.is_string()) return left.as_string() <=> right.as_string();
  return std::nullopt;
}

bool list_has(const Json& list, const Json& value) {
  return std::any_of(list.items().begin(), list.items().end(), [&](const Json& item) { return equal(item, value); });
}

size_t count_in(const Json& values, const Json& list) {
  return static_cast<size_t>(std::count_if(values.items().begin(), values.items().end(),
                                           [&](const Json& value) { return list_has(list, value); }));
}

bool compare_lists(Operator operation, const Json& left, const Json& right) {
  if (!left.is_array() || !right.is_array()) return false;
  switch (operation) {
    case Operator::all:
      return count_in(right, left) == right.size();
    case Operator::subset_of:
      return count_in(left, right) == left.size();
    case Operator::any_of:
      return count_in(left, right) > 0;
    default:
      return count_in(left, right) == 0;
  }
}

bool has_size(const Json& value, const Json& size) {
  if (!size.is_number()) return false;
  const size_t actual = value.is_string() ? utf8_length(value.as_string()) : value.size();
  return (value.is_string() || value.is_array() || value.is_object()) &&
         size.as_integer() == static_cast<int64_t>(actual);
}

bool is_empty_as(const Json& value, const Json& wanted) {
  if (!wanted.is_boolean()) return false;
  if (value.is_string()) return value.as_string().empty() == wanted.as_boolean();
  return (value.is_array() || value.is_object()) && (value.size() == 0) == wanted.as_boolean();
}

bool holds_both(Operator operation, const Json& left, const Json& right) {
  switch (operation) {
    case Operator::equal:
      return equal(left, right);
    case Operator::not_equal:
      return !equal(left, right);
    case Operator::same:
      return left.kind() == right.kind() && equal(left, right);
    case Operator::not_same:
      return left.kind() != right.kind() || !equal(left, right);
    case Operator::less: {
      const auto o = order(left, right);
      return o && *o < 0;
    }
    case Operator::less_equal: {
      const auto o = order(left, right);
      return o && *o <= 0;
    }
    case Operator::greater: {
      const auto o = order(left, right);
      return o && *o > 0;
    }
    case Operator::greater_equal: {
      const auto o = order(left, right);
      return o && *o >= 0;
    }
    case Operator::in:
      return right.is_array() && list_has(right, left);
    case Operator::not_in:
      return !(right.is_array() && list_has(right, left));
    case Operator::contains:
      if (left.is_string() && right.is_string())
        return left.as_string().find(right.as_string()) != std::string_view::npos;
      return left.is_array() && list_has(left, right);
    case Operator::size:
      return has_size(left, right);
    case Operator::empty:
      return is_empty_as(left, right);
    default:
      return compare_lists(operation, left, right);
  }
}

bool compare(const Filter::Node& node, const Json& current, const Json& document) {
  const auto left = operand_value(node.left, current, document);
  if (node.operation == Operator::matches) {
    const auto* pattern = std::get_if<PathPattern>(&node.right);
    return left && left->is_string() && pattern && pattern->matches(left->as_string());
  }
  const auto right = operand_value(node.right, current, document);
  if (left && right) return holds_both(node.operation, *left, *right);
  return node.operation == Operator::not_equal || node.operation == Operator::not_same ||
         node.operation == Operator::not_in;
}

bool accepts_node(const Filter::Node& node, const Json& current, const Json& document) {
  const auto passes = [&](const auto& part) { return accepts_node(*part, current, document); };
  switch (node.kind) {
    case Filter::Node::Kind::any:
      return std::any_of(node.parts.begin(), node.parts.end(), passes);
    case Filter::Node::Kind::every:
      return std::all_of(node.parts.begin(), node.parts.end(), passes);
    case Filter::Node::Kind::negation:
      return !passes(node.parts.front());
    case Filter::Node::Kind::comparison:
      return compare(node, current, document);
    case Filter::Node::Kind::exists:
      break;
  }
  const auto value = operand_value(node.left, current, document);
  // An indefinite path exists when it found something.
  if (const auto* path = std::get_if<RelativePath>(&node.left); path && !path->definite)
    return value && value->size() > 0;
  return value.has_value();
}

// ---- parsing, by precedence: or, and, not, bracket or comparison

using NodeOutcome = Outcome<std::unique_ptr<const Filter::Node>>;

class FilterParser {
 public:
  explicit FilterParser(Cursor& cursor) : cursor_(cursor) {}

  NodeOutcome bracket() {
    if (!cursor_.take('(')) return cursor_.error("'(' is expected");
    if (++cursor_.depth > filter_depth_max) return cursor_.error("the filter is nested too deeply");
    auto node = any();
    if (!node) return node;
    cursor_.skip_spaces();
    if (!cursor_.take(')')) return cursor_.error("')' or an operator is expected");
    --cursor_.depth;
    return node;
  }

 private:
  NodeOutcome any() { return chain(Filter::Node::Kind::any, "||", &FilterParser::every); }
  NodeOutcome every() { return chain(Filter::Node::Kind::every, "&&", &FilterParser::unary); }

  NodeOutcome chain(Filter::Node::Kind kind, std::string_view separator, NodeOutcome (FilterParser::*part)()) {
    auto node = std::make_unique<Filter::Node>();
    node->kind = kind;
    do {
      auto next = (this->*part)();
      if (!next) return next;
      node->parts.push_back(std::move(*next));
      cursor_.skip_spaces();
    } while (cursor_.take(separator));
    if (node->parts.size() == 1) return NodeOutcome(std::move(node->parts.front()));
    return NodeOutcome(std::move(node));
  }

  NodeOutcome unary() {
    cursor_.skip_spaces();
    if (cursor_.take('!')) {
      auto part = unary();
      if (!part) return part;
      auto node = std::make_unique<Filter::Node>();
      node->kind = Filter::Node::Kind::negation;
      node->parts.push_back(std::move(*part));
      return NodeOutcome(std::move(node));
    }
    return cursor_.peek() == '(' ? bracket() : comparison();
  }

  NodeOutcome comparison() {
    auto left = operand();
    if (!left) return left.error();
    auto node = std::make_unique<Filter::Node>();
    node->left = std::move(*left);
    cursor_.skip_spaces();
    const auto operation = take_operator();
    if (!operation) {
      if (!std::holds_alternative<RelativePath>(node->left)) return cursor_.error("an operator is expected");
      node->kind = Filter::Node::Kind::exists;
      return NodeOutcome(std::move(node));
    }
    node->kind = Filter::Node::Kind::comparison;
    node->operation = *operation;
    cursor_.skip_spaces();
    auto right = *operation == Operator::matches ? pattern() : right_operand();
    if (!right) return right.error();
    node->right = std::move(*right);
    return NodeOutcome(std::move(node));
  }

  std::optional<Operator> take_operator() {
    for (const OperatorName& name : operator_names) {
      if (cursor_.take(name.text)) return name.value;
    }
    for (const OperatorName& name : word_operators) {
      std::string word(cursor_.text.substr(cursor_.position, name.text.size()));
      std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
      const char after = cursor_.peek(name.text.size());
      if (word != name.text || std::isalnum(static_cast<unsigned char>(after))) continue;
      cursor_.position += name.text.size();
      return name.value;
    }
    return std::nullopt;
  }

  Outcome<Operand> operand() {
    cursor_.skip_spaces();
    const char c = cursor_.peek();
    if (c == '@' || c == '$') return path();
    auto literal = value();
    if (!literal) return literal.error();
    return Operand(std::move(*literal));
  }

  // AWS takes a text on the right without its quotes, [?(@.Type.Text==AMOUNT_PAID)], as Jayway did before its
  // version 2.1: all up to ')', '&&' or '||', unless it is another literal.
  Outcome<Operand> right_operand() {
    const size_t begin = cursor_.position;
    auto quoted = operand();
    if (quoted) return quoted;
    const size_t failed_at = std::exchange(cursor_.position, begin);
    while (!cursor_.at_end() && cursor_.peek() != ')' && !next_is("&&") && !next_is("||")) ++cursor_.position;
    const std::string_view text = trim(cursor_.text.substr(begin, cursor_.position - begin));
    if (!text.empty() && text.find_first_of("@$'\"[](=<>!,") == std::string_view::npos) return Operand(Json(text));
    cursor_.position = failed_at;
    return quoted;
  }

  bool next_is(std::string_view text) const { return cursor_.text.substr(cursor_.position).starts_with(text); }

  Outcome<Operand> path() {
    RelativePath path;
    path.from_current = cursor_.take('@');
    if (!path.from_current) cursor_.take('$');
    auto tokens = parse_tokens(cursor_, true);
    if (!tokens) return tokens.error();
    path.tokens = std::move(*tokens);
    path.definite = is_definite(path.tokens);
    return Operand(std::move(path));
  }

  Outcome<Json> value() {
    const char c = cursor_.peek();
    if (c == '\'' || c == '"') {
      auto text = parse_quoted(cursor_);
      if (!text) return text.error();
      return Json(*text);
    }
    if (c == '[') return list();
    const size_t begin = cursor_.position;
    while (!cursor_.at_end() && std::string_view(" ,)]&|=!<>").find(cursor_.peek()) == std::string_view::npos)
      ++cursor_.position;
    auto literal = parse_json(cursor_.text.substr(begin, cursor_.position - begin));
    if (literal) return literal;
    cursor_.position = begin;
    return cursor_.error("a value is expected: a number, true, false, null, a quoted text, a list or a path");
  }

  Outcome<Json> list() {
    cursor_.take('[');
    std::vector<Json> items;
    cursor_.skip_spaces();
    while (!cursor_.take(']')) {
      if (++cursor_.depth > filter_depth_max) return cursor_.error("the list is nested too deeply");
      auto item = value();
      if (!item) return item;
      --cursor_.depth;
      items.push_back(std::move(*item));
      cursor_.skip_spaces();
      if (!cursor_.take(',') && cursor_.peek() != ']') return cursor_.error("',' or ']' is expected");
      cursor_.skip_spaces();
    }
    return Json(std::move(items));
  }

  // /expression/flags; the only flag is i.
  Outcome<Operand> pattern() {
    if (!cursor_.take('/')) return cursor_.error("a pattern, /.../, is expected");
    std::string source;
    while (!cursor_.at_end() && cursor_.peek() != '/') {
      if (cursor_.peek() == '\\') source += cursor_.text[cursor_.position++];
      if (!cursor_.at_end()) source += cursor_.text[cursor_.position++];
    }
    if (!cursor_.take('/')) return cursor_.error("the pattern's closing '/' is missing");
    auto compiled = PathPattern::compile(source, cursor_.take('i'));
    if (!compiled) return cursor_.error("the pattern is not a regular expression: " + compiled.error().message);
    return Operand(std::move(*compiled));
  }

  Cursor& cursor_;
};

}  // namespace

Filter::Filter(std::unique_ptr<const Node> root) : root_(std::move(root)) {}
Filter::~Filter() = default;

Outcome<std::shared_ptr<const Filter>> Filter::parse(Cursor& cursor) {
  auto root = FilterParser(cursor).bracket();
  if (!root) return root.error();
  return std::shared_ptr<const Filter>(std::make_shared<Filter>(std::move(*root)));
}

bool Filter::accepts(const Json& current, const Json& document) const {
  return accepts_node(*root_, current, document);
}

}  // namespace penstock::pipeline
