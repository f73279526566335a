// The parsed form of a Path, shared by path_parse.cc, path_filter.cc and path.cc; private to them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/pipeline/path.h"

namespace penstock::pipeline {

class Filter;

namespace token {
struct Property {
  std::string name;
};
struct Properties {
  std::vector<std::string> names;
};
struct Index {
  int64_t index;
};  // negative: from the end
struct Indices {
  std::vector<int64_t> indices;
};
struct Slice {
  std::optional<int64_t> from, to;
};
struct Wildcard {};
struct Scan {};  // ".."; applies to the token after it
struct Filtered {
  std::shared_ptr<const Filter> filter;
};
// `length` is the number of items or members, `keys` the names of an object. The aggregates (min, max, avg, sum,
// stddev) parse but find nothing: over Jackson nodes Jayway sees no numbers, and AWS answers that the path could not be
// found.
enum class Function : uint8_t { length, keys, aggregate };
}  // namespace token

using Token = std::variant<token::Property, token::Index, token::Properties, token::Indices, token::Slice,
                           token::Wildcard, token::Scan, token::Filtered, token::Function>;

struct Path::Compiled {
  std::string text;
  Root root = Root::input;
  std::string variable;
  std::vector<Token> tokens;
  bool definite = true;
  bool reference = true;  // only Property and Index
};

// Jayway's rule: every token names one value.
bool is_definite(std::span<const Token> tokens);
// Jayway's form: $['a'][0]['b','c'][*]..[?].
std::string canonical_text(std::span<const Token> tokens);

// The value of `tokens` from `start`; `document` is what "$" in filters means.
Outcome<Json> evaluate_tokens(std::span<const Token> tokens, bool definite, const Json& start, const Json& document);

// A place in a path's text while it is parsed.
struct Cursor {
  std::string_view text;
  size_t position = 0;
  int depth = 0;  // of filters inside filters

  bool at_end() const { return position >= text.size(); }
  char peek(size_t ahead = 0) const { return position + ahead < text.size() ? text[position + ahead] : '\0'; }
  bool take(char wanted) { return peek() == wanted && !at_end() ? (++position, true) : false; }
  bool take(std::string_view wanted) {
    return text.substr(position).starts_with(wanted) ? (position += wanted.size(), true) : false;
  }
  void skip_spaces() {
    while (peek() == ' ') ++position;
  }
  Error error(std::string_view what) const;  // code "InvalidPath"; names the text and the character
};

// The steps after the root. In a filter a name also ends where an operator may begin.
Outcome<std::vector<Token>> parse_tokens(Cursor& cursor, bool in_filter);
// A quoted text with its escapes; the cursor stands at the quote.
Outcome<std::string> parse_quoted(Cursor& cursor);

}  // namespace penstock::pipeline
