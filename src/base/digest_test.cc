#include "base/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "base/crc.h"

namespace penstock {
namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (char byte : bytes) {
    text.push_back("0123456789abcdef"[static_cast<uint8_t>(byte) >> 4]);
    text.push_back("0123456789abcdef"[byte & 15]);
  }
  return text;
}

struct Vector {
  DigestKind kind;
  std::string_view text;
  std::string_view expected;
};

// FIPS 180-2 and RFC 1321 examples; the CRC catalogue's check values for "123456789".
const Vector vectors[] = {
    {DigestKind::md5, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {DigestKind::md5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
    {DigestKind::sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {DigestKind::sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DigestKind::sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DigestKind::sha384, "abc",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
    {DigestKind::sha512, "abc",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2"
     "a9"
     "ac94fa54ca49f"},
    {DigestKind::crc32, "123456789", "cbf43926"},
    {DigestKind::crc32c, "123456789", "e3069283"},
    {DigestKind::crc64nvme, "123456789", "ae8b14860a799888"},
    {DigestKind::crc64nvme, "", "0000000000000000"},
};

TEST(Digest, KnownVectorsWholeAndInPieces) {
  for (const Vector& vector : vectors) {
    EXPECT_EQ(hex(digest(vector.kind, vector.text)), vector.expected);
    Digest pieces(vector.kind);
    for (char c : vector.text) pieces.update(std::string_view(&c, 1));
    EXPECT_EQ(hex(pieces.finish()), vector.expected);
  }
}

TEST(Digest, AlternatingKindsAndLongTexts) {
  std::string million(1'000'000, 'a');  // FIPS 180-2, third example
  EXPECT_EQ(hex(digest(DigestKind::sha256, million)),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(hex(digest(DigestKind::md5, million)), "7707d6ae4e027c70eea2a935c2296f21");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, CrcOfEverySplitIsTheSame) {
  std::string text;
  for (int i = 0; i < 700; ++i) text.push_back(static_cast<char>(i * 7));
  for (DigestKind kind : {DigestKind::crc32, DigestKind::crc32c, DigestKind::crc64nvme}) {
    std::string whole = digest(kind, text);
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      Digest pieces(kind);
      pieces.update(std::string_view(text).substr(0, cut));
      pieces.update(std::string_view(text).substr(cut));
      EXPECT_EQ(pieces.finish(), whole);
    }
  }
  EXPECT_EQ(crc32c_by_table(0, text), crc32c(0, text));
  EXPECT_EQ(crc32c_by_table(0, "123456789"), 0xe3069283U);
}

TEST(Digest, CrcByInstructionsIsCrcByTables) {
  std::string text;
  for (int i = 0; i < 1'500; ++i) text.push_back(static_cast<char>(i * i >> 3));
  for (size_t size = 0; size <= text.size(); size += size < 400 ? 1 : 17) {
    std::string_view part = std::string_view(text).substr(size % 19 < text.size() - size ? size % 19 : 0, size);
    EXPECT_EQ(crc32(static_cast<uint32_t>(size * 77), part), crc32_by_table(static_cast<uint32_t>(size * 77), part))
        << size;
    EXPECT_EQ(crc32c(static_cast<uint32_t>(size * 77), part), crc32c_by_table(static_cast<uint32_t>(size * 77), part))
        << size;
    EXPECT_EQ(crc64nvme(size * 77, part), crc64nvme_by_table(size * 77, part)) << size;
  }
}

TEST(Digest, HmacVectorsOfRfc4231) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, EqualInConstantTime) {
  EXPECT_TRUE(equal_in_constant_time("same", "same"));
  EXPECT_FALSE(equal_in_constant_time("same", "sane"));
  EXPECT_FALSE(equal_in_constant_time("same", "sam"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
}

}  // namespace
}  // namespace penstock
