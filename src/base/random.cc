#include "base/random.h"

#include <sys/random.h>

#include "base/assert.h"

namespace penstock {

double Random::uniform() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

uint64_t Random::below(uint64_t bound) {
  PENSTOCK_ASSERT(bound > 0);
  // Values above the last whole multiple of `bound` would favour small results.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t value = next();
  while (value >= limit) value = next();
  return value % bound;
}

std::string Random::uuid() {
  static constexpr char digits[] = "0123456789abcdef";
  uint64_t high = next();
  uint64_t low = next();
  high = (high & ~0xF000ULL) | 0x4000ULL;                              // version 4
  low = (low & ~0xC000'0000'0000'0000ULL) | 0x8000'0000'0000'0000ULL;  // RFC 4122 variant
  std::string text;
  text.reserve(36);
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text.push_back('-');
    const uint64_t half = nibble < 16 ? high : low;
    text.push_back(digits[(half >> (60 - 4 * (nibble % 16))) & 0xF]);
  }
  return text;
}

std::string Random::text(size_t length, std::string_view alphabet) {
  std::string result(length, '\0');
  for (char& c : result) c = alphabet[below(alphabet.size())];
  return result;
}

uint64_t SystemRandom::next() {
  // One system call for 32 values: keys and ids are made on hot paths.
  thread_local uint64_t pool[32];
  thread_local size_t used = 32;
  if (used == 32) {
    const ssize_t filled = getrandom(pool, sizeof pool, 0);
    PENSTOCK_ASSERT(filled == static_cast<ssize_t>(sizeof pool));
    used = 0;
  }
  return pool[used++];
}

uint64_t SeededRandom::next() {
  std::lock_guard lock(mutex_);
  return engine_();
}

}  // namespace penstock
