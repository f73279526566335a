#include "core/stack/signals.h"

#include <gtest/gtest.h>

#include "core/stack/stack_policy.h"

namespace penstock::stack {
namespace {

TEST(Signals, TargetsOfHandlesRoundTrip) {
  std::string target = handle_target("us-east-1", "arn:aws:cloudformation:us-east-1:1:stack/s/uuid", "H", "secret");
  for (const std::string& text : {target, "http://127.0.0.1:4700" + target}) {
    std::optional<HandleTarget> read = read_handle_target(text);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->stack_id, "arn:aws:cloudformation:us-east-1:1:stack/s/uuid");
    EXPECT_EQ(read->logical_id, "H");
    EXPECT_EQ(read->secret, "secret");
  }
  for (const char* other : {"", "/bucket/key?Signature=x", "/cloudformation-waitcondition-x",
                            "?Signature=/cloudformation-waitcondition-x/"}) {
    EXPECT_FALSE(read_handle_target(other).has_value()) << other;
  }
}

TEST(Signals, Durations) {
  EXPECT_EQ(duration_seconds("PT1H30M5S"), 5'405);
  EXPECT_EQ(duration_seconds("PT15M"), 900);
  for (const char* wrong : {"", "PT", "15M", "PT5", "PT5X", "PTM", "PT99999999S"})
    EXPECT_FALSE(duration_seconds(wrong)) << wrong;
}

TEST(Signals, Bodies) {
  EXPECT_TRUE(read_signal(R"({"Status":"SUCCESS","UniqueId":"a"})")->success);
  EXPECT_FALSE(read_signal(R"({"Status":"FAILURE","UniqueId":"a","Reason":"r"})")->success);
  for (const char* wrong : {"", "[]", "{}", R"({"Status":"SUCCESS"})", R"({"Status":"success","UniqueId":"a"})",
                            R"({"Status":"SUCCESS","UniqueId":"a/b"})"}) {
    EXPECT_FALSE(read_signal(wrong).ok()) << wrong;
  }
  EXPECT_FALSE(read_signal(std::string(signal_bytes_max + 1, ' ')).ok());
}

TEST(StackPolicy, DenyWinsAndSilenceForbids) {
  constexpr std::string_view policy =
      R"({"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","NotResource":"LogicalResourceId/Db*"},)"
      R"({"Effect":"Deny","Action":"Update:Re*","Principal":"*","Resource":"*","Condition":{"StringLike":{"ResourceType":["AWS::S3::*"]}}}]})";
  ASSERT_TRUE(check_stack_policy(policy).ok());
  EXPECT_FALSE(forbidden(policy, "Update:Modify", "A", "AWS::S3::Bucket"));
  EXPECT_FALSE(forbidden(policy, "Update:Replace", "A", "AWS::IAM::Role"));
  EXPECT_EQ(forbidden(policy, "Update:Replace", "A", "AWS::S3::Bucket"),
            "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource "
            "[LogicalResourceId/A]");
  EXPECT_EQ(forbidden(policy, "Update:Modify", "Db1", "AWS::IAM::Role"),
            "Action denied by stack policy: no statement allows [Update:Modify] for resource [LogicalResourceId/Db1]");
  EXPECT_FALSE(forbidden("", "Update:Delete", "A", "T"));
  for (const char* wrong :
       {"{", "{}", R"({"Statement":[]})", R"({"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})",
        R"({"Statement":[{"Effect":"Allow","Action":"Update:*","Resource":"A"}]})"}) {
    EXPECT_FALSE(check_stack_policy(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace penstock::stack
