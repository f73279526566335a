// Digests and checksums, whole and incremental. Results are raw bytes, big-endian for the CRCs (as S3 sends them).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace penstock {

enum class DigestKind { md5, sha1, sha256, sha384, sha512, crc32, crc32c, crc64nvme };

class Digest {
 public:
  explicit Digest(DigestKind kind);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();
  void update(std::string_view bytes);
  std::string finish();  // the digest; the object may not be used after it

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string digest(DigestKind kind, std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string hmac_sha1(std::string_view key, std::string_view bytes);
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace penstock
