// Evaluator: runs one Program once. The rules are the reference evaluator's; where it differs is only in how: values
// borrow the input, variables are numbers, paths of plain names walk straight down.
#pragma once

#include <forward_list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/pipeline/jsonata/arena.h"
#include "core/pipeline/jsonata/builtin.h"
#include "core/pipeline/jsonata/expression.h"
#include "core/pipeline/jsonata/syntax.h"
#include "core/pipeline/jsonata/value.h"

namespace penstock::jsonata {

// Variables of one scope: a block, a call, a step that carries variables.
struct Frame {
  Frame* parent = nullptr;
  Tuple names = {};
};

// Where a function was last called by name, for its errors: the reference keeps it on the function too.
struct CallSite {
  std::optional<std::string_view> token = {};
  std::optional<size_t> position = {};
};

struct Function {
  enum class Kind : uint8_t { builtin, lambda, partial_builtin, regex, next_match, transform, chain };
  Kind kind = Kind::builtin;
  const KnownBuiltin* builtin = nullptr;    // builtin, partial_builtin
  const Node* node = nullptr;               // lambda, transform, regex: where it was written
  Value input = {};                         // lambda
  Frame* frame = nullptr;                   // lambda, transform
  std::span<const Symbol> parameters = {};  // lambda
  const Signature* signature = nullptr;     // lambda
  std::span<Value> given = {};              // partial_builtin: the arguments; `open` ones come at the call
  std::span<bool> open = {};
  const Function* first = nullptr;  // chain
  const Function* second = nullptr;
  std::string_view subject = {};  // next_match
  size_t from = 0;
  mutable CallSite site = {};
};

class Evaluator {
 public:
  Evaluator(const Program& program, const Environment& environment, std::span<const Binding> bindings, Dialect dialect);
  Value run(const Json* input);

  // What builtins use.
  Arena& arena() { return arena_; }
  const Environment& environment() const { return environment_; }
  // Counts work: `steps` of it. Throws Failure U1001 when the expression has had its share.
  void tick(size_t steps = 1) {
    steps_ += steps;
    if (steps_ > environment_.limits.steps_max) out_of_steps();
  }
  Value apply(const Function* function, Values& arguments, Value input, Frame* frame);
  // Calls a function given to $map and its kind with as many arguments as it takes.
  Value call_back(const Function* function, Value first, Value second, Value third);
  size_t arity(const Function* function) const;
  Value evaluate_text(std::string_view text, Value input, Frame* frame);  // $eval
  Array* new_sequence() {
    Array* result = arena_.make<Array>();
    result->sequence = true;
    return result;
  }
  Array* new_array() { return arena_.make<Array>(); }
  Object* new_object() { return arena_.make<Object>(); }
  Value new_string(std::string_view text) { return Value::of_string(arena_.copy(text)); }
  const Json& keep(Json json);            // lives as long as the evaluation
  Value append(Value left, Value right);  // $append
  Value lookup(Value input, std::string_view key);
  Value clone(Value value, size_t depth = 0);  // every object and array anew, for editing
  std::string string_of(Value value);          // $string
  // Runs a matcher, a regex or a function that follows its protocol, on `subject` or on where it stopped.
  Value match_object(const Node* regex_node, std::string_view subject, size_t from, bool following);
  // Sorts stably; `after(a, b)` says that b comes first.
  template <class After>
  void merge_sort(Value* items, Value* spare, size_t count, const After& after);

 private:
  Value eval(const Node* node, Value input, Frame* frame);
  Value eval_kind(const Node* node, Value input, Frame* frame);
  Value eval_path(const Node* node, Value input, Frame* frame);
  Value eval_plain_path(const Node* node, Value input, Frame* frame);
  Value eval_steps(const Node* node, Value sequence, size_t first_step, Frame* frame);
  Value finish_path(const Node* node, Value result, Value tuples, bool is_tuples, Frame* frame);
  Value eval_step(const Node* step, Value input, Frame* frame, bool last);
  Value eval_tuple_step(const Node* step, Value input, Value tuples, Frame* frame);
  void extend_tuple(const Node* step, const Tuple& from, Value result, Array* out);
  Value eval_stages(const Node* step, Value input, Frame* frame);
  Value eval_filter(const Node* predicate, Value input, Frame* frame);
  bool filter_keeps(Value result, size_t at, size_t size, Value item, Array* out);
  Value eval_sort(const Node* step, Value input, Frame* frame);
  Value eval_group(const Grouping& group, Value input, Frame* frame);
  Value eval_group_values(const Grouping& group, struct Groups& groups, bool tuples, Frame* frame);
  Value eval_binary(const Node* node, Value input, Frame* frame);
  Value eval_logic(const Node* node, Value input, Frame* frame);
  Value eval_operator(const Node* node, Value left, Value right);
  Value eval_numbers(Op op, Value left, Value right);
  Value eval_comparison(Op op, Value left, Value right);
  Value eval_range(Value left, Value right);
  Value eval_negate(const Node* node, Value input, Frame* frame);
  Value eval_array(const Node* node, Value input, Frame* frame);
  Value eval_wildcard(Value input);
  Value eval_descendants(Value input);
  void descend(Value input, Array* out, size_t depth);
  void flatten(Value input, Array* out, size_t depth);
  Value eval_condition(const Node* node, Value input, Frame* frame);
  Value eval_block(const Node* node, Value input, Frame* frame);
  Value eval_bind(const Node* node, Value input, Frame* frame);
  Value eval_variable(Symbol symbol, Value input, Frame* frame);
  Value eval_lambda(const Node* node, Value input, Frame* frame);
  Value eval_call(const Node* node, Value input, Frame* frame, const Value* first_argument);
  Value eval_partial(const Node* node, Value input, Frame* frame);
  Value eval_apply(const Node* node, Value input, Frame* frame);
  Value apply_once(Value procedure, Values& arguments, Value input, Frame* frame);
  Value run_function(const Function* function, Values& arguments, Value input, Frame* frame);
  Value run_lambda(const Function* function, const Values& arguments);
  Value run_transform(const Function* function, Value subject);
  void edit(const Node* node, Value match, Frame* frame);
  Value global(Symbol symbol);
  Value global_by_name(std::string_view name);
  bool is_known(const Node* path, Frame* frame);
  Value builtin_value(const KnownBuiltin* builtin);
  Frame* new_frame(Frame* parent) {
    Frame* frame = arena_.make<Frame>();
    frame->parent = parent;
    return frame;
  }
  Frame* tuple_frame(Frame* parent, const Tuple& tuple);
  [[noreturn]] void out_of_steps() const;

  const Program& program_;
  const Environment& environment_;
  std::span<const Binding> bindings_;
  Dialect dialect_;
  size_t steps_ = 0;
  size_t depth_ = 0;
  Value root_;  // $$
  Frame* base_frame_ = nullptr;
  std::vector<Value> globals_;  // by symbol, once looked up
  std::vector<bool> globals_known_;
  std::optional<Symbols> symbols_;  // of the texts given to $eval
  std::vector<std::unique_ptr<Program>> evaluated_;
  std::forward_list<Json> kept_;
  Arena arena_;
};

// The value as a condition, as $boolean casts it; undefined is false.
bool is_truthy(Value value);
// Whether it is a number; D1001 when it is infinite.
bool is_numeric(Value value);
// $boolean: undefined stays undefined.
Value boolean_of(Value value);
// The items of an array, or the value alone.
inline bool is_text_or_number(Value value) {
  return value.is_string() || value.is_number();
}

template <class After>
void Evaluator::merge_sort(Value* items, Value* spare, size_t count, const After& after) {
  if (count <= 1) return;
  const size_t middle = count / 2;
  merge_sort(items, spare, middle, after);
  merge_sort(items + middle, spare, count - middle, after);
  std::copy_n(items, count, spare);
  size_t left = 0, right = middle, out = 0;
  while (left < middle && right < count) {
    tick();
    items[out++] = after(spare[left], spare[right]) ? spare[right++] : spare[left++];
  }
  while (left < middle) items[out++] = spare[left++];
  while (right < count) items[out++] = spare[right++];
}

}  // namespace penstock::jsonata
