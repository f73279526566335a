#include "core/pipeline/jsonata/expression.h"

#include <fmt/format.h>

#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/syntax.h"

namespace penstock::jsonata {

struct Expression::Compiled {
  Program program;
  Dialect dialect;
  std::vector<std::string> variables;
};

namespace {

// Free variables that are no functions, each once, in the order of the text.
std::vector<std::string> free_variables(const Program& program, Dialect dialect) {
  std::vector<std::string> names;
  for (Symbol symbol = 2; symbol < program.symbols->size(); ++symbol) {
    const std::string_view name = program.symbols->name(symbol);
    if (program.bound[symbol] || name.starts_with('!') || find_builtin(name, dialect)) continue;
    names.emplace_back(name);
  }
  return names;
}

}  // namespace

Outcome<Expression> Expression::compile(std::string_view text, Dialect dialect) {
  auto compiled = std::make_shared<Compiled>();
  Program& program = compiled->program;
  program.source = std::string(text);
  program.symbols = &program.own_symbols;
  compiled->dialect = dialect;
  try {
    parse(program);
    resolve(program);
    if (dialect == Dialect::step_functions) check_step_functions(program);
  } catch (const Failure& failure) {
    return to_error(failure, text);
  }
  compiled->variables = free_variables(program, dialect);
  Expression expression;
  expression.compiled_ = std::move(compiled);
  return expression;
}

const std::vector<std::string>& Expression::referenced_variables() const {
  return compiled_->variables;
}
std::string_view Expression::text() const {
  return compiled_->program.source;
}

Outcome<std::optional<Json>> Expression::evaluate(std::span<const Binding> bindings, const Json* input,
                                                  const Environment& environment) const {
  try {
    Evaluator evaluator(compiled_->program, environment, bindings, compiled_->dialect);
    const Value result = evaluator.run(input);
    if (result.is_undefined()) return std::optional<Json>();
    return std::optional<Json>(to_json(result));
  } catch (const Failure& failure) {
    return to_error(failure, compiled_->program.source);
  }
}

std::string query_error_cause(std::string_view expression, std::string_view field, const Error* error) {
  const std::string start = fmt::format("The JSONata expression '{}' specified for the field '{}' ", expression, field);
  if (!error) return start + "returned nothing (undefined).";
  if (error->code == "UnsupportedResult") return start + "returned an unsupported result type.";
  return fmt::format("{}threw an error during evaluation. {}: {}", start, error->code, error->message);
}

}  // namespace penstock::jsonata
