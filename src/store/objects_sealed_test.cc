// Objects that are encrypted at rest: what lies on the disk, how it is read, and that nothing needs the key but
// reading.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "base/cipher.h"
#include "base/encoding.h"
#include "store/objects.h"
#include "store/spool.h"
#include "store/test_folder.h"

namespace penstock::store {
namespace {

template <class T>
Outcome<T> wait(const std::function<void(Done<T>)>& start) {
  std::promise<Outcome<T>> promise;
  start([&](Outcome<T> outcome) { promise.set_value(std::move(outcome)); });
  return promise.get_future().get();
}

class SealedObjectsTest : public testing::TestWithParam<size_t> {
 protected:
  SealedObjectsTest() {
    database = std::move(*Database::open(disk, folder.path(), {}));
    auto keys = [this](const Json& envelope, std::string_view secret) -> Outcome<std::string> {
      if (disabled) return Error{"KeyDisabled", "disabled"};
      if (envelope.text("secret") != secret) return Error{"WrongSecret", "wrong"};
      return std::string(cipher_key_bytes, envelope.text("key")[0]);
    };
    objects = std::move(*Objects::open(*database, disk, clock, random, folder.path(), keys));
    Bucket bucket;
    bucket.name = "b";
    EXPECT_TRUE(objects->create_bucket(bucket).ok());
    content = SeededRandom(3).text(GetParam(), "abcdefgh");
  }

  static Seal seal(const std::string& letter, const std::string& secret = {}) {
    return {std::string(cipher_key_bytes, letter[0]), Json::object({{"key", letter}, {"secret", secret}})};
  }
  static ContentSource of_bytes(const std::string& bytes, Seal seal) {
    ContentSource source;
    source.bytes = bytes;
    source.seal = std::move(seal);
    return source;
  }
  static ContentSource of_version(const ObjectVersion& version, std::optional<Seal> seal = {},
                                  std::optional<ByteRange> range = {}) {
    ContentSource source;
    source.shared = version;
    source.seal = std::move(seal);
    source.range = range;
    return source;
  }
  Outcome<ObjectVersion> put(const std::string& key, ContentSource source) {
    NewObject object;
    object.bucket = "b";
    object.key = key;
    object.source = std::move(source);
    return objects->put(std::move(object));
  }
  std::string read(const std::string& key, std::string_view secret = {}) {
    auto opened = objects->open_version("b", key, {}, secret);
    if (!opened) return opened.error().code;
    auto all = opened->content.read_all(disk);
    return all ? *all : all.error().code;
  }
  bool is_on_disk(const std::string& text) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
      if (entry.is_regular_file() && disk.read_file(entry.path())->find(text) != std::string::npos) return true;
    }
    return false;
  }

  TestFolder folder;
  SystemDisk disk;
  SystemClock clock;
  SeededRandom random{5};
  bool disabled = false;
  std::unique_ptr<Database> database;
  std::unique_ptr<Objects> objects;
  std::string content;
};

TEST_P(SealedObjectsTest, IsReadAgainAndIsNotOnTheDisk) {
  auto version = put("k", of_bytes(content, seal("x")));
  ASSERT_TRUE(version.ok());
  EXPECT_EQ(version->size, content.size());
  EXPECT_EQ(read("k"), content);
  EXPECT_FALSE(is_on_disk(content.substr(0, 20)));
  EXPECT_TRUE(objects->check().empty());
  disabled = true;
  EXPECT_EQ(read("k"), "KeyDisabled");
  EXPECT_TRUE(objects->check().empty());
}

TEST_P(SealedObjectsTest, AFileThatIsSealedAlreadyIsTakenAsItLiesOrAnew) {
  const std::string lying = seal("x").key;
  const std::string path = folder.path() + "/spooled";
  const std::vector<std::pair<std::string, std::optional<Seal>>> wanted{
      {"same", seal("x")}, {"other", seal("y")}, {"plain", std::nullopt}};
  for (const auto& [key, wanted_seal] : wanted) {
    auto spool = SpoolFile::create(disk, path, lying);
    ASSERT_TRUE(spool && spool->append(content.substr(0, 7)) && spool->append(content.substr(7)));
    ContentSource source;
    source.sealed_sha256 = *spool->finish();
    source.file = path;
    source.file_is_synced = true;
    source.file_key = lying;
    source.plain_bytes = content.size();
    source.md5 = digest(DigestKind::md5, content);
    source.sha256 = sha256_hex(content);
    source.seal = wanted_seal;
    EXPECT_FALSE(is_on_disk(content.substr(0, 20)));
    auto version = put(key, std::move(source));
    ASSERT_TRUE(version.ok()) << version.error().message;
    EXPECT_EQ(version->size, content.size());
    EXPECT_EQ(read(key), content);
    EXPECT_FALSE(disk.exists(path));
  }
  EXPECT_TRUE(objects->check().empty());
  disabled = true;
  EXPECT_EQ(read("same"), "KeyDisabled");
  EXPECT_EQ(read("other"), "KeyDisabled");
  EXPECT_EQ(read("plain"), content);
}

TEST_P(SealedObjectsTest, ASecretOfTheReaderIsAsked) {
  ASSERT_TRUE(put("k", of_bytes(content, seal("x", "mine"))).ok());
  EXPECT_EQ(read("k"), "WrongSecret");
  EXPECT_EQ(read("k", "mine"), content);
}

TEST_P(SealedObjectsTest, CopiesAreEncryptedAnew) {
  auto version = *put("k", of_bytes(content, seal("x")));
  ASSERT_TRUE(put("other", of_version(version, seal("y"))).ok());
  ASSERT_TRUE(put("plain", of_version(version)).ok());
  ASSERT_TRUE(put("part", of_version(version, seal("y"), ByteRange{3, 10})).ok());
  EXPECT_EQ(read("other"), content);
  EXPECT_EQ(read("part"), content.substr(3, 10));
  disabled = true;
  EXPECT_EQ(read("other"), "KeyDisabled");
  EXPECT_EQ(read("plain"), content);
  EXPECT_TRUE(objects->check().empty());
}

TEST_P(SealedObjectsTest, PartsBecomeOneContent) {
  Upload draft;
  draft.bucket = "b";
  draft.key = "k";
  auto upload = *wait<Upload>([&](Done<Upload> done) { objects->create_upload(draft, done); });
  for (int number : {1, 2}) {
    ASSERT_TRUE(wait<Part>([&](Done<Part> done) {
                  objects->put_part(upload, number, of_bytes(content, seal("p")), {}, done);
                }).ok());
  }
  auto complete = [&](std::vector<Part> parts) {
    NewObject object;
    object.bucket = "b";
    object.key = "k";
    object.source.seal = seal("o", "mine");
    return wait<ObjectVersion>(
        [&](Done<ObjectVersion> done) { objects->complete_upload(upload, std::move(parts), std::move(object), done); });
  };
  ASSERT_TRUE(complete(*objects->parts(upload, 0, 10)).ok());
  EXPECT_EQ(read("k", "mine"), content + content);
  EXPECT_EQ(read("k"), "WrongSecret");
  EXPECT_TRUE(objects->check().empty());
}

TEST_P(SealedObjectsTest, AJobGetsACopyOfItsOwn) {
  auto version = *put("k", of_bytes(content, seal("x")));
  ASSERT_TRUE(objects->place(version, folder.at("input")).ok());
  EXPECT_EQ(*disk.read_file(folder.at("input")), content);
  disabled = true;
  EXPECT_EQ(objects->place(version, folder.at("refused")).error().code, "KeyDisabled");
}

INSTANTIATE_TEST_SUITE_P(Sizes, SealedObjectsTest, testing::Values(100, 300'000));

}  // namespace
}  // namespace penstock::store
