#include "store/sealed_content.h"

#include <gtest/gtest.h>

#include "base/cipher.h"
#include "base/random.h"
#include "store/test_folder.h"

namespace penstock::store {
namespace {

const std::string key(cipher_key_bytes, 'k');

std::string text_of(size_t bytes) {
  return SeededRandom(bytes + 1).text(bytes, "abcdefghijklmnopqrstuvwxyz");
}

class SealedContentTest : public testing::TestWithParam<size_t> {};

TEST_P(SealedContentTest, OpensAsItWasWhole) {
  std::string plain = text_of(GetParam());
  std::string sealed = seal_content(key, plain);
  EXPECT_EQ(unseal_content(key, sealed).value(), plain);
  EXPECT_FALSE(unseal_content(std::string(cipher_key_bytes, 'l'), sealed).ok());
  // In parts, whatever their sizes.
  ContentSealer sealer(key);
  std::string again;
  for (size_t at = 0; at < plain.size(); at += 50'000) sealer.add(std::string_view(plain).substr(at, 50'000), again);
  sealer.finish(again);
  EXPECT_EQ(again, sealed);
}

TEST_P(SealedContentTest, OpensByRanges) {
  TestFolder folder;
  SystemDisk disk;
  std::string plain = text_of(GetParam());
  ASSERT_TRUE(disk.write_file_atomically(folder.at("sealed"), seal_content(key, plain)).ok());
  auto file = open_sealed(std::move(*disk.open(folder.at("sealed"), Disk::Mode::read, 0)), key, plain.size());
  EXPECT_EQ(file->size().value(), plain.size());
  for (size_t offset : {size_t{0}, size_t{1}, plain.size() / 2, plain.size(), plain.size() + 1}) {
    std::string buffer(70'000, '?');
    auto count = file->read_at(offset, buffer.data(), buffer.size());
    ASSERT_TRUE(count.ok()) << count.error().message;
    std::string expected = offset < plain.size() ? plain.substr(offset, buffer.size()) : "";
    EXPECT_EQ(buffer.substr(0, *count), expected) << offset;
  }
}

TEST_P(SealedContentTest, WhatWasChangedOrCutDoesNotOpen) {
  std::string sealed = seal_content(key, text_of(GetParam()));
  std::string changed = sealed;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  EXPECT_EQ(unseal_content(key, changed).error().code, "StoreCorrupt");
  if (sealed.size() > sealed_piece_bytes + cipher_tag_bytes) {
    // Cut where a piece ends.
    EXPECT_FALSE(unseal_content(key, sealed.substr(0, sealed_piece_bytes + cipher_tag_bytes)).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, SealedContentTest, testing::Values(0, 1, 65'535, 65'536, 65'537, 131'072, 200'000));

}  // namespace
}  // namespace penstock::store
