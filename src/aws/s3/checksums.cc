#include "aws/s3/checksums.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/s3/errors.h"
#include "base/encoding.h"
#include "store/objects.h"
#include "store/sealed_content.h"

namespace penstock::aws::s3 {

namespace {

// Polynomials of the reflected CRCs; the sources are named in base/crc.h.
uint64_t polynomial(DigestKind kind) {
  switch (kind) {
    case DigestKind::crc32:
      return 0xEDB88320U;
    case DigestKind::crc32c:
      return 0x82F63B78U;
    default:
      return 0x9A6C9329AC4BC9B5ULL;
  }
}

int width(DigestKind kind) {
  return kind == DigestKind::crc64nvme ? 64 : 32;
}

// a * b modulo the polynomial, over GF(2). Bit `width - 1` is the coefficient of x^0, as the reflected CRCs have it.
uint64_t multiply(uint64_t a, uint64_t b, uint64_t poly, int bits) {
  uint64_t product = 0;
  for (uint64_t bit = 1ULL << (bits - 1); bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b & 1) != 0 ? (b >> 1) ^ poly : b >> 1;
  }
  return product;
}

// x^(8 * bytes) modulo the polynomial: what appending that many bytes multiplies a CRC by.
uint64_t shift_factor(uint64_t bytes, uint64_t poly, int bits) {
  uint64_t factor = 1ULL << (bits - 1);      // 1
  uint64_t square = 1ULL << (bits - 1 - 8);  // x^8
  for (; bytes != 0; bytes >>= 1) {
    if ((bytes & 1) != 0) factor = multiply(factor, square, poly, bits);
    square = multiply(square, square, poly, bits);
  }
  return factor;
}

uint64_t to_number(std::string_view bytes) {
  uint64_t number = 0;
  for (char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

std::string to_bytes(uint64_t number, int bits) {
  std::string bytes;
  for (int shift = bits - 8; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift));
  return bytes;
}

size_t digest_size(DigestKind kind) {
  return digest(kind, {}).size();
}

Error bad_digest(std::string_view algorithm) {
  return Error{
      "BadDigest", fmt::format("The {} you specified did not match the calculated checksum.", algorithm), 400, {}};
}

Outcome<std::string> digest_of_body(Disk& disk, const Body& body, DigestKind kind) {
  if (!body.spooled) return digest(kind, body.bytes);
  const SpooledBody& file = *body.spooled;
  if (kind == DigestKind::md5 && !file.md5.empty()) return file.md5;
  if (kind == DigestKind::sha256 && !file.sha256.empty()) return file.sha256;
  if (file.checksum_kind == kind && !file.checksum.empty()) return file.checksum;
  auto opened = disk.open(file.path, Disk::Mode::read);
  if (!opened) return opened.error();
  if (file.data_key.empty()) return digest_of_file(**opened, kind);
  return digest_of_file(*store::open_sealed(std::move(*opened), file.data_key, file.size), kind);
}

Outcome<void> check_md5(Disk& disk, const Body& body, const std::string& sent) {
  auto raw = from_base64(sent);
  if (!raw || raw->size() != 16) {
    return Error{"InvalidDigest", "The Content-MD5 you specified was invalid.", 400, {{"Content-MD5", sent}}};
  }
  auto computed = digest_of_body(disk, body, DigestKind::md5);
  if (!computed) return computed.error();
  if (*computed == *raw) return {};
  return Error{"BadDigest",
               "The Content-MD5 you specified did not match what we received.",
               400,
               {{"ExpectedDigest", sent}, {"CalculatedDigest", to_base64(*computed)}}};
}

// A checksum in the body's trailer.
std::optional<SentChecksum> trailing_checksum(const Body& body) {
  const Headers& trailers = body.spooled ? body.spooled->trailers : body.trailers;
  for (const auto& [name, value] : trailers) {
    for (const ChecksumAlgorithm& algorithm : checksum_algorithms) {
      if (name == algorithm.header) return SentChecksum{&algorithm, std::string(trim(value))};
    }
  }
  return {};
}

}  // namespace

namespace internal {

Outcome<void> refuse_xxhash(bool sent) {
  if (!sent) return {};
  return not_implemented("XXHASH checksums; use CRC64NVME, CRC32, CRC32C, SHA1, SHA256, SHA512 or MD5");
}

Outcome<void> check_sent(const SentChecksum& sent) {
  if (sent.algorithm == nullptr) return {};
  // Of a multipart upload, "base64-N".
  std::string_view text = sent.value;
  auto raw = from_base64(text.substr(0, std::min(text.find('-'), text.size())));
  if (raw && raw->size() == digest_size(sent.algorithm->kind)) return {};
  return invalid_request(fmt::format("Value for {} header is invalid.", sent.algorithm->header));
}

}  // namespace internal

const ChecksumAlgorithm* find_algorithm(std::string_view name) {
  std::string wanted = to_lower(name);
  auto found = std::find_if(checksum_algorithms.begin(), checksum_algorithms.end(),
                            [&](const ChecksumAlgorithm& algorithm) { return to_lower(algorithm.name) == wanted; });
  return found == checksum_algorithms.end() ? nullptr : &*found;
}

const ChecksumAlgorithm& default_algorithm() {
  return checksum_algorithms[2];
}

Outcome<SentChecksum> verify_body(Disk& disk, const Body& body, SentChecksum sent,
                                  const std::optional<std::string>& named_algorithm,
                                  const std::optional<std::string>& content_md5, const ChecksumAlgorithm& otherwise) {
  if (content_md5) {
    if (auto checked = check_md5(disk, body, *content_md5); !checked) return checked.error();
  }
  if (sent.algorithm == nullptr) {
    if (auto trailing = trailing_checksum(body)) sent = std::move(*trailing);
  }
  if (sent.algorithm == nullptr && named_algorithm) {
    if (find_algorithm(*named_algorithm) == nullptr)
      return invalid_request("Checksum algorithm provided is unsupported.");
    return invalid_request(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were "
        "found.");
  }
  const ChecksumAlgorithm& algorithm = sent.algorithm != nullptr ? *sent.algorithm : otherwise;
  auto computed = digest_of_body(disk, body, algorithm.kind);
  if (!computed) return computed.error();
  std::string text = to_base64(*computed);
  if (!sent.value.empty() && sent.value != text) return bad_digest(algorithm.name);
  return SentChecksum{&algorithm, std::move(text)};
}

Outcome<std::string> digest_of_file(File& file, DigestKind kind, uint64_t offset, uint64_t size) {
  Digest digest(kind);
  std::string buffer(1 << 20, '\0');
  while (size > 0) {
    auto count = file.read_at(offset, buffer.data(), std::min<uint64_t>(buffer.size(), size));
    if (!count) return count.error();
    if (*count == 0) break;
    digest.update(std::string_view(buffer.data(), *count));
    offset += *count;
    size -= *count;
  }
  return digest.finish();
}

std::string composite_checksum(const ChecksumAlgorithm& algorithm, std::span<const PartChecksum> parts) {
  std::string raw;
  for (const PartChecksum& part : parts) raw += from_base64(part.value).value_or("");
  return fmt::format("{}-{}", to_base64(digest(algorithm.kind, raw)), parts.size());
}

std::string whole_checksum(const ChecksumAlgorithm& algorithm, std::span<const PartChecksum> parts) {
  uint64_t poly = polynomial(algorithm.kind);
  int bits = width(algorithm.kind);
  uint64_t whole = 0;
  for (const PartChecksum& part : parts) {
    uint64_t crc = to_number(from_base64(part.value).value_or(""));
    whole = multiply(shift_factor(part.size, poly, bits), whole, poly, bits) ^ crc;
  }
  return to_base64(to_bytes(whole, bits));
}

Json checksum_attribute(const SentChecksum& checksum, std::string_view type) {
  return Json::object(
      {{"algorithm", Json(checksum.algorithm->name)}, {"value", Json(checksum.value)}, {"type", Json(type)}});
}

}  // namespace penstock::aws::s3
