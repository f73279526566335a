#include "aws/protocol/chunked.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace penstock::aws {
namespace {

// The example of the S3 API reference, "Signature calculations for the Authorization header: Transferring payload in
// multiple chunks": 66,560 letters a in chunks of 64 KiB and 1 KiB.
sigv4::Proof documented_proof() {
  sigv4::Proof proof;
  proof.claim.date = "20130524";
  proof.claim.region = "us-east-1";
  proof.claim.service = "s3";
  proof.claim.timestamp = "20130524T000000Z";
  proof.claim.signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
  proof.family = sigv4::Family::s3;
  proof.payload = sigv4::Payload::chunks_signed;
  proof.signing_key = sigv4::derive_signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", proof.claim);
  return proof;
}

std::string documented_body() {
  return "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
         std::string(65'536, 'a') +
         "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
         std::string(1'024, 'a') +
         "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
}

std::string decode(const sigv4::Proof& proof, uint64_t length, const std::string& body, size_t step,
                   std::string& content) {
  ChunkedDecoder decoder(proof, length);
  for (size_t at = 0; at < body.size(); at += step) {
    Outcome<void> fed = decoder.feed(std::string_view(body).substr(at, step), content);
    if (!fed) return fed.error().code;
  }
  Outcome<Headers> finished = decoder.finish();
  return finished ? "" : finished.error().code;
}

TEST(ChunkedDecoder, documented_example) {
  std::string content;
  EXPECT_EQ(decode(documented_proof(), 66'560, documented_body(), 1'000'000, content), "");
  EXPECT_EQ(content, std::string(66'560, 'a'));
}

TEST(ChunkedDecoder, changed_content_or_signature_or_order) {
  std::string content;
  std::string body = documented_body();
  body[200] = 'b';
  EXPECT_EQ(decode(documented_proof(), 66'560, body, 4'096, content), "SignatureDoesNotMatch");
  body = documented_body();
  body[30] = body[30] == '0' ? '1' : '0';
  EXPECT_EQ(decode(documented_proof(), 66'560, body, 4'096, content), "SignatureDoesNotMatch");
  body = "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
  EXPECT_EQ(decode(documented_proof(), 0, body, 4'096, content), "SignatureDoesNotMatch");
}

TEST(ChunkedDecoder, lengths_that_differ_from_the_announced_one) {
  std::string content;
  EXPECT_EQ(decode(documented_proof(), 66'561, documented_body(), 4'096, content), "IncompleteBody");
  EXPECT_EQ(decode(documented_proof(), 66'559, documented_body(), 4'096, content), "IncompleteBody");
  std::string cut = documented_body();
  cut.resize(70'000 - 5'000);
  EXPECT_EQ(decode(documented_proof(), 66'560, cut, 4'096, content), "IncompleteBody");
}

class ChunkedTrailer : public testing::TestWithParam<size_t> {};

// Split after every byte count: no state may depend on where a read ended.
TEST_P(ChunkedTrailer, unsigned_chunks_with_a_trailer) {
  sigv4::Proof proof = documented_proof();
  proof.payload = sigv4::Payload::chunks_unsigned_trailer;
  std::string body = "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
  std::string content;
  ChunkedDecoder decoder(proof, 11);
  ASSERT_TRUE(decoder.feed(std::string_view(body).substr(0, GetParam()), content).ok());
  ASSERT_TRUE(decoder.feed(std::string_view(body).substr(GetParam()), content).ok());
  Outcome<Headers> trailers = decoder.finish();
  ASSERT_TRUE(trailers.ok());
  EXPECT_EQ(content, "hello world");
  EXPECT_EQ(*trailers, (Headers{{"x-amz-checksum-crc32", "DUoRhQ=="}}));
  EXPECT_TRUE(check_trailing_checksums(*trailers, [&](DigestKind kind) { return digest(kind, content); }).ok());
  EXPECT_EQ(check_trailing_checksums(*trailers, [&](DigestKind kind) { return digest(kind, "other"); }).error().message,
            "The CRC32 you specified did not match the calculated checksum.");
}

INSTANTIATE_TEST_SUITE_P(every_byte, ChunkedTrailer, testing::Range<size_t>(0, 58));

// Signed chunks and a signed trailer, signed here as the S3 API reference says.
TEST(ChunkedDecoder, signed_trailer) {
  sigv4::Proof proof = documented_proof();
  proof.payload = sigv4::Payload::chunks_signed_trailer;
  const std::string scope = "20130524T000000Z\n" + proof.claim.scope() + "\n";
  auto sign = [&](const std::string& kind, const std::string& previous, const std::string& hashes) {
    return to_hex(hmac_sha256(proof.signing_key, kind + "\n" + scope + previous + "\n" + hashes));
  };
  std::string first =
      sign("AWS4-HMAC-SHA256-PAYLOAD", proof.claim.signature, sha256_hex("") + "\n" + sha256_hex("hello"));
  std::string last = sign("AWS4-HMAC-SHA256-PAYLOAD", first, sha256_hex("") + "\n" + sha256_hex(""));
  std::string trailer = sign("AWS4-HMAC-SHA256-TRAILER", last, sha256_hex("x-amz-checksum-crc32:NhCmhg==\n"));
  std::string start =
      "5;chunk-signature=" + first + "\r\nhello\r\n0;chunk-signature=" + last + "\r\nx-amz-checksum-crc32:NhCmhg==\r\n";
  for (const char* between : {"", "\r\n"}) {
    std::string content;
    EXPECT_EQ(decode(proof, 5, start + between + "x-amz-trailer-signature:" + trailer + "\r\n\r\n", 1, content), "");
    EXPECT_EQ(content, "hello");
  }
  std::string content;
  EXPECT_EQ(decode(proof, 5, start + "x-amz-trailer-signature:" + last + "\r\n\r\n", 1, content),
            "SignatureDoesNotMatch");
  EXPECT_EQ(decode(proof, 5, start + "\r\n", 1, content), "IncompleteBody");
}

}  // namespace
}  // namespace penstock::aws
