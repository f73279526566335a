// The intrinsic functions, one type each, and the one list of them. A function gets its evaluated arguments; their
// number has been checked. What it refuses, it refuses in AWS's words, "Invalid arguments in States.X" (error name
// States.Runtime, as AWS answers; the name States.IntrinsicFailure of the specification was never seen).
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/outcome.h"
#include "base/random.h"

namespace penstock::pipeline::intrinsic {

using Arguments = std::span<const Json>;

struct Arity {
  size_t min = 0;
  size_t max = 0;
};
inline constexpr size_t unlimited = 1'000;

// "Invalid arguments in States.X", with ": <detail>" when there is one.
Error invalid_arguments(std::string_view function, std::string_view detail = {});

// A value as Java's String.valueOf shows it, a text without quotes and {Arg1=1, Arg2=[]} for an object: what Format,
// Hash and ArrayContains see.
std::string java_text(const Json& value);

template <class F>
concept Function = requires(Arguments arguments, Random& random) {
  { F::name } -> std::convertible_to<std::string_view>;
  { F::arity } -> std::convertible_to<Arity>;
  { F::call(arguments, random) } -> std::same_as<Outcome<Json>>;
};

#define PENSTOCK_INTRINSIC(Type, least, most)                       \
  struct Type {                                                     \
    static constexpr std::string_view name = "States." #Type;       \
    static constexpr Arity arity{least, most};                      \
    static Outcome<Json> call(Arguments arguments, Random& random); \
  }

// intrinsic_array.cc
PENSTOCK_INTRINSIC(Array, 0, unlimited);   // its arguments, as an array
PENSTOCK_INTRINSIC(ArrayContains, 2, 2);   // (array, value)
PENSTOCK_INTRINSIC(ArrayGetItem, 2, 2);    // (array, index from 0)
PENSTOCK_INTRINSIC(ArrayLength, 1, 1);     // (array)
PENSTOCK_INTRINSIC(ArrayPartition, 2, 2);  // (array, chunk size)
PENSTOCK_INTRINSIC(ArrayRange, 3, 3);      // (first, last, step): at most 1,000 items
PENSTOCK_INTRINSIC(ArrayUnique, 1, 1);     // (array)
// intrinsic_text.cc
PENSTOCK_INTRINSIC(Base64Decode, 1, 1);    // (text of at most 10,000 characters)
PENSTOCK_INTRINSIC(Base64Encode, 1, 1);    // (text of at most 10,000 characters)
PENSTOCK_INTRINSIC(Format, 1, unlimited);  // (template with {}, values...)
PENSTOCK_INTRINSIC(Hash, 2, 2);       // (text of at most 10,000 characters, MD5 | SHA-1 | SHA-256 | SHA-384 | SHA-512)
PENSTOCK_INTRINSIC(JsonMerge, 3, 3);  // (object, object, false): shallow, the second wins
PENSTOCK_INTRINSIC(JsonToString, 1, 1);  // (value)
PENSTOCK_INTRINSIC(StringSplit, 2, 2);   // (text, set of separator characters): empty parts are dropped
PENSTOCK_INTRINSIC(StringToJson, 1, 1);  // (text): a blank text is null
// intrinsic_math.cc
PENSTOCK_INTRINSIC(MathAdd, 2, 2);     // (a, b): rounded first; 32-bit
PENSTOCK_INTRINSIC(MathRandom, 2, 3);  // (first, end, seed): first <= result < end
PENSTOCK_INTRINSIC(UUID, 0, 0);

#undef PENSTOCK_INTRINSIC

struct Entry {
  std::string_view name;
  Arity arity;
  Outcome<Json> (*call)(Arguments arguments, Random& random);
};

template <Function... F>
constexpr std::array<Entry, sizeof...(F)> list() {
  return {Entry{F::name, F::arity, F::call}...};
}

inline constexpr auto functions =
    list<Array, ArrayContains, ArrayGetItem, ArrayLength, ArrayPartition, ArrayRange, ArrayUnique, Base64Decode,
         Base64Encode, Format, Hash, JsonMerge, JsonToString, MathAdd, MathRandom, StringSplit, StringToJson, UUID>();
static_assert(functions.size() == 18);

}  // namespace penstock::pipeline::intrinsic
