// Every *.asl.test below tests/pipeline/cases, in three modes (text_run.h).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "text_case.h"
#include "text_run.h"

namespace penstock::pipeline {
namespace {

std::vector<std::string> case_files() {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("tests/pipeline/cases", error)) {
    if (entry.path().string().ends_with(".asl.test")) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class TextTest : public testing::TestWithParam<std::string> {};

TEST_P(TextTest, BehavesAsWritten) {
  TextCase text_case = read_text_case(GetParam());
  RunResult result = run_text_case(text_case, RunMode::plain);
  if (std::getenv("PENSTOCK_REWRITE")) {
    text_case.set_section("diagnostics", result.diagnostics);
    text_case.set_section("commands", result.commands);
    text_case.set_section("history", result.history);
    text_case.set_section("end", result.end);
    std::ofstream(GetParam()) << to_text(text_case);
  }
  EXPECT_EQ(text_case.section("diagnostics"), result.diagnostics);
  EXPECT_EQ(text_case.section("commands"), result.commands);
  EXPECT_EQ(text_case.section("history"), result.history);
  EXPECT_EQ(text_case.section("end"), result.end);
}

TEST_P(TextTest, GoesOnTheSameAfterARestore) {
  TextCase text_case = read_text_case(GetParam());
  RunResult plain = run_text_case(text_case, RunMode::plain);
  for (RunMode mode : {RunMode::restored, RunMode::stepwise}) {
    RunResult other = run_text_case(text_case, mode);
    EXPECT_EQ(plain.history, other.history);
    EXPECT_EQ(plain.commands, other.commands);
    EXPECT_EQ(plain.end, other.end);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, TextTest, testing::ValuesIn(case_files()), [](const auto& file) {
  std::string name = std::filesystem::path(file.param).filename().string();
  name.resize(name.size() - std::string(".asl.test").size());
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return std::filesystem::path(file.param).parent_path().filename().string() + "_" + name;
});

TEST(TextCases, AreFound) {
  EXPECT_GE(case_files().size(), 60u) << "run from the repository's root";
}

}  // namespace
}  // namespace penstock::pipeline
