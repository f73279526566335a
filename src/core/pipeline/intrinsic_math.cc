#include <algorithm>
#include <optional>

#include "core/pipeline/decimal.h"
#include "core/pipeline/intrinsic_functions.h"

namespace penstock::pipeline::intrinsic {
namespace {

bool fits_int32(int64_t value) {
  return value >= INT32_MIN && value <= INT32_MAX;
}

// java.util.Random: a seed gives the same number on every machine. Source: its specification (a 48-bit linear
// congruence).
class JavaRandom {
 public:
  explicit JavaRandom(int64_t seed) : state_((static_cast<uint64_t>(seed) ^ multiplier) & mask) {}

  // In [0, bound), bound > 0.
  int64_t below(int64_t bound) {
    if ((bound & -bound) == bound) return (bound * bits31()) >> 31;
    while (true) {
      const int64_t bits = bits31();
      const int64_t value = bits % bound;
      if (bits - value + (bound - 1) <= INT32_MAX) return value;
    }
  }

 private:
  static constexpr uint64_t multiplier = 0x5DEECE66DULL;
  static constexpr uint64_t mask = (1ULL << 48) - 1;

  int64_t bits31() {
    state_ = (state_ * multiplier + 0xBULL) & mask;
    return static_cast<int64_t>(state_ >> 17);
  }

  uint64_t state_;
};

std::optional<int64_t> whole_int32(const Json& argument) {
  if (!argument.is_number()) return std::nullopt;
  const double value = argument.as_double();
  if (value <= double{INT32_MIN} - 1 || value >= double{INT32_MAX} + 1) return std::nullopt;
  return static_cast<int64_t>(value);
}

}  // namespace

// Recorded: each number is rounded half up first, so that 1.49 + 1.5 is 3 and -1.5 + 0 is -1.
Outcome<Json> MathAdd::call(Arguments arguments, Random&) {
  if (!arguments[0].is_number() || !arguments[1].is_number()) return invalid_arguments(name);
  const int64_t left = round_half_up(arguments[0]);
  const int64_t right = round_half_up(arguments[1]);
  if (!fits_int32(left) || !fits_int32(right) || !fits_int32(left + right)) return invalid_arguments(name);
  return Json(left + right);
}

// AWS cuts the bounds to their whole parts (1.6 allows 1) and refuses an empty interval.
Outcome<Json> MathRandom::call(Arguments arguments, Random& random) {
  const auto first = whole_int32(arguments[0]);
  const auto end = whole_int32(arguments[1]);
  if (!first || !end || *first >= *end) return invalid_arguments(name);
  const int64_t width = *end - *first;
  if (arguments.size() < 3) return Json(*first + static_cast<int64_t>(random.below(static_cast<uint64_t>(width))));
  if (!arguments[2].is_number()) return invalid_arguments(name);
  JavaRandom seeded(round_half_up(arguments[2]));
  return Json(*first + seeded.below(std::min<int64_t>(width, INT32_MAX)));
}

Outcome<Json> UUID::call(Arguments, Random& random) {
  return Json(random.uuid());
}

}  // namespace penstock::pipeline::intrinsic
