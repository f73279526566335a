#include "kit/reader.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "cli/kit_commands.h"
#include "kit/xgboost.h"

namespace penstock::kit {
namespace {

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() {
    std::string name = (std::filesystem::temp_directory_path() / "penstock-kit-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~ReaderTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) {
    const std::string path = folder_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }

  std::string folder_;
  SystemDisk disk_;
  SystemClock clock_;
  SystemRandom random_;
  SystemNetwork network_;
  Terminal terminal_;
  Session session_{disk_, clock_, random_, network_, terminal_};
};

TEST_F(ReaderTest, CsvHasTypesNamesAndMissingValues) {
  auto table = read_table(session_, write("a.csv", "n,x,s\n1,1.5,one\n2,,\n3,2.5,\"three, quoted\"\n"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->rows, 3U);
  EXPECT_EQ(table->find("n")->type, explore::ColumnType::Integral);
  EXPECT_EQ(table->find("n")->numbers[2], 3);
  EXPECT_EQ(table->find("x")->type, explore::ColumnType::Fractional);
  EXPECT_TRUE(std::isnan(table->find("x")->numbers[1]));
  EXPECT_EQ(table->find("s")->type, explore::ColumnType::String);
  EXPECT_EQ(table->find("s")->strings[2], "three, quoted");
  EXPECT_EQ(table->find("s")->present[1], 0);
  EXPECT_EQ(table->find("absent"), nullptr);
}

TEST_F(ReaderTest, JsonLines) {
  auto table = read_table(session_, write("a.jsonl", "{\"n\": 1, \"s\": \"one\"}\n{\"n\": 2.5, \"s\": null}\n"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->rows, 2U);
  EXPECT_EQ(table->find("n")->numbers[1], 2.5);
  EXPECT_EQ(table->find("s")->present[1], 0);
}

TEST_F(ReaderTest, AFolderIsOneDataSetInTheOrderOfNames) {
  write("data/part-2.csv", "n\n3\n");
  write("data/part-1.csv", "n\n1\n2\n");
  write("data/_SUCCESS", "");
  auto table = read_table(session_, folder_ + "/data");
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows, 3U);
  EXPECT_EQ(table->find("n")->numbers[0], 1);
  EXPECT_EQ(table->find("n")->numbers[2], 3);
}

TEST_F(ReaderTest, WhatIsNotThereIsSaidByName) {
  auto table = read_table(session_, folder_ + "/absent.csv");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, "NoData");
  EXPECT_NE(table.error().message.find("absent.csv: no such file or folder"), std::string::npos);
}

TEST(Commands, AreTheOnesThatPenstockShows) {
  ASSERT_EQ(commands().size(), cli::kit_commands.size());
  for (size_t i = 0; i < commands().size(); ++i) EXPECT_STREQ(commands()[i].name, cli::kit_commands[i].name);
}

TEST(XgboostLibrary, IsThePinnedRelease) {
  auto api = open_xgboost();
  ASSERT_TRUE(api) << api.error().message;
  std::array<int, 3> version = {};
  api->version(&version[0], &version[1], &version[2]);
  EXPECT_EQ(version, (std::array<int, 3>{3, 2, 0}));
}

}  // namespace
}  // namespace penstock::kit
