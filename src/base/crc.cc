#include "base/crc.h"

#include <zlib.h>

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

constexpr auto crc32c_tables = make_tables<uint32_t>(0x82F63B78U);
constexpr auto crc64nvme_tables = make_tables<uint64_t>(0x9A6C9329AC4BC9B5ULL);

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
#endif

}  // namespace

uint32_t crc32(uint32_t before, std::string_view bytes) {
  return static_cast<uint32_t>(::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
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

uint64_t crc64nvme(uint64_t before, std::string_view bytes) {
  return crc_by_table(crc64nvme_tables, before, bytes);
}

}  // namespace penstock
