// What Step Functions refuses in an expression, before it runs. An expression has no input of its own there: everything
// is reached through variables, so `$`, `$$` and a name of a field mean nothing at the top level; inside a path, a
// predicate, a sort or a group they have a context.
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/syntax.h"

namespace penstock::jsonata {
namespace {

class Checker {
 public:
  void check(const Node* node) {
    switch (node->type) {
      case NodeType::name:
        refuse(node, "An unqualified field name is not allowed at the top level of a JSONata expression",
               std::string(node->text));
      case NodeType::wildcard:
      case NodeType::descendant:
      case NodeType::parent:
        refuse(node, "A path without a start is not allowed at the top level of a JSONata expression",
               std::string(node->text));
      case NodeType::variable:
        if (node->symbol == Symbols::context)
          refuse(node, "'$' is not allowed at the top level of a JSONata expression", "$");
        if (node->symbol == Symbols::input) refuse(node, "'$$' is not allowed in a JSONata expression", "$$");
        break;
      case NodeType::path:  // the other steps have a context
        check(node->items.front());
        return;
      case NodeType::transform:
        return;
      case NodeType::call:
      case NodeType::partial:
        check_call(node);
        return;
      case NodeType::object:
        for (const Pair& pair : node->group->pairs) {
          check(pair.key);
          check(pair.value);
        }
        return;
      default:
        break;
    }
    for (const Node* part : {node->lhs, node->rhs, node->other}) {
      if (part) check(part);
    }
    for (const Node* item : node->items) {
      if (item->type != NodeType::keyword) check(item);
    }
  }

 private:
  void check_call(const Node* node) {
    // `eval(...)` without its '$' has its own error when it runs.
    if (node->lhs->type != NodeType::path) check(node->lhs);
    for (const Node* item : node->items) {
      if (item->type != NodeType::keyword) check(item);
    }
  }

  [[noreturn]] static void refuse(const Node* node, const char* message, std::string token) {
    throw Failure{.code = "S0601", .position = node->position, .token = std::move(token), .message = message};
  }
};

}  // namespace

void check_step_functions(const Program& program) {
  Checker().check(program.root);
}

}  // namespace penstock::jsonata
