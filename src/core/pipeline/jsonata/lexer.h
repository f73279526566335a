// Lexer: an expression's tokens, one at a time, since what a '/' is depends on where the parser stands.
#pragma once

#include <string>
#include <string_view>

#include "core/pipeline/jsonata/syntax.h"

namespace penstock::jsonata {

struct Token {
  enum class Type : uint8_t { end, name, variable, op, string, number, constant, regex };
  Type type = Type::end;
  Op op = Op::none;
  size_t position = 0;                          // bytes, just after the token
  std::string_view text = {};                   // its value, as the reference's errors and signatures show it
  Value value = {};                             // of a string, number, true, false, null
  bool ignore_case = false, multiline = false;  // of a regex
};

class Lexer {
 public:
  explicit Lexer(Program& program) : program_(program), text_(program.source) {}
  // `after_value`: a '/' divides; else it starts a regular expression. Throws Failure.
  Token next(bool after_value);

 private:
  char at(size_t position) const { return position < text_.size() ? text_[position] : '\0'; }
  void skip_blank();
  Token read_operator(Op op, size_t length);
  Token read_regex();
  Token read_string(char quote);
  void read_escape(std::string& out);
  uint32_t read_hex4(size_t position) const;
  bool read_number(Token& token);
  Token read_quoted_name();
  Token read_name();

  Program& program_;
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace penstock::jsonata
