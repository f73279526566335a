// Expressions of a recipe: a number for each row from other columns of numbers, such as `capital gains` - `capital
// losses` or log1p(distance) * (hour >= 18).
//
// Grammar, loosest first: or | and | not | == != < <= > >= | + - | * / % | unary - | ^ (right to left) | call, name,
// number, (expression). A name with spaces stands in backticks. true is 1, false 0; a missing operand makes a missing
// result, except in is_missing(x) and coalesce(x, y). Functions: abs ceil floor round sqrt exp log log1p log2 log10 sin
// cos min max if(condition, then, else) clip(x, low, high) is_missing coalesce.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "core/learn/frame.h"

namespace penstock::learn {

class Expression {
 public:
  // Errors (code "BadExpression") say the place, counted from 1, and what was expected.
  static Outcome<Expression> parse(std::string_view text);
  // Names of the columns that are read, each once.
  const std::vector<std::string>& columns() const { return columns_; }
  // The value at every row; a column that is not there or holds text is an error.
  Outcome<std::vector<double>> evaluate(const Frame& frame) const;
  // The same computation as somebody else writes it, such as a graph of ONNX: each part becomes a text, operands first.
  struct Translation {
    std::function<std::string(double)> number;
    std::function<std::string(const std::string&)> column;
    // By the function's name or the operator's sign; "negate" is the unary minus.
    std::function<std::string(std::string_view, std::span<const std::string>)> function;
  };
  std::string translate(const Translation& translation) const;

 private:
  friend class ExpressionParser;
  // Postfix: each step takes its operands from the end of a stack of columns and puts its result there.
  struct Step {
    enum class Kind { number, column, function } kind;
    double number = 0;
    size_t index = 0;  // of the column, or of the function in the list
  };
  std::vector<Step> steps_;
  std::vector<std::string> columns_;
};

}  // namespace penstock::learn
