// Generated policy sets, decided by `evaluate` and by a table written from the flow chart of the IAM user guide.
#include "core/access/policy_evaluation.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/json.h"

namespace penstock::access {
namespace {

class NoKeys final : public RequestKeys {
 public:
  std::optional<std::vector<std::string>> find(std::string_view) const override { return std::nullopt; }
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
      PlainStatement statement{!coin(5), {coin(), coin(), coin()}, {coin(), coin(), coin()}, pick(principals.size())};
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
};

bool says(const PlainPolicy& policy, bool allow, const Case& c) {
  for (const PlainStatement& s : policy) {
    if (s.allow == allow && s.actions[c.action] && s.resources[c.resource]) return true;
  }
  return false;
}

bool bucket_says(const Case& c, bool allow, size_t principal) {
  if (!c.bucket) return false;
  for (const PlainStatement& s : *c.bucket) {
    if (s.principal == principal && s.allow == allow && s.actions[c.action] && s.resources[c.resource]) return true;
  }
  return false;
}

// A row per way to the answer, first that fits; '-' is either.
bool expected(const Case& c) {
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
  const std::array<bool, 6> facts = {deny, direct, by_role, identity, boundary, session};
  static constexpr struct {
    std::string_view facts;  // deny, direct, by role, identity, boundary, session
    bool allowed;
  } table[] = {
      {"y-----", false},  // an explicit deny wins
      {"ny----", true},   // named by the bucket's policy
      {"n---n-", false},  // outside of the boundary
      {"n----n", false},  // outside of the session's policy
      {"n-y---", true},   // the role is named
      {"n--y--", true},   // an identity's policy allows
      {"n-----", false},  // nobody allows
  };
  for (const auto& row : table) {
    bool fits = true;
    for (size_t i = 0; i < facts.size(); ++i) fits = fits && (row.facts[i] == '-' || (row.facts[i] == 'y') == facts[i]);
    if (fits) return row.allowed;
  }
  return false;
}

TEST(PolicyEvaluationTest, agrees_with_the_table_on_generated_policies) {
  Generator generator(20261124);
  size_t allowed = 0;
  constexpr size_t rounds = 4'000;
  for (size_t round = 0; round < rounds; ++round) {
    Case c{generator.coin(), generator.pick(3), generator.pick(3), {}, {}, {}, {}};
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
    NoKeys keys;
    Decision decision =
        evaluate(set, bucket ? &*bucket : nullptr, {actions[c.action], resources[c.resource], asker, keys});
    ASSERT_EQ(decision.allowed, expected(c)) << "round " << round;
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
