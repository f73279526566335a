#include "core/pipeline/template_query.h"

#include "base/encoding.h"
#include "core/pipeline/template.h"

namespace penstock::pipeline {
namespace {

constexpr std::string_view opening = "{%", closing = "%}";

// Whether `$states` appears other than as the start of one of the paths that need no context object.
bool may_read_context(std::string_view text) {
  constexpr std::string_view name = "$states";
  for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at)) {
    at += name.size();
    std::string_view rest = text.substr(at);
    if (!rest.starts_with(".input") && !rest.starts_with(".result") && !rest.starts_with(".errorOutput")) return true;
  }
  return false;
}

Json states_of(const Scope& scope, bool with_context) {
  std::vector<JsonMember> members;
  members.push_back({"input", scope.input});
  if (with_context) members.push_back({"context", scope.context.json()});
  if (scope.result) members.push_back({"result", *scope.result});
  if (scope.error_output) members.push_back({"errorOutput", *scope.error_output});
  return Json::object(std::move(members));
}

}  // namespace

bool is_query(std::string_view text) {
  return text.size() >= opening.size() + closing.size() && text.starts_with(opening) && text.ends_with(closing);
}

Error query_error(std::string message, std::string_view field) {
  Error error{"States.QueryEvaluationError", std::move(message)};
  if (!field.empty()) error.fields.emplace_back("location", field);
  return error;
}

Query::Query(jsonata::Expression expression, std::string location)
    : expression_(std::move(expression)),
      location_(std::move(location)),
      reads_context_(may_read_context(expression_.text())) {}

Outcome<Query> Query::compile(std::string_view text, std::string location) {
  std::string_view inner = trim(text.substr(opening.size(), text.size() - opening.size() - closing.size()));
  Outcome<jsonata::Expression> expression = jsonata::Expression::compile(inner, jsonata::Dialect::step_functions);
  if (expression) return Query(std::move(*expression), std::move(location));
  return Error{"InvalidQuery", "The JSONata expression '" + std::string(inner) +
                                   "' is not valid: " + expression.error().code + ": " + expression.error().message};
}

Outcome<Json> Query::evaluate(const Scope& scope) const {
  Json states;
  std::vector<jsonata::Binding> bindings;
  for (const std::string& name : variables()) {
    if (name == "states") {
      states = states_of(scope, reads_context_);
      bindings.push_back({name, &states});
    } else if (const Json* value = scope.variables.find(name)) {
      bindings.push_back({name, value});
    }
  }
  Outcome<std::optional<Json>> result = expression_.evaluate(bindings, nullptr, {scope.random, scope.now});
  if (result && *result) return std::move(**result);
  const Error* error = result ? nullptr : &result.error();
  return query_error(jsonata::query_error_cause(text(), location_, error), location_);
}

}  // namespace penstock::pipeline
