#include "core/pipeline/jsonata/lexer.h"

#include <cmath>

#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/number_text.h"

namespace penstock::jsonata {
namespace {

struct Spelling {
  std::string_view text;
  Op op;
};

// Longest first where one starts another.
constexpr Spelling operators[] = {
    {"..", Op::dot_dot},    {":=", Op::assign},     {"!=", Op::not_equal}, {">=", Op::greater_equal},
    {"<=", Op::less_equal}, {"**", Op::star_star},  {"~>", Op::chain},     {"?:", Op::elvis},
    {"??", Op::coalesce},   {".", Op::dot},         {"[", Op::bracket},    {"]", Op::close_bracket},
    {"{", Op::brace},       {"}", Op::close_brace}, {"(", Op::paren},      {")", Op::close_paren},
    {",", Op::comma},       {"@", Op::at},          {"#", Op::hash},       {";", Op::semicolon},
    {":", Op::colon},       {"?", Op::question},    {"+", Op::plus},       {"-", Op::minus},
    {"*", Op::star},        {"/", Op::slash},       {"%", Op::percent},    {"|", Op::bar},
    {"=", Op::equal},       {"<", Op::less},        {">", Op::greater},    {"^", Op::caret},
    {"&", Op::ampersand},   {"!", Op::bang},        {"~", Op::tilde},
};  // fmt: skip

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_operator(char c) {
  return std::string_view(".[]{}(),@#;:?+-*/%|=<>^&!~").find(c) != std::string_view::npos && c != '\0';
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

}  // namespace

std::string_view op_text(Op op) {
  if (op == Op::and_) return "and";
  if (op == Op::or_) return "or";
  if (op == Op::in) return "in";
  for (const Spelling& spelling : operators) {
    if (spelling.op == op) return spelling.text;
  }
  return "";
}

void Lexer::skip_blank() {
  while (true) {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (at(at_) != '/' || at(at_ + 1) != '*') return;
    const size_t close = text_.find("*/", at_ + 2);
    if (close == std::string_view::npos) throw Failure{.code = "S0106", .position = at_};
    at_ = close + 2;
  }
}

Token Lexer::read_operator(Op op, size_t length) {
  at_ += length;
  return {.type = Token::Type::op, .op = op, .position = at_, .text = op_text(op)};
}

Token Lexer::next(bool after_value) {
  skip_blank();
  if (at_ >= text_.size()) return {.type = Token::Type::end, .position = text_.size()};
  const char c = text_[at_];
  if (c == '/' && !after_value) {
    ++at_;
    return read_regex();
  }
  if (is_operator(c)) {
    for (const Spelling& spelling : operators) {
      if (text_.substr(at_).starts_with(spelling.text)) return read_operator(spelling.op, spelling.text.size());
    }
  }
  if (c == '"' || c == '\'') {
    ++at_;
    return read_string(c);
  }
  Token token;
  if (read_number(token)) return token;
  if (c == '`') {
    ++at_;
    return read_quoted_name();
  }
  return read_name();
}

Token Lexer::read_regex() {
  const size_t start = at_;
  int depth = 0;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '/' && depth == 0) {
      size_t backslashes = 0;
      while (at_ > backslashes && text_[at_ - backslashes - 1] == '\\') ++backslashes;
      if (backslashes % 2 == 0) {
        if (at_ == start) throw Failure{.code = "S0301", .position = at_};
        Token token{.type = Token::Type::regex, .text = text_.substr(start, at_ - start)};
        for (++at_; at(at_) == 'i' || at(at_) == 'm'; ++at_)
          (text_[at_] == 'i' ? token.ignore_case : token.multiline) = true;
        token.position = at_;
        return token;
      }
    }
    const bool escaped = text_[at_ - 1] == '\\';
    if ((c == '(' || c == '[' || c == '{') && !escaped) ++depth;
    if ((c == ')' || c == ']' || c == '}') && !escaped) --depth;
  }
  throw Failure{.code = "S0302", .position = at_};
}

uint32_t Lexer::read_hex4(size_t position) const {
  // The reference takes up to four digits at the end of the text, and all must be hexadecimal.
  uint32_t code = 0;
  size_t count = 0;
  for (; count < 4 && position + count < text_.size(); ++count) {
    const int digit = hex_digit(text_[position + count]);
    if (digit < 0) throw Failure{.code = "S0104", .position = at_};
    code = code * 16 + static_cast<uint32_t>(digit);
  }
  if (count == 0) throw Failure{.code = "S0104", .position = at_};
  return code;
}

void Lexer::read_escape(std::string& out) {
  ++at_;
  const char c = at(at_);
  constexpr std::string_view from = "\"\\/bfnrt";
  constexpr std::string_view to = "\"\\/\b\f\n\r\t";
  const size_t known = at_ < text_.size() ? from.find(c) : std::string_view::npos;
  if (known != std::string_view::npos) {
    out += to[known];
    return;
  }
  if (c != 'u') throw Failure{.code = "S0103", .position = at_, .token = at_ < text_.size() ? std::string(1, c) : ""};
  uint32_t code = read_hex4(at_ + 1);
  at_ += 4;
  const bool high = code >= 0xd800 && code < 0xdc00;
  if (high && at(at_ + 1) == '\\' && at(at_ + 2) == 'u') {
    const uint32_t low = read_hex4(at_ + 3);
    if (low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at_ += 6;
    }
  }
  append_utf8(out, code);
}

Token Lexer::read_string(char quote) {
  const size_t start = at_;
  std::string text;
  bool plain = true;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == quote) {
      const std::string_view value = plain ? text_.substr(start, at_ - start) : program_.keep(std::move(text));
      ++at_;
      return {.type = Token::Type::string, .position = at_, .text = value, .value = Value::of_string(value)};
    }
    if (c == '\\') {
      if (plain) text = text_.substr(start, at_ - start);
      plain = false;
      read_escape(text);
    } else if (!plain) {
      text += c;
    }
  }
  throw Failure{.code = "S0101", .position = at_};
}

bool Lexer::read_number(Token& token) {
  size_t end = at_;
  if (!is_digit(at(end))) return false;
  if (at(end) == '0') {
    ++end;
  } else {
    while (is_digit(at(end))) ++end;
  }
  if (at(end) == '.' && is_digit(at(end + 1))) {
    ++end;
    while (is_digit(at(end))) ++end;
  }
  if (at(end) == 'e' || at(end) == 'E') {
    size_t digits = end + 1;
    if (at(digits) == '+' || at(digits) == '-') ++digits;
    if (is_digit(at(digits))) {
      end = digits;
      while (is_digit(at(end))) ++end;
    }
  }
  const std::string_view text = text_.substr(at_, end - at_);
  const double value = jsonata::read_number(text);
  if (!std::isfinite(value)) throw Failure{.code = "S0102", .position = at_, .token = std::string(text)};
  at_ = end;
  token = {.type = Token::Type::number, .position = at_, .text = text, .value = Value::of_number(value)};
  return true;
}

Token Lexer::read_quoted_name() {
  const size_t end = text_.find('`', at_);
  if (end == std::string_view::npos) throw Failure{.code = "S0105", .position = text_.size()};
  const std::string_view name = text_.substr(at_, end - at_);
  at_ = end + 1;
  return {.type = Token::Type::name, .position = at_, .text = name};
}

Token Lexer::read_name() {
  const size_t start = at_;
  while (at_ < text_.size() && !is_blank(text_[at_]) && !is_operator(text_[at_])) ++at_;
  const std::string_view name = text_.substr(start, at_ - start);
  if (name.starts_with('$')) return {.type = Token::Type::variable, .position = at_, .text = name.substr(1)};
  if (name == "or") return {.type = Token::Type::op, .op = Op::or_, .position = at_, .text = name};
  if (name == "in") return {.type = Token::Type::op, .op = Op::in, .position = at_, .text = name};
  if (name == "and") return {.type = Token::Type::op, .op = Op::and_, .position = at_, .text = name};
  const auto constant = [&](Value value) {
    return Token{.type = Token::Type::constant, .position = at_, .text = name, .value = value};
  };
  if (name == "true") return constant(Value::of_boolean(true));
  if (name == "false") return constant(Value::of_boolean(false));
  if (name == "null") return constant(Value::null());
  return {.type = Token::Type::name, .position = at_, .text = name};
}

}  // namespace penstock::jsonata
