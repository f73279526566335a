#include "core/keys/keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/json_read.h"
#include "store/test_folder.h"

namespace penstock::keys {
namespace {

constexpr double day_seconds = 86'400;

class KeyringTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    keyring.reset();
    records.reset();
    database.reset();
    auto opened = store::Database::open(disk, folder.path(), {});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    database = std::move(*opened);
    records = store::Records::open(*database);
    auto ring = Keyring::open(disk, random, clock, *records, folder.path());
    ASSERT_TRUE(ring.ok()) << ring.error().message;
    keyring = std::move(*ring);
  }

  store::TestFolder folder;
  SystemDisk disk;
  SeededRandom random{7};
  VirtualClock clock{Time{1'700'000'000'000'000}};
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Records> records;
  std::unique_ptr<Keyring> keyring;
  Place place{"us-east-1", "123456789012"};
  Json context = Json::object({{"b", "2"}, {"a", "1"}});
};

TEST_F(KeyringTest, WhatIsEncryptedOpensWithTheSameContextAlsoAfterARestart) {
  Key key = *keyring->create(place, {});
  std::string sealed = *keyring->encrypt(key, "secret", context);
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  open();
  Outcome<Opened> opened = keyring->decrypt(sealed, Json::object({{"a", "1"}, {"b", "2"}}));
  ASSERT_TRUE(opened.ok()) << opened.error().code;
  EXPECT_EQ(opened->plain, "secret");
  EXPECT_EQ(opened->key.arn, key.arn);
  EXPECT_EQ(keyring->decrypt(sealed, Json::object()).error().code, "InvalidCiphertextException");
  EXPECT_EQ(keyring->decrypt(sealed.substr(1), context).error().code, "InvalidCiphertextException");
  struct stat status {};
  ASSERT_EQ(::stat((folder.path() + "/kms-keys.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(KeyringTest, ADisabledOrDoomedKeyOpensNothing) {
  Key key = *keyring->create(place, {});
  std::string sealed = *keyring->encrypt(key, "secret", context);
  auto set_state = [&](KeyState state, std::optional<Time> deletion) {
    return *keyring->edit(key, [&](Key& now) -> Outcome<void> {
      now.state = state;
      now.deletion = deletion;
      return {};
    });
  };
  EXPECT_EQ(keyring->encrypt(set_state(KeyState::disabled, {}), "x", context).error().message,
            key.arn + " is disabled.");
  EXPECT_EQ(keyring->decrypt(sealed, context).error().code, "DisabledException");
  set_state(KeyState::pending_deletion, plus_seconds(clock.now(), 7 * day_seconds));
  EXPECT_EQ(keyring->decrypt(sealed, context).error().code, "KMSInvalidStateException");
  clock.advance_to(plus_seconds(clock.now(), 7 * day_seconds));
  EXPECT_EQ(keyring->decrypt(sealed, context).error().code, "NotFoundException");
  EXPECT_EQ(keyring->find(place, key.id).error().message, "Key '" + key.arn + "' does not exist");
  // The material went with it.
  EXPECT_EQ(disk.read_file(folder.path() + "/kms-keys.json")->find(key.id), std::string::npos);
}

TEST_F(KeyringTest, AKeyHasManyNames) {
  Key key = *keyring->create(place, {});
  ASSERT_TRUE(keyring->create_alias(place, "alias/data", key).ok());
  for (const std::string& name :
       {key.id, key.arn, std::string("alias/data"), std::string("arn:aws:kms:us-east-1:123456789012:alias/data")}) {
    Outcome<Key> found = keyring->find(place, name);
    ASSERT_TRUE(found.ok()) << name << ": " << found.error().message;
    EXPECT_EQ(found->id, key.id);
  }
  EXPECT_EQ(keyring->create_alias(place, "alias/data", key).error().code, "AlreadyExistsException");
  EXPECT_EQ(keyring->find({"eu-west-1", place.account}, key.id).error().code, "NotFoundException");
  EXPECT_EQ(keyring->find({"eu-west-1", place.account}, "alias/data").error().code, "NotFoundException");
  EXPECT_EQ(keyring->managed(place, "s3")->id, keyring->managed(place, "s3")->id);
}

TEST_F(KeyringTest, ARotatedKeyStillOpensWhatItsOlderMaterialEncrypted) {
  Key key = *keyring->create(place, {});
  key = *keyring->edit(key, [&](Key& now) -> Outcome<void> {
    now.rotation_days = 90;
    return {};
  });
  std::string before = *keyring->encrypt(key, "before", context);
  clock.advance_to(*key.next_rotation());
  std::string after = *keyring->encrypt(*keyring->find(place, key.id), "after", context);
  EXPECT_NE(before.substr(0, 21), after.substr(0, 21));  // the number of the material
  open();
  EXPECT_EQ(keyring->decrypt(before, context)->plain, "before");
  EXPECT_EQ(keyring->decrypt(after, context)->plain, "after");
  EXPECT_EQ(keyring->find(place, key.id)->next_rotation()->microseconds,
            plus_seconds(clock.now(), 90 * day_seconds).microseconds);
}

}  // namespace
}  // namespace penstock::keys
