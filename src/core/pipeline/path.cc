#include "core/pipeline/path.h"

#include "core/pipeline/path_filter.h"
#include "core/pipeline/path_token.h"

namespace penstock::pipeline {
namespace {

const Json& null_json() {
  static const Json null;
  return null;
}

Error not_found(std::string message) {
  return Error{"States.Runtime", std::move(message)};
}

// The name of Jackson's class for a value, which Jayway puts into its sentence.
std::string_view jackson_class(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      return "NullNode";
    case Json::Kind::boolean:
      return "BooleanNode";
    case Json::Kind::string:
      return "TextNode";
    case Json::Kind::array:
      return "ArrayNode";
    case Json::Kind::object:
      return "ObjectNode";
    case Json::Kind::number:
      break;
  }
  if (value.lexeme().find_first_of(".eE") != std::string_view::npos) return "DoubleNode";
  const auto integer = value.as_integer();
  if (!integer) return "BigIntegerNode";
  return *integer >= INT32_MIN && *integer <= INT32_MAX ? "IntNode" : "LongNode";
}

Error not_an_object(std::span<const Token> tokens, size_t step, const Json& value) {
  return not_found("Expected to find an object with property " + canonical_text(tokens.subspan(step, 1)).substr(1) +
                   " in path " + canonical_text(tokens.first(step)) +
                   " but found 'com.fasterxml.jackson.databind.node." + std::string(jackson_class(value)) +
                   "'. This is not a json object according to the JsonProvider: "
                   "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.");
}

// The item, null when outside the array (Jackson's ArrayNode.get answers null there).
const Json& item_at(const Json& array, int64_t index) {
  const auto size = static_cast<int64_t>(array.size());
  if (index < 0) index += size;
  return index >= 0 && index < size ? array.items()[static_cast<size_t>(index)] : null_json();
}

Json pick_members(const Json& object, const std::vector<std::string>& names) {
  Json picked = Json::object();
  for (const std::string& name : names) {
    if (const Json* value = object.find(name)) picked.set(name, *value);
  }
  return picked;
}

// The function's value, null where Jayway has none; aggregates never get here.
Json apply_function(token::Function function, const Json& value) {
  if (function == token::Function::length) {
    return value.is_array() || value.is_object() ? Json(static_cast<int64_t>(value.size())) : Json();
  }
  if (!value.is_object()) return Json();
  std::vector<Json> names;
  for (const JsonMember& member : value.members()) names.emplace_back(member.key);
  return Json(std::move(names));
}

Error no_numbers() {
  return not_found("Aggregation function attempted to calculate value using empty array");
}

// Evaluates an indefinite path: gathers every value that matches, in document order. What does not fit a step is passed
// over.
class Search {
 public:
  Search(std::span<const Token> tokens, const Json& document) : tokens_(tokens), document_(document) {}

  Outcome<Json> run(const Json& start) {
    visit(0, start);
    if (visits_ > visits_max) return not_found("The path visits more than 5000000 values");
    return Json(std::move(found_));
  }

 private:
  static constexpr size_t visits_max = 5'000'000;  // bounds "$..*..*..*", which grows with the product of depths

  void visit(size_t step, const Json& value) {
    if (++visits_ > visits_max) return;
    if (step == tokens_.size()) {
      found_.push_back(value);
      return;
    }
    std::visit([&](const auto& token) { apply(token, step, value); }, tokens_[step]);
  }

  void apply(const token::Property& token, size_t step, const Json& value) {
    if (const Json* member = value.find(token.name)) visit(step + 1, *member);
  }

  void apply(const token::Properties& token, size_t step, const Json& value) {
    if (!value.is_object()) return;
    if (step + 1 == tokens_.size()) {
      found_.push_back(pick_members(value, token.names));
      return;
    }
    for (const std::string& name : token.names) {
      if (const Json* member = value.find(name)) visit(step + 1, *member);
    }
  }

  void apply(const token::Index& token, size_t step, const Json& value) {
    if (value.is_array()) visit(step + 1, item_at(value, token.index));
  }

  void apply(const token::Indices& token, size_t step, const Json& value) {
    if (!value.is_array()) return;
    for (const int64_t index : token.indices) visit(step + 1, item_at(value, index));
  }

  // Jayway's bounds: a negative start with an end counts item by item, from the end.
  void apply(const token::Slice& token, size_t step, const Json& value) {
    if (!value.is_array()) return;
    const auto size = static_cast<int64_t>(value.size());
    int64_t from = token.from.value_or(0);
    int64_t to = token.to.value_or(size);
    if (!token.to && from < 0) from = std::max<int64_t>(0, from + size);
    if (!token.from && to < 0) to += size;
    to = std::min(to, size);
    from = std::max(from, -size);
    for (int64_t index = from; index < to; ++index) visit(step + 1, item_at(value, index));
  }

  void apply(const token::Wildcard&, size_t step, const Json& value) {
    if (value.is_array()) {
      for (const Json& item : value.items()) visit(step + 1, item);
    } else if (value.is_object()) {
      for (const JsonMember& member : value.members()) visit(step + 1, member.value);
    }
  }

  // A scan tries the token after it on this value and on everything inside it, outermost first.
  void apply(const token::Scan&, size_t step, const Json& value) {
    visit(step + 1, value);
    if (value.is_array()) {
      for (const Json& item : value.items()) apply(token::Scan{}, step, item);
    } else if (value.is_object()) {
      for (const JsonMember& member : value.members()) apply(token::Scan{}, step, member.value);
    }
  }

  void apply(const token::Filtered& token, size_t step, const Json& value) {
    if (value.is_object()) {
      if (token.filter->accepts(value, document_)) visit(step + 1, value);
      return;
    }
    if (!value.is_array()) return;
    // After a scan the items are met one by one, as values of their own.
    if (step > 0 && std::holds_alternative<token::Scan>(tokens_[step - 1])) return;
    // "The @ operator [...] does not match scalar values. It only matches objects." (AWS developer guide, Paths)
    for (const Json& item : value.items()) {
      if (item.is_object() && token.filter->accepts(item, document_)) visit(step + 1, item);
    }
  }

  void apply(const token::Function& token, size_t step, const Json& value) {
    if (token != token::Function::aggregate) visit(step + 1, apply_function(token, value));
  }

  std::span<const Token> tokens_;
  const Json& document_;
  std::vector<Json> found_;
  size_t visits_ = 0;
};

Outcome<Json> evaluate_definite(std::span<const Token> tokens, const Json& start) {
  const Json* value = &start;
  for (size_t step = 0; step < tokens.size(); ++step) {
    const Token& token = tokens[step];
    if (const auto* property = std::get_if<token::Property>(&token)) {
      if (!value->is_object()) return not_an_object(tokens, step, *value);
      value = value->find(property->name);
      if (value) continue;
      if (step + 1 == tokens.size()) return not_found("No results for path: " + canonical_text(tokens));
      return not_found("Missing property in path " + canonical_text(tokens.first(step + 1)));
    }
    if (const auto* index = std::get_if<token::Index>(&token)) {
      if (!value->is_array()) {
        return not_found("Filter: [" + std::to_string(index->index) +
                         "] can only be applied to arrays. Current context is: " + to_string(*value));
      }
      value = &item_at(*value, index->index);
      continue;
    }
    if (const auto* properties = std::get_if<token::Properties>(&token)) {
      if (!value->is_object()) return not_an_object(tokens, step, *value);
      return pick_members(*value, properties->names);
    }
    const token::Function function = std::get<token::Function>(token);
    if (function == token::Function::aggregate) return no_numbers();
    return apply_function(function, *value);
  }
  return *value;
}

bool has_scan(std::span<const Token> tokens) {
  for (const Token& token : tokens) {
    if (std::holds_alternative<token::Scan>(token)) return true;
  }
  return false;
}

}  // namespace

Outcome<Json> evaluate_tokens(std::span<const Token> tokens, bool definite, const Json& start, const Json& document) {
  if (definite) return evaluate_definite(tokens, start);
  const auto* function = std::get_if<token::Function>(&tokens.back());
  // A function after a scan takes all that was found: "$..book.length()" counts.
  if (function && has_scan(tokens)) {
    if (*function == token::Function::aggregate) return no_numbers();
    auto found = Search(tokens.first(tokens.size() - 1), document).run(start);
    return found ? Outcome<Json>(apply_function(*function, *found)) : found;
  }
  return Search(tokens, document).run(start);
}

namespace {

struct Writer {
  std::string& out;
  void operator()(const token::Property& token) const { out += "['" + token.name + "']"; }
  void operator()(const token::Properties& token) const {
    out += '[';
    for (size_t i = 0; i < token.names.size(); ++i) out += (i ? ",'" : "'") + token.names[i] + "'";
    out += ']';
  }
  void operator()(const token::Index& token) const { out += '[' + std::to_string(token.index) + ']'; }
  void operator()(const token::Indices& token) const {
    out += '[';
    for (size_t i = 0; i < token.indices.size(); ++i) out += (i ? "," : "") + std::to_string(token.indices[i]);
    out += ']';
  }
  void operator()(const token::Slice& token) const {
    out +=
        '[' + (token.from ? std::to_string(*token.from) : "") + ':' + (token.to ? std::to_string(*token.to) : "") + ']';
  }
  void operator()(const token::Wildcard&) const { out += "[*]"; }
  void operator()(const token::Scan&) const { out += ".."; }
  void operator()(const token::Filtered&) const { out += "[?]"; }
  void operator()(const token::Function& token) const {
    out += token == token::Function::length ? ".length()" : token == token::Function::keys ? ".keys()" : ".sum()";
  }
};

}  // namespace

std::string canonical_text(std::span<const Token> tokens) {
  std::string text = "$";
  for (const Token& token : tokens) std::visit(Writer{text}, token);
  return text;
}

const std::string& Path::text() const {
  return compiled_->text;
}
Path::Root Path::root() const {
  return compiled_->root;
}
std::string_view Path::variable() const {
  return compiled_->variable;
}
bool Path::is_definite() const {
  return compiled_->definite;
}
bool Path::is_reference() const {
  return compiled_->reference;
}
bool Path::is_root() const {
  return compiled_->tokens.empty();
}

std::string Path::shown_text() const {
  return compiled_->root == Root::context ? compiled_->text.substr(1) : compiled_->text;
}

const Json* Path::document(const Scope& scope) const {
  switch (compiled_->root) {
    case Root::input:
      return &scope.input;
    case Root::context:
      return &scope.context.json();
    case Root::variable:
      break;
  }
  return scope.variables.find(compiled_->variable);
}

Outcome<Json> Path::evaluate(const Scope& scope) const {
  const Json* start = document(scope);
  if (!start) return not_found("No results for path: $" + compiled_->variable);
  return evaluate(*start);
}

Outcome<Json> Path::evaluate(const Json& document) const {
  return evaluate_tokens(compiled_->tokens, compiled_->definite, document, document);
}

const Json* Path::find(const Scope& scope) const {
  const Json* value = document(scope);
  for (const Token& token : compiled_->tokens) {
    if (!value) return nullptr;
    if (const auto* property = std::get_if<token::Property>(&token)) {
      value = value->find(property->name);
      continue;
    }
    const auto* index = std::get_if<token::Index>(&token);
    if (!index || !value->is_array()) return nullptr;
    const Json& item = item_at(*value, index->index);
    value = &item == &null_json() ? nullptr : &item;
  }
  return value;
}

Error invalid_path(const Path& path, const Error& reason) {
  return Error{"States.Runtime", "Invalid path '" + path.shown_text() + "' : " + reason.message};
}

}  // namespace penstock::pipeline
