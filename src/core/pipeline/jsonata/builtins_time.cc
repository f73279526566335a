// Time: https://docs.jsonata.org/date-time-functions. "Now" is the environment's, the same through one evaluation.
#include <cmath>

#include "core/pipeline/jsonata/date_picture.h"
#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {
namespace {

constexpr double millis_max = 8.64e15;  // ECMA-262, 21.4.1.1

Value format(Evaluator& evaluator, double millis, Value picture, Value zone) {
  if (!(std::fabs(millis) <= millis_max)) throw Failure{.code = "D1001", .value = describe(Value::of_number(millis))};
  const std::string_view given =
      picture.is_string() ? picture.string() : "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]";
  return evaluator.new_string(format_time(static_cast<int64_t>(std::floor(millis)), given,
                                          zone.is_string() ? zone.string() : std::string_view()));
}

double now_millis(const Evaluator& evaluator) {
  return static_cast<double>(evaluator.environment().now.milliseconds());
}

Value now(Evaluator& evaluator, const Call& call) {
  return format(evaluator, now_millis(evaluator), call[0], call[1]);
}
Value millis(Evaluator& evaluator, const Call&) {
  return Value::of_number(now_millis(evaluator));
}

Value from_millis(Evaluator& evaluator, const Call& call) {
  return call[0].is_undefined() ? Value() : format(evaluator, call[0].number(), call[1], call[2]);
}

Value to_millis(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const auto result = call[1].is_undefined()
                          ? parse_iso_time(call[0].string())
                          : parse_time(call[0].string(), call[1].string(), evaluator.environment().now.milliseconds());
  return result ? Value::of_number(*result) : Value();
}

constexpr Builtin all[] = {
    {"now", now, "<s?s?:s>", 2},
    {"millis", millis, "<:n>", 0},
    {"fromMillis", from_millis, "<n-s?s?:s>", 3},
    {"toMillis", to_millis, "<s-s?:n>", 2},
};

}  // namespace

std::span<const Builtin> time_builtins() {
  return all;
}

}  // namespace penstock::jsonata
