// Checksums: the algorithms by which S3 clients prove that an object arrived as it was sent, and how those of parts
// make that of the whole. Source: "Checking object integrity for data uploads in Amazon S3", S3 user guide.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/protocol/http.h"
#include "base/digest.h"
#include "base/disk.h"
#include "base/json.h"
#include "base/outcome.h"

namespace penstock::aws::s3 {

struct ChecksumAlgorithm {
  std::string_view name;    // "CRC64NVME"
  std::string_view header;  // "x-amz-checksum-crc64nvme"
  DigestKind kind;
  bool is_crc;
};

inline constexpr std::array<ChecksumAlgorithm, 7> checksum_algorithms = {{
    {"CRC32", "x-amz-checksum-crc32", DigestKind::crc32, true},
    {"CRC32C", "x-amz-checksum-crc32c", DigestKind::crc32c, true},
    {"CRC64NVME", "x-amz-checksum-crc64nvme", DigestKind::crc64nvme, true},
    {"SHA1", "x-amz-checksum-sha1", DigestKind::sha1, false},
    {"SHA256", "x-amz-checksum-sha256", DigestKind::sha256, false},
    {"SHA512", "x-amz-checksum-sha512", DigestKind::sha512, false},
    {"MD5", "x-amz-checksum-md5", DigestKind::md5, false},
}};

// The algorithm of that name, in either case; nullptr when it is unknown. What S3 takes when a client asks for none:
const ChecksumAlgorithm* find_algorithm(std::string_view name);
const ChecksumAlgorithm& default_algorithm();

// The member of a generated struct that carries the algorithm's value.
template <class T>
auto& checksum_member(T& object, const ChecksumAlgorithm& algorithm) {
  switch (algorithm.kind) {
    case DigestKind::crc32:
      return object.checksum_crc32;
    case DigestKind::crc32c:
      return object.checksum_crc32_c;
    case DigestKind::crc64nvme:
      return object.checksum_crc64_nvme;
    case DigestKind::sha1:
      return object.checksum_sha1;
    case DigestKind::sha256:
      return object.checksum_sha256;
    case DigestKind::sha512:
      return object.checksum_sha512;
    default:
      return object.checksum_md5;
  }
}

// A checksum as it travels: algorithm and base64 of the value.
struct SentChecksum {
  const ChecksumAlgorithm* algorithm = nullptr;
  std::string value;  // empty: only the algorithm was named
};

namespace internal {
Outcome<void> refuse_xxhash(bool sent);
Outcome<void> check_sent(const SentChecksum& sent);
}  // namespace internal

// The checksum that the members of an input carry; without one, the algorithm is nullptr.
template <class Input>
Outcome<SentChecksum> sent_checksum(const Input& input) {
  auto known = internal::refuse_xxhash(input.checksum_xxhash64 || input.checksum_xxhash3 || input.checksum_xxhash128);
  if (!known) return known.error();
  SentChecksum sent;
  for (const ChecksumAlgorithm& algorithm : checksum_algorithms) {
    const std::optional<std::string>& value = checksum_member(input, algorithm);
    if (!value) continue;
    if (sent.algorithm != nullptr) {
      return Error{"InvalidRequest",
                   "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
                   400,
                   {}};
    }
    sent = SentChecksum{&algorithm, *value};
  }
  if (auto valid = internal::check_sent(sent); !valid) return valid.error();
  return sent;
}

// Compares a body with the checksum sent for it (in a header, or in the body's trailer when a header only names the
// algorithm) and with Content-MD5. Returns what is kept: the checksum of the algorithm sent, else of `otherwise`.
// Errors: BadDigest, InvalidDigest, InvalidRequest.
Outcome<SentChecksum> verify_body(Disk& disk, const Body& body, SentChecksum sent,
                                  const std::optional<std::string>& named_algorithm,
                                  const std::optional<std::string>& content_md5, const ChecksumAlgorithm& otherwise);

// The digest (raw) of `size` bytes of a file from `offset` on; UINT64_MAX: all that there are.
Outcome<std::string> digest_of_file(File& file, DigestKind kind, uint64_t offset = 0, uint64_t size = UINT64_MAX);

struct PartChecksum {
  std::string value;  // base64
  uint64_t size = 0;
};
// "base64-N": the checksum of the parts' checksums.
std::string composite_checksum(const ChecksumAlgorithm& algorithm, std::span<const PartChecksum> parts);
// The checksum of the whole content, from those of its parts. CRCs only.
std::string whole_checksum(const ChecksumAlgorithm& algorithm, std::span<const PartChecksum> parts);

// Sets the members of an output from the attributes of a version: {"checksum": {"algorithm", "value", "type"}}.
template <class Output>
void write_checksum(Output& output, const Json& attributes) {
  const Json& checksum = attributes["checksum"];
  const ChecksumAlgorithm* algorithm = find_algorithm(checksum.text("algorithm"));
  if (algorithm == nullptr || checksum.text("value").empty()) return;
  checksum_member(output, *algorithm) = std::string(checksum.text("value"));
  if constexpr (requires { output.checksum_type; }) output.checksum_type = std::string(checksum.text("type"));
}

Json checksum_attribute(const SentChecksum& checksum, std::string_view type);

}  // namespace penstock::aws::s3
