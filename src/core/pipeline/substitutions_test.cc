#include "core/pipeline/substitutions.h"

#include <gtest/gtest.h>

namespace penstock::pipeline {
namespace {

TEST(Substitutions, ResourcesAndRolesBecomeArns) {
  const StandIns found = with_stand_ins(
      R"({"Resource": "${Function.Arn}:live", "Credentials": {"RoleArn":"${Role}"}, "Parameters": {"Name": "${Function.Arn}"}})");
  EXPECT_EQ(
      found.definition,
      R"({"Resource": "arn:aws:lambda:us-east-1:123456789012:function:Function-Arn:live", "Credentials": {"RoleArn":"arn:aws:iam::123456789012:role/Role"}, "Parameters": {"Name": "${Function.Arn}"}})");
  EXPECT_EQ(found.names, (std::vector<std::string>{"Function.Arn", "Role"}));
}

TEST(Substitutions, PartsOfAResource) {
  EXPECT_EQ(
      with_stand_ins(R"("Resource":"arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:activity:${Name}")")
          .definition,
      R"("Resource":"arn:aws:states:us-east-1:123456789012:activity:Name")");
}

TEST(Substitutions, OutsideOfTextsANumber) {
  const StandIns found = with_stand_ins(R"({"Comment": "say \"${Hello}\"", "Seconds": ${Wait}})");
  EXPECT_EQ(found.definition, R"({"Comment": "say \"${Hello}\"", "Seconds": 1})");
  EXPECT_EQ(found.names, (std::vector<std::string>{"Hello", "Wait"}));
}

TEST(Substitutions, WhatIsNoneStays) {
  for (const char* text :
       {"", "${", "${}", "${1}", "${a b}", R"({"Output": "{% ${ 'a': 1 } %}"})", R"({"Resource": "$.a"})"}) {
    const StandIns found = with_stand_ins(text);
    EXPECT_EQ(found.definition, text);
    EXPECT_TRUE(found.names.empty()) << text;
  }
}

}  // namespace
}  // namespace penstock::pipeline
