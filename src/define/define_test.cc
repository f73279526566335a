// The definition library as a user meets it: what it writes, and what check() finds.
#include <gtest/gtest.h>
#include <penstock/define.h>

#include <algorithm>

#include "base/json.h"

namespace penstock::define {
namespace {

Json asl(const Pipeline& pipeline) {
  auto json = parse_json(pipeline.to_asl());
  EXPECT_TRUE(json.ok());
  return json.ok() ? *json : Json();
}

// "CODE at LOCATION: message" of each finding.
std::vector<std::string> found(const Pipeline& pipeline) {
  std::vector<std::string> texts;
  for (const Finding& finding : pipeline.check())
    texts.push_back(finding.code + " at " + finding.location + ": " + finding.message);
  return texts;
}

ProcessingJob job() {
  return {.name = "job", .role = "arn:aws:iam::123456789012:role/r", .image = "image"};
}

TEST(Define, PlaceholdersBecomePathsAndIntrinsicFunctions) {
  Pipeline pipeline("p");
  const auto input = pipeline.input({{"Bucket"}, {"A B"}, {"Count", Type::number}});
  pipeline.pass("Start", object({{"plain", 1},
                                 {"bucket", input["Bucket"]},
                                 {"quoted", input["A B"]},
                                 {"uri", format("s3://{}/it's/{}", {input["Bucket"], execution_name()})},
                                 {"mixed", list({"--n", format("{}", input["Count"])})},
                                 {"fixed", list({"a", object({{"count", input["Count"]}})})}}));
  const Json parameters = asl(pipeline)["States"]["Start"]["Parameters"];
  EXPECT_EQ(to_string(parameters),
            R"-({"plain":1,"bucket.$":"$$.Execution.Input.Bucket","quoted.$":"$$.Execution.Input['A B']",)-"
            R"-("uri.$":"States.Format('s3://{}/it\\'s/{}', $$.Execution.Input.Bucket, $$.Execution.Name)",)-"
            R"-("mixed.$":"States.Array('--n', States.Format('{}', $$.Execution.Input.Count))",)-"
            R"-("fixed":["a",{"count.$":"$$.Execution.Input.Count"}]})-");
  EXPECT_EQ(found(pipeline), std::vector<std::string>{});
}

TEST(Define, APlaceholderThatTheInputDoesNotHaveIsFoundWithTheOneMeant) {
  Pipeline pipeline("p");
  const auto input = pipeline.input({{"RawDataUri"}});
  pipeline.pass("Start", object({{"uri", input["RawDataUrl"]}}));
  EXPECT_EQ(found(pipeline),
            std::vector<std::string>{"WRONG_PLACEHOLDER at /States/Start/Parameters/uri: the execution's input has no "
                                     "placeholder 'RawDataUrl'; did you mean 'RawDataUri'?"});
}

TEST(Define, ARequestIsCheckedAgainstTheServicesModel) {
  Pipeline pipeline("p");
  const auto input = pipeline.input({{"Count", Type::number}});
  ProcessingJob wrong = job();
  wrong.name = input["Count"];                         // text is wanted
  wrong.instance_type = "ml.m5.xxlarge";               // no such value
  wrong.more = {{"Environmnt", object({})}};           // no such member
  wrong.inputs = {object({{"S3Input", object({})}})};  // InputName, S3Uri and S3DataType are missing
  pipeline.processing_job("Job", wrong);
  const auto findings = pipeline.check();
  const auto has = [&](std::string_view code, std::string_view location, std::string_view words) {
    return std::ranges::any_of(findings, [&](const Finding& finding) {
      return finding.code == code && finding.location == location && finding.message.find(words) != std::string::npos;
    });
  };
  EXPECT_TRUE(
      has("WRONG_TYPE", "/States/Job/Parameters/ProcessingJobName", "a text is wanted here, and this is a number"));
  EXPECT_TRUE(has("UNKNOWN_VALUE", "/States/Job/Parameters/ProcessingResources/ClusterConfig/InstanceType",
                  "did you mean 'ml.m5."));
  EXPECT_TRUE(has("UNKNOWN_MEMBER", "/States/Job/Parameters/Environmnt", "did you mean 'Environment'"));
  EXPECT_TRUE(has("MISSING_MEMBER", "/States/Job/Parameters/ProcessingInputs/0", "'InputName'"));
}

TEST(Define, EveryMemberOfARequestTakesAPlaceholder) {
  Pipeline pipeline("p");
  const auto input = pipeline.input({{"All", Type::object}, {"Count", Type::number}, {"Image"}});
  ProcessingJob all = job();
  all.image = input["Image"];
  all.instance_count = input["Count"];
  all.volume_gigabytes = input["Count"];
  all.max_runtime_seconds = input["Count"];
  all.more = {{"NetworkConfig", input["All"]}, {"ProcessingResources", input["All"]}};
  pipeline.processing_job("Job", all);
  EXPECT_EQ(found(pipeline), std::vector<std::string>{});
  const Json parameters = asl(pipeline)["States"]["Job"]["Parameters"];
  EXPECT_EQ(parameters.text("NetworkConfig.$"), "$$.Execution.Input.All");
  EXPECT_EQ(parameters.text("ProcessingResources.$"), "$$.Execution.Input.All");
}

TEST(Define, AResultIsTypedByTheServicesModel) {
  Pipeline pipeline("p");
  Step step = pipeline.processing_job("Job", job());
  step.keep("kept", {{"Uri", step.result()["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]}});
  EXPECT_EQ(step.output("Uri").type(), Type::text);
  step.then(pipeline.pass(
      "Next", object({{"uri", step.output("Uri")}, {"gone", step.output("Url")}, {"deep", step.output("Uri")["x"]}})));
  const auto texts = found(pipeline);
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_NE(texts[0].find("step 'Job' keeps no 'Url'; did you mean 'Uri'?"), std::string::npos) << texts[0];
  EXPECT_NE(texts[1].find("$.kept.Uri is a text and has no member 'x'"), std::string::npos) << texts[1];

  Pipeline wrong("p");
  Step other = wrong.processing_job("Job", job());
  other.keep("kept", {{"Uri", other.result()["ProcessingOutputConfig"]["Output"]}});
  ASSERT_EQ(found(wrong).size(), 1u);
  EXPECT_NE(found(wrong)[0].find("did you mean 'Outputs'?"), std::string::npos);
}

TEST(Define, ConditionsTakeTheOperatorOfTheirType) {
  Pipeline pipeline("p");
  const auto input = pipeline.input({{"Count", Type::number}, {"Name"}, {"Any", Type::any}});
  Step yes = pipeline.succeed("Yes");
  Step gate = pipeline.choice("Gate");
  gate.when(at_least(input["Count"], 3), yes)
      .when(any_of({equals(input["Name"], "x"), negation(matches(input["Name"], "a*")), is_present(input["Any"])}), yes)
      .when(less(path("$.a"), input["Count"]), yes)
      .otherwise(yes);
  pipeline.start_at(gate);
  EXPECT_EQ(found(pipeline), std::vector<std::string>{});
  EXPECT_EQ(
      to_string(asl(pipeline)["States"]["Gate"]["Choices"]),
      R"([{"Variable":"$$.Execution.Input.Count","NumericGreaterThanEquals":3,"Next":"Yes"},)"
      R"({"Or":[{"Variable":"$$.Execution.Input.Name","StringEquals":"x"},{"Not":{"Variable":"$$.Execution.Input.Name","StringMatches":"a*"}},)"
      R"({"Variable":"$$.Execution.Input.Any","IsPresent":true}],"Next":"Yes"},)"
      R"({"Variable":"$.a","NumericLessThanPath":"$$.Execution.Input.Count","Next":"Yes"}])");

  Pipeline wrong("p");
  const auto other = wrong.input({{"Name"}});
  Step end = wrong.succeed("End");
  Step choice = wrong.choice("Gate");
  choice.when(at_least(other["Name"], 3), end).otherwise(end);
  wrong.start_at(choice);
  ASSERT_EQ(found(wrong).size(), 1u);
  EXPECT_NE(found(wrong)[0].find("is a text, and is compared with a number"), std::string::npos);
}

TEST(Define, MapsParallelsErrorsAndTimes) {
  Pipeline pipeline("p", {.comment = "c", .timeout_seconds = 60});
  const auto input = pipeline.input({{"Folds", Type::list}, {"Seconds", Type::number}});
  auto [folds, fold] =
      pipeline.map("Folds", input["Folds"], {.selector = object({{"fold", map_item()}}), .max_concurrency = 2});
  fold.pass("One", object({{"k", path("$.fold")}}));
  folds.keep_result("folds");
  auto [both, branches] = pipeline.parallel("Both", 2);
  branches[0].succeed("Left");
  Step waiting = branches[1].wait("Right", input["Seconds"]);
  Step failed = pipeline.fail("Failed", "E", path("$.failure.Cause"));
  both.on_error(failed)
      .retry({.errors = {"States.Timeout"}, .interval_seconds = 1, .max_attempts = 2, .full_jitter = true})
      .discard_result();
  folds.then(both);
  EXPECT_EQ(found(pipeline), std::vector<std::string>{});
  const Json json = asl(pipeline);
  EXPECT_EQ(json["TimeoutSeconds"], Json(60));
  EXPECT_EQ(
      to_string(json["States"]["Folds"]),
      R"({"Type":"Map","ItemsPath":"$$.Execution.Input.Folds","ItemSelector":{"fold.$":"$$.Map.Item.Value"},"MaxConcurrency":2,)"
      R"("ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},"StartAt":"One","States":{"One":{"Type":"Pass","Parameters":{"k.$":"$.fold"},"End":true}}},)"
      R"("ResultPath":"$.folds","Next":"Both"})");
  EXPECT_EQ(json["States"]["Both"]["Branches"][1]["States"]["Right"].text("SecondsPath"), "$$.Execution.Input.Seconds");
  EXPECT_TRUE(json["States"]["Both"]["ResultPath"].is_null());
  EXPECT_EQ(to_string(json["States"]["Both"]["Retry"]),
            R"([{"ErrorEquals":["States.Timeout"],"IntervalSeconds":1,"MaxAttempts":2,"JitterStrategy":"FULL"}])");
  EXPECT_EQ(to_string(json["States"]["Failed"]), R"({"Type":"Fail","Error":"E","CausePath":"$.failure.Cause"})");
  (void)waiting;
}

TEST(Define, WhatNothingLeadsToAndTwiceTheSameNameAreFound) {
  Pipeline pipeline("p");
  Step first = pipeline.pass("A");
  first.then(pipeline.pass("A"));
  pipeline.pass("Lost");
  EXPECT_EQ(found(pipeline),
            (std::vector<std::string>{"DUPLICATE_STATE_NAME at /States/A: two steps are named 'A'",
                                      "UNREACHABLE_STEP at /States/Lost: nothing leads to step 'Lost'"}));
  EXPECT_EQ(found(Pipeline("empty")), std::vector<std::string>{"EMPTY_FLOW at : there is no step here; make one"});
}

TEST(Define, WhatTheCompilerFindsIsFoundToo) {
  Pipeline pipeline("p");
  pipeline.pass("Start", object({{"x", path("$.a[")}}));
  ASSERT_FALSE(found(pipeline).empty());
  EXPECT_EQ(pipeline.check()[0].code, "SCHEMA_VALIDATION_FAILED");
}

TEST(Define, AParameterIsFilledWhenThePipelineIsCreated) {
  Pipeline pipeline("p", {.comment = "what it does"});
  const Value image = pipeline.parameter("ImageUri", "image of the jobs", "image:1");
  ProcessingJob with_parameter = job();
  with_parameter.image = image;
  with_parameter.arguments = list({format("--image={}", image)});
  pipeline.processing_job("Job", with_parameter);
  EXPECT_EQ(found(pipeline), std::vector<std::string>{});
  const auto json = parse_json(pipeline.to_cloudformation());
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(to_string((*json)["Parameters"]["ImageUri"]),
            R"({"Type":"String","Description":"image of the jobs","Default":"image:1"})");
  const Json& properties = (*json)["Resources"]["Pipeline"]["Properties"];
  EXPECT_EQ(to_string(properties["DefinitionSubstitutions"]), R"({"ImageUri":{"Ref":"ImageUri"}})");
  const Json& application = properties["Definition"]["States"]["Job"]["Parameters"]["AppSpecification"];
  EXPECT_EQ(application.text("ImageUri"), "${ImageUri}");
  EXPECT_EQ(application.text("ContainerArguments.$"), "States.Array(States.Format('--image={}', '${ImageUri}'))");
}

TEST(Define, TheInputHasASchema) {
  Pipeline pipeline("p");
  pipeline.input({{"Count", Type::number, "how many"}, {"Any", Type::any}});
  const auto json = parse_json(pipeline.to_input_schema());
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(to_string((*json)["properties"]), R"({"Count":{"type":"number","description":"how many"},"Any":{}})");
  EXPECT_EQ(to_string((*json)["required"]), R"(["Count","Any"])");
  const auto stack = parse_json(pipeline.to_cloudformation());
  ASSERT_TRUE(stack.ok());
  EXPECT_EQ(to_string((*stack)["Resources"]["Pipeline"]["Properties"]["Tags"]),
            R"([{"Key":"penstock:input/Count","Value":"number"},{"Key":"penstock:input/Any","Value":"any"}])");
}

}  // namespace
}  // namespace penstock::define
