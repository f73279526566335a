#include "base/md5_sha256.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/digest.h"

namespace penstock {

namespace {

struct TwoDigests {
  Digest md5{DigestKind::md5};
  Digest sha256{DigestKind::sha256};
};

#if defined(__x86_64__)

constexpr size_t block_bytes = 64;  // of both hashes

// RFC 1321, 3.4: floor(2^32 * abs(sin(i + 1))).
constexpr std::array<uint32_t, 64> md5_constants = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

// FIPS 180-4, 4.2.2.
alignas(16) constexpr std::array<uint32_t, 64> sha256_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

struct Md5Words {
  uint32_t a = 0x67452301, b = 0xefcdab89, c = 0x98badcfe, d = 0x10325476;
};

// One of the 64 steps (RFC 1321, 3.4). In round 2 the two halves of G have no bit in common, so that they are added
// apart: the half without `b`, the word that is ready last, off the critical chain.
template <int step>
[[gnu::always_inline]] inline void md5_step(uint32_t& a, uint32_t b, uint32_t c, uint32_t d, const uint32_t* words) {
  constexpr int shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  constexpr int factors[4] = {1, 5, 3, 7};
  constexpr int offsets[4] = {0, 1, 5, 0};
  constexpr int round = step / 16;
  a += words[(factors[round] * step + offsets[round]) % 16] + md5_constants[step];
  if constexpr (round == 0) {
    a += d ^ (b & (c ^ d));
  } else if constexpr (round == 1) {
    a += ~d & c;
    a += d & b;
  } else if constexpr (round == 2) {
    a += (d ^ c) ^ b;
  } else {
    a += c ^ (b | ~d);
  }
  a = std::rotl(a, shifts[round][step % 4]) + b;
}

template <int group>
[[gnu::always_inline]] inline void md5_four_steps(Md5Words& hash, const uint32_t* words) {
  md5_step<4 * group>(hash.a, hash.b, hash.c, hash.d, words);
  md5_step<4 * group + 1>(hash.d, hash.a, hash.b, hash.c, words);
  md5_step<4 * group + 2>(hash.c, hash.d, hash.a, hash.b, words);
  md5_step<4 * group + 3>(hash.b, hash.c, hash.d, hash.a, words);
}

#define PENSTOCK_SHA_TARGET gnu::target("sha,sse4.1")

// The eight words as the instructions want them: A, B, E, F and C, D, G, H, from the highest lane down.
struct Sha256Words {
  __m128i abef = _mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85), 0x510e527f, static_cast<int>(0x9b05688c));
  __m128i cdgh = _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a), 0x1f83d9ab, 0x5be0cd19);
};

// Four of the 64 rounds (FIPS 180-4, 6.2.2) and the part of the message schedule that has its words by now: w[i % 4]
// holds the words 4i to 4i + 3.
template <int group>
[[PENSTOCK_SHA_TARGET, gnu::always_inline]] inline void sha256_four_rounds(Sha256Words& hash, __m128i (&w)[4]) {
  const __m128i current = w[group % 4];
  const auto* constants = reinterpret_cast<const __m128i*>(sha256_constants.data() + 4 * group);
  const __m128i sum = _mm_add_epi32(current, _mm_load_si128(constants));
  hash.cdgh = _mm_sha256rnds2_epu32(hash.cdgh, hash.abef, sum);
  if constexpr (group >= 3 && group < 15) {
    __m128i& next = w[(group + 1) % 4];
    next = _mm_add_epi32(next, _mm_alignr_epi8(current, w[(group + 3) % 4], 4));
    next = _mm_sha256msg2_epu32(next, current);
  }
  hash.abef = _mm_sha256rnds2_epu32(hash.abef, hash.cdgh, _mm_shuffle_epi32(sum, 0x0e));
  if constexpr (group >= 1 && group < 13) {
    __m128i& last = w[(group + 3) % 4];
    last = _mm_sha256msg1_epu32(last, current);
  }
}

struct BothWords {
  Md5Words md5;
  Sha256Words sha256;
};

template <int... groups>
[[PENSTOCK_SHA_TARGET, gnu::always_inline]] inline void hash_block(BothWords& hash, const char* block,
                                                                   std::integer_sequence<int, groups...>) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
  uint32_t words[16];
  std::memcpy(words, block, block_bytes);
  __m128i schedule[4];
  for (int i = 0; i < 4; ++i) {
    const __m128i lane = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block + 16 * i));
    schedule[i] = _mm_shuffle_epi8(lane, big_endian);
  }
  const BothWords before = hash;
  // In turn, so that the instructions of both are always near each other.
  ((sha256_four_rounds<groups>(hash.sha256, schedule), md5_four_steps<groups>(hash.md5, words)), ...);
  hash.md5.a += before.md5.a;
  hash.md5.b += before.md5.b;
  hash.md5.c += before.md5.c;
  hash.md5.d += before.md5.d;
  hash.sha256.abef = _mm_add_epi32(hash.sha256.abef, before.sha256.abef);
  hash.sha256.cdgh = _mm_add_epi32(hash.sha256.cdgh, before.sha256.cdgh);
}

// The whole blocks of `bytes`, which are taken off it.
[[PENSTOCK_SHA_TARGET, gnu::noinline]] void hash_blocks(BothWords& state, std::string_view& bytes) {
  BothWords hash = state;  // in registers through the loop
  for (; bytes.size() >= block_bytes; bytes.remove_prefix(block_bytes)) {
    hash_block(hash, bytes.data(), std::make_integer_sequence<int, 16>());
  }
  state = hash;
}

bool has_sha_instructions() {
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned sha_bit = 1U << 29;  // of EBX
    return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & sha_bit) != 0;
  }();
  return has;
}

class BothHashes {
 public:
  void update(std::string_view bytes) {
    size_ += bytes.size();
    if (held_ > 0) {
      const size_t taken = std::min(bytes.size(), block_bytes - held_);
      std::memcpy(block_.data() + held_, bytes.data(), taken);
      held_ += taken;
      bytes.remove_prefix(taken);
      if (held_ < block_bytes) return;
      std::string_view block(block_.data(), block_bytes);
      hash_blocks(hash_, block);
      held_ = 0;
    }
    hash_blocks(hash_, bytes);
    if (!bytes.empty()) std::memcpy(block_.data(), bytes.data(), bytes.size());
    held_ = bytes.size();
  }

  Md5Sha256::Result finish() { return {md5(padded(std::endian::little)), sha256(padded(std::endian::big))}; }

 private:
  // The state after the padding: a one bit, zeros, and the length in bits as MD5 (little-endian) or SHA-256 writes it.
  BothWords padded(std::endian order) const {
    std::array<char, 2 * block_bytes> tail{};
    std::memcpy(tail.data(), block_.data(), held_);
    tail[held_] = static_cast<char>(0x80);
    const size_t tail_size = held_ + 9 <= block_bytes ? block_bytes : 2 * block_bytes;
    for (size_t i = 0; i < 8; ++i) {
      const size_t shift = 8 * (order == std::endian::little ? i : 7 - i);
      tail[tail_size - 8 + i] = static_cast<char>((size_ * 8) >> shift);
    }
    BothWords hash = hash_;
    std::string_view blocks(tail.data(), tail_size);
    hash_blocks(hash, blocks);
    return hash;
  }

  static std::string md5(const BothWords& hash) {
    static_assert(std::endian::native == std::endian::little);
    std::string bytes(16, '\0');
    std::memcpy(bytes.data(), &hash.md5, bytes.size());
    return bytes;
  }

  static std::string sha256(const BothWords& hash) {
    uint32_t first[4], second[4];  // F, E, B, A and H, G, D, C
    std::memcpy(first, &hash.sha256.abef, sizeof first);
    std::memcpy(second, &hash.sha256.cdgh, sizeof second);
    std::string bytes;
    for (const uint32_t word : {first[3], first[2], second[3], second[2], first[1], first[0], second[1], second[0]}) {
      for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(word >> shift));
    }
    return bytes;
  }

  BothWords hash_;
  uint64_t size_ = 0;  // bytes so far
  std::array<char, block_bytes> block_;
  size_t held_ = 0;  // bytes of a block that is not full yet
};

#undef PENSTOCK_SHA_TARGET

using Hashes = std::variant<TwoDigests, BothHashes>;

Hashes make_hashes() {
  if (has_sha_instructions()) return BothHashes();
  return TwoDigests();
}

#else

using Hashes = std::variant<TwoDigests>;

Hashes make_hashes() {
  return TwoDigests();
}

#endif

void update(TwoDigests& two, std::string_view bytes) {
  two.md5.update(bytes);
  two.sha256.update(bytes);
}

Md5Sha256::Result finish(TwoDigests& two) {
  return {two.md5.finish(), two.sha256.finish()};
}

#if defined(__x86_64__)
void update(BothHashes& both, std::string_view bytes) {
  both.update(bytes);
}

Md5Sha256::Result finish(BothHashes& both) {
  return both.finish();
}
#endif

}  // namespace

struct Md5Sha256::State {
  Hashes hashes = make_hashes();
};

Md5Sha256::Md5Sha256() : state_(std::make_unique<State>()) {}
Md5Sha256::Md5Sha256(Md5Sha256&&) noexcept = default;
Md5Sha256& Md5Sha256::operator=(Md5Sha256&&) noexcept = default;
Md5Sha256::~Md5Sha256() = default;

void Md5Sha256::update(std::string_view bytes) {
  PENSTOCK_ASSERT(state_);
  std::visit([bytes](auto& hashes) { penstock::update(hashes, bytes); }, state_->hashes);
}

Md5Sha256::Result Md5Sha256::finish() {
  PENSTOCK_ASSERT(state_);
  const std::unique_ptr<State> state = std::move(state_);
  return std::visit([](auto& hashes) { return penstock::finish(hashes); }, state->hashes);
}

}  // namespace penstock
