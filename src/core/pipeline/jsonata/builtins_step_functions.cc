// What Step Functions adds ("Transforming data with JSONata in Step Functions", AWS developer guide).
#include <cmath>

#include "base/digest.h"
#include "base/encoding.h"
#include "core/pipeline/jsonata/evaluator.h"
#include "core/pipeline/jsonata/failure.h"

namespace penstock::jsonata {
namespace {

constexpr double range_size_max = 1e7;

// $partition([1,2,3,4,5], 2) is [[1,2],[3,4],[5]].
Value partition(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined() || call[1].is_undefined()) return Value();
  const double size = std::floor(call[1].number());
  if (!(size >= 1))
    throw Failure{.code = "D3201",
                  .message = "The second argument of the partition function must be a positive number"};
  const ArrayView items(call[0]);
  evaluator.tick(items.size());
  Array* result = evaluator.new_array();
  Array* chunk = nullptr;
  for (size_t at = 0; at < items.size(); ++at) {
    if (!chunk || static_cast<double>(chunk->size) >= size) {
      chunk = evaluator.new_array();
      result->push(evaluator.arena(), Value::of_array(chunk));
    }
    chunk->push(evaluator.arena(), items[at]);
  }
  return Value::of_array(result);
}

// $range(0, 10, 5) is [0, 5, 10].
Value range(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined() || call[1].is_undefined() || call[2].is_undefined()) return Value();
  const double first = call[0].number(), last = call[1].number(), step = call[2].number();
  if (step == 0 || !std::isfinite(step))
    throw Failure{.code = "D3202", .message = "The third argument of the range function must not be zero"};
  const double count = std::floor((last - first) / step) + 1;
  Array* result = evaluator.new_array();
  if (!(count > 0)) return Value::of_array(result);
  if (count > range_size_max) throw Failure{.code = "D2014", .value = describe(Value::of_number(count))};
  evaluator.tick(static_cast<size_t>(count));
  if (count == 1) return Value::of_number(first);  // recorded: AWS gives a number alone, as JSONata does for sequences
  for (double at = 0; at < count; ++at) result->push(evaluator.arena(), Value::of_number(first + at * step));
  return Value::of_array(result);
}

Value hash(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  const std::string_view name = call[1].is_string() ? call[1].string() : std::string_view();
  struct Algorithm {
    std::string_view name;
    DigestKind kind;
  };
  constexpr Algorithm algorithms[] = {{"MD5", DigestKind::md5},
                                      {"SHA-1", DigestKind::sha1},
                                      {"SHA-256", DigestKind::sha256},
                                      {"SHA-384", DigestKind::sha384},
                                      {"SHA-512", DigestKind::sha512}};  // fmt: skip
  for (const Algorithm& algorithm : algorithms) {
    if (algorithm.name == name) return evaluator.new_string(to_hex(digest(algorithm.kind, call[0].string())));
  }
  throw Failure{.code = "D3203",
                .value = describe(call[1]),
                .message = "The second argument of the hash function must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512"};
}

// With a seed the number is that of java.util.Random(seed).nextDouble().
Value random_of(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value::of_number(evaluator.environment().random.uniform());
  constexpr uint64_t mask = (uint64_t{1} << 48) - 1;
  const double given = call[0].number();
  if (!(std::fabs(given) < 9e18)) throw Failure{.code = "D1001", .value = describe(call[0])};
  uint64_t state = (static_cast<uint64_t>(static_cast<int64_t>(given)) ^ 0x5deece66dULL) & mask;
  const auto next = [&](int bits) {
    state = (state * 0x5deece66dULL + 0xb) & mask;
    return state >> (48 - bits);
  };
  const uint64_t high = next(26);
  return Value::of_number(static_cast<double>((high << 27) + next(27)) / static_cast<double>(uint64_t{1} << 53));
}

Value uuid(Evaluator& evaluator, const Call&) {
  return evaluator.new_string(evaluator.environment().random.uuid());
}

Value parse(Evaluator& evaluator, const Call& call) {
  if (call[0].is_undefined()) return Value();
  evaluator.arena().charge(call[0].string().size() * 8);
  auto parsed = parse_json(call[0].string());
  if (!parsed)
    throw Failure{.code = "D3204",
                  .value = describe(call[0]),
                  .message = "The argument of the parse function is not JSON: " + parsed.error().message};
  return Value::of_json(evaluator.keep(*std::move(parsed)));
}

constexpr Builtin all[] = {
    {"partition", partition, "<an:a>", 2, Builtin::Where::step_functions},
    {"range", range, "<nnn:a<n>>", 3, Builtin::Where::step_functions},
    {"hash", hash, "<s-s:s>", 2, Builtin::Where::step_functions},
    {"random", random_of, "<n?:n>", 1, Builtin::Where::step_functions},
    {"uuid", uuid, "<:s>", 0, Builtin::Where::step_functions},
    {"parse", parse, "<s-:x>", 1, Builtin::Where::step_functions},
};

}  // namespace

std::span<const Builtin> step_functions_builtins() {
  return all;
}

}  // namespace penstock::jsonata
