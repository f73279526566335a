// Cyclic redundancy checks as S3 uses them. Each takes the check of what came before (0 at the start) and returns the
// check of both together, so that content may arrive in pieces.
#pragma once

#include <cstdint>
#include <string_view>

namespace penstock {

uint32_t crc32(uint32_t before, std::string_view bytes);      // ISO 3309, zlib's
uint32_t crc32c(uint32_t before, std::string_view bytes);     // Castagnoli, RFC 3720 B.4
uint64_t crc64nvme(uint64_t before, std::string_view bytes);  // NVM Express base specification 2.0, 5.2.1.3.4

// The same by tables only: what machines without the instructions (SSE 4.2, PCLMULQDQ) do.
uint32_t crc32_by_table(uint32_t before, std::string_view bytes);
uint32_t crc32c_by_table(uint32_t before, std::string_view bytes);
uint64_t crc64nvme_by_table(uint64_t before, std::string_view bytes);

}  // namespace penstock
