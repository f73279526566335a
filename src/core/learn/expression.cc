#include "core/learn/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace penstock::learn {
namespace {

constexpr size_t depth_max = 200;

struct Function {
  std::string_view name;  // of a call, or the operator's sign
  size_t operands;
  double (*apply)(const double* operands);
};

const double missing = std::numeric_limits<double>::quiet_NaN();
double truth(bool value) {
  return value ? 1 : 0;
}
bool any_missing(const double* x) {
  return std::isnan(x[0]) || std::isnan(x[1]);
}

const Function functions[] = {
    {"or", 2, [](const double* x) { return any_missing(x) ? missing : truth(x[0] != 0 || x[1] != 0); }},
    {"and", 2, [](const double* x) { return any_missing(x) ? missing : truth(x[0] != 0 && x[1] != 0); }},
    {"not", 1, [](const double* x) { return std::isnan(x[0]) ? missing : truth(x[0] == 0); }},
    {"==", 2, [](const double* x) { return any_missing(x) ? missing : truth(x[0] == x[1]); }},
    {"!=", 2, [](const double* x) { return any_missing(x) ? missing : truth(x[0] != x[1]); }},
    {"<", 2, [](const double* x) { return any_missing(x) ? missing : truth(x[0] < x[1]); }},
    {"<=", 2, [](const double* x) { return any_missing(x) ? missing : truth(x[0] <= x[1]); }},
    {">", 2, [](const double* x) { return any_missing(x) ? missing : truth(x[0] > x[1]); }},
    {">=", 2, [](const double* x) { return any_missing(x) ? missing : truth(x[0] >= x[1]); }},
    {"+", 2, [](const double* x) { return x[0] + x[1]; }},
    {"-", 2, [](const double* x) { return x[0] - x[1]; }},
    {"*", 2, [](const double* x) { return x[0] * x[1]; }},
    {"/", 2, [](const double* x) { return x[0] / x[1]; }},
    {"%", 2, [](const double* x) { return x[0] - std::floor(x[0] / x[1]) * x[1]; }},
    {"negate", 1, [](const double* x) { return -x[0]; }},
    {"^", 2, [](const double* x) { return std::pow(x[0], x[1]); }},
    {"abs", 1, [](const double* x) { return std::abs(x[0]); }},
    {"ceil", 1, [](const double* x) { return std::ceil(x[0]); }},
    {"floor", 1, [](const double* x) { return std::floor(x[0]); }},
    {"round", 1, [](const double* x) { return std::nearbyint(x[0]); }},
    {"sqrt", 1, [](const double* x) { return std::sqrt(x[0]); }},
    {"exp", 1, [](const double* x) { return std::exp(x[0]); }},
    {"log", 1, [](const double* x) { return std::log(x[0]); }},
    {"log1p", 1, [](const double* x) { return std::log1p(x[0]); }},
    {"log2", 1, [](const double* x) { return std::log2(x[0]); }},
    {"log10", 1, [](const double* x) { return std::log10(x[0]); }},
    {"sin", 1, [](const double* x) { return std::sin(x[0]); }},
    {"cos", 1, [](const double* x) { return std::cos(x[0]); }},
    {"min", 2, [](const double* x) { return any_missing(x) ? missing : std::min(x[0], x[1]); }},
    {"max", 2, [](const double* x) { return any_missing(x) ? missing : std::max(x[0], x[1]); }},
    {"if", 3, [](const double* x) { return std::isnan(x[0]) ? missing
                                           : x[0] != 0      ? x[1]
                                                            : x[2]; }},
    {"clip", 3, [](const double* x) { return std::isnan(x[0]) ? missing : std::min(std::max(x[0], x[1]), x[2]); }},
    {"is_missing", 1, [](const double* x) { return truth(std::isnan(x[0])); }},
    {"coalesce", 2, [](const double* x) { return std::isnan(x[0]) ? x[1] : x[0]; }},
};

size_t function_index(std::string_view name) {
  size_t index = 0;
  while (index < std::size(functions) && functions[index].name != name) ++index;
  return index;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c < 0;
}

}  // namespace

// Recursive descent; `failed_` holds the first error, after which everything returns at once.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Outcome<Expression> parse() {
    binary(0);
    if (failed_.empty() && next() < text_.size()) fail("an operator or the end");
    if (!failed_.empty()) return Error{.code = "BadExpression", .message = failed_};
    return std::move(expression_);
  }

 private:
  void fail(std::string_view expected) {
    if (failed_.empty())
      failed_ = fmt::format("expression '{}': {} is expected at place {}", text_, expected, place_ + 1);
  }
  size_t next() {
    while (place_ < text_.size() && (text_[place_] == ' ' || text_[place_] == '\n')) ++place_;
    return place_;
  }
  // Takes the sign or word if it is next.
  bool take(std::string_view sign) {
    if (text_.substr(next(), sign.size()) != sign) return false;
    const size_t after = place_ + sign.size();
    if (is_word(sign[0]) && after < text_.size() && is_word(text_[after])) return false;
    place_ = after;
    return true;
  }
  void add(std::string_view function) {
    expression_.steps_.push_back(
        {.kind = Expression::Step::Kind::function, .number = 0, .index = function_index(function)});
  }

  void binary(size_t level) {
    static const std::vector<std::vector<std::string_view>> levels = {
        {"or"}, {"and"}, {}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}};
    if (level == levels.size()) return unary();
    if (levels[level].empty()) {
      if (!take("not")) return binary(level + 1);
      Nesting nesting(*this);
      if (nesting) binary(level);
      return add("not");
    }
    binary(level + 1);
    while (failed_.empty()) {
      const auto sign = std::find_if(levels[level].begin(), levels[level].end(), [&](auto s) { return take(s); });
      if (sign == levels[level].end()) return;
      binary(level + 1);
      add(*sign);
    }
  }
  void unary() {
    Nesting nesting(*this);
    if (!nesting) return;
    if (take("-")) {
      unary();
      return add("negate");
    }
    primary();
    if (failed_.empty() && take("^")) {
      unary();
      add("^");
    }
  }
  void primary() {
    if (take("(")) {
      binary(0);
      if (!take(")")) fail("')'");
      return;
    }
    const size_t start = next();
    if (start == text_.size()) return fail("a number, a column or a function");
    if (text_[start] == '`') return quoted_name();
    if ((text_[start] >= '0' && text_[start] <= '9') || text_[start] == '.') return number();
    while (place_ < text_.size() && is_word(text_[place_])) ++place_;
    if (place_ == start) return fail("a number, a column or a function");
    const std::string_view name = text_.substr(start, place_ - start);
    if (take("(")) return call(name);
    if (name == "true" || name == "false") return push_number(name == "true" ? 1 : 0);
    column(name);
  }
  void number() {
    double value = 0;
    const auto end = std::from_chars(text_.data() + place_, text_.data() + text_.size(), value);
    if (end.ec != std::errc()) return fail("a number");
    place_ = static_cast<size_t>(end.ptr - text_.data());
    push_number(value);
  }
  void push_number(double value) {
    expression_.steps_.push_back({.kind = Expression::Step::Kind::number, .number = value, .index = 0});
  }
  void quoted_name() {
    const size_t end = text_.find('`', place_ + 1);
    if (end == std::string_view::npos) return fail("a closing '`'");
    column(text_.substr(place_ + 1, end - place_ - 1));
    place_ = end + 1;
  }
  void column(std::string_view name) {
    auto& columns = expression_.columns_;
    const size_t index = static_cast<size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin());
    if (index == columns.size()) columns.emplace_back(name);
    expression_.steps_.push_back({.kind = Expression::Step::Kind::column, .number = 0, .index = index});
  }
  void call(std::string_view name) {
    const size_t index = function_index(name);
    if (index == std::size(functions) || !is_word(name[0]) || name == "negate") {
      std::vector<std::string_view> known;
      for (const Function& function : functions)
        if (is_word(function.name[0]) && function.name != "negate") known.push_back(function.name);
      return fail(fmt::format("a function (there is no '{}'{})", name, suggestion(name, known)));
    }
    for (size_t i = 0; i < functions[index].operands && failed_.empty(); ++i) {
      if (i > 0 && !take(",")) return fail(fmt::format("',' and operand {} of {}", i + 1, name));
      binary(0);
    }
    if (!take(")")) fail(fmt::format("')' after {} operands of {}", functions[index].operands, name));
    add(name);
  }

  // Counts nesting, so that a long row of parentheses cannot exhaust the stack.
  class Nesting {
   public:
    explicit Nesting(ExpressionParser& parser) : parser_(parser) {
      if (++parser_.depth_ > depth_max) parser_.fail("a simpler expression");
    }
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    explicit operator bool() const { return parser_.depth_ <= depth_max; }

   private:
    ExpressionParser& parser_;
  };

  std::string_view text_;
  size_t place_ = 0;
  size_t depth_ = 0;
  std::string failed_;
  Expression expression_;
};

Outcome<Expression> Expression::parse(std::string_view text) {
  return ExpressionParser(text).parse();
}

Outcome<std::vector<double>> Expression::evaluate(const Frame& frame) const {
  std::vector<const Column*> columns;
  for (const std::string& name : columns_) {
    const auto column = frame.find(name);
    if (!column) return column.error();
    if (!(*column)->numeric() && (*column)->type != explore::ColumnType::Unknown)
      return Error{.code = "BadData",
                   .message = fmt::format("column '{}' holds text, an expression needs numbers", name)};
    columns.push_back(*column);
  }
  std::vector<double> result(frame.rows());
  std::vector<double> stack(steps_.size() + 3);
  for (size_t row = 0; row < result.size(); ++row) {
    size_t top = 0;
    for (const Step& step : steps_) {
      if (step.kind == Step::Kind::number) {
        stack[top++] = step.number;
      } else if (step.kind == Step::Kind::column) {
        const Column& column = *columns[step.index];
        stack[top++] = column.numeric() ? column.numbers[row] : missing;
      } else {
        top -= functions[step.index].operands;
        stack[top] = functions[step.index].apply(stack.data() + top);
        ++top;
      }
    }
    result[row] = stack[0];
  }
  return result;
}

std::string Expression::translate(const Translation& translation) const {
  std::vector<std::string> stack;
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::number) {
      stack.push_back(translation.number(step.number));
    } else if (step.kind == Step::Kind::column) {
      stack.push_back(translation.column(columns_[step.index]));
    } else {
      const size_t operands = functions[step.index].operands;
      std::string made = translation.function(functions[step.index].name, std::span(stack).last(operands));
      stack.resize(stack.size() - operands);
      stack.push_back(std::move(made));
    }
  }
  return stack.front();
}

}  // namespace penstock::learn
