// Reading one field of a definition, with AWS's words for what is wrong. The texts are recorded answers of AWS where
// one is recorded; the rest follows what AWS's validator says for the same kind of mistake.
#include <algorithm>
#include <cctype>

#include "base/encoding.h"
#include "core/pipeline/compiler.h"

namespace penstock::pipeline {
namespace {

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

void append_place(std::string& out, const Place& place) {
  if (place.outer) append_place(out, *place.outer);
  if (place.step.empty()) return;
  out += '/';
  out += place.step;
}

// A Unicode identifier of at most 80 characters that is not reserved. Source: "Passing data between states with
// variables" in the developer guide.
bool is_variable_name(std::string_view name) {
  constexpr size_t characters_max = 80;
  size_t characters = 0;
  for (char c : name) {
    unsigned char byte = static_cast<unsigned char>(c);
    bool letter = std::isalpha(byte) || byte == '_' || byte >= 0x80;
    if (!letter && (characters == 0 || !std::isdigit(byte))) return false;
    characters += (byte & 0xc0) != 0x80 ? 1 : 0;
  }
  return characters > 0 && characters <= characters_max && name != "states";
}

}  // namespace

std::string Place::text() const {
  std::string out;
  append_place(out, *this);
  return out.empty() ? "/" : out;
}

void Compiler::schema_error(const Place& place, std::string message) {
  diagnostics_.push_back({Diagnostic::Severity::error, "SCHEMA_VALIDATION_FAILED", std::move(message), place.text()});
}

void Compiler::schema_error(const Place& place, std::string_view field, std::string message) {
  schema_error(Place{&place, field}, std::move(message));
}

void Compiler::add_problems(const Place& place, std::vector<Problem>& problems) {
  for (Problem& problem : problems) {
    std::string location = place.text();
    if (location == "/") location.clear();
    diagnostics_.push_back({Diagnostic::Severity::error, "SCHEMA_VALIDATION_FAILED", std::move(problem.message),
                            location + problem.location});
  }
  problems.clear();
}

// `allowed`: texts of words.
void Compiler::check_fields(const Json& source, const Place& place, std::initializer_list<std::string_view> allowed) {
  for (const JsonMember& member : source.members()) {
    bool known = std::any_of(allowed.begin(), allowed.end(), [&](std::string_view words) {
      std::vector<std::string_view> fields = split(words, ' ');
      return std::find(fields.begin(), fields.end(), member.key) != fields.end();
    });
    if (!known) schema_error(place, "Field '" + member.key + "' is not supported");
  }
  text_field(source, place, "Comment");
}

void Compiler::check_assign(const Json& source, const Place& place) {
  const Json* assign = source.find("Assign");
  if (!assign || !assign->is_object()) return;
  for (const JsonMember& member : assign->members()) {
    std::string_view name = member.key;
    if (!state_jsonata_ && name.ends_with(".$")) name.remove_suffix(2);
    if (is_variable_name(name)) continue;
    schema_error(place, "Assign", "The variable name '" + std::string(name) + "' is not valid");
  }
}

bool Compiler::check_one_of(const Json& source, const Place& place, std::initializer_list<std::string_view> fields,
                            bool required) {
  size_t given = 0;
  for (std::string_view field : fields) given += source.find(field) != nullptr;
  std::vector<std::string_view> names(fields);
  if (given > 1) schema_error(place, "There should only be one of the following fields: [" + joined(names) + "]");
  if (given == 0 && required) {
    schema_error(place, "This object should have only one of the following fields: [" + joined(names) + "]");
  }
  return given == 1;
}

const Json* Compiler::text_field(const Json& source, const Place& place, std::string_view field, bool required) {
  const Json* value = source.find(field);
  if (!value) {
    if (required) schema_error(place, "These fields are required: [" + std::string(field) + "]");
    return nullptr;
  }
  if (value->is_string()) return value;
  schema_error(place, field, "Expected value of type String");
  return nullptr;
}

std::optional<int64_t> Compiler::integer_field(const Json& source, const Place& place, std::string_view field,
                                               int64_t smallest, int64_t largest) {
  const Json* value = source.find(field);
  if (!value) return std::nullopt;
  std::optional<int64_t> number;
  if (value->is_number()) number = value->as_integer();
  if (!number) {
    schema_error(place, field, "Expected value of type Integer");
    return std::nullopt;
  }
  if (*number < smallest || *number > largest) {
    schema_error(place, field, "Value must be between " + std::to_string(smallest) + " and " + std::to_string(largest));
  }
  return number;
}

std::optional<Path> Compiler::path_field(const Json& source, const Place& place, std::string_view field) {
  const Json* text = text_field(source, place, field);
  if (!text) return std::nullopt;
  Outcome<Path> path = Path::compile(text->as_string());
  if (!path) {
    schema_error(place, field, "Value is not a valid JSONPath: " + path.error().message);
    return std::nullopt;
  }
  if (!path->is_reference()) {
    schema_error(place, field, "Value is not a Reference Path: " + std::string(text->as_string()));
    return std::nullopt;
  }
  return std::move(*path);
}

std::optional<Template> Compiler::template_field(const Json& source, const Place& place, std::string_view field) {
  const Json* value = source.find(field);
  if (!value) return std::nullopt;
  if (!value->is_object()) {
    schema_error(place, field, "Expected value of type Object");
    return std::nullopt;
  }
  if (state_jsonata_) return any_query_field(source, place, field);
  std::vector<Problem> problems;
  Template compiled = Template::compile(*value, problems);
  add_problems(Place{&place, field}, problems);
  return compiled;
}

std::optional<Template> Compiler::query_field(const Json& source, const Place& place, std::string_view field) {
  const Json* value = source.find(field);
  if (!state_jsonata_ || !value || !value->is_string() || !is_query(value->as_string())) return std::nullopt;
  return any_query_field(source, place, field);
}

std::optional<Template> Compiler::any_query_field(const Json& source, const Place& place, std::string_view field) {
  const Json* value = source.find(field);
  if (!value) return std::nullopt;
  std::vector<Problem> problems;
  Template compiled = Template::compile_query(*value, field, problems);
  add_problems(place, problems);
  return compiled;
}

std::optional<Expression> Compiler::expression_field(const Json& source, const Place& place, std::string_view field) {
  const Json* text = text_field(source, place, field);
  if (!text) return std::nullopt;
  Outcome<Expression> expression = Expression::compile(text->as_string());
  if (!expression) {
    schema_error(place, field,
                 "Value must be a valid JSONPath or a valid intrinsic function call: " + expression.error().message);
    return std::nullopt;
  }
  return std::move(*expression);
}

NumberOrPath Compiler::number_or_path(const Json& source, const Place& place, std::string_view field,
                                      std::string_view path_name, int64_t smallest, int64_t largest) {
  check_one_of(source, place, {field, path_name}, false);
  if (auto query = query_field(source, place, field)) return {std::nullopt, std::nullopt, std::move(query)};
  return {integer_field(source, place, field, smallest, largest), path_field(source, place, path_name), std::nullopt};
}

StateIndex Compiler::target(const Json& source, const Place& place, std::string_view field, const Json& all_states) {
  const Json* name = text_field(source, place, field);
  if (!name) return no_state;
  StateIndex index = 0;
  for (const JsonMember& member : all_states.members()) {
    if (member.key == name->as_string()) return index;
    ++index;
  }
  missing_targets_.push_back({Diagnostic::Severity::error, "MISSING_TRANSITION_TARGET",
                              "Missing 'Next' target: " + std::string(name->as_string()), Place{&place, field}.text()});
  return no_state;
}

bool Compiler::query_language(const Json& source, const Place& place) {
  const Json* text = text_field(source, place, "QueryLanguage");
  if (!text) return jsonata_;
  std::string_view language = text->as_string();
  if (language != "JSONPath" && language != "JSONata") {
    schema_error(place, "QueryLanguage", "Value should be one of the following: [JSONPath, JSONata]");
  }
  if (jsonata_ && language == "JSONPath") {
    schema_error(place, "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
  }
  return language == "JSONata";
}

}  // namespace penstock::pipeline
