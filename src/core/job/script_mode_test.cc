// The recorded run of the SageMaker training toolkit 5.1.4: the same inputs must give the same variables and arguments.
#include "core/job/script_mode.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/disk.h"
#include "base/encoding.h"

namespace penstock::job {
namespace {

constexpr const char* recordings = "../shared/reference/sagemaker";

Json read_recording(const std::string& name) {
  SystemDisk disk;
  Outcome<std::string> text = disk.read_file(std::string(recordings) + "/" + name);
  if (!text) return {};
  Outcome<Json> json = parse_json(*text);
  return json ? *json : Json();
}

ScriptInputs recorded_inputs() {
  ScriptInputs inputs;
  inputs.hyperparameters = read_recording("hyperparameters.json");
  inputs.input_data_config = read_recording("inputdataconfig.json");
  inputs.resource_config = read_recording("resourceconfig.json");
  inputs.job_name = "job-1";
  inputs.region = "us-east-1";
  inputs.cores = 2;
  inputs.python = "/usr/bin/python3";
  return inputs;
}

TEST(ScriptMode, variables_and_arguments_are_those_of_the_toolkit) {
  if (!std::filesystem::exists(recordings)) GTEST_SKIP() << recordings << " is not here";
  SystemDisk disk;
  std::string text = *disk.read_file(std::string(recordings) + "/training_toolkit_5.1.4_env_argv.txt");
  Outcome<Script> script = read_script(recorded_inputs());
  ASSERT_TRUE(script.ok()) << script.error().message;
  std::map<std::string, std::string> ours(script->environment.begin(), script->environment.end());
  size_t compared = 0;
  bool in_variables = true;
  for (std::string_view line : split(text, '\n')) {
    if (line.starts_with("Invoking script")) in_variables = false;
    size_t equals = line.find('=');
    if (in_variables && line.starts_with("SM_") && equals != std::string_view::npos) {
      EXPECT_EQ(ours[std::string(line.substr(0, equals))], line.substr(equals + 1)) << line.substr(0, equals);
      ++compared;
    }
    if (line.starts_with("/usr/bin/python3 -- ")) {
      std::string joined;
      for (const std::string& word : script_command(*script, "/usr/bin/python3", false))
        joined += (joined.empty() ? "" : " ") + word;
      EXPECT_EQ(joined, line);
      ++compared;
    }
  }
  EXPECT_GE(compared, 42U);
  for (const char* name : {"SAGEMAKER_JOB_NAME", "SAGEMAKER_REGION", "CURRENT_HOST"}) EXPECT_TRUE(ours.contains(name));
}

TEST(ScriptMode, both_encodings_of_the_platform_hyperparameters) {
  ScriptInputs inputs;
  inputs.hyperparameters =
      Json::object({{"sagemaker_program", "\"train.py\""}, {"sagemaker_submit_directory", "s3://b/k.tar.gz"}});
  EXPECT_EQ(read_script(inputs)->program, "train.py");
  EXPECT_EQ(read_script(inputs)->submit_directory, "s3://b/k.tar.gz");
  inputs.hyperparameters =
      Json::object({{"sagemaker_program", "train.py"}, {"sagemaker_submit_directory", "\"s3://b/k.tar.gz\""}});
  EXPECT_EQ(read_script(inputs)->program, "train.py");
  EXPECT_EQ(read_script(inputs)->submit_directory, "s3://b/k.tar.gz");
}

TEST(ScriptMode, an_empty_program_is_refused_in_the_toolkits_words) {
  Outcome<Script> script = read_script(ScriptInputs{});
  ASSERT_FALSE(script.ok());
  EXPECT_TRUE(
      script.error().message.starts_with("The training entry point name is empty. Set the 'sagemaker_program'"));
}

TEST(ScriptMode, commands_by_the_kind_of_program) {
  Script script;
  script.program = "pkg.train.py";
  script.arguments = {"--a", "it's"};
  EXPECT_EQ(script_command(script, "py", true), (std::vector<std::string>{"py", "-m", "pkg.train", "--a", "it's"}));
  script.program = "run.sh";
  EXPECT_EQ(script_command(script, "py", true),
            (std::vector<std::string>{"/bin/sh", "-c", "./run.sh --a 'it'\"'\"'s'"}));
}

TEST(ScriptMode, values_as_python_prints_them) {
  auto printed = [](const char* text) { return python_json(*parse_json(text)); };
  EXPECT_EQ(printed("1e-3"), "0.001");
  EXPECT_EQ(printed("1.0"), "1.0");
  EXPECT_EQ(printed("1e2"), "100.0");
  EXPECT_EQ(printed("0.00001"), "1e-05");
  EXPECT_EQ(printed("1e16"), "1e+16");
  EXPECT_EQ(printed("123456789012345678901"), "123456789012345678901");
  EXPECT_EQ(printed(R"({"b":"é😀","a":[1,null]})"), R"({"a":[1,null],"b":"\u00e9\ud83d\ude00"})");
}

}  // namespace
}  // namespace penstock::job
