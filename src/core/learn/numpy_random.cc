#include "core/learn/numpy_random.h"

#include <bit>
#include <numeric>
#include <utility>

namespace penstock::learn {

uint32_t NumpyRandom::up_to(uint32_t most) {
  if (most == 0) return 0;
  const uint32_t mask = 0xffffffffU >> std::countl_zero(most);
  uint32_t value = 0;
  do value = static_cast<uint32_t>(engine_()) & mask;
  while (value > most);
  return value;
}

double NumpyRandom::uniform() {
  const uint32_t high = static_cast<uint32_t>(engine_()) >> 5;
  const uint32_t low = static_cast<uint32_t>(engine_()) >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

void NumpyRandom::shuffle(Rows& values) {
  for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[up_to(static_cast<uint32_t>(i - 1))]);
}

Rows NumpyRandom::permutation(size_t count) {
  Rows values(count);
  std::iota(values.begin(), values.end(), 0U);
  shuffle(values);
  return values;
}

Rows NumpyRandom::integers(uint32_t bound, size_t count) {
  Rows values(count);
  for (uint32_t& value : values) value = up_to(bound - 1);
  return values;
}

}  // namespace penstock::learn
