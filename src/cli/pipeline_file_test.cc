#include "cli/pipeline_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace penstock::cli {
namespace {

class PipelineFileTest : public testing::Test {
 protected:
  PipelineFileTest() : folder_(testing::TempDir() + "pipeline_file_test") {
    std::filesystem::create_directories(folder_);
    write("p.asl.json", R"({"StartAt":"A","States":{"A":{"Type":"Succeed"}}})");
  }
  ~PipelineFileTest() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  std::string error_of(const std::string& text) {
    const auto file = read_pipeline_file(disk_, write("p.yaml", text));
    return file ? "" : file.error().message.substr(folder_.size() + 1);
  }

  std::string folder_;
  SystemDisk disk_;
};

TEST_F(PipelineFileTest, ReadsADefinitionInYaml) {
  const std::string definition = "StartAt: A\nStates:\n  A:\n    Type: Wait\n    Seconds: 1\n    End: true\n";
  const auto bare = read_pipeline_file(disk_, write("wait.asl.yaml", definition));
  ASSERT_TRUE(bare) << bare.error().message;
  EXPECT_EQ(bare->name, "wait");
  EXPECT_EQ(bare->definition, R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"End":true}}})");
  const auto named = read_pipeline_file(disk_, write("p.yaml", "name: n\ndefinition: wait.asl.yaml\n"));
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_EQ(named->definition, bare->definition);
  EXPECT_EQ(error_of("StartAt: A\nStartAt: B\n"),
            "p.yaml: YAML not well-formed. (line 2, column 1): Duplicate key: StartAt");
}

TEST_F(PipelineFileTest, ReadsAManifest) {
  const auto file = read_pipeline_file(disk_, write("p.yaml", R"(
name: example
definition: p.asl.json
placeholders:
  Data: {kind: object, upload: rows.csv}
  Share: {kind: number, default: 0.30}
  Label: {default: "0.30"}
  Source: {kind: archive, upload: scripts, entry_point: train.py}
)"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->name, "example");
  EXPECT_EQ(file->folder, folder_);
  ASSERT_EQ(file->placeholders.size(), 4u);
  EXPECT_EQ(file->placeholders[0].upload, "rows.csv");
  EXPECT_EQ(to_string(*file->placeholders[1].value), "0.30");
  EXPECT_EQ(to_string(*file->placeholders[2].value), "\"0.30\"");
  EXPECT_EQ(file->placeholders[3].entry_point, "train.py");
}

TEST_F(PipelineFileTest, ABareDefinitionIsNamedAfterItsFile) {
  const auto file = read_pipeline_file(disk_, folder_ + "/p.asl.json");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->name, "p");
}

TEST_F(PipelineFileTest, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error_of("name: a\n"), "p.yaml:1: 'definition' is missing");
  EXPECT_EQ(error_of("name: a\ndefinitoin: p.asl.json\n"),
            "p.yaml:2: unknown member 'definitoin': did you mean 'definition'?");
  EXPECT_EQ(error_of("name: a\nname: b\n"), "p.yaml:2: 'name' is given twice");
  EXPECT_EQ(error_of("name: a\ndefinition: p.asl.json\nplaceholders:\n  X: {kind: objct}\n"),
            "p.yaml:4: unknown kind 'objct': known are text, number, boolean, object, prefix, archive, bucket, role");
}

TEST(FindPlaceholders, FindsBothFormsAndTheFirstStatesInput) {
  const auto definition = parse_json(R"json({
    "StartAt": "A",
    "States": {
      "A": {"Type": "Task", "Parameters": {"x.$": "$.First", "y.$": "States.Format('{}', $$.Execution.Input['Second'])",
             "z.$": "$$.Execution.Name", "literal": "$.NotAPath"}, "ResultSelector": {"r.$": "$.Result"}, "Next": "B"},
      "B": {"Type": "Choice", "Choices": [{"Variable": "$.Later", "NumericGreaterThanPath": "$$.Execution.Input.Third", "Next": "C"}]},
      "C": {"Type": "Task", "Parameters": {"x.$": "$$.Execution.Input.First"}}
    }})json");
  const auto uses = find_placeholders(*definition);
  ASSERT_EQ(uses.size(), 3u);
  EXPECT_EQ(uses[0].name, "First");
  EXPECT_EQ(uses[0].locations, (std::vector<std::string>{"/States/A/Parameters/x.$", "/States/C/Parameters/x.$"}));
  EXPECT_EQ(uses[1].name, "Second");
  EXPECT_EQ(uses[2].name, "Third");
  EXPECT_EQ(uses[2].locations, (std::vector<std::string>{"/States/B/Choices/0/NumericGreaterThanPath"}));
}

TEST(FindPlaceholders, ExpressionsReadTheInputOfTheFirstStateEverywhereInIt) {
  const auto definition = parse_json(R"({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
    "A": {"Type": "Map", "Items": "{% $states.input.Rows-$states.input.`odd name` %}",
          "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "I", "States": {"I": {"Type": "Pass",
            "Output": "{% $states.input.OfTheItem & $states.context.Execution.Input.Deep %}", "End": true}}},
          "Output": "{% $states.input.After %}", "Next": "B"},
    "B": {"Type": "Map", "Items": "{% $states.input.OfB %}", "End": true,
          "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "I", "States": {"I": {"Type": "Pass",
            "Output": "{% $states.context.Execution.Input.OfTheChild %}", "End": true}}}}}})");
  ASSERT_TRUE(definition.ok());
  std::vector<std::string> names;
  for (const PlaceholderUse& use : find_placeholders(*definition)) names.push_back(use.name);
  EXPECT_EQ(names, (std::vector<std::string>{"Rows", "odd name", "Deep", "After"}));
}

}  // namespace
}  // namespace penstock::cli
