#include "aws/s3/checksums.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace penstock::aws::s3 {
namespace {

TEST(Checksums, WholeChecksumOfPartsIsThatOfTheContent) {
  std::string first(70'001, 'a');
  std::string second = "some more";
  std::string third(1, '\0');
  for (const ChecksumAlgorithm& algorithm : checksum_algorithms) {
    if (!algorithm.is_crc) continue;
    std::vector<PartChecksum> parts;
    for (const std::string& part : {first, second, std::string(), third}) {
      parts.push_back({to_base64(digest(algorithm.kind, part)), part.size()});
    }
    EXPECT_EQ(whole_checksum(algorithm, parts), to_base64(digest(algorithm.kind, first + second + third)))
        << algorithm.name;
  }
}

TEST(Checksums, BodyIsComparedWithWhatWasSent) {
  SystemDisk disk;
  Body body;
  body.bytes = "hello";
  SentChecksum right{find_algorithm("crc32"), to_base64(digest(DigestKind::crc32, "hello"))};
  EXPECT_EQ(verify_body(disk, body, right, {}, {}, default_algorithm())->value, right.value);
  SentChecksum wrong{find_algorithm("crc32"), to_base64(digest(DigestKind::crc32, "hellO"))};
  EXPECT_EQ(verify_body(disk, body, wrong, {}, {}, default_algorithm()).error().code, "BadDigest");
  EXPECT_EQ(verify_body(disk, body, {}, {}, "XUFAKrxLKna5cZ2REBfFkg==", default_algorithm())->algorithm->name,
            "CRC64NVME");
  EXPECT_EQ(verify_body(disk, body, {}, {}, "XUFAKrxLKna5cZ2REBfFkQ==", default_algorithm()).error().code, "BadDigest");
  EXPECT_EQ(verify_body(disk, body, {}, {}, "nonsense", default_algorithm()).error().code, "InvalidDigest");
  EXPECT_EQ(verify_body(disk, body, {}, "CRC32", {}, default_algorithm()).error().code, "InvalidRequest");
  body.trailers = {{"x-amz-checksum-sha256", to_base64(digest(DigestKind::sha256, "hello"))}};
  EXPECT_EQ(verify_body(disk, body, {}, "SHA256", {}, default_algorithm())->algorithm->name, "SHA256");
}

}  // namespace
}  // namespace penstock::aws::s3
