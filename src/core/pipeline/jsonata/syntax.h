// Node: one node of an expression, as the parser leaves it and as the evaluator runs it. Nodes live in a Program for as
// long as compiled expressions do; their strings point into it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/pipeline/jsonata/builtin.h"
#include "core/pipeline/jsonata/regex.h"
#include "core/pipeline/jsonata/signature.h"
#include "core/pipeline/jsonata/value.h"

namespace penstock::jsonata {

enum class NodeType : uint8_t {
  end,
  literal,   // `value`: string, number, true, false, null
  name,      // a step: `text`
  variable,  // `symbol`; "" is the context, "$" the input
  regex,
  keyword,  // and, or, in where a name may stand; ? in a partial application
  wildcard,
  descendant,
  parent,     // %
  binary,     // lhs op rhs
  negate,     // -rhs
  array,      // [items]
  object,     // {pairs}
  path,       // items are steps
  sort,       // ^(terms): a step
  condition,  // lhs ? rhs : other
  block,      // (items)
  bind,       // lhs := rhs
  apply,      // lhs ~> rhs
  call,       // lhs(items)
  partial,    // lhs(items), some ?
  lambda,     // function(items){rhs}
  transform,  // |lhs|rhs, other|
};

enum class Op : uint8_t {
  none,
  dot,
  bracket,
  close_bracket,
  brace,
  close_brace,
  paren,
  close_paren,
  comma,
  at,
  hash,
  semicolon,
  colon,
  question,
  plus,
  minus,
  star,
  slash,
  percent,
  bar,
  equal,
  less,
  greater,
  caret,
  star_star,
  dot_dot,
  assign,
  not_equal,
  less_equal,
  greater_equal,
  chain,
  elvis,
  coalesce,
  and_,
  or_,
  in,
  ampersand,
  bang,
  tilde,
};  // fmt: skip

std::string_view op_text(Op op);

struct Node;

// Where a % looks: `level` steps up, found under `label` in the tuple.
struct ParentSlot {
  Symbol label = 0;
  int level = 1;
};

struct Stage {
  enum class Kind : uint8_t { filter, index };
  Kind kind = Kind::filter;
  Node* filter = nullptr;
  Symbol index = 0;
};

struct Pair {
  Node* key;
  Node* value;
};

// What {...} groups by; also an object's members.
struct Grouping {
  std::vector<Pair> pairs;
  size_t position = 0;
};

struct SortTerm {
  Node* expression;
  bool descending;
};

struct Node {
  NodeType type = NodeType::end;
  Op op = Op::none;
  bool keep_array = false;      // `[]` follows
  bool keep_singleton = false;  // of a path: some step keeps its array
  bool constructed = false;     // an array constructor that does not flatten
  bool tuple = false;           // carries tuples
  bool thunk = false;           // of a lambda: a tail call
  bool plain_path = false;      // of a path: names only (after a variable perhaps), nothing else
  bool has_focus = false, has_index = false, has_group = false;
  bool is_string = false;  // of a literal
  size_t position = 0;     // bytes, at the end of the token
  std::string_view text = {};
  Value value = {};
  Symbol symbol = 0;            // of a variable and what is bound; of a transform `clone`
  Symbol focus = 0, index = 0;  // of a step
  Node* lhs = nullptr;
  Node* rhs = nullptr;
  Node* other = nullptr;
  std::vector<Node*> items = {};
  std::vector<Stage> stages = {};      // of a step
  std::vector<Node*> predicates = {};  // of anything but a step
  std::unique_ptr<Grouping> group = {};
  std::vector<SortTerm> terms = {};
  std::vector<ParentSlot*> seeking = {};
  ParentSlot* slot = nullptr;      // of %
  ParentSlot* ancestor = nullptr;  // of a step
  const Signature* signature = nullptr;
  const Regex* regex = nullptr;
  std::vector<Symbol> parameters = {};  // of a lambda
};

// Names of variables, numbered. An expression given to $eval adds to its host's.
class Symbols {
 public:
  static constexpr Symbol context = 0;  // $
  static constexpr Symbol input = 1;    // $$
  Symbols();
  explicit Symbols(const Symbols* host) : host_(host) {}
  Symbol intern(std::string_view name);
  std::string_view name(Symbol symbol) const;
  size_t size() const { return (host_ ? host_->size() : 0) + names_.size(); }

 private:
  std::optional<Symbol> find(std::string_view name) const;
  const Symbols* host_ = nullptr;
  std::deque<std::string> names_;
};

// An expression ready to run.
struct Program {
  std::string source;
  Symbols* symbols = nullptr;  // own_symbols, or those of $eval's host
  Symbols own_symbols;
  std::deque<Node> nodes;
  std::deque<std::string> texts;
  std::deque<Signature> signatures;
  std::deque<Regex> regexes;
  std::deque<ParentSlot> slots;
  Node* root = nullptr;
  std::vector<bool> bound;  // by symbol: the expression binds it somewhere
  bool uses_eval = false;

  Node* make(NodeType type, size_t position);
  std::string_view keep(std::string text);
};

// Where the reference says a node is: a path is nowhere.
inline std::optional<size_t> position_of(const Node* node) {
  return node->type == NodeType::path ? std::nullopt : std::optional<size_t>(node->position);
}

// Reads `program.source`; throws Failure.
void parse(Program& program);
// Turns what was parsed into steps, stages and groups, finds what each % means, marks tail calls. Throws Failure.
void resolve(Program& program);
// Refuses what Step Functions refuses. Throws Failure.
void check_step_functions(const Program& program);

}  // namespace penstock::jsonata
