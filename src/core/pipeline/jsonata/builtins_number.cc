// Numbers: https://docs.jsonata.org/numeric-functions and the aggregations.
#include <algorithm>
#include <cmath>

#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"
#include "core/pipeline/jsonata/integer_picture.h"
#include "core/pipeline/jsonata/number_picture.h"
#include "core/pipeline/jsonata/number_text.h"
#include "core/pipeline/jsonata/regex.h"

namespace penstock::jsonata {
namespace {

bool is_decimal(std::string_view text) {
  size_t at = text.starts_with('-');
  const auto digits = [&] {
    const size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at > start;
  };
  if (!digits()) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

// 0x, 0o and 0b; NaN when it is none.
double read_prefixed(std::string_view text) {
  if (text.size() < 3 || text[0] != '0') return NAN;
  const char kind = text[1] | 0x20;
  const int base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
  if (!base) return NAN;
  double value = 0;
  for (char c : text.substr(2)) {
    const int digit = c >= '0' && c <= '9'                     ? c - '0'
                      : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                               : 99;
    if (digit >= base) return NAN;
    value = value * base + digit;
  }
  return value;
}

Value number(Evaluator&, const Call& call) {
  const Value value = call[0];
  if (value.is_undefined() || value.is_number()) return value;
  if (value.kind == Kind::boolean) return Value::of_number(value.boolean ? 1 : 0);
  if (value.is_string()) {
    const double read = is_decimal(value.string()) ? read_number(value.string()) : read_prefixed(value.string());
    if (std::isfinite(read)) return Value::of_number(read);
  }
  throw Failure{.code = "D3030", .value = describe(value), .index = 1};
}

Value floor_of(Evaluator&, const Call& call) {
  return call[0].is_undefined() ? call[0] : Value::of_number(std::floor(call[0].number()));
}
Value ceil_of(Evaluator&, const Call& call) {
  return call[0].is_undefined() ? call[0] : Value::of_number(std::ceil(call[0].number()));
}
Value abs_of(Evaluator&, const Call& call) {
  return call[0].is_undefined() ? call[0] : Value::of_number(std::fabs(call[0].number()));
}

Value round_of(Evaluator&, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const double precision = call[1].is_undefined() ? 0 : call[1].number();
  return Value::of_number(round_half_even(call[0].number(), static_cast<int>(std::clamp(precision, -1e6, 1e6))));
}

Value sqrt_of(Evaluator&, const Call& call) {
  if (call[0].is_undefined()) return Value();
  if (call[0].number() < 0) throw Failure{.code = "D3060", .value = describe(call[0]), .index = 1};
  return Value::of_number(std::sqrt(call[0].number()));
}

Value power(Evaluator&, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const double result = call[1].is_undefined() ? NAN : std::pow(call[0].number(), call[1].number());
  if (!std::isfinite(result))
    throw Failure{.code = "D3061", .value = describe(call[0]), .value2 = describe(call[1]), .index = 1};
  return Value::of_number(result);
}

Value random_of(Evaluator& evaluator, const Call&) {
  return Value::of_number(evaluator.environment().random.uniform());
}

Value format_base(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const double radix = call[1].is_undefined() ? 10 : round_half_even(call[1].number(), 0);
  if (!(radix >= 2 && radix <= 36)) throw Failure{.code = "D3100", .value = describe(Value::of_number(radix))};
  return evaluator.new_string(integer_text(round_half_even(call[0].number(), 0), static_cast<int>(radix)));
}

Value format_number_of(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  if (call[1].is_undefined()) throw Failure{.code = "T0410", .index = 2};
  NumberSymbols symbols;
  if (call[2].is_object()) {
    const ObjectView options(call[2]);
    for (size_t at = 0; at < options.size(); ++at) {
      if (options.value(at).is_string()) symbols.set(options.key(at), options.value(at).string());
    }
  }
  return evaluator.new_string(format_number(call[0].number(), call[1].string(), symbols));
}

Value format_integer_of(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  if (call[1].is_undefined()) throw Failure{.code = "T0410", .index = 2};
  return evaluator.new_string(format_integer(std::floor(call[0].number()), read_integer_picture(call[1].string())));
}

Value parse_integer_of(Evaluator&, const Call& call) {
  if (call[0].is_undefined()) return Value();
  if (call[1].is_undefined()) throw Failure{.code = "T0410", .index = 2};
  return Value::of_number(parse_integer(call[0].string(), read_integer_picture(call[1].string())));
}

// Folds an array of numbers.
template <class Fold>
Value fold(Evaluator& evaluator, const Call& call, double start, bool empty_is_undefined, const Fold& step) {
  if (call[0].is_undefined()) return Value();
  const ArrayView items(call[0]);
  if (items.size() == 0 && empty_is_undefined) return Value();
  evaluator.tick(items.size());
  double result = start;
  for (size_t at = 0; at < items.size(); ++at) result = step(result, items[at].number());
  return Value::of_number(result);
}

Value sum(Evaluator& evaluator, const Call& call) {
  return fold(evaluator, call, 0, false, [](double total, double item) { return total + item; });
}
Value max_of(Evaluator& evaluator, const Call& call) {
  return fold(evaluator, call, -INFINITY, true, [](double most, double item) { return std::max(most, item); });
}
Value min_of(Evaluator& evaluator, const Call& call) {
  return fold(evaluator, call, INFINITY, true, [](double least, double item) { return std::min(least, item); });
}
Value average(Evaluator& evaluator, const Call& call) {
  const Value total = fold(evaluator, call, 0, true, [](double so_far, double item) { return so_far + item; });
  if (total.is_undefined()) return total;
  return Value::of_number(total.number() / static_cast<double>(ArrayView(call[0]).size()));
}

constexpr Builtin all[] = {
    {"number", number, "<(nsb)-:n>", 1},
    {"floor", floor_of, "<n-:n>", 1},
    {"ceil", ceil_of, "<n-:n>", 1},
    {"round", round_of, "<n-n?:n>", 2},
    {"abs", abs_of, "<n-:n>", 1},
    {"sqrt", sqrt_of, "<n-:n>", 1},
    {"power", power, "<n-n:n>", 2},
    {"random", random_of, "<:n>", 0, Builtin::Where::standard},
    {"formatBase", format_base, "<n-n?:s>", 2},
    {"formatNumber", format_number_of, "<n-so?:s>", 3},
    {"formatInteger", format_integer_of, "<n-s:s>", 2},
    {"parseInteger", parse_integer_of, "<s-s:n>", 2},
    {"sum", sum, "<a<n>:n>", 1},
    {"max", max_of, "<a<n>:n>", 1},
    {"min", min_of, "<a<n>:n>", 1},
    {"average", average, "<a<n>:n>", 1},
};

}  // namespace

std::span<const Builtin> number_builtins() {
  return all;
}

}  // namespace penstock::jsonata
