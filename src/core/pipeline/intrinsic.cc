#include "core/pipeline/intrinsic.h"

#include <variant>

#include "base/encoding.h"
#include "core/pipeline/intrinsic_functions.h"

namespace penstock::pipeline {

using CallPointer = std::shared_ptr<const Intrinsic::Call>;

struct Intrinsic::Call {
  const intrinsic::Entry* function = nullptr;
  std::vector<std::variant<Json, Path, CallPointer>> arguments;
};

namespace {

constexpr size_t text_bytes_max = 100'000;
constexpr int nesting_max = 10;  // "You can nest up to 10 intrinsic functions within a field" (AWS developer guide)

using Argument = std::variant<Json, Path, CallPointer>;

const intrinsic::Entry* find_function(std::string_view name) {
  for (const intrinsic::Entry& entry : intrinsic::functions) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
}

class CallParser {
 public:
  explicit CallParser(std::string_view text) : text_(text) {}

  Outcome<CallPointer> run() {
    skip_spaces();
    auto call = parse_call(1);
    if (!call) return call;
    skip_spaces();
    if (position_ != text_.size()) return error("nothing may follow the call");
    return call;
  }

 private:
  Outcome<CallPointer> parse_call(int depth) {
    if (depth > nesting_max) return error("at most 10 functions may be nested");
    const size_t begin = position_;
    while (is_name_character(peek())) ++position_;
    const std::string_view name = text_.substr(begin, position_ - begin);
    auto call = std::make_shared<Intrinsic::Call>();
    call->function = find_function(name);
    if (!call->function) return unknown_function(name);
    skip_spaces();
    if (!take('(')) return error("'(' is expected");
    skip_spaces();
    while (!take(')')) {
      const bool format_template = name == "States.Format" && call->arguments.empty();
      auto argument = parse_argument(depth, format_template);
      if (!argument) return argument.error();
      call->arguments.push_back(std::move(*argument));
      skip_spaces();
      if (peek() == ')') continue;
      if (!take(',')) return error("',' or ')' is expected");
      skip_spaces();
      if (peek() == ')') return error("an argument is expected");
    }
    const intrinsic::Arity arity = call->function->arity;
    const size_t count = call->arguments.size();
    if (count < arity.min || count > arity.max) return wrong_number(name, arity, count);
    return CallPointer(std::move(call));
  }

  Outcome<Argument> parse_argument(int depth, bool format_template) {
    const char c = peek();
    if (c == '\'') return parse_text(format_template);
    if (c == '$') return parse_path();
    if (text_.substr(position_).starts_with("States.")) {
      auto call = parse_call(depth + 1);
      if (!call) return call.error();
      return Argument(std::move(*call));
    }
    return parse_literal();
  }

  // 'text' with the escapes \' \{ \} \\ and no other (recorded: \" is refused). States.Format reads braces and
  // their escapes itself.
  Outcome<Argument> parse_text(bool format_template) {
    ++position_;
    std::string text;
    while (position_ < text_.size()) {
      char c = text_[position_++];
      if (c == '\'') return Argument(Json(text));
      if (c == '\\') {
        c = peek();
        if (c != '\'' && c != '{' && c != '}' && c != '\\') return error("only ', {, } and \\ may follow a backslash");
        ++position_;
        if (format_template && c != '\'') text += '\\';
      }
      text += c;
    }
    return error("the closing quote is missing");
  }

  // A path ends at a comma or bracket that is outside its own brackets and quotes.
  Outcome<Argument> parse_path() {
    const size_t begin = position_;
    int open = 0;
    char quote = '\0';
    for (; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (quote) {
        if (c == '\\')
          ++position_;
        else if (c == quote)
          quote = '\0';
      } else if (open > 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '[' || c == '(') {
        ++open;
      } else if (c == ']' || c == ')') {
        if (open-- == 0) break;
      } else if (c == ',' && open == 0) {
        break;
      }
    }
    position_ = std::min(position_, text_.size());
    auto path = Path::compile(trim(text_.substr(begin, position_ - begin)));
    if (!path) return path.error();
    return Argument(std::move(*path));
  }

  Outcome<Argument> parse_literal() {
    const size_t begin = position_;
    while (position_ < text_.size() && peek() != ',' && peek() != ')' && peek() != ' ') ++position_;
    auto value = parse_json(text_.substr(begin, position_ - begin));
    if (value && (value->is_number() || value->is_boolean() || value->is_null())) return Argument(std::move(*value));
    position_ = begin;
    return error("a path, a 'text', a number, true, false, null or a function is expected");
  }

  Error unknown_function(std::string_view name) const {
    std::vector<std::string_view> known;
    for (const intrinsic::Entry& entry : intrinsic::functions) known.push_back(entry.name);
    const std::string_view near = nearest_word(name, known);
    std::string what = "there is no function '" + std::string(name) + "'";
    if (!near.empty()) what += "; did you mean " + std::string(near) + "?";
    return error(what);
  }

  Error wrong_number(std::string_view name, intrinsic::Arity arity, size_t count) const {
    const std::string wanted = arity.max == intrinsic::unlimited ? "at least " + std::to_string(arity.min)
                               : arity.min == arity.max
                                   ? std::to_string(arity.min)
                                   : std::to_string(arity.min) + " to " + std::to_string(arity.max);
    return error(std::string(name) + " takes " + wanted + " arguments, not " + std::to_string(count));
  }

  Error error(std::string_view what) const {
    return Error{"InvalidIntrinsic", "Invalid intrinsic function call '" + std::string(text_) +
                                         "': " + std::string(what) + " at character " + std::to_string(position_ + 1)};
  }

  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  bool take(char wanted) { return position_ < text_.size() && peek() == wanted ? (++position_, true) : false; }
  void skip_spaces() {
    while (peek() == ' ') ++position_;
  }

  std::string_view text_;
  size_t position_ = 0;
};

Outcome<Json> evaluate_call(const Intrinsic::Call& call, const Scope& scope);

// A path argument must find something; an index outside its array finds nothing here (in a template it gives null). The
// sentence names the state's input even for a path into the context object, as AWS does.
Outcome<Json> path_argument(const Path& path, const Scope& scope) {
  if (path.is_reference()) {
    if (const Json* value = path.find(scope)) return *value;
  }
  auto value = path.evaluate(scope);
  if (value && !path.is_reference()) return value;
  if (!value && value.error().message.starts_with("Filter: ")) return value;
  return Error{"States.Runtime", "The JsonPath argument for the field '" + path.shown_text() +
                                     "' could not be found in the input '" + to_string(scope.input) + "'"};
}

Outcome<Json> evaluate_argument(const Argument& argument, const Scope& scope) {
  if (const auto* literal = std::get_if<Json>(&argument)) return *literal;
  if (const auto* path = std::get_if<Path>(&argument)) return path_argument(*path, scope);
  return evaluate_call(*std::get<CallPointer>(argument), scope);
}

Outcome<Json> evaluate_call(const Intrinsic::Call& call, const Scope& scope) {
  std::vector<Json> arguments;
  arguments.reserve(call.arguments.size());
  for (const Argument& argument : call.arguments) {
    auto value = evaluate_argument(argument, scope);
    if (!value) return value;
    arguments.push_back(std::move(*value));
  }
  return call.function->call(arguments, scope.random);
}

void gather_paths(const Intrinsic::Call& call, std::vector<const Path*>& paths) {
  for (const Argument& argument : call.arguments) {
    if (const auto* path = std::get_if<Path>(&argument)) paths.push_back(path);
    if (const auto* inner = std::get_if<CallPointer>(&argument)) gather_paths(**inner, paths);
  }
}

}  // namespace

bool Intrinsic::looks_like(std::string_view text) {
  return trim(text).starts_with("States.");
}

Outcome<Intrinsic> Intrinsic::compile(std::string_view text) {
  if (text.size() > text_bytes_max)
    return Error{"InvalidIntrinsic", "Invalid intrinsic function call: it is longer than 100000 bytes"};
  auto call = CallParser(text).run();
  if (!call) return call.error();
  return Intrinsic(std::string(text), std::move(*call));
}

const std::string& Intrinsic::text() const {
  return text_;
}

std::vector<const Path*> Intrinsic::paths() const {
  std::vector<const Path*> paths;
  gather_paths(*call_, paths);
  return paths;
}

// AWS names the whole expression, as written, whichever nested call failed.
Outcome<Json> Intrinsic::evaluate(const Scope& scope) const {
  auto result = evaluate_call(*call_, scope);
  if (result) return result;
  return Error{"States.Runtime", "The function '" + text_ + "' had the following error: " + result.error().message};
}

}  // namespace penstock::pipeline
