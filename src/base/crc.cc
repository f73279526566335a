#include "base/crc.h"

#include <zlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace penstock {

namespace {

static_assert(std::endian::native == std::endian::little, "the 8-byte steps below read little-endian words");

// "Slicing by 8" (Kounavis and Berry, 2005): table[k][b] is the effect of byte b followed by k zero bytes, so eight
// bytes cost eight independent look-ups.
template <class Word>
constexpr std::array<std::array<Word, 256>, 8> make_tables(Word reflected_polynomial) {
  std::array<std::array<Word, 256>, 8> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    Word value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? reflected_polynomial : 0);
    tables[0][byte] = value;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      Word previous = tables[k - 1][byte];
      tables[k][byte] = (previous >> 8) ^ tables[0][previous & 0xff];
    }
  }
  return tables;
}

constexpr uint32_t crc32_polynomial = 0xEDB88320U;  // all three reflected: bit 0 is the highest power
constexpr uint32_t crc32c_polynomial = 0x82F63B78U;
constexpr uint64_t crc64nvme_polynomial = 0x9A6C9329AC4BC9B5ULL;
constexpr auto crc32c_tables = make_tables<uint32_t>(crc32c_polynomial);
constexpr auto crc64nvme_tables = make_tables<uint64_t>(crc64nvme_polynomial);

template <class Word>
Word crc_by_table(const std::array<std::array<Word, 256>, 8>& tables, Word before, std::string_view bytes) {
  Word crc = ~before;
  const char* data = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, data += 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    word ^= crc;
    crc = tables[7][word & 0xff] ^ tables[6][(word >> 8) & 0xff] ^ tables[5][(word >> 16) & 0xff] ^
          tables[4][(word >> 24) & 0xff] ^ tables[3][(word >> 32) & 0xff] ^ tables[2][(word >> 40) & 0xff] ^
          tables[1][(word >> 48) & 0xff] ^ tables[0][word >> 56];
  }
  for (; left > 0; --left, ++data) crc = (crc >> 8) ^ tables[0][(crc ^ static_cast<uint8_t>(*data)) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t crc32c_by_instruction(uint32_t before, std::string_view bytes) {
  uint64_t crc = static_cast<uint32_t>(~before);
  const char* data = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, data += 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  auto crc32 = static_cast<uint32_t>(crc);
  for (; left > 0; --left, ++data) crc32 = __builtin_ia32_crc32qi(crc32, static_cast<uint8_t>(*data));
  return ~crc32;
}

// Folding by carry-less multiplication (Gopal and others, "Fast CRC Computation for Generic Polynomials Using
// PCLMULQDQ", Intel 2009): 64 bytes of the message at a time are replaced by something shorter with the same remainder.
constexpr size_t fold_bytes_min = 256;

// Multipliers that move 16 bytes ahead by `bits`. In a reflected register a product comes out one power too high, hence
// the exponents one lower.
struct Fold {
  uint64_t first;   // x^(bits + 63) mod P, for the first eight bytes
  uint64_t second;  // x^(bits - 1) mod P, for the other eight
};

template <class Word>
constexpr uint64_t power_of_x(Word reflected_polynomial, int exponent) {
  constexpr int width = sizeof(Word) * 8;
  Word value = Word{1} << (width - 1);
  for (int i = 0; i < exponent; ++i) value = (value >> 1) ^ ((value & 1) != 0 ? reflected_polynomial : 0);
  return static_cast<uint64_t>(value) << (64 - width);
}

template <class Word>
constexpr Fold make_fold(Word reflected_polynomial, int bits) {
  return {power_of_x(reflected_polynomial, bits + 63), power_of_x(reflected_polynomial, bits - 1)};
}

__attribute__((target("pclmul,sse4.1"))) inline __m128i fold(__m128i value, __m128i multipliers, __m128i next) {
  __m128i first = _mm_clmulepi64_si128(value, multipliers, 0x00);
  __m128i second = _mm_clmulepi64_si128(value, multipliers, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), next);
}

// Replaces all whole 64-byte blocks of `bytes` (at least one) by 16 bytes with the same remainder, which are to be read
// from the register 0 on; `crc` is the register before them. Leaves the rest in `bytes`.
template <class Word, Word polynomial>
__attribute__((target("pclmul,sse4.1"))) std::array<char, 16> fold_blocks(Word crc, std::string_view& bytes) {
  static constexpr Fold by_64_bytes = make_fold(polynomial, 512);
  static constexpr Fold by_16_bytes = make_fold(polynomial, 128);
  auto load = [](const char* data) __attribute__((target("pclmul,sse4.1"))) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
  };
  const char* data = bytes.data();
  __m128i lanes[4] = {load(data), load(data + 16), load(data + 32), load(data + 48)};
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi64_si128(static_cast<int64_t>(static_cast<uint64_t>(crc))));
  __m128i multipliers =
      _mm_set_epi64x(static_cast<int64_t>(by_64_bytes.second), static_cast<int64_t>(by_64_bytes.first));
  for (bytes.remove_prefix(64); bytes.size() >= 64; bytes.remove_prefix(64)) {
    data = bytes.data();
    for (int lane = 0; lane < 4; ++lane) lanes[lane] = fold(lanes[lane], multipliers, load(data + 16 * lane));
  }
  multipliers = _mm_set_epi64x(static_cast<int64_t>(by_16_bytes.second), static_cast<int64_t>(by_16_bytes.first));
  __m128i folded = lanes[0];
  for (int lane = 1; lane < 4; ++lane) folded = fold(folded, multipliers, lanes[lane]);
  std::array<char, 16> left;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(left.data()), folded);
  return left;
}

bool can_fold(std::string_view bytes) {
  return bytes.size() >= fold_bytes_min && __builtin_cpu_supports("pclmul");
}
#endif

}  // namespace

uint32_t crc32_by_table(uint32_t before, std::string_view bytes) {
  return static_cast<uint32_t>(::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

uint32_t crc32(uint32_t before, std::string_view bytes) {
#if defined(__x86_64__)
  if (can_fold(bytes)) {
    std::array<char, 16> folded = fold_blocks<uint32_t, crc32_polynomial>(~before, bytes);
    before = crc32_by_table(~0U, {folded.data(), folded.size()});
  }
#endif
  return crc32_by_table(before, bytes);
}

uint32_t crc32c(uint32_t before, std::string_view bytes) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return crc32c_by_instruction(before, bytes);
#endif
  return crc32c_by_table(before, bytes);
}

uint32_t crc32c_by_table(uint32_t before, std::string_view bytes) {
  return crc_by_table(crc32c_tables, before, bytes);
}

uint64_t crc64nvme_by_table(uint64_t before, std::string_view bytes) {
  return crc_by_table(crc64nvme_tables, before, bytes);
}

uint64_t crc64nvme(uint64_t before, std::string_view bytes) {
#if defined(__x86_64__)
  if (can_fold(bytes)) {
    std::array<char, 16> folded = fold_blocks<uint64_t, crc64nvme_polynomial>(~before, bytes);
    before = crc64nvme_by_table(~0ULL, {folded.data(), folded.size()});
  }
#endif
  return crc64nvme_by_table(before, bytes);
}

}  // namespace penstock
