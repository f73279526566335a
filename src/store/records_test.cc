#include "store/records.h"

#include <gtest/gtest.h>

#include <thread>

#include "store/test_folder.h"

namespace penstock::store {
namespace {

class RecordsTest : public testing::Test {
 protected:
  void open() {
    records_.reset();
    database_.reset();
    database_ = std::move(*Database::open(disk_, folder_.path(), {}));
    records_ = Records::open(*database_);
  }
  void SetUp() override { open(); }
  std::string keys(std::string_view kind, std::string_view prefix = {}, std::string_view after = {},
                   size_t count = SIZE_MAX) {
    std::string text;
    for (const Records::Record& record : records_->list(kind, prefix, after, count)) text += record.key + " ";
    return text;
  }

  TestFolder folder_;
  SystemDisk disk_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Records> records_;
};

TEST_F(RecordsTest, ChangesAreSeenAtOnceAndAfterReopening) {
  EXPECT_FALSE(records_->get("role", "a"));
  records_->put("role", "a", Json::object({{"n", Json::number("1.0")}}));
  EXPECT_TRUE(records_->insert("role", "b", Json("text")));
  EXPECT_FALSE(records_->insert("role", "b", Json("other")));
  EXPECT_TRUE(records_->update("role", "a", [](Json& value) {
    value.set("m", 2);
    return true;
  }));
  EXPECT_FALSE(records_->update("role", "a", [](Json&) { return false; }));
  EXPECT_FALSE(records_->update("role", "none", [](Json&) { return true; }));
  records_->put("role", "c", Json());
  EXPECT_TRUE(records_->erase("role", "c"));
  EXPECT_FALSE(records_->erase("role", "c"));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(to_string(*records_->get("role", "a")), "{\"n\":1.0,\"m\":2}");
    EXPECT_EQ(records_->get("role", "b")->as_string(), "text");
    EXPECT_FALSE(records_->get("role", "c"));
    open();
  }
}

TEST_F(RecordsTest, ListsByPrefixInPages) {
  for (const char* key : {"b/2", "a/1", "b/1", "b/3", "c"}) records_->put("job", key, Json());
  records_->put("kin", "z", Json());
  EXPECT_EQ(keys("job"), "a/1 b/1 b/2 b/3 c ");
  EXPECT_EQ(keys("job", "b/"), "b/1 b/2 b/3 ");
  EXPECT_EQ(keys("job", "b/", "b/1", 1), "b/2 ");
  EXPECT_EQ(keys("job", "b/", "a"), "b/1 b/2 b/3 ");
  EXPECT_EQ(keys("job", "", "b/3"), "c ");
  EXPECT_EQ(keys("none"), "");
}

TEST_F(RecordsTest, UpdatesFromManyThreadsLoseNothing) {
  records_->put("counter", "c", Json(0));
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 250; ++i) {
          records_->update("counter", "c", [](Json& value) {
            value = Json(*value.as_integer() + 1);
            return true;
          });
        }
      });
    }
  }
  EXPECT_EQ(records_->get("counter", "c")->as_integer(), 1000);
  open();
  EXPECT_EQ(records_->get("counter", "c")->as_integer(), 1000);
}

}  // namespace
}  // namespace penstock::store
