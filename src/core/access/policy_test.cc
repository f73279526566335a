// Policy documents: what they match, and how they are refused.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/encoding.h"
#include "core/access/policy_document.h"
#include "core/access/policy_evaluation.h"
#include "core/access/policy_managed.h"

namespace penstock::access {
namespace {

class Keys final : public RequestKeys {
 public:
  std::map<std::string, std::vector<std::string>> values;
  std::optional<std::vector<std::string>> find(std::string_view name) const override {
    auto found = values.find(std::string(name));
    if (found == values.end()) return std::nullopt;
    return found->second;
  }
};

constexpr Asker ann{"123456789012", "arn:aws:iam::123456789012:user/ann", {}, {}};

std::string refusal(std::string_view text, PolicyUse use = PolicyUse::identity) {
  auto document = PolicyDocument::compile(text, use);
  return document ? "" : document.error().message;
}

std::string statement_with(std::string_view members) {
  return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",)" + std::string(members) + "}}";
}

// Whether the one statement with these members covers the request.
bool covers(std::string_view members, std::string_view action, std::string_view resource, const Keys& keys = {}) {
  auto document = PolicyDocument::compile(statement_with(members), PolicyUse::identity);
  EXPECT_TRUE(document.ok()) << (document ? "" : document.error().message);
  return document && document->statements().front().covers({to_lower(action), resource, ann, keys});
}

bool condition(std::string_view block, const Keys& keys) {
  std::string members = R"("Action":"*","Resource":"*","Condition":)" + std::string(block);
  return covers(members, "s3:GetObject", "*", keys);
}

TEST(PolicyTest, actions_and_resources_match_with_wildcards) {
  constexpr auto members = R"("Action":["s3:Get*","s3:Put?bject"],"Resource":"arn:aws:s3:::b/*")";
  EXPECT_TRUE(covers(members, "s3:GetObject", "arn:aws:s3:::b/a/c"));
  EXPECT_TRUE(covers(members, "S3:pUtObject", "arn:aws:s3:::b/a"));
  EXPECT_FALSE(covers(members, "s3:DeleteObject", "arn:aws:s3:::b/a"));
  EXPECT_FALSE(covers(members, "s3:GetObject", "arn:aws:s3:::b"));
  EXPECT_FALSE(covers(members, "s3:GetObject", "arn:aws:s3:::B/a"));
  constexpr auto inverse = R"("NotAction":"iam:*","NotResource":"arn:aws:s3:::secret/*")";
  EXPECT_TRUE(covers(inverse, "s3:GetObject", "arn:aws:s3:::b/a"));
  EXPECT_FALSE(covers(inverse, "iam:GetUser", "arn:aws:s3:::b/a"));
  EXPECT_FALSE(covers(inverse, "s3:GetObject", "arn:aws:s3:::secret/a"));
}

TEST(PolicyTest, variables_take_the_requests_values) {
  Keys keys;
  keys.values["aws:username"] = {"ann"};
  constexpr auto members = R"("Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}/${*}${aws:none, 'x'}*")";
  EXPECT_TRUE(covers(members, "s3:GetObject", "arn:aws:s3:::b/ann/*x1", keys));
  EXPECT_FALSE(covers(members, "s3:GetObject", "arn:aws:s3:::b/ann/yx1", keys));
  EXPECT_FALSE(covers(members, "s3:GetObject", "arn:aws:s3:::b/ann/*x1"));
  keys.values["aws:username"] = {"*"};  // a value's star is a star
  EXPECT_FALSE(covers(members, "s3:GetObject", "arn:aws:s3:::b/ann/*x1", keys));
}

TEST(PolicyTest, operators) {
  Keys keys;
  keys.values = {{"k:text", {"Blue"}},          {"k:number", {"7"}},   {"k:date", {"2026-11-24T10:00:00Z"}},
                 {"k:yes", {"true"}},           {"k:bytes", {"QUI="}}, {"k:ip", {"10.1.2.3"}},
                 {"k:arn", {"arn:aws:s3:::b"}}, {"k:six", {"fd00::1"}}};
  for (const char* block : {R"({"StringEquals":{"k:Text":["Red","Blue"]}})",
                            R"({"StringNotEquals":{"k:text":["Red","blue"]}})",
                            R"({"StringEqualsIgnoreCase":{"k:text":"bLUE"}})",
                            R"({"StringLike":{"k:text":"B*e"}})",
                            R"({"StringNotLike":{"k:text":"R*"}})",
                            R"({"NumericEquals":{"k:number":7.0}})",
                            R"({"NumericNotEquals":{"k:number":"8"}})",
                            R"({"NumericLessThan":{"k:number":"8"}})",
                            R"({"NumericLessThanEquals":{"k:number":"7"}})",
                            R"({"NumericGreaterThan":{"k:number":"6.5"}})",
                            R"({"NumericGreaterThanEquals":{"k:number":"7"}})",
                            R"({"DateEquals":{"k:date":"2026-11-24T11:00:00+01:00"}})",
                            R"({"DateLessThan":{"k:date":"2026-11-25"}})",
                            R"({"DateGreaterThan":{"k:date":"1700000000"}})",
                            R"({"DateGreaterThanEquals":{"k:date":"2026-11-24T10:00:00Z"}})",
                            R"({"Bool":{"k:yes":true}})",
                            R"({"BinaryEquals":{"k:bytes":"QUI="}})",
                            R"({"IpAddress":{"k:ip":["192.168.0.0/16","10.0.0.0/8"]}})",
                            R"({"NotIpAddress":{"k:ip":"10.2.0.0/16"}})",
                            R"({"IpAddress":{"k:six":"fd00::/8"}})",
                            R"({"ArnLike":{"k:arn":"arn:aws:s3:::*"}})",
                            R"({"ArnNotEquals":{"k:arn":"arn:aws:s3:::c"}})",
                            R"({"Null":{"k:text":"false","k:none":true}})"}) {
    EXPECT_TRUE(condition(block, keys)) << block;
  }
  for (const char* block :
       {R"({"StringEquals":{"k:text":"blue"}})", R"({"StringEquals":{"k:text":"Bl*"}})",
        R"({"StringNotEquals":{"k:text":["Red","Blue"]}})", R"({"NumericGreaterThan":{"k:number":"7"}})",
        R"({"NumericLessThan":{"k:text":"8"}})", R"({"DateLessThan":{"k:date":"2026-11-24"}})",
        R"({"Bool":{"k:yes":"false"}})", R"({"IpAddress":{"k:ip":"fd00::/8"}})",
        R"({"NotIpAddress":{"k:ip":"10.0.0.0/8"}})", R"({"ArnLike":{"k:arn":"arn:*:b"}})",
        R"({"Null":{"k:text":"true"}})", R"({"StringEquals":{"k:text":"Blue"},"Bool":{"k:yes":"false"}})"}) {
    EXPECT_FALSE(condition(block, keys)) << block;
  }
}

TEST(PolicyTest, absent_keys_and_several_values) {
  Keys keys;
  EXPECT_FALSE(condition(R"({"StringEquals":{"k:a":"1"}})", keys));
  EXPECT_TRUE(condition(R"({"StringNotEquals":{"k:a":"1"}})", keys));
  EXPECT_FALSE(condition(R"({"NumericGreaterThan":{"k:a":"1"}})", keys));
  EXPECT_TRUE(condition(R"({"StringEqualsIfExists":{"k:a":"1"}})", keys));
  EXPECT_TRUE(condition(R"({"ForAllValues:StringEquals":{"k:a":"1"}})", keys));
  EXPECT_FALSE(condition(R"({"ForAnyValue:StringEquals":{"k:a":"1"}})", keys));
  keys.values["k:a"] = {"1", "2"};
  EXPECT_FALSE(condition(R"({"ForAllValues:StringEquals":{"k:a":"1"}})", keys));
  EXPECT_TRUE(condition(R"({"ForAllValues:StringEquals":{"k:a":["1","2","3"]}})", keys));
  EXPECT_TRUE(condition(R"({"ForAnyValue:StringEquals":{"k:a":["2","3"]}})", keys));
  EXPECT_FALSE(condition(R"({"ForAnyValue:StringLike":{"k:a":"3*"}})", keys));
  EXPECT_FALSE(condition(R"({"ForAllValues:StringNotEquals":{"k:a":"1"}})", keys));
}

TEST(PolicyTest, malformed_documents_are_refused_in_iams_words) {
  EXPECT_EQ(refusal("{"), "Syntax errors in policy.");
  EXPECT_EQ(refusal("{", PolicyUse::trust), "This policy contains invalid Json");
  EXPECT_EQ(refusal(R"({"Version":"2020","Statement":[]})"), "The policy must contain a valid version string.");
  EXPECT_EQ(refusal(statement_with(R"("Action":"Get","Resource":"*")")),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  EXPECT_EQ(refusal(statement_with(R"("Action":"s3:*","Resource":"bucket")")),
            "Resource bucket must be in ARN format or \"*\".");
  EXPECT_EQ(refusal(statement_with(R"("Action":"s3:*")")), "Policy statement must contain resources.");
  EXPECT_EQ(refusal(statement_with(R"("Resource":"*")")), "Policy statement must contain actions.");
  EXPECT_EQ(refusal(statement_with(R"("Action":"s3:*","NotAction":"s3:*","Resource":"*")")),
            "Syntax errors in policy.");
  EXPECT_EQ(refusal(statement_with(R"("Action":"s3:*","Resource":"*","Principal":"*")")),
            "Policy document should not specify a principal.");
  EXPECT_EQ(refusal(statement_with(R"("Action":"s3:*","Resource":"*","Condition":{"Equals":{"a:b":"c"}})")),
            "Invalid Condition type : Equals.");
  EXPECT_EQ(refusal(statement_with(R"("Action":"sts:AssumeRole","Resource":"*","Principal":"*")"), PolicyUse::trust),
            "Has prohibited field Resource");
  EXPECT_EQ(refusal(statement_with(R"("Action":"s3:*","Principal":"*")"), PolicyUse::trust),
            "AssumeRole policy may only specify STS AssumeRole actions.");
  EXPECT_EQ(refusal(statement_with(R"("Action":"sts:AssumeRole","Principal":{"AWS":"ann"})"), PolicyUse::trust),
            "Invalid principal in policy: \"AWS\":\"ann\"");
}

TEST(PolicyTest, principals_are_named_directly_by_role_or_by_account) {
  auto naming = [](std::string_view principal, const Asker& asker) {
    auto document = PolicyDocument::compile(statement_with(R"("Action":"sts:AssumeRole",)" + std::string(principal)),
                                            PolicyUse::trust);
    return document ? document->statements().front().naming(asker) : Naming::none;
  };
  Asker session{"123456789012", "arn:aws:sts::123456789012:assumed-role/r/s", "arn:aws:iam::123456789012:role/p/r", {}};
  Asker states{{}, {}, {}, "states.amazonaws.com"};
  EXPECT_EQ(naming(R"("Principal":{"AWS":"arn:aws:iam::123456789012:user/ann"})", ann), Naming::direct);
  EXPECT_EQ(naming(R"("Principal":{"AWS":["arn:aws:iam::123456789012:root"]})", ann), Naming::account);
  EXPECT_EQ(naming(R"("Principal":{"AWS":"210987654321"})", ann), Naming::none);
  EXPECT_EQ(naming(R"("Principal":{"AWS":"arn:aws:iam::123456789012:role/p/r"})", session), Naming::role);
  EXPECT_EQ(naming(R"("Principal":"*")", session), Naming::direct);
  EXPECT_EQ(naming(R"("NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/ann"})", ann), Naming::none);
  EXPECT_EQ(naming(R"("NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/ann"})", session), Naming::direct);
  EXPECT_EQ(naming(R"("Principal":{"Service":["lambda.amazonaws.com","states.eu-west-1.amazonaws.com"]})", states),
            Naming::direct);
  EXPECT_EQ(naming(R"("Principal":{"Service":"sagemaker.amazonaws.com"})", states), Naming::none);
  EXPECT_EQ(naming(R"("Principal":{"AWS":"123456789012"})", states), Naming::none);
}

TEST(PolicyTest, aws_managed_policies_are_documents) {
  for (std::string_view name : aws_managed_names()) {
    auto text = aws_managed_document("arn:aws:iam::aws:policy/" + std::string(name));
    ASSERT_TRUE(text) << name;
    EXPECT_EQ(refusal(*text), "") << name;
  }
  EXPECT_FALSE(aws_managed_document("arn:aws:iam::aws:policy/Nope"));
}

}  // namespace
}  // namespace penstock::access
