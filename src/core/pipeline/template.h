// Expression and Template: values in a definition that are computed when a state runs.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/pipeline/intrinsic.h"
#include "core/pipeline/path.h"
#include "core/pipeline/scope.h"

namespace penstock::pipeline {

// A path or an intrinsic call: the value of a template key that ends in ".$", of ErrorPath and of CausePath.
class Expression {
 public:
  // The error (code "InvalidPath" or "InvalidIntrinsic") says what is wrong with the text.
  static Outcome<Expression> compile(std::string_view text);
  const std::string& text() const;
  std::vector<const Path*> paths() const;

  // The value for the definition's field `field` ("name.$"), which only errors name: "The JSONPath '$.x' specified for
  // the field 'name.$' could not be found in the input '{...}'" (States.Runtime).
  Outcome<Json> evaluate(const Scope& scope, std::string_view field) const;

 private:
  explicit Expression(Path path) : source_(std::move(path)) {}
  explicit Expression(Intrinsic intrinsic) : source_(std::move(intrinsic)) {}
  std::variant<Path, Intrinsic> source_;
};

// Whether a JSONata field's text is an expression: "{% ... %}".
bool is_query(std::string_view text);

// A payload template: Parameters, ItemSelector, ResultSelector, Assign. Parts without ".$" keys are copied as they
// stand (shared, not rebuilt).
class Template {
 public:
  // Compiles `source`; appends to `problems` everything that is wrong with it (AWS's sentence: "The value for the field
  // 'x.$' must be a valid JSONPath or a valid intrinsic function call"), located at the object that holds the field.
  // What is wrong stands in the template as null, so check that `problems` did not grow.
  static Template compile(const Json& source, std::vector<Problem>& problems);

  // The same for JSONata: Arguments, Output, Assign, Items, ... A string "{% ... %}" is an expression; all else is
  // copied. `field` names the whole in errors ("Output", "Output/result").
  static Template compile_query(const Json& source, std::string_view field, std::vector<Problem>& problems);

  bool is_constant() const;
  // The expression when the whole is one ("$states.input", without {% %}); else empty.
  std::string_view query_text() const;
  // The variables that JSONata expressions in it read, without $states.
  std::vector<std::string> query_variables() const;
  std::vector<const Path*> paths() const;
  Outcome<Json> evaluate(const Scope& scope) const;

  struct Node;  // private to template.cc

 private:
  explicit Template(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

// States.QueryEvaluationError of `field` of a JSONata state; the cause is `message`.
Error query_error(std::string message, std::string_view field);
// The same: the expression of `field` gave another type than the field takes ("array").
Error unexpected_type(const Template& source, std::string_view field, std::string_view expected, const Json& value);

}  // namespace penstock::pipeline
