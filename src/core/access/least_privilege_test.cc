#include "core/access/least_privilege.h"

#include <gtest/gtest.h>

namespace penstock::access {
namespace {

constexpr auto role = "arn:aws:iam::123456789012:role/r";

std::string policy(const std::vector<Use>& uses, std::string_view name = "run-1") {
  Json policies = least_privilege(uses, name);
  return to_string(policies[role]["Statement"]);
}

TEST(LeastPrivilegeTest, one_statement_for_each_set_of_actions) {
  EXPECT_EQ(
      policy({{role, "s3:PutObject", "arn:aws:s3:::b/x", ""},
              {role, "s3:GetObject", "arn:aws:s3:::b/x", ""},
              {role, "s3:GetObject", "arn:aws:s3:::b/y", ""},
              {role, "s3:PutObject", "arn:aws:s3:::b/y", ""},
              {role, "s3:ListBucket", "arn:aws:s3:::b", ""}}),
      R"([{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":["arn:aws:s3:::b/x","arn:aws:s3:::b/y"]},)"
      R"({"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::b"]}])");
}

TEST(LeastPrivilegeTest, a_passed_role_goes_to_the_service_that_got_it) {
  EXPECT_EQ(policy({{role, "iam:PassRole", role, "sagemaker.amazonaws.com"}}),
            R"([{"Effect":"Allow","Action":["iam:PassRole"],"Resource":["arn:aws:iam::123456789012:role/r"],)"
            R"("Condition":{"StringEquals":{"iam:PassedToService":"sagemaker.amazonaws.com"}}}])");
}

TEST(LeastPrivilegeTest, the_name_of_the_run_is_no_part_of_it) {
  EXPECT_EQ(policy({{role, "a:B", "arn:aws:sagemaker:r:1:training-job/train-run-1", ""}}),
            R"([{"Effect":"Allow","Action":["a:B"],"Resource":["arn:aws:sagemaker:r:1:training-job/train-*"]}])");
  EXPECT_EQ(policy({{role, "a:B", "arn:aws:s3:::run-1/run-1/run-10", ""}}),
            R"([{"Effect":"Allow","Action":["a:B"],"Resource":["arn:aws:s3:::run-1/*/run-10"]}])");
}

TEST(LeastPrivilegeTest, many_objects_become_their_folder_and_what_is_covered_goes) {
  std::vector<Use> uses;
  for (size_t i = 0; i <= folder_objects_max; ++i)
    uses.push_back({role, "s3:GetObject", "arn:aws:s3:::b/d/" + std::to_string(i), ""});
  uses.push_back({role, "s3:GetObject", "arn:aws:s3:::b/d/e/f", ""});
  EXPECT_EQ(policy(uses), R"([{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::b/d/*"]}])");
}

TEST(LeastPrivilegeTest, roles_have_their_own) {
  Json policies = least_privilege({{"b", "s3:GetObject", "*", ""}, {"a", "s3:PutObject", "*", ""}}, "");
  EXPECT_EQ(policies.members().size(), 2U);
  EXPECT_EQ(policies.members()[0].key, "a");
}

}  // namespace
}  // namespace penstock::access
