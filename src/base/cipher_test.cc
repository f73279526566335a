#include "base/cipher.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace penstock {
namespace {

// The GCM specification (McGrew, Viega), test cases 13, 14 and 16.
TEST(Cipher, SealsAsTheSpecificationDoes) {
  std::string key(32, '\0');
  std::string nonce(12, '\0');
  EXPECT_EQ(to_hex(seal(key, nonce, "")), "530f8afbc74536b9a963b4f1c4cb738b");
  EXPECT_EQ(to_hex(seal(key, nonce, std::string(16, '\0'))),
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  key = *from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  nonce = *from_hex("cafebabefacedbaddecaf888");
  std::string plain = *from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa"
      "0de657ba637b39");
  std::string bound = *from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  std::string sealed = seal(key, nonce, plain, bound);
  EXPECT_EQ(to_hex(sealed.substr(plain.size())), "76fc6ece0f4e1768cddf8853bb2d551b");
  EXPECT_EQ(unseal(key, nonce, sealed, bound), plain);
}

TEST(Cipher, WhatWasChangedDoesNotOpen) {
  std::string key(32, 'k');
  std::string nonce(12, 'n');
  std::string sealed = seal(key, nonce, "the plain text", "bound");
  EXPECT_EQ(unseal(key, nonce, sealed, "bound"), "the plain text");
  EXPECT_FALSE(unseal(key, nonce, sealed, "other"));
  EXPECT_FALSE(unseal(std::string(32, 'l'), nonce, sealed, "bound"));
  EXPECT_FALSE(unseal(key, std::string(12, 'm'), sealed, "bound"));
  EXPECT_FALSE(unseal(key, nonce, sealed.substr(1), "bound"));
  EXPECT_FALSE(unseal(key, nonce, "short", "bound"));
  for (size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(unseal(key, nonce, changed, "bound")) << at;
  }
}

TEST(Cipher, AnEmptyTextHasATag) {
  std::string key(32, 'k');
  std::string nonce(12, 'n');
  std::string sealed = seal(key, nonce, "");
  EXPECT_EQ(sealed.size(), cipher_tag_bytes);
  EXPECT_EQ(unseal(key, nonce, sealed), "");
}

}  // namespace
}  // namespace penstock
