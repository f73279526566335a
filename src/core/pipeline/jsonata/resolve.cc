// What follows parsing: '.' chains become paths of steps, '[...]' their stages, '{...}' groups; each '%' finds the step
// whose input it names; tail calls of lambdas become thunks. The rules, order included, are the reference's.
#include <algorithm>

#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/syntax.h"

namespace penstock::jsonata {
namespace {

// It recurses as deep as the expression nests: what a level needs is kept small, the rest out of line.
class Resolver {
 public:
  explicit Resolver(Program& program) : program_(program) {}

  Node* resolve(Node* node) {
    const bool keep_array = node->keep_array;
    Node* result = resolve_kind(node);
    if (keep_array) result->keep_array = true;
    return result;
  }

  void finish(Node* root) {
    if (root->type == NodeType::parent || !root->seeking.empty()) {
      throw Failure{.code = "S0217",
                    .position = root->type == NodeType::parent ? std::nullopt : position_of(root),
                    .token = root->type == NodeType::parent ? "parent" : "path"};
    }
  }

 private:
  Node* resolve_kind(Node* node) {
    switch (node->type) {
      case NodeType::binary:
        return resolve_binary(node);
      case NodeType::array:
        for (Node*& item : node->items) {
          item = resolve(item);
          inherit(node, item);
        }
        return node;
      case NodeType::object:
        resolve_pairs(*node->group, node);
        return node;
      case NodeType::negate:
        return resolve_negate(node);
      case NodeType::call:
      case NodeType::partial:
        return resolve_call(node);
      case NodeType::lambda:
        for (Symbol parameter : node->parameters) bind(parameter);
        node->rhs = tail_call(resolve(node->rhs));
        return node;
      case NodeType::condition:
        return resolve_children(node);
      case NodeType::transform:
        node->lhs = resolve(node->lhs);
        node->rhs = resolve(node->rhs);
        if (node->other) node->other = resolve(node->other);
        return node;
      case NodeType::block:
        return resolve_block(node);
      case NodeType::bind:
        bind(node->symbol);
        node->rhs = resolve(node->rhs);
        inherit(node, node->rhs);
        return node;
      case NodeType::keyword:
        if (node->op == Op::question) return node;
        node->type = NodeType::name;
        return resolve(node);
      case NodeType::name:
        return path_of(node, node->keep_array);
      case NodeType::parent:
        return resolve_parent(node);
      case NodeType::end:
        fail_at_end(node);
      default:
        return node;
    }
  }

  [[noreturn, gnu::noinline]] static void fail_at_end(const Node* node) {
    throw Failure{.code = "S0207", .position = node->position, .token = "(end)"};
  }

  Node* path_of(Node* step, bool keep_singleton) {
    Node* path = program_.make(NodeType::path, step->position);
    path->items.push_back(step);
    path->keep_singleton = keep_singleton;
    return path;
  }

  void bind(Symbol symbol) {
    if (program_.bound.size() <= symbol) program_.bound.resize(symbol + 1);
    program_.bound[symbol] = true;
  }

  // `node` looks for the parents that `part` looks for.
  void inherit(Node* node, const Node* part) {
    node->seeking.insert(node->seeking.end(), part->seeking.begin(), part->seeking.end());
    if (part->type == NodeType::parent) node->seeking.push_back(part->slot);
  }

  void resolve_pairs(Grouping& group, Node* owner) {
    for (Pair& pair : group.pairs) {
      pair.key = resolve(pair.key);
      pair.value = resolve(pair.value);
      if (!owner) continue;
      inherit(owner, pair.key);
      inherit(owner, pair.value);
    }
  }

  Node* resolve_children(Node* node) {
    for (Node** part : {&node->lhs, &node->rhs, &node->other}) {
      if (!*part) continue;
      *part = resolve(*part);
      inherit(node, *part);
    }
    return node;
  }

  [[gnu::noinline]] Node* resolve_negate(Node* node) {
    node->rhs = resolve(node->rhs);
    Node* inner = node->rhs;
    if (inner->type == NodeType::literal && inner->value.is_number()) {
      inner->value = Value::of_number(-inner->value.number());
      return inner;
    }
    inherit(node, inner);
    return node;
  }

  [[gnu::noinline]] Node* resolve_call(Node* node) {
    for (Node*& argument : node->items) {
      argument = resolve(argument);
      inherit(node, argument);
    }
    node->lhs = resolve(node->lhs);
    if (node->lhs->type == NodeType::variable && program_.symbols->name(node->lhs->symbol) == "eval")
      program_.uses_eval = true;
    return node;
  }

  [[gnu::noinline]] Node* resolve_block(Node* node) {
    for (Node*& item : node->items) {
      item = resolve(item);
      inherit(node, item);
      if (item->constructed || (item->type == NodeType::path && item->items.front()->constructed))
        node->constructed = true;
    }
    return node;
  }

  [[gnu::noinline]] Node* resolve_parent(Node* node) {
    const std::string label = "!" + std::to_string(labels_++);
    node->slot = &program_.slots.emplace_back();
    node->slot->label = program_.symbols->intern(label);
    bind(node->slot->label);
    return node;
  }

  Node* resolve_binary(Node* node) {
    switch (node->op) {
      case Op::dot:
        return resolve_dot(node);
      case Op::bracket:
        return resolve_predicate(node);
      case Op::brace:
        return resolve_group(node);
      case Op::caret:
        return resolve_sort(node);
      case Op::at:
        return resolve_focus(node);
      case Op::hash:
        return resolve_index(node);
      case Op::chain:
        node->type = NodeType::apply;
        node->lhs = resolve(node->lhs);
        node->rhs = resolve(node->rhs);
        node->keep_array = node->lhs->keep_array || node->rhs->keep_array;
        return node;
      default:
        return resolve_children(node);
    }
  }

  [[gnu::noinline]] Node* resolve_dot(Node* node) {
    Node* left = resolve(node->lhs);
    Node* path = left->type == NodeType::path ? left : path_of(left, false);
    if (left->type == NodeType::parent) path->seeking = {left->slot};
    Node* rest = resolve(node->rhs);
    if (rest->type == NodeType::path) {
      path->items.insert(path->items.end(), rest->items.begin(), rest->items.end());
    } else {
      for (Node* predicate : rest->predicates) rest->stages.push_back({Stage::Kind::filter, predicate, 0});
      rest->predicates.clear();
      path->items.push_back(rest);
    }
    for (Node* step : path->items) {
      if (step->type != NodeType::literal) continue;
      if (!step->is_string) throw Failure{.code = "S0213", .position = step->position, .value = describe(step->value)};
      step->type = NodeType::name;
      step->text = step->value.string();
    }
    if (std::ranges::any_of(path->items, [](const Node* step) { return step->keep_array; }))
      path->keep_singleton = true;
    for (Node* step : {path->items.front(), path->items.back()}) {
      if (step->type == NodeType::array) step->constructed = true;
    }
    resolve_parents(path);
    return path;
  }

  [[gnu::noinline]] Node* resolve_predicate(Node* node) {
    Node* result = resolve(node->lhs);
    Node* step = result->type == NodeType::path ? result->items.back() : result;
    if (step->has_group) throw Failure{.code = "S0209", .position = node->position};
    Node* filter = resolve(node->rhs);
    if (!filter->seeking.empty()) {
      for (ParentSlot* slot : filter->seeking) {
        if (slot->level == 1) {
          seek(step, slot);
        } else {
          --slot->level;
        }
      }
      inherit(step, filter);
    }
    if (result->type == NodeType::path) {
      step->stages.push_back({Stage::Kind::filter, filter, 0});
    } else {
      step->predicates.push_back(filter);
    }
    return result;
  }

  [[gnu::noinline]] Node* resolve_group(Node* node) {
    Node* result = resolve(node->lhs);
    if (result->has_group) throw Failure{.code = "S0210", .position = node->position};
    if (result->type == NodeType::object) {  // its members are its own grouping; wrap it
      Node* wrapped = program_.make(NodeType::block, result->position);
      wrapped->items.push_back(result);
      wrapped->seeking = result->seeking;
      result = wrapped;
    }
    resolve_pairs(*node->group, nullptr);
    result->group = std::move(node->group);
    result->has_group = true;
    return result;
  }

  [[gnu::noinline]] Node* resolve_sort(Node* node) {
    Node* result = resolve(node->lhs);
    if (result->type != NodeType::path) result = path_of(result, false);
    Node* step = program_.make(NodeType::sort, node->position);
    for (SortTerm& term : node->terms) {
      term.expression = resolve(term.expression);
      inherit(step, term.expression);
    }
    step->terms = std::move(node->terms);
    result->items.push_back(step);
    resolve_parents(result);
    return result;
  }

  [[gnu::noinline]] Node* resolve_focus(Node* node) {
    Node* result = resolve(node->lhs);
    Node* step = result->type == NodeType::path ? result->items.back() : result;
    if (!step->stages.empty() || !step->predicates.empty()) throw Failure{.code = "S0215", .position = node->position};
    if (step->type == NodeType::sort) throw Failure{.code = "S0216", .position = node->position};
    if (node->keep_array) step->keep_array = true;
    step->focus = node->rhs->symbol;
    step->has_focus = true;
    step->tuple = true;
    bind(step->focus);
    return result;
  }

  [[gnu::noinline]] Node* resolve_index(Node* node) {
    Node* result = resolve(node->lhs);
    Node* step = result;
    if (result->type == NodeType::path) {
      step = result->items.back();
    } else {
      result = path_of(result, false);
      for (Node* predicate : step->predicates) step->stages.push_back({Stage::Kind::filter, predicate, 0});
      step->predicates.clear();
    }
    bind(node->rhs->symbol);
    if (step->stages.empty()) {
      step->index = node->rhs->symbol;
      step->has_index = true;
    } else {
      step->stages.push_back({Stage::Kind::index, nullptr, node->rhs->symbol});
    }
    step->tuple = true;
    return result;
  }

  // Walks from `node` towards the step whose input the slot names; its level falls to 0 when found.
  void seek(Node* node, ParentSlot* slot) {
    switch (node->type) {
      case NodeType::name:
      case NodeType::wildcard:
        if (--slot->level == 0) {
          if (node->ancestor) slot->label = node->ancestor->label;
          node->ancestor = slot;
          node->tuple = true;
        }
        return;
      case NodeType::parent:
        ++slot->level;
        return;
      case NodeType::block:
        if (node->items.empty()) return;
        node->tuple = true;
        seek(node->items.back(), slot);
        return;
      case NodeType::path: {
        node->tuple = true;
        size_t index = node->items.size();
        seek(node->items[--index], slot);
        while (slot->level > 0 && index > 0) seek(node->items[--index], slot);
        return;
      }
      default:
        throw Failure{.code = "S0217", .position = node->position, .token = "path"};
    }
  }

  // Parents that the last step looks for are among the steps before it; what is not found there, the path looks for.
  void resolve_parents(Node* path) {
    Node* last = path->items.back();
    std::vector<ParentSlot*> slots = last->seeking;
    if (last->type == NodeType::parent) slots.push_back(last->slot);
    for (ParentSlot* slot : slots) {
      auto index = static_cast<std::ptrdiff_t>(path->items.size()) - 2;
      while (slot->level > 0) {
        if (index < 0) {
          path->seeking.push_back(slot);
          break;
        }
        Node* step = path->items[static_cast<size_t>(index--)];
        // Neighbours that bind the context have one input.
        while (index >= 0 && step->has_focus && path->items[static_cast<size_t>(index)]->has_focus) {
          step = path->items[static_cast<size_t>(index--)];
        }
        seek(step, slot);
      }
    }
  }

  Node* tail_call(Node* node) {
    if (node->type == NodeType::call && node->predicates.empty()) {
      Node* thunk = program_.make(NodeType::lambda, node->position);
      thunk->thunk = true;
      thunk->rhs = node;
      return thunk;
    }
    if (node->type == NodeType::condition) {
      if (node->rhs) node->rhs = tail_call(node->rhs);
      if (node->other) node->other = tail_call(node->other);
    } else if (node->type == NodeType::block && !node->items.empty()) {
      node->items.back() = tail_call(node->items.back());
    }
    return node;
  }

  Program& program_;
  size_t labels_ = 0;
};

// A path whose steps are plain names needs none of the machinery.
bool is_plain(const Node& path) {
  if (path.keep_singleton || path.keep_array || path.tuple || path.has_group) return false;
  for (const Node* step : path.items) {
    const bool first_variable =
        step == path.items.front() && step->type == NodeType::variable && step->predicates.empty();
    if (step->type != NodeType::name && !first_variable) return false;
    if (!step->stages.empty() || step->tuple || step->keep_array || step->has_group) return false;
  }
  return true;
}

}  // namespace

void resolve(Program& program) {
  Resolver resolver(program);
  program.root = resolver.resolve(program.root);
  resolver.finish(program.root);
  program.bound.resize(program.symbols->size());
  for (Node& node : program.nodes) {
    if (node.type == NodeType::path) node.plain_path = is_plain(node);
  }
}

}  // namespace penstock::jsonata
