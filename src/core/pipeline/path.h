// Path: a JSONPath in AWS's dialect (Jayway JsonPath over Jackson nodes), parsed once, evaluated many times.
//
// `$` is the state's input, `$$` the context object, `$name` an Assign variable. Steps: `.name`, `['name']`,
// `["name"]`,
// `['a','b']`, `[0]`, `[-1]`, `[0,2]`, `[1:3]`, `[*]`, `.*`, `..name`, `..*`, `[?(@.price < 10 && @.tag in ['a','b'])]`
// and the function `.length()`.
//
// A definite path gives one value. An indefinite one (wildcard, slice, union, deep scan, filter) gives an array of what
// matched, which is empty when nothing did (recorded: "$.items[*].x" of {} is []).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/outcome.h"
#include "core/pipeline/scope.h"

namespace penstock::pipeline {

class Path {
 public:
  enum class Root : uint8_t { input, context, variable };

  // The error (code "InvalidPath") says what is wrong and at which character.
  static Outcome<Path> compile(std::string_view text);

  const std::string& text() const;  // as written
  Root root() const;
  std::string_view variable() const;  // name of the root variable; empty unless root() is variable
  bool is_definite() const;
  // Only names and single indices: what ASL calls a Reference Path.
  bool is_reference() const;
  bool is_root() const;  // "$", "$$" or "$name" alone

  // The text as AWS shows it in errors: a `$$` path is told as a `$` path of the context object.
  std::string shown_text() const;
  // The document the path starts in; nullptr when the variable is not defined.
  const Json* document(const Scope& scope) const;

  // The value. An index outside its array gives null, as Jackson does (AWS: "$.items[5]" in a template is null). A
  // missing value is an Error with code "States.Runtime" and Jayway's own sentence ("No results for path: $['x']").
  Outcome<Json> evaluate(const Scope& scope) const;
  // The same against one document, whatever the root.
  Outcome<Json> evaluate(const Json& document) const;

  // The value in place, without copying; nullptr when it is not there (also when an index lies outside its array). Only
  // for reference paths.
  const Json* find(const Scope& scope) const;

  struct Compiled;  // private to path*.cc

 private:
  explicit Path(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

// AWS's sentence around Jayway's: "Invalid path '$.x' : No results for path: $['x']" (code States.Runtime). Used for
// InputPath, OutputPath, TimeoutSecondsPath and the like.
Error invalid_path(const Path& path, const Error& reason);

}  // namespace penstock::pipeline
