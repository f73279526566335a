// penstock jsonata: evaluates one expression on standard input, or many, a JSON object a line.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "cli/command.h"
#include "core/pipeline/jsonata/expression.h"

namespace penstock::cli {
namespace {

struct JsonataOptions {
  std::string expression, bindings_file;
  bool lines = false, step_functions = false;
};

std::vector<jsonata::Binding> bindings_of(const Json& object) {
  std::vector<jsonata::Binding> bindings;
  if (object.is_object()) {
    for (const JsonMember& member : object.members()) bindings.push_back({member.key, &member.value});
  }
  return bindings;
}

Outcome<std::optional<Json>> evaluate(Session& session, std::string_view text, jsonata::Dialect dialect,
                                      const Json& bindings, const Json* input, const jsonata::Limits& limits) {
  auto expression = jsonata::Expression::compile(text, dialect);
  if (!expression) return expression.error();
  const jsonata::Environment environment{session.random, session.clock.now(), limits};
  return expression->evaluate(bindings_of(bindings), input, environment);
}

Json error_object(const Error& error) {
  Json object = Json::object({{"code", error.code}, {"message", error.message}});
  for (const auto& [name, value] : error.fields) {
    object.set(name, name == "position" ? Json::number(value) : Json(value));
  }
  return object;
}

// A line: {"expr", "data", "bindings"}, and "depth" for a lower bound on nested evaluations than the usual one.
std::string answer(Session& session, const std::string& line, jsonata::Dialect dialect) {
  const auto request = parse_json(line);
  if (!request) return to_string(Json::object({{"error", error_object(request.error())}}));
  jsonata::Limits limits;
  if (const auto depth = (*request)["depth"].is_number() ? (*request)["depth"].as_integer() : std::nullopt;
      depth && *depth > 0) {
    limits.depth_max = std::min(limits.depth_max, static_cast<size_t>(*depth));
  }
  const auto result =
      evaluate(session, request->text("expr"), dialect, (*request)["bindings"], request->find("data"), limits);
  if (!result) return to_string(Json::object({{"error", error_object(result.error())}}));
  if (!*result) return R"({"undefined":true})";
  return to_string(Json::object({{"result", **result}}));
}

int run_lines(Session& session, jsonata::Dialect dialect) {
  std::string line;
  while (std::getline(std::cin, line)) {
    if (!line.empty()) session.terminal.line(answer(session, line, dialect));
  }
  return 0;
}

int run_one(Session& session, const JsonataOptions& options, jsonata::Dialect dialect) {
  Json bindings;
  if (!options.bindings_file.empty()) {
    auto text = session.disk.read_file(options.bindings_file);
    if (!text) return report(session, text.error());
    auto parsed = parse_json(*text);
    if (!parsed) return report(session, parsed.error());
    bindings = *std::move(parsed);
  }
  const std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  std::optional<Json> input;
  if (text.find_first_not_of(" \t\r\n") != std::string::npos) {
    auto parsed = parse_json(text);
    if (!parsed) return report(session, parsed.error());
    input = *std::move(parsed);
  }
  const auto result = evaluate(session, options.expression, dialect, bindings, input ? &*input : nullptr, {});
  if (!result) return report(session, result.error());
  if (*result) session.terminal.line(to_pretty_string(**result));
  return 0;
}

}  // namespace

std::function<int()> configure_jsonata(CLI::App& app, Session& session) {
  auto options = std::make_shared<JsonataOptions>();
  app.add_option("expression", options->expression, "a JSONata expression; its input is JSON on standard input");
  app.add_option("--bind", options->bindings_file, "a file with a JSON object of variables");
  app.add_flag("--lines", options->lines, "read a JSON object a line: expr, data, bindings; write a result a line");
  app.add_flag("--step-functions", options->step_functions, "the dialect of Step Functions");
  return [options, &session] {
    const auto dialect = options->step_functions ? jsonata::Dialect::step_functions : jsonata::Dialect::standard;
    if (options->lines) return run_lines(session, dialect);
    if (options->expression.empty()) {
      session.terminal.error("penstock: an expression is missing; give one, or --lines");
      return 2;
    }
    return run_one(session, *options, dialect);
  };
}

}  // namespace penstock::cli
