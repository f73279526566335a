// PolicyDocument: a policy, checked and compiled once. Source: "IAM JSON policy elements reference", IAM user guide.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/outcome.h"
#include "core/access/policy_condition.h"
#include "core/access/policy_text.h"

namespace penstock::access {

// `identity`: what a principal may do. `trust`: who may assume a role. `resource`: who may do what with a bucket.
enum class PolicyUse { identity, trust, resource };

// Who asks, as Principal elements name callers.
struct Asker {
  std::string_view account;
  std::string_view arn;       // of the user, the session, or the root
  std::string_view role_arn;  // of a session's role; else empty
  std::string_view service;   // a service for itself: "states.amazonaws.com"; then the others are empty
};

struct PolicyRequest {
  std::string_view action;    // "s3:GetObject"; in lower case
  std::string_view resource;  // an ARN, or "*"
  const Asker& asker;
  const RequestKeys& keys;
};

// How near a Principal element names the asker. By its account alone, it leaves the decision to the identity's
// policies.
enum class Naming : uint8_t { none, account, role, direct };

class PolicyStatement {
 public:
  // Errors: MalformedPolicyDocument, in IAM's words.
  static Outcome<PolicyStatement> compile(const Json& json, PolicyUse use, bool variables);

  bool allows() const { return allows_; }
  const std::string& sid() const { return sid_; }
  // Whether action, resource and conditions are met. The principal is asked for apart, by `naming`.
  bool covers(const PolicyRequest& request) const;
  Naming naming(const Asker& asker) const;

 private:
  struct NamedPrincipal {
    enum class Kind : uint8_t { everyone, account, arn, service } kind;
    std::string value;
  };
  Outcome<void> read_principals(const Json& json, PolicyUse use);
  Outcome<void> read_actions(const Json& json, PolicyUse use);
  Outcome<void> read_resources(const Json& json, PolicyUse use, bool variables);
  static Naming naming(const NamedPrincipal& principal, const Asker& asker);

  bool allows_ = false;
  bool not_principals_ = false, not_actions_ = false, not_resources_ = false;
  std::string sid_;
  std::vector<NamedPrincipal> principals_;
  std::vector<PolicyText> actions_;    // lower case
  std::vector<PolicyText> resources_;  // none: any (trust policies)
  std::vector<PolicyCondition> conditions_;
};

class PolicyDocument {
 public:
  // Errors: MalformedPolicyDocument, in IAM's words.
  static Outcome<PolicyDocument> compile(std::string_view text, PolicyUse use);
  const std::vector<PolicyStatement>& statements() const { return statements_; }

 private:
  std::vector<PolicyStatement> statements_;
};

// The errors of PolicyDocument::compile.
Outcome<void> check_policy_document(std::string_view document, PolicyUse use);

}  // namespace penstock::access
