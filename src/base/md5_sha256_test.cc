#include "base/md5_sha256.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace penstock {
namespace {

std::string some_bytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 2'654'435'761U >> 13);
  return bytes;
}

TEST(Md5Sha256, gives_what_each_hash_gives_alone_for_every_length_of_the_last_block) {
  const std::string content = some_bytes(300);
  for (size_t size = 0; size <= content.size(); ++size) {
    const std::string_view part(content.data(), size);
    Md5Sha256 both;
    both.update(part);
    const Md5Sha256::Result result = both.finish();
    EXPECT_EQ(result.md5, digest(DigestKind::md5, part)) << size;
    EXPECT_EQ(result.sha256, digest(DigestKind::sha256, part)) << size;
  }
}

TEST(Md5Sha256, takes_content_in_pieces_of_any_size) {
  const std::string content = some_bytes(1'000'003);
  const std::string md5 = digest(DigestKind::md5, content);
  const std::string sha256 = digest(DigestKind::sha256, content);
  for (size_t piece : {size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{1'000}, size_t{65'536}}) {
    Md5Sha256 both;
    for (size_t at = 0; at < content.size(); at += piece) both.update(std::string_view(content).substr(at, piece));
    const Md5Sha256::Result result = both.finish();
    EXPECT_EQ(result.md5, md5) << piece;
    EXPECT_EQ(result.sha256, sha256) << piece;
  }
}

}  // namespace
}  // namespace penstock
