// Evaluation: may a request be done? Source: "Policy evaluation logic", IAM user guide; one account.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/access/policy_document.h"

namespace penstock::access {

struct NamedPolicy {
  std::string name;  // an ARN, or "ROLE/inline-policy-name"
  std::shared_ptr<const PolicyDocument> document;
};

// What applies to a principal.
struct PolicySet {
  std::vector<NamedPolicy> identity;    // inline and managed, of the principal and of its groups
  std::optional<NamedPolicy> boundary;  // permissions boundary
  std::vector<NamedPolicy> session;     // given with AssumeRole; none: not limited
};

enum class PolicyKind { identity, boundary, session, resource };

struct Decision {
  bool allowed = false;
  bool denied_explicitly = false;
  PolicyKind kind = PolicyKind::identity;      // which kind decided, or lacks an Allow
  const NamedPolicy* policy = nullptr;         // which decided; none for what no policy allows
  const PolicyStatement* statement = nullptr;  // of it
};

// The decision points into the policies. `resource`: of the bucket; `nullptr` when it has none.
Decision evaluate(const PolicySet& set, const NamedPolicy* resource, const PolicyRequest& request);
// For a caller whom only an explicit Deny of the resource stops: the root.
Decision evaluate_root(const NamedPolicy* resource, const PolicyRequest& request);
// Trust policies: an Allow must name the asker. By its account alone it leaves the rest to `set`.
Decision evaluate_trust(const PolicySet& set, const NamedPolicy& trust, const PolicyRequest& request);

// "because no identity-based policy allows the s3:GetObject action", "with an explicit deny in a session policy".
std::string reason_of(const Decision& decision, std::string_view action);

}  // namespace penstock::access
