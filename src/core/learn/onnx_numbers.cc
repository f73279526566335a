#include "core/learn/onnx_numbers.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace penstock::learn {
namespace {

using Type = OnnxGraph::Type;
using Operands = std::span<const std::string>;

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Short names for the nodes of arithmetic. Values are doubles; conditions are booleans.
class Arithmetic {
 public:
  explicit Arithmetic(OnnxGraph& graph) : graph_(graph) {}

  std::string number(double value) { return graph_.constant(value); }
  std::string node(std::string_view operation, std::initializer_list<std::string> inputs) {
    return graph_.node(operation, inputs);
  }
  std::string add(const std::string& a, const std::string& b) { return node("Add", {a, b}); }
  std::string add(const std::string& a, double b) { return add(a, number(b)); }
  std::string subtract(const std::string& a, const std::string& b) { return node("Sub", {a, b}); }
  std::string multiply(const std::string& a, double b) { return node("Mul", {a, number(b)}); }
  std::string divide(const std::string& a, double b) { return node("Div", {a, number(b)}); }
  std::string floor_divide(const std::string& a, double b) { return node("Floor", {divide(a, b)}); }
  // What a whole-numbered division leaves, from 0 on.
  std::string rest(const std::string& a, double b) { return subtract(a, multiply(floor_divide(a, b), b)); }
  std::string choose(const std::string& condition, const std::string& a, const std::string& b) {
    return node("Where", {condition, a, b});
  }
  std::string is_missing(const std::string& a) { return node("IsNaN", {a}); }
  std::string is_true(const std::string& a) { return node("Not", {node("Equal", {a, number(0)})}); }
  std::string as_number(const std::string& condition) { return graph_.cast(condition, Type::float64); }
  // `result`, but missing where an operand is.
  std::string unless_missing(Operands operands, const std::string& result) {
    std::string any = is_missing(operands[0]);
    for (const std::string& operand : operands.subspan(1)) any = node("Or", {any, is_missing(operand)});
    return choose(any, number(missing), result);
  }

 private:
  OnnxGraph& graph_;
};

// log(1 + x) without the loss of 1 + x (Kahan): what rounding took from 1 + x is in (1 + x) - 1.
std::string log1p(Arithmetic& to, const std::string& x) {
  const std::string one_and = to.add(x, 1);
  const std::string kept = to.add(one_and, -1);
  const std::string log = to.node("Log", {one_and});
  const std::string exact = to.node("Mul", {log, to.node("Div", {x, kept})});
  const std::string small = to.choose(to.node("Equal", {kept, to.number(0)}), x, exact);
  return to.choose(to.node("Greater", {x, to.number(1e15)}), log, small);
}

// The smaller (or larger) of two, the first where they do not compare, as std::min and std::max.
std::string least(Arithmetic& to, const std::string& a, const std::string& b) {
  return to.choose(to.node("Less", {b, a}), b, a);
}
std::string most(Arithmetic& to, const std::string& a, const std::string& b) {
  return to.choose(to.node("Less", {a, b}), b, a);
}

struct Named {
  std::string_view name;
  std::string_view operation;
};

// Where ONNX has the function itself.
constexpr Named same[] = {{"+", "Add"},      {"-", "Sub"},   {"*", "Mul"},     {"/", "Div"},       {"^", "Pow"},
                          {"negate", "Neg"}, {"abs", "Abs"}, {"ceil", "Ceil"}, {"floor", "Floor"}, {"round", "Round"},
                          {"sqrt", "Sqrt"},  {"exp", "Exp"}, {"log", "Log"},   {"sin", "Sin"}};
constexpr Named comparisons[] = {
    {"==", "Equal"}, {"<", "Less"}, {"<=", "LessOrEqual"}, {">", "Greater"}, {">=", "GreaterOrEqual"}};

std::string add_function(OnnxGraph& graph, std::string_view name, Operands x) {
  Arithmetic to(graph);
  for (const Named& one : same)
    if (one.name == name) return graph.node(one.operation, {x.begin(), x.end()});
  for (const Named& one : comparisons)
    if (one.name == name) return to.unless_missing(x, to.as_number(to.node(one.operation, {x[0], x[1]})));
  if (name == "!=") return to.unless_missing(x, to.as_number(to.node("Not", {to.node("Equal", {x[0], x[1]})})));
  if (name == "not") return to.unless_missing(x, to.as_number(to.node("Equal", {x[0], to.number(0)})));
  if (name == "and" || name == "or")
    return to.unless_missing(x,
                             to.as_number(to.node(name == "and" ? "And" : "Or", {to.is_true(x[0]), to.is_true(x[1])})));
  if (name == "%") return to.subtract(x[0], to.node("Mul", {to.node("Floor", {to.node("Div", {x[0], x[1]})}), x[1]}));
  if (name == "log1p") return log1p(to, x[0]);
  if (name == "log2") return to.divide(to.node("Log", {x[0]}), std::numbers::ln2);
  if (name == "log10") return to.divide(to.node("Log", {x[0]}), std::numbers::ln10);
  if (name == "cos") return to.node("Sin", {to.add(x[0], std::numbers::pi / 2)});  // onnxruntime has no Cos of doubles
  if (name == "min") return to.unless_missing(x, least(to, x[0], x[1]));
  if (name == "max") return to.unless_missing(x, most(to, x[0], x[1]));
  if (name == "if") return to.unless_missing(x.first(1), to.choose(to.is_true(x[0]), x[1], x[2]));
  if (name == "clip") return to.unless_missing(x.first(1), least(to, most(to, x[0], x[1]), x[2]));
  if (name == "is_missing") return to.as_number(to.is_missing(x[0]));
  return to.choose(to.is_missing(x[0]), x[1], x[0]);  // coalesce
}

// Days since 1970 as year, month and day (Howard Hinnant, "chrono-compatible low-level date algorithms"): years begin
// in March, in eras of 400 years.
struct CivilDate {
  std::string year, month, day, day_of_year;
};
CivilDate civil_date(Arithmetic& to, const std::string& days) {
  const std::string shifted = to.add(days, 719'468);
  const std::string era = to.floor_divide(shifted, 146'097);
  const std::string day_of_era = to.rest(shifted, 146'097);
  std::string years = to.subtract(day_of_era, to.floor_divide(day_of_era, 1460));
  years = to.add(years, to.floor_divide(day_of_era, 36'524));
  years = to.subtract(years, to.floor_divide(day_of_era, 146'096));
  const std::string year_of_era = to.floor_divide(years, 365);
  std::string before = to.add(to.multiply(year_of_era, 365), to.floor_divide(year_of_era, 4));
  before = to.subtract(before, to.floor_divide(year_of_era, 100));
  const std::string from_march = to.subtract(day_of_era, before);
  const std::string month_from_march = to.floor_divide(to.add(to.multiply(from_march, 5), 2), 153);
  CivilDate date;
  date.day = to.add(to.subtract(from_march, to.floor_divide(to.add(to.multiply(month_from_march, 153), 2), 5)), 1);
  const std::string before_new_year = to.node("Less", {month_from_march, to.number(10)});
  date.month = to.choose(before_new_year, to.add(month_from_march, 3), to.add(month_from_march, -9));
  const std::string march_year = to.add(year_of_era, to.multiply(era, 400));
  date.year = to.choose(before_new_year, march_year, to.add(march_year, 1));
  // A year is a leap year when it is a multiple of 4, but of 100 only when of 400.
  const auto multiple = [&](double of) { return to.node("Equal", {to.rest(date.year, of), to.number(0)}); };
  const std::string leap =
      to.as_number(to.node("Or", {to.node("And", {multiple(4), to.node("Not", {multiple(100)})}), multiple(400)}));
  const std::string from_january = to.add(to.add(from_march, 60), leap);
  date.day_of_year = to.choose(before_new_year, from_january, to.add(from_march, -305));
  return date;
}

}  // namespace

std::string add_expression(OnnxGraph& graph, const Expression& expression,
                           const std::function<std::string(const std::string&)>& column) {
  return expression.translate(
      {.number = [&](double value) { return graph.constant(value); },
       .column = column,
       .function = [&](std::string_view name, Operands operands) { return add_function(graph, name, operands); }});
}

std::string add_date_part(OnnxGraph& graph, const std::string& epoch, std::string_view part) {
  constexpr double day_seconds = 86'400;
  Arithmetic to(graph);
  if (part == "epoch") return epoch;
  const std::string days = to.floor_divide(epoch, day_seconds);
  const std::string second_of_day = to.rest(epoch, day_seconds);
  if (part == "hour") return to.floor_divide(second_of_day, 3600);
  if (part == "minute") return to.floor_divide(to.rest(second_of_day, 3600), 60);
  if (part == "second") return to.node("Floor", {to.rest(second_of_day, 60)});
  if (part == "weekday") return to.rest(to.add(days, 3), 7);  // 1970 began on a Thursday
  const CivilDate date = civil_date(to, days);
  if (part == "year") return date.year;
  if (part == "month") return date.month;
  if (part == "day") return date.day;
  if (part == "quarter") return to.floor_divide(to.add(date.month, 2), 3);
  return date.day_of_year;
}

}  // namespace penstock::learn
