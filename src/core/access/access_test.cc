#include "core/access/access.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>

#include "core/access/policy_document.h"
#include "store/database.h"
#include "store/test_folder.h"

namespace penstock::access {
namespace {

class AccessTest : public testing::Test {
 protected:
  void SetUp() override { open({}, ""); }
  void open(std::optional<KeyPair> root, std::string account) {
    access_.reset();
    records_.reset();
    database_.reset();
    auto database = store::Database::open(disk_, folder_.path(), {});
    ASSERT_TRUE(database.ok());
    database_ = std::move(*database);
    records_ = store::Records::open(*database_);
    auto access = Access::open(disk_, random_, clock_, *records_, {folder_.path(), root, account});
    ASSERT_TRUE(access.ok()) << access.error().message;
    access_ = std::move(*access);
  }
  std::string code_of(const std::string& key, const std::string& token = {}) {
    auto found = access_->find(key, token);
    return found ? "" : found.error().code;
  }

  store::TestFolder folder_;
  SystemDisk disk_;
  SystemRandom random_;
  VirtualClock clock_{Time{1'000'000}};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::Records> records_;
  std::unique_ptr<Access> access_;
};

TEST_F(AccessTest, root_key_is_made_once_and_kept_to_the_owner) {
  KeyPair made = access_->root_key();
  EXPECT_EQ(made.access_key.size(), 20U);
  EXPECT_EQ(made.secret.size(), 40U);
  struct stat info;
  ASSERT_EQ(stat(folder_.at("credentials.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  open({}, "");
  EXPECT_EQ(access_->root_key().secret, made.secret);
  EXPECT_EQ(access_->account(), "123456789012");
  EXPECT_EQ(access_->find(made.access_key, "")->identity.arn, "arn:aws:iam::123456789012:root");
}

TEST_F(AccessTest, given_root_key_and_account_replace_the_stored_ones) {
  std::string before = access_->root_key().access_key;
  open(KeyPair{"test", "secret"}, "000000000000");
  EXPECT_EQ(code_of(before), "UnknownKey");
  open({}, "");
  EXPECT_EQ(access_->find("test", "")->identity.account, "000000000000");
  auto bad = Access::open(disk_, random_, clock_, *records_, {folder_.path(), {}, "12"});
  EXPECT_EQ(bad.error().code, "InvalidAccount");
}

TEST_F(AccessTest, damaged_credentials_are_not_overwritten) {
  ASSERT_TRUE(disk_.write_file_atomically(folder_.at("credentials.json"), "{}", 0600).ok());
  auto opened = Access::open(disk_, random_, clock_, *records_, {folder_.path(), {}, ""});
  EXPECT_EQ(opened.error().code, "CredentialsUnreadable");
  EXPECT_EQ(*disk_.read_file(folder_.at("credentials.json")), "{}");
}

TEST_F(AccessTest, user_keys_survive_a_restart) {
  AccessKey key = access_->make_user_key("ann", {"123456789012", "arn:aws:iam::123456789012:user/ann", "AIDA1"});
  ASSERT_TRUE(database_->wait_durable(database_->last_written()).ok());
  open({}, "");
  EXPECT_EQ(access_->find(key.keys.access_key, "")->identity.user_id, "AIDA1");
  EXPECT_EQ(access_->user_keys("ann").size(), 1U);
  EXPECT_TRUE(access_->set_user_key_active("ann", key.keys.access_key, false));
  EXPECT_EQ(code_of(key.keys.access_key), "InactiveKey");
  EXPECT_FALSE(access_->remove_user_key("bob", key.keys.access_key));
  EXPECT_TRUE(access_->remove_user_key("ann", key.keys.access_key));
  EXPECT_EQ(code_of(key.keys.access_key), "UnknownKey");
}

TEST_F(AccessTest, sessions_survive_a_restart_and_end) {
  Credential session = access_->make_session({"123456789012", "arn", "id"}, Time{61'000'000});
  open({}, "");
  EXPECT_EQ(access_->find(session.keys.access_key, session.session_token)->keys.secret, session.keys.secret);
  EXPECT_EQ(code_of(session.keys.access_key), "UnknownKey");
  EXPECT_EQ(code_of("ASIAOTHER", session.session_token), "InvalidToken");
  EXPECT_EQ(code_of(session.keys.access_key, "nonsense"), "InvalidToken");
  clock_.advance_to(Time{61'000'000});
  EXPECT_EQ(code_of(session.keys.access_key, session.session_token), "ExpiredToken");
}

TEST_F(AccessTest, directory_keeps_principals_and_policies_apart_and_whole) {
  Directory& directory = access_->directory();
  Principal role;
  role.name = "Trainer";
  role.path = "/ml/";
  role.arn = "arn:aws:iam::123456789012:role/ml/Trainer";
  ASSERT_TRUE(directory.create(role).ok());
  role.name = "trainer";
  EXPECT_EQ(directory.create(role).error().code, "EntityAlreadyExists");
  EXPECT_EQ(directory.find(PrincipalKind::user, "Trainer").error().message,
            "The user with name Trainer cannot be found.");
  EXPECT_TRUE(
      directory.attach(PrincipalKind::role, "Trainer", "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess").ok());
  EXPECT_EQ(directory.attach(PrincipalKind::role, "Trainer", "arn:aws:iam::123456789012:policy/none").error().code,
            "NoSuchEntity");
  EXPECT_EQ(directory.remove(PrincipalKind::role, "Trainer").error().message,
            "Cannot delete entity, must detach all policies first.");
  EXPECT_TRUE(
      directory.detach(PrincipalKind::role, "Trainer", "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess").ok());
  EXPECT_TRUE(directory.list(PrincipalKind::role, {"/other/", "", 10}).items.empty());
  EXPECT_EQ(directory.list(PrincipalKind::role, {"/ml/", "", 10}).items.size(), 1U);
  EXPECT_TRUE(directory.remove(PrincipalKind::role, "TRAINER").ok());
}

TEST(PolicyDocument, forms) {
  auto code = [](const char* text, PolicyUse use) {
    auto checked = check_policy_document(text, use);
    return checked ? std::string() : checked.error().message;
  };
  EXPECT_EQ(code(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})",
                 PolicyUse::identity),
            "");
  EXPECT_EQ(
      code(
          R"({"Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}]})",
          PolicyUse::trust),
      "");
  EXPECT_EQ(code("{", PolicyUse::identity), "Syntax errors in policy.");
  EXPECT_EQ(code("{", PolicyUse::trust), "This policy contains invalid Json");
  EXPECT_EQ(code(R"({"Statement":[]})", PolicyUse::identity), "Syntax errors in policy.");
  EXPECT_EQ(code(R"({"Statement":[{"Effect":"Allow","Action":"s3:*"}]})", PolicyUse::identity),
            "Policy statement must contain resources.");
}

}  // namespace
}  // namespace penstock::access
