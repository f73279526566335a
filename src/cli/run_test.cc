#include "cli/run.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace penstock::cli {
namespace {

class UploadTest : public testing::Test {
 protected:
  UploadTest() : folder_(testing::TempDir() + "upload_test") {
    std::filesystem::create_directories(folder_ + "/scripts/__pycache__");
    std::ofstream(folder_ + "/scripts/train.py") << "print(1)\n";
    std::ofstream(folder_ + "/scripts/shared.py") << "x = 1\n";
    std::ofstream(folder_ + "/scripts/__pycache__/train.pyc") << "junk";
    std::filesystem::create_directories(folder_ + "/empty");
    file_.folder = folder_;
  }
  ~UploadTest() override { std::filesystem::remove_all(folder_); }

  Outcome<Upload> read(PlaceholderKind kind, const std::string& path, const std::string& entry_point = "") {
    Placeholder placeholder{"Source", kind, {}, path, entry_point};
    return read_upload(disk_, file_, placeholder);
  }

  std::string folder_;
  SystemDisk disk_;
  PipelineFile file_;
};

TEST_F(UploadTest, AnArchiveHasTheSameBytesForTheSameFiles) {
  const auto first = read(PlaceholderKind::archive, "scripts", "train.py");
  ASSERT_TRUE(first.ok());
  std::filesystem::last_write_time(folder_ + "/scripts/train.py", std::filesystem::file_time_type::clock::now());
  const auto second = read(PlaceholderKind::archive, "scripts", "train.py");
  EXPECT_EQ(first->archive, second->archive);
  EXPECT_EQ(*archive_names(first->archive), (std::vector<std::string>{"shared.py", "train.py"}));
}

TEST_F(UploadTest, TheDigestIsOfNamesAndContents) {
  const auto before = read(PlaceholderKind::prefix, "scripts")->digest;
  EXPECT_EQ(before, read(PlaceholderKind::prefix, "scripts")->digest);
  std::filesystem::rename(folder_ + "/scripts/shared.py", folder_ + "/scripts/other.py");
  EXPECT_NE(before, read(PlaceholderKind::prefix, "scripts")->digest);
}

TEST_F(UploadTest, SaysWhatIsWrong) {
  EXPECT_EQ(read(PlaceholderKind::object, "scripts").error().message,
            "Source: '" + folder_ + "/scripts' is a folder, one file is needed");
  EXPECT_EQ(read(PlaceholderKind::prefix, "empty").error().message,
            "Source: the folder '" + folder_ + "/empty' is empty");
  EXPECT_EQ(read(PlaceholderKind::archive, "scripts", "tarin.py").error().message,
            "Source: '" + folder_ + "/scripts' has no entry point 'tarin.py'");
  EXPECT_FALSE(read(PlaceholderKind::object, "absent").ok());
  EXPECT_FALSE(archive_names("not an archive").ok());
}

TEST(ParseSetting, ReadsJsonOrText) {
  EXPECT_EQ(to_string(parse_setting("a=1.50")->value), "1.50");
  EXPECT_EQ(to_string(parse_setting("a=s3://b/c=d")->value), "\"s3://b/c=d\"");
  EXPECT_EQ(to_string(parse_setting("a=")->value), "\"\"");
  EXPECT_EQ(parse_setting("novalue").error().message, "--set novalue: NAME=VALUE is needed");
}

TEST(ParseS3Uri, SplitsBucketAndKey) {
  EXPECT_EQ(parse_s3_uri("s3://b/k/l")->key, "k/l");
  EXPECT_EQ(parse_s3_uri("s3://b")->bucket, "b");
  EXPECT_FALSE(parse_s3_uri("s3:///k"));
  EXPECT_FALSE(parse_s3_uri("http://b/k"));
}

}  // namespace
}  // namespace penstock::cli
