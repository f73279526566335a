// Generated policy sets, decided by `evaluate` and by a table written from the flow chart of the IAM user guide.
#include "core/access/policy_evaluation.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <span>

#include "base/json.h"

namespace penstock::access {
namespace {

// What a request has of a key; only k:many has two values at once.
enum class Given : size_t { nothing, first, second, both };

struct PlainKey {
  std::string_view name;  // in lower case, as it is asked for
  std::array<std::string_view, 2> values;
};
constexpr PlainKey plain_keys[] = {
    {"k:one", {"1", "2"}},
    {"k:many", {"1", "2"}},
    {"aws:sourceip", {"192.0.2.7", "2001:db8::1"}},
    {"aws:principalarn", {"arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:user/a"}},
    {"aws:securetransport", {"true", "false"}},
    {"aws:currenttime", {"2026-11-24T10:00:00Z", "2027-01-01T00:00:00Z"}},
    {"aws:resourcetag/team", {"mine", "theirs"}},
    {"kms:viaservice", {"s3.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com"}},
};
constexpr size_t key_count = std::size(plain_keys);
constexpr size_t many = 1;
using AllGiven = std::array<Given, key_count>;

class GivenKeys final : public RequestKeys {
 public:
  explicit GivenKeys(const AllGiven& given) : given_(given) {}
  std::optional<std::vector<std::string>> find(std::string_view name) const override {
    for (size_t i = 0; i < key_count; ++i) {
      if (plain_keys[i].name != name || given_[i] == Given::nothing) continue;
      const std::string first(plain_keys[i].values[0]), second(plain_keys[i].values[1]);
      if (given_[i] == Given::both) return std::vector<std::string>{first, second};
      return std::vector<std::string>{given_[i] == Given::first ? first : second};
    }
    return std::nullopt;
  }

 private:
  AllGiven given_;
};

// When each condition holds, by what is given of its key: written down from the user guide's words on each operator.
struct PlainCondition {
  std::string_view block;  // empty: none
  size_t key;              // among plain_keys
  std::string_view holds;  // for nothing, the first value, the second, both: y or n
};
constexpr PlainCondition conditions[] = {
    {"", 0, "yyyy"},
    {R"({"StringEquals":{"k:one":["1","3"]}})", 0, "nyn-"},
    {R"({"StringNotEquals":{"k:one":["1","3"]}})", 0, "yny-"},
    {R"({"StringEqualsIfExists":{"k:one":"1"}})", 0, "yyn-"},
    {R"({"StringNotEqualsIfExists":{"k:one":"1"}})", 0, "yny-"},
    {R"({"StringLike":{"k:one":"?"}})", 0, "nyy-"},
    {R"({"NumericLessThan":{"k:one":"1.5"}})", 0, "nyn-"},
    {R"({"NumericGreaterThanEquals":{"k:one":2}})", 0, "nny-"},
    {R"({"NumericNotEquals":{"k:one":2}})", 0, "yyn-"},
    {R"({"Null":{"k:one":"true"}})", 0, "ynn-"},
    {R"({"Null":{"k:one":"false"}})", 0, "nyy-"},
    {R"({"StringEquals":{"k:one":["1","2"]},"NumericEquals":{"k:one":"2"}})", 0, "nny-"},
    {R"({"ForAllValues:StringEquals":{"k:many":"1"}})", 1, "yynn"},
    {R"({"ForAnyValue:StringEquals":{"k:many":"1"}})", 1, "nyny"},
    {R"({"ForAllValues:StringNotEquals":{"k:many":"1"}})", 1, "ynyn"},
    {R"({"ForAnyValue:StringNotEquals":{"k:many":"1"}})", 1, "nnyy"},
    {R"({"ForAllValues:StringLike":{"k:many":["1","?"]}})", 1, "yyyy"},
    {R"({"Null":{"k:many":"true"}})", 1, "ynnn"},
    {R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})", 2, "nyn-"},
    {R"({"NotIpAddress":{"aws:SourceIp":["192.0.2.7","10.0.0.0/8"]}})", 2, "yny-"},
    {R"({"IpAddress":{"aws:SourceIp":["2001:db8::/32","192.0.2.8/31"]}})", 2, "nny-"},
    {R"({"IpAddressIfExists":{"aws:SourceIp":"192.0.2.7/32"}})", 2, "yyn-"},
    {R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}})", 3, "nyn-"},
    {R"({"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/a"}})", 3, "yny-"},
    {R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*/a"}})", 3, "nnn-"},
    {R"({"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*/a"}})", 3, "nyy-"},
    {R"({"Bool":{"aws:SecureTransport":"true"}})", 4, "nyn-"},
    {R"({"Bool":{"aws:SecureTransport":false}})", 4, "nny-"},
    {R"({"BoolIfExists":{"aws:SecureTransport":"true"}})", 4, "yyn-"},
    {R"({"DateLessThan":{"aws:CurrentTime":"2026-12-01T00:00:00Z"}})", 5, "nyn-"},
    {R"({"DateGreaterThanEquals":{"aws:CurrentTime":"2027-01-01"}})", 5, "nny-"},
    {R"({"StringEquals":{"aws:ResourceTag/Team":"mine"}})", 6, "nyn-"},
    {R"({"StringNotEqualsIgnoreCase":{"aws:ResourceTag/Team":"MINE"}})", 6, "yny-"},
    {R"({"StringEquals":{"kms:ViaService":["s3.us-east-1.amazonaws.com"]}})", 7, "nyn-"},
    {R"({"StringNotLike":{"kms:ViaService":"s3.*"}})", 7, "yny-"},
};

constexpr std::string_view user_arn = "arn:aws:iam::123456789012:user/ann";
constexpr std::string_view session_arn = "arn:aws:sts::123456789012:assumed-role/r/s";
constexpr std::string_view role_arn = "arn:aws:iam::123456789012:role/r";
constexpr std::array<std::string_view, 3> actions = {"s3:getobject", "s3:putobject", "states:startexecution"};
constexpr std::array<std::string_view, 3> resources = {"arn:aws:s3:::a/x", "arn:aws:s3:::b/y", "arn:aws:s3:::a/z"};
constexpr std::array<std::string_view, 4> principals = {user_arn, session_arn, role_arn, "123456789012"};

// A policy as the table sees it: sets, without patterns.
struct PlainStatement {
  bool allow;
  std::array<bool, 3> actions, resources;
  size_t principal;
  size_t condition;
};
using PlainPolicy = std::vector<PlainStatement>;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}
  bool coin(int of = 2) { return std::uniform_int_distribution<int>(1, of)(random_) == 1; }
  size_t pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }

  PlainPolicy policy() {
    PlainPolicy policy;
    for (size_t count = 1 + pick(3); count > 0; --count) {
      PlainStatement statement{!coin(5),
                               {coin(), coin(), coin()},
                               {coin(), coin(), coin()},
                               pick(principals.size()),
                               coin() ? 0 : pick(std::size(conditions))};
      statement.actions[pick(3)] = true;
      statement.resources[pick(3)] = true;
      policy.push_back(statement);
    }
    return policy;
  }

 private:
  std::mt19937 random_;
};

// Sets as Action or, by their complement, as NotAction; likewise resources.
void add_set(Json& statement, const std::string& name, const std::array<bool, 3>& set,
             const std::array<std::string_view, 3>& names, bool inverse) {
  Json list = Json::array();
  for (size_t i = 0; i < set.size(); ++i) {
    if (set[i] != inverse) list.push_back(names[i]);
  }
  if (list.size() == 0) return add_set(statement, name, set, names, !inverse);
  statement.set(inverse ? "Not" + name : name, std::move(list));
}

NamedPolicy compile(const PlainPolicy& plain, PolicyUse use, Generator& generator) {
  Json statements = Json::array();
  for (const PlainStatement& given : plain) {
    Json statement = Json::object({{"Effect", given.allow ? "Allow" : "Deny"}});
    add_set(statement, "Action", given.actions, actions, generator.coin());
    add_set(statement, "Resource", given.resources, resources, generator.coin());
    if (std::string_view block = conditions[given.condition].block; !block.empty())
      statement.set("Condition", *parse_json(block));
    if (use == PolicyUse::resource) statement.set("Principal", Json::object({{"AWS", principals[given.principal]}}));
    statements.push_back(std::move(statement));
  }
  auto document =
      PolicyDocument::compile(to_string(Json::object({{"Version", "2012-10-17"}, {"Statement", statements}})), use);
  EXPECT_TRUE(document.ok()) << (document ? "" : document.error().message);
  return {"p", std::make_shared<const PolicyDocument>(std::move(*document))};
}

struct Case {
  bool is_user;
  size_t action, resource;
  std::vector<PlainPolicy> identity;
  std::optional<PlainPolicy> boundary, session, bucket;
  AllGiven given;
};

bool covers(const PlainStatement& statement, const Case& c) {
  const PlainCondition& condition = conditions[statement.condition];
  const Given given = c.given[condition.key];
  return statement.actions[c.action] && statement.resources[c.resource] &&
         condition.holds[static_cast<size_t>(given)] == 'y';
}

bool says(const PlainPolicy& policy, bool allow, const Case& c) {
  for (const PlainStatement& s : policy) {
    if (s.allow == allow && covers(s, c)) return true;
  }
  return false;
}

bool bucket_says(const Case& c, bool allow, size_t principal) {
  if (!c.bucket) return false;
  for (const PlainStatement& s : *c.bucket) {
    if (s.principal == principal && s.allow == allow && covers(s, c)) return true;
  }
  return false;
}

struct Row {
  std::string_view facts;  // deny, direct, by role, by account, identity, boundary, session; '-' is either
  bool allowed;
};

// A row per way to the answer, the first that fits. What a bucket's policy allows the account alone changes nothing.
constexpr Row of_bucket[] = {
    {"y------", false},  // an explicit deny wins
    {"ny-----", true},   // named by the bucket's policy
    {"n----n-", false},  // outside of the boundary
    {"n-----n", false},  // outside of the session's policy
    {"n-y----", true},   // the role is named
    {"n---y--", true},   // an identity's policy allows
    {"n------", false},  // nobody allows
};
// A trust policy must name who asks; its account alone leaves the rest to the identity's policies.
constexpr Row of_trust[] = {
    {"y------", false}, {"ny-----", true}, {"nnnn---", false}, {"n----n-", false},
    {"n-----n", false}, {"n-y----", true}, {"n--yy--", true},  {"n------", false},
};

bool look_up(std::span<const Row> table, std::string_view facts) {
  for (const Row& row : table) {
    bool fits = true;
    for (size_t i = 0; i < facts.size(); ++i) fits = fits && (row.facts[i] == '-' || row.facts[i] == facts[i]);
    if (fits) return row.allowed;
  }
  return false;
}

std::string facts_of(const Case& c) {
  bool identity = false, deny = false;
  for (const PlainPolicy& policy : c.identity) {
    identity |= says(policy, true, c);
    deny |= says(policy, false, c);
  }
  for (const auto* policy : {&c.boundary, &c.session}) deny |= *policy && says(**policy, false, c);
  const size_t own = c.is_user ? 0 : 1;
  deny |= bucket_says(c, false, own) || bucket_says(c, false, 3) || (!c.is_user && bucket_says(c, false, 2));
  const bool direct = bucket_says(c, true, own);
  const bool by_role = !c.is_user && bucket_says(c, true, 2);
  const bool boundary = !c.boundary || says(*c.boundary, true, c);
  const bool session = !c.session || says(*c.session, true, c);
  const bool by_account = bucket_says(c, true, 3);
  std::string facts;
  for (bool fact : {deny, direct, by_role, by_account, identity, boundary, session}) facts += fact ? 'y' : 'n';
  return facts;
}

TEST(PolicyEvaluationTest, agrees_with_the_table_on_generated_policies) {
  Generator generator(20261124);
  size_t allowed = 0;
  constexpr size_t rounds = 6'000;
  for (size_t round = 0; round < rounds; ++round) {
    Case c{generator.coin(), generator.pick(3), generator.pick(3), {}, {}, {}, {}, {}};
    for (size_t i = 0; i < key_count; ++i) c.given[i] = static_cast<Given>(generator.pick(i == many ? 4 : 3));
    for (size_t count = generator.pick(3); count > 0; --count) c.identity.push_back(generator.policy());
    if (generator.coin()) c.boundary = generator.policy();
    if (generator.coin()) c.session = generator.policy();
    if (generator.coin()) c.bucket = generator.policy();
    PolicySet set;
    for (const PlainPolicy& policy : c.identity)
      set.identity.push_back(compile(policy, PolicyUse::identity, generator));
    if (c.boundary) set.boundary = compile(*c.boundary, PolicyUse::identity, generator);
    if (c.session) set.session.push_back(compile(*c.session, PolicyUse::identity, generator));
    std::optional<NamedPolicy> bucket;
    if (c.bucket) bucket = compile(*c.bucket, PolicyUse::resource, generator);
    Asker asker{"123456789012", c.is_user ? user_arn : session_arn, c.is_user ? std::string_view() : role_arn, {}};
    GivenKeys keys(c.given);
    Decision decision =
        evaluate(set, bucket ? &*bucket : nullptr, {actions[c.action], resources[c.resource], asker, keys});
    ASSERT_EQ(decision.allowed, look_up(of_bucket, facts_of(c))) << "round " << round;
    if (bucket) {
      Decision trusted = evaluate_trust(set, *bucket, {actions[c.action], resources[c.resource], asker, keys});
      ASSERT_EQ(trusted.allowed, look_up(of_trust, facts_of(c))) << "round " << round;
    }
    ASSERT_EQ(decision.allowed || decision.denied_explicitly, decision.statement != nullptr) << "round " << round;
    allowed += decision.allowed;
  }
  EXPECT_GT(allowed, rounds / 10);  // both answers are met often
  EXPECT_LT(allowed, rounds * 9 / 10);
}

TEST(PolicyEvaluationTest, reasons_are_told_in_awss_words) {
  EXPECT_EQ(reason_of({false, true, PolicyKind::identity, nullptr, nullptr}, "s3:GetObject"),
            "with an explicit deny in an identity-based policy");
  EXPECT_EQ(reason_of({false, true, PolicyKind::resource, nullptr, nullptr}, "s3:GetObject"),
            "with an explicit deny in a resource-based policy");
  EXPECT_EQ(reason_of({false, false, PolicyKind::boundary, nullptr, nullptr}, "s3:GetObject"),
            "because no permissions boundary allows the s3:GetObject action");
}

}  // namespace
}  // namespace penstock::access
