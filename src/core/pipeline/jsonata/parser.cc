// The parser: top-down operator precedence (Pratt), as the reference defines the grammar.
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/lexer.h"

namespace penstock::jsonata {

std::string_view Program::keep(std::string text) {
  return texts.emplace_back(std::move(text));
}

Node* Program::make(NodeType type, size_t position) {
  Node& node = nodes.emplace_back();
  node.type = type;
  node.position = position;
  return &node;
}

Symbols::Symbols() {
  intern("");
  intern("$");
}

std::optional<Symbol> Symbols::find(std::string_view name) const {
  const size_t below = host_ ? host_->size() : 0;
  for (size_t at = 0; at < names_.size(); ++at) {
    if (names_[at] == name) return static_cast<Symbol>(below + at);
  }
  return host_ ? host_->find(name) : std::nullopt;
}

Symbol Symbols::intern(std::string_view name) {
  if (const auto known = find(name)) return *known;
  names_.emplace_back(name);
  return static_cast<Symbol>(size() - 1);
}

std::string_view Symbols::name(Symbol symbol) const {
  const size_t below = host_ ? host_->size() : 0;
  return symbol < below ? host_->name(symbol) : std::string_view(names_[symbol - below]);
}

namespace {

constexpr size_t nesting_max = 500;  // of the text: bounds the recursion of parser and resolver
constexpr size_t chained_max = 1'500;

int binding_power(Op op) {
  switch (op) {
    case Op::dot:
      return 75;
    case Op::bracket:
    case Op::paren:
    case Op::at:
    case Op::hash:
      return 80;
    case Op::brace:
      return 70;
    case Op::star:
    case Op::slash:
    case Op::percent:
      return 60;
    case Op::plus:
    case Op::minus:
    case Op::ampersand:
      return 50;
    case Op::equal:
    case Op::less:
    case Op::greater:
    case Op::caret:
    case Op::not_equal:
    case Op::less_equal:
    case Op::greater_equal:
    case Op::chain:
    case Op::elvis:
    case Op::coalesce:
    case Op::in:
      return 40;
    case Op::and_:
      return 30;
    case Op::or_:
      return 25;
    case Op::question:
      return 20;
    case Op::assign:
      return 10;
    default:
      return 0;
  }
}

class Parser {
 public:
  explicit Parser(Program& program) : program_(program), lexer_(program) {}

  Node* parse() {
    advance(false);
    Node* root = expression(0);
    if (token_.type != Token::Type::end) throw unexpected("S0201");
    return root;
  }

 private:
  // An error about the token at hand, named as the reference names it: numbers and constants by their value.
  Failure unexpected(std::string_view code) const {
    Failure failure{.code = code, .position = token_.position, .token = std::string(token_.text)};
    if (token_.type == Token::Type::end) failure.token = "(end)";
    if (token_.type == Token::Type::number || token_.type == Token::Type::constant)
      failure.token_json = describe(token_.value);
    return failure;
  }

  bool is(Op op) const { return token_.type == Token::Type::op && token_.op == op; }

  void advance(bool after_value) {
    token_ = lexer_.next(after_value);
    if (is(Op::bang) || is(Op::tilde)) {
      throw Failure{.code = "S0204", .position = token_.position, .token = std::string(token_.text)};
    }
  }

  void expect(Op op, bool after_value = false) {
    if (!is(op)) {
      const bool end = token_.type == Token::Type::end;
      std::string wanted;
      append_json_string(wanted, op_text(op));
      Failure failure = unexpected(end ? "S0203" : "S0202");
      failure.value = std::move(wanted);
      throw failure;
    }
    advance(after_value);
  }

  Node* make(NodeType type, const Token& token) {
    Node* node = program_.make(type, token.position);
    node->op = token.op;
    node->text = token.text;
    return node;
  }

  Node* expression(int power) {
    if (++nesting_ > nesting_max)
      throw Failure{.code = "S0501", .position = token_.position, .message = "The expression is nested too deep"};
    const Token first = token_;
    advance(true);
    Node* left = prefix(first);
    size_t chained = 0;
    while (power < (token_.type == Token::Type::op ? binding_power(token_.op) : 0)) {
      // A chain of operators nests to the left, one level each.
      if (++chained_ > chained_max)
        throw Failure{.code = "S0501", .position = token_.position, .message = "The expression is too long"};
      ++chained;
      const Token token = token_;
      advance(false);
      left = infix(token, left);
    }
    --nesting_;
    chained_ -= chained;
    return left;
  }

  Node* prefix(const Token& token) {
    switch (token.type) {
      case Token::Type::end:
        return make(NodeType::end, token);
      case Token::Type::name:
        return make(NodeType::name, token);
      case Token::Type::variable: {
        Node* node = make(NodeType::variable, token);
        node->symbol = program_.symbols->intern(token.text);
        return node;
      }
      case Token::Type::string:
      case Token::Type::number:
      case Token::Type::constant: {
        Node* node = make(NodeType::literal, token);
        node->value = token.value;
        node->is_string = token.type == Token::Type::string;
        return node;
      }
      case Token::Type::regex: {
        Node* node = make(NodeType::regex, token);
        try {
          node->regex = &program_.regexes.emplace_back(token.text, token.ignore_case, token.multiline);
        } catch (Failure& failure) {
          failure.position = token.position;
          throw;
        }
        return node;
      }
      case Token::Type::op:
        return prefix_operator(token);
    }
    return nullptr;
  }

  Node* prefix_operator(const Token& token) {
    switch (token.op) {
      case Op::and_:
      case Op::or_:
      case Op::in:
        return make(NodeType::keyword, token);
      case Op::minus: {
        Node* node = make(NodeType::negate, token);
        node->rhs = expression(70);
        return node;
      }
      case Op::star:
        return make(NodeType::wildcard, token);
      case Op::star_star:
        return make(NodeType::descendant, token);
      case Op::percent:
        return make(NodeType::parent, token);
      case Op::paren:
        return block(token);
      case Op::bracket:
        return array(token);
      case Op::brace: {
        Node* node = make(NodeType::object, token);
        object_members(node);
        return node;
      }
      case Op::bar:
        return transform(token);
      default:
        throw Failure{.code = "S0211", .position = token.position, .token = std::string(token.text)};
    }
  }

  Node* block(const Token& token) {
    Node* node = make(NodeType::block, token);
    while (!is(Op::close_paren)) {
      node->items.push_back(expression(0));
      if (!is(Op::semicolon)) break;
      advance(false);
    }
    expect(Op::close_paren, true);
    return node;
  }

  Node* array(const Token& token) {
    Node* node = make(NodeType::array, token);
    if (!is(Op::close_bracket)) {
      while (true) {
        Node* item = expression(0);
        if (is(Op::dot_dot)) {
          Node* range = make(NodeType::binary, token_);
          advance(false);
          range->lhs = item;
          range->rhs = expression(0);
          item = range;
        }
        node->items.push_back(item);
        if (!is(Op::comma)) break;
        advance(false);
      }
    }
    expect(Op::close_bracket, true);
    return node;
  }

  void object_members(Node* node) {
    node->group = std::make_unique<Grouping>();
    node->group->position = node->position;
    if (!is(Op::close_brace)) {
      while (true) {
        Node* key = expression(0);
        expect(Op::colon);
        node->group->pairs.push_back({key, expression(0)});
        if (!is(Op::comma)) break;
        advance(false);
      }
    }
    expect(Op::close_brace, true);
  }

  Node* transform(const Token& token) {
    Node* node = make(NodeType::transform, token);
    node->symbol = program_.symbols->intern("clone");
    node->lhs = expression(0);
    expect(Op::bar);
    node->rhs = expression(0);
    if (is(Op::comma)) {
      advance(false);
      node->other = expression(0);
    }
    expect(Op::bar);
    return node;
  }

  Node* infix(const Token& token, Node* left) {
    switch (token.op) {
      case Op::paren:
        return call(token, left);
      case Op::bracket:
        return predicate(token, left);
      case Op::caret:
        return sort(token, left);
      case Op::brace: {
        Node* node = make(NodeType::binary, token);
        node->lhs = left;
        object_members(node);
        return node;
      }
      case Op::assign:
        return bind(token, left);
      case Op::at:
      case Op::hash:
        return step_variable(token, left);
      case Op::question:
      case Op::elvis:
      case Op::coalesce:
        return condition(token, left);
      default: {
        Node* node = make(NodeType::binary, token);
        node->lhs = left;
        node->rhs = expression(binding_power(token.op));
        return node;
      }
    }
  }

  Node* call(const Token& token, Node* left) {
    Node* node = make(NodeType::call, token);
    node->lhs = left;
    if (!is(Op::close_paren)) {
      while (true) {
        if (is(Op::question)) {
          node->type = NodeType::partial;
          node->items.push_back(make(NodeType::keyword, token_));
          advance(false);
        } else {
          node->items.push_back(expression(0));
        }
        if (!is(Op::comma)) break;
        advance(false);
      }
    }
    expect(Op::close_paren, true);
    if (left->type == NodeType::name && (left->text == "function" || left->text == "\u03bb")) lambda(node);
    return node;
  }

  void lambda(Node* node) {
    for (size_t at = 0; at < node->items.size(); ++at) {
      const Node* parameter = node->items[at];
      if (parameter->type != NodeType::variable) {
        throw Failure{.code = "S0208",
                      .position = parameter->position,
                      .token = std::string(parameter->text),
                      .value = std::to_string(at + 1)};
      }
      node->parameters.push_back(parameter->symbol);
    }
    node->type = NodeType::lambda;
    node->lhs = nullptr;
    node->items.clear();
    if (is(Op::less)) lambda_signature(node);
    expect(Op::brace);
    node->rhs = expression(0);
    expect(Op::close_brace);
  }

  void lambda_signature(Node* node) {
    const size_t start = token_.position;
    std::string text = "<";
    for (int depth = 1; depth > 0 && !is(Op::brace) && token_.type != Token::Type::end;) {
      advance(false);
      if (is(Op::greater)) --depth;
      if (is(Op::less)) ++depth;
      text += token_.text;
    }
    expect(Op::greater);
    try {
      node->signature = &program_.signatures.emplace_back(Signature::parse(text));
    } catch (Failure& failure) {
      failure.position = start + failure.position.value_or(0);
      throw;
    }
  }

  Node* predicate(const Token& token, Node* left) {
    if (is(Op::close_bracket)) {
      Node* step = left;
      while (step->type == NodeType::binary && step->op == Op::bracket) step = step->lhs;
      step->keep_array = true;
      advance(false);
      return left;
    }
    Node* node = make(NodeType::binary, token);
    node->lhs = left;
    node->rhs = expression(0);
    expect(Op::close_bracket, true);
    return node;
  }

  Node* sort(const Token& token, Node* left) {
    Node* node = make(NodeType::binary, token);
    node->lhs = left;
    expect(Op::paren);
    while (true) {
      bool descending = false;
      if (is(Op::less) || is(Op::greater)) {
        descending = is(Op::greater);
        advance(false);
      }
      node->terms.push_back({expression(0), descending});
      if (!is(Op::comma)) break;
      advance(false);
    }
    expect(Op::close_paren);
    return node;
  }

  Node* bind(const Token& token, Node* left) {
    if (left->type != NodeType::variable)
      throw Failure{.code = "S0212", .position = left->position, .token = std::string(left->text)};
    Node* node = make(NodeType::bind, token);
    node->symbol = left->symbol;
    node->rhs = expression(binding_power(Op::assign) - 1);
    return node;
  }

  Node* step_variable(const Token& token, Node* left) {
    Node* node = make(NodeType::binary, token);
    node->lhs = left;
    node->rhs = expression(binding_power(token.op));
    if (node->rhs->type != NodeType::variable) {
      throw Failure{.code = "S0214", .position = node->rhs->position, .token = std::string(op_text(token.op))};
    }
    return node;
  }

  Node* condition(const Token& token, Node* left) {
    Node* node = make(NodeType::condition, token);
    if (token.op == Op::question) {
      node->lhs = left;
      node->rhs = expression(0);
      if (is(Op::colon)) {
        advance(false);
        node->other = expression(0);
      }
      return node;
    }
    // `a ?: b` is `a ? a : b`, and `a ?? b` is `$exists(a) ? a : b`: the evaluator computes `a` once.
    node->lhs = left;
    node->other = expression(0);
    return node;
  }

  Program& program_;
  Lexer lexer_;
  Token token_;
  size_t nesting_ = 0;
  size_t chained_ = 0;  // operators of the chains that are open
};

}  // namespace

void parse(Program& program) {
  program.root = Parser(program).parse();
}

}  // namespace penstock::jsonata
