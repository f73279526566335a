// Constraint errors in AWS's words. Texts marked "recorded" are answers of AWS, from the conformance cases.
#include "aws/protocol/validation.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "aws/protocol/json_codec.h"
#include "aws/protocol/pattern.h"
#include "models/iam/service.h"
#include "models/logs/event.h"
#include "models/logs/service.h"
#include "models/s3/service.h"
#include "models/sagemaker/processing_job.h"
#include "models/sagemaker/service.h"
#include "models/sagemaker/tag.h"
#include "models/sagemaker/training_job.h"
#include "models/states/execution.h"
#include "models/states/service.h"
#include "models/states/version.h"
#include "models/sts/service.h"

namespace penstock::aws {
namespace {

// The message of the validation error that `json` gives as an input of X; empty when it is valid.
template <class X>
std::string violations(std::string_view json) {
  typename X::Input input;
  Validation validation;
  auto read = from_json(X::Input::table, parse_json(json).value(), &input, validation);
  if (!read.ok()) return read.error().code + ": " + read.error().message;
  return validation.ok() ? "" : validation.error("ValidationException").message;
}

TEST(ValidationTest, LengthOfAName) {  // recorded
  std::string name(81, 'A');
  EXPECT_EQ(violations<states::StartExecution>(R"({"stateMachineArn":"a","name":")" + name + "\"}"),
            "1 validation error detected: Value '" + name +
                "' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80");
}

TEST(ValidationTest, RangeOfANumber) {  // recorded
  EXPECT_EQ(
      violations<states::ListExecutions>(R"({"maxResults":1001})"),
      "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value "
      "less than or equal to 1000");
}

TEST(ValidationTest, EnumInAwsOrder) {  // recorded
  EXPECT_EQ(
      violations<states::ListExecutions>(R"({"statusFilter":"succeeded"})"),
      "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must "
      "satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]");
}

TEST(ValidationTest, PatternWithLookahead) {  // recorded
  EXPECT_EQ(
      violations<states::CreateStateMachineAlias>(
          R"({"name":"123","routingConfiguration":[{"stateMachineVersionArn":"a","weight":100}]})"),
      "1 validation error detected: Value '123' at 'name' failed to satisfy constraint: Member must satisfy regular "
      "expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$");
}

TEST(ValidationTest, PathOfAnElement) {  // recorded
  EXPECT_EQ(violations<states::CreateStateMachineAlias>(
                R"({"name":"a","routingConfiguration":[{"stateMachineVersionArn":"a","weight":101}]})"),
            "1 validation error detected: Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy "
            "constraint: Member must have value less than or equal to 100");
}

TEST(ValidationTest, ListOfStructuresIsShownAsJavaDoes) {  // recorded (its ARNs shortened)
  std::string entry = R"({"stateMachineVersionArn":"x","weight":30})";
  EXPECT_EQ(violations<states::CreateStateMachineAlias>(R"({"name":"a","routingConfiguration":[)" + entry + "," +
                                                        entry + "," + entry + "]}"),
            "1 validation error detected: Value '[RoutingConfigurationListItem(stateMachineVersionArn=x, weight=30), "
            "RoutingConfigurationListItem(stateMachineVersionArn=x, weight=30), "
            "RoutingConfigurationListItem(stateMachineVersionArn=x, weight=30)]' at 'routingConfiguration' failed to "
            "satisfy constraint: Member must have length less than or equal to 2");
}

TEST(ValidationTest, AllViolationsAtOnce) {
  EXPECT_EQ(
      violations<sagemaker::AddTags>(
          R"({"ResourceArn":"arn:aws:sagemaker:us-east-1:123456789012:x","Tags":[{"Key":"","Value":"v"},{"Value":"v"}]})"),
      "2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have "
      "length greater than or equal to 1; Value null at 'tags.2.member.key' failed to satisfy constraint: Member must "
      "not be null");
}

TEST(ValidationTest, ElementsOfAListShareOneViolation) {
  std::string text = violations<sagemaker::DeleteTags>(
      R"({"ResourceArn":"arn:aws:sagemaker:us-east-1:123456789012:x","TagKeys":["a",""]})");
  EXPECT_EQ(
      text,
      "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy "
      "constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal "
      "to 1, Member must satisfy regular expression pattern: ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)]");
}

TEST(ValidationTest, NullCountsAsAbsent) {
  EXPECT_EQ(violations<states::StartExecution>(R"({"stateMachineArn":"a","name":null})"), "");
}

TEST(ValidationTest, AllViolationsAreCountedAndTheFirstOnesNamed) {
  std::string entries = "{}";
  for (int i = 1; i < 5'000; ++i) entries += ",{}";
  const std::string text =
      violations<logs::PutLogEvents>(R"({"logGroupName":"g","logStreamName":"s","logEvents":[)" + entries + "]}");
  EXPECT_TRUE(
      text.starts_with("10000 validation errors detected: Value null at 'logEvents.1.member.timestamp' failed"));
  EXPECT_LT(text.size(), 20'000U);
}

TEST(ValidationTest, UnicodeCountsCodePoints) {
  std::string name;
  for (int i = 0; i < 80; ++i) name += "\u00e9";
  EXPECT_EQ(violations<states::StartExecution>(R"({"stateMachineArn":"a","name":")" + name + "\"}"), "");
}

void visit(const Shape& shape, std::set<const Shape*>& seen, const std::function<void(const Shape&)>& look) {
  if (!seen.insert(&shape).second) return;
  look(shape);
  for (const Member& member : shape.members) visit(*member.shape, seen, look);
  if (shape.element != nullptr) visit(*shape.element->shape, seen, look);
  if (shape.key != nullptr) visit(*shape.key->shape, seen, look);
}

TEST(ValidationTest, EveryPatternCompilesAndNoStructIsTooLarge) {
  std::set<const Shape*> seen;
  size_t patterns = 0;
  auto look = [&](const Shape& shape) {
    EXPECT_LE(shape.members.size(), 256U) << shape.name << " does not fit SeenMembers";
    if (shape.pattern == nullptr) return;
    ++patterns;
    EXPECT_TRUE(shape.pattern->compiles()) << shape.name << " " << shape.pattern->text();
  };
  for (const ServiceModel* service : {&states::service_model, &s3::service_model, &sagemaker::service_model,
                                      &logs::service_model, &sts::service_model, &iam::service_model}) {
    for (const OperationModel* operation : service->operations) {
      visit(*operation->input, seen, look);
      visit(*operation->output, seen, look);
    }
  }
  EXPECT_GT(patterns, 50U);
}

}  // namespace
}  // namespace penstock::aws
