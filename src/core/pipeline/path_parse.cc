#include <charconv>

#include "core/pipeline/path_filter.h"
#include "core/pipeline/path_token.h"

namespace penstock::pipeline {
namespace {

constexpr size_t path_bytes_max = 10'000;
constexpr size_t path_tokens_max = 200;
constexpr std::string_view filter_name_end = " )=!<>&|,]~{}'\"";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Outcome<int64_t> parse_integer(Cursor& cursor) {
  const std::string_view rest = cursor.text.substr(cursor.position);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc{} || value > INT32_MAX || value < INT32_MIN) return cursor.error("a number is expected");
  cursor.position += static_cast<size_t>(end - rest.data());
  return value;
}

Outcome<Token> parse_function(Cursor& cursor, std::string_view name) {
  if (!cursor.take("()")) return cursor.error("a function takes no arguments here: \"()\" is expected");
  if (name == "length" || name == "size") return Token(token::Function::length);
  if (name == "keys") return Token(token::Function::keys);
  for (const std::string_view aggregate : {"min", "max", "avg", "sum", "stddev"}) {
    if (name == aggregate) return Token(token::Function::aggregate);
  }
  return cursor.error("unknown function " + std::string(name) + "(); there are length() and keys()");
}

Outcome<Token> parse_name(Cursor& cursor, bool in_filter) {
  if (cursor.take('*')) return Token(token::Wildcard{});
  const size_t begin = cursor.position;
  while (!cursor.at_end()) {
    const char c = cursor.peek();
    if (c == '.' || c == '[' || c == '(') break;
    if (in_filter && filter_name_end.find(c) != std::string_view::npos) break;
    if (c == ' ') return cursor.error("use brackets, ['my name'], when a name holds a blank");
    ++cursor.position;
  }
  const std::string_view name = cursor.text.substr(begin, cursor.position - begin);
  if (name.empty()) return cursor.error("a name is expected");
  if (cursor.peek() == '(') return parse_function(cursor, name);
  return Token(token::Property{std::string(name)});
}

Outcome<Token> parse_names(Cursor& cursor) {
  token::Properties list;
  while (true) {
    cursor.skip_spaces();
    auto name = parse_quoted(cursor);
    if (!name) return name.error();
    list.names.push_back(std::move(*name));
    cursor.skip_spaces();
    if (cursor.take(']')) break;
    if (!cursor.take(',')) return cursor.error("',' or ']' is expected");
  }
  if (list.names.size() == 1) return Token(token::Property{std::move(list.names.front())});
  return Token(std::move(list));
}

Outcome<Token> parse_slice_end(Cursor& cursor, std::optional<int64_t> from) {
  token::Slice slice{from, std::nullopt};
  cursor.skip_spaces();
  if (is_digit(cursor.peek()) || cursor.peek() == '-') {
    auto to = parse_integer(cursor);
    if (!to) return to.error();
    slice.to = *to;
  }
  cursor.skip_spaces();
  if (!slice.from && !slice.to) return cursor.error("a slice needs a start or an end");
  if (!cursor.take(']')) return cursor.error("']' is expected");
  return Token(slice);
}

// [0], [-1], [0,2], [1:], [:2], [1:2]
Outcome<Token> parse_positions(Cursor& cursor) {
  cursor.skip_spaces();
  if (cursor.take(':')) return parse_slice_end(cursor, std::nullopt);
  token::Indices list;
  while (true) {
    cursor.skip_spaces();
    auto index = parse_integer(cursor);
    if (!index) return index.error();
    list.indices.push_back(*index);
    cursor.skip_spaces();
    if (list.indices.size() == 1 && cursor.take(':')) return parse_slice_end(cursor, *index);
    if (cursor.take(']')) break;
    if (!cursor.take(',')) return cursor.error("',' or ']' is expected");
  }
  if (list.indices.size() == 1) return Token(token::Index{list.indices.front()});
  return Token(std::move(list));
}

Outcome<Token> parse_filter_step(Cursor& cursor) {
  auto filter = Filter::parse(cursor);
  if (!filter) return filter.error();
  cursor.skip_spaces();
  if (!cursor.take(']')) return cursor.error("']' is expected after the filter");
  return Token(token::Filtered{std::move(*filter)});
}

Outcome<Token> parse_bracket(Cursor& cursor) {
  cursor.skip_spaces();
  const char c = cursor.peek();
  if (c == '\'' || c == '"') return parse_names(cursor);
  if (cursor.take('?')) return parse_filter_step(cursor);
  if (cursor.take('*')) {
    cursor.skip_spaces();
    if (!cursor.take(']')) return cursor.error("']' is expected");
    return Token(token::Wildcard{});
  }
  if (is_digit(c) || c == '-' || c == ':') return parse_positions(cursor);
  return cursor.error("a quoted name, an index, '*' or '?(' is expected in brackets");
}

Outcome<Token> parse_token(Cursor& cursor, bool in_filter) {
  if (cursor.take('[')) return parse_bracket(cursor);
  if (cursor.take('.')) {
    if (cursor.take('[')) return parse_bracket(cursor);
    return parse_name(cursor, in_filter);
  }
  return cursor.error("'.' or '[' is expected");
}

bool ends(const Cursor& cursor, bool in_filter) {
  return cursor.at_end() || (in_filter && cursor.peek() != '.' && cursor.peek() != '[');
}

bool may_start_variable(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

Outcome<void> parse_root(Cursor& cursor, Path::Compiled& path) {
  if (!cursor.take('$')) return cursor.error("a path begins with '$'");
  if (cursor.take('$')) {
    path.root = Path::Root::context;
    return {};
  }
  if (!may_start_variable(cursor.peek())) return {};
  const size_t begin = cursor.position;
  while (may_start_variable(cursor.peek()) || is_digit(cursor.peek())) ++cursor.position;
  path.root = Path::Root::variable;
  path.variable = cursor.text.substr(begin, cursor.position - begin);
  return {};
}

}  // namespace

Error Cursor::error(std::string_view what) const {
  return Error{"InvalidPath", "Invalid path '" + std::string(text) + "': " + std::string(what) + " at character " +
                                  std::to_string(position + 1)};
}

Outcome<std::string> parse_quoted(Cursor& cursor) {
  const char quote = cursor.peek();
  if (quote != '\'' && quote != '"') return cursor.error("a quoted name is expected");
  ++cursor.position;
  std::string text;
  while (!cursor.at_end()) {
    const char c = cursor.text[cursor.position++];
    if (c == quote) return text;
    if (c != '\\') {
      text += c;
      continue;
    }
    if (cursor.at_end()) break;
    text += cursor.text[cursor.position++];
  }
  return cursor.error("the closing quote is missing");
}

Outcome<std::vector<Token>> parse_tokens(Cursor& cursor, bool in_filter) {
  std::vector<Token> tokens;
  while (!ends(cursor, in_filter)) {
    if (tokens.size() >= path_tokens_max) return cursor.error("the path has too many steps");
    if (cursor.peek() == '.' && cursor.peek(1) == '.') {
      // "..": the second dot belongs to the name that follows, unless a bracket does.
      ++cursor.position;
      tokens.emplace_back(token::Scan{});
    }
    auto token = parse_token(cursor, in_filter);
    if (!token) return token.error();
    const bool function = std::holds_alternative<token::Function>(*token);
    tokens.push_back(std::move(*token));
    if (function && !ends(cursor, in_filter)) return cursor.error("nothing may follow a function");
  }
  return tokens;
}

bool is_definite(std::span<const Token> tokens) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (std::holds_alternative<token::Properties>(token) && i + 1 == tokens.size()) continue;
    if (std::holds_alternative<token::Property>(token) || std::holds_alternative<token::Index>(token) ||
        std::holds_alternative<token::Function>(token)) {
      continue;
    }
    return false;
  }
  return true;
}

Outcome<Path> Path::compile(std::string_view text) {
  auto path = std::make_shared<Compiled>();
  path->text = text;
  Cursor cursor{std::string_view(path->text).substr(0, text.find_last_not_of(" \t\r\n") + 1)};  // blanks may follow
  if (text.size() > path_bytes_max) return Error{"InvalidPath", "Invalid path: it is longer than 10000 bytes"};
  if (auto root = parse_root(cursor, *path); !root) return root.error();
  auto tokens = parse_tokens(cursor, false);
  if (!tokens) return tokens.error();
  path->tokens = std::move(*tokens);
  path->definite = pipeline::is_definite(path->tokens);
  for (const Token& token : path->tokens) {
    path->reference &= std::holds_alternative<token::Property>(token) || std::holds_alternative<token::Index>(token);
  }
  return Path(std::move(path));
}

}  // namespace penstock::pipeline
