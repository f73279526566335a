// Builtin: a function that every expression has. One list per subject; builtins.cc joins them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/pipeline/jsonata/signature.h"
#include "core/pipeline/jsonata/value.h"

namespace penstock::jsonata {

class Evaluator;
struct Frame;

// What a builtin is called with: its arguments after its signature completed them, the context, and where variables are
// found.
struct Call {
  const Values& arguments;
  Value input;
  Frame* frame;
  Value operator[](size_t at) const { return at < arguments.size() ? arguments[at] : Value(); }
};

enum class Dialect : uint8_t {
  standard,        // JSONata 2 as published
  step_functions,  // with the functions that AWS adds, without $eval
};

struct Builtin {
  std::string_view name;
  Value (*run)(Evaluator& evaluator, const Call& call);
  std::string_view signature;  // "" checks nothing
  uint8_t arity;               // how many arguments $map and its kind pass
  enum class Where : uint8_t { everywhere, standard, step_functions } where = Where::everywhere;
};

// A builtin and its signature, read once.
struct KnownBuiltin {
  Builtin builtin;
  Signature signature;
  bool has_signature;
};

// nullptr when the dialect has none of that name.
const KnownBuiltin* find_builtin(std::string_view name, Dialect dialect);

std::span<const Builtin> text_builtins();
std::span<const Builtin> matching_builtins();
std::span<const Builtin> encoding_builtins();
std::span<const Builtin> number_builtins();
std::span<const Builtin> array_builtins();
std::span<const Builtin> object_builtins();
std::span<const Builtin> higher_order_builtins();
std::span<const Builtin> time_builtins();
std::span<const Builtin> step_functions_builtins();

}  // namespace penstock::jsonata
