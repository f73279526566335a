#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "base/time.h"

namespace penstock {
namespace {

TEST(Encoding, Base64IsRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  EXPECT_FALSE(from_base64("Zg="));
  EXPECT_FALSE(from_base64("Z g="));
}

TEST(Encoding, Base64AndHexReadBackRandomBytes) {
  SeededRandom random(1);
  for (size_t length = 0; length < 200; ++length) {
    std::string bytes(length, '\0');
    for (char& c : bytes) c = static_cast<char>(random.next());
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
    EXPECT_EQ(uri_decode(uri_encode(bytes)), bytes);
  }
}

TEST(Encoding, PercentEncodesAsSigV4Does) {
  EXPECT_EQ(uri_encode("a b/é+~"), "a%20b%2F%C3%A9%2B~");
  EXPECT_EQ(uri_encode("a/b", true), "a/b");
  EXPECT_EQ(uri_decode("a+b%20c%2", true), "a b c%2");
}

TEST(Encoding, ChecksUtf8) {
  EXPECT_TRUE(is_valid_utf8("é😀"));
  EXPECT_FALSE(is_valid_utf8("\xC0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(is_valid_utf8("\xE9"));
  EXPECT_EQ(utf8_length("é😀a"), 3u);
}

TEST(Encoding, FindsTheWordThatWasMeant) {
  EXPECT_EQ(nearest_word("sreve", {"serve", "run", "stop"}), "serve");
  EXPECT_EQ(nearest_word("completely-else", {"serve", "run"}), "");
}

TEST(Time, WritesAndReadsEveryForm) {
  const Time time{1'795'515'300'123'456};
  EXPECT_EQ(to_iso8601(time), "2026-11-24T10:15:00.123Z");
  EXPECT_EQ(to_http_date(time), "Tue, 24 Nov 2026 10:15:00 GMT");
  EXPECT_EQ(to_amz_date(time), "20261124T101500Z");
  EXPECT_EQ(parse_iso8601("2026-11-24T10:15:00.123456Z"), time);
  EXPECT_EQ(parse_iso8601("2026-11-24T12:15:00.123456+02:00"), time);
  EXPECT_EQ(parse_http_date(to_http_date(time))->microseconds, 1'795'515'300'000'000);
  EXPECT_EQ(parse_amz_date("20261124T101500Z")->microseconds, 1'795'515'300'000'000);
  EXPECT_EQ(to_iso8601(Time{-1}), "1969-12-31T23:59:59.999Z");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026-11-24", "2026-02-30T00:00:00Z", "2026-11-24T25:00:00Z", "2026-11-24T10:15:00",
                           "2026-11-24T10:15:00.Z"}) {
    EXPECT_FALSE(parse_iso8601(text)) << text;
  }
}

TEST(Random, MakesVersion4Uuids) {
  SeededRandom random(7);
  const std::string uuid = random.uuid();
  EXPECT_EQ(uuid.size(), 36u);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
}

}  // namespace
}  // namespace penstock
