#include "base/assert.h"
#include "core/access/policy_evaluation.h"
#include "targets.h"

namespace penstock::fuzz {

using namespace access;

namespace {

class SomeKeys final : public RequestKeys {
 public:
  std::optional<std::vector<std::string>> find(std::string_view name) const override {
    if (name == "aws:username") return std::vector<std::string>{"ann"};
    if (name == "aws:sourceip") return std::vector<std::string>{"10.1.2.3"};
    if (name == "aws:currenttime") return std::vector<std::string>{"2026-11-24T10:00:00Z"};
    if (name == "aws:tagkeys") return std::vector<std::string>{"a", "b"};
    if (name == "s3:max-keys") return std::vector<std::string>{"10"};
    return std::nullopt;
  }
};

}  // namespace

// A policy document in each of its three uses. What is allowed was allowed by a statement, and an explicit Deny always
// wins.
void policy(std::string_view bytes) {
  const SomeKeys keys;
  const Asker asker{"123456789012", "arn:aws:iam::123456789012:user/ann", "", ""};
  const PolicyRequest request{"s3:getobject", "arn:aws:s3:::bucket/a/b", asker, keys};
  for (const PolicyUse use : {PolicyUse::identity, PolicyUse::trust, PolicyUse::resource}) {
    const auto document = PolicyDocument::compile(bytes, use);
    PENSTOCK_ASSERT(check_policy_document(bytes, use).ok() == document.ok());
    if (!document) {
      PENSTOCK_ASSERT(document.error().code == "MalformedPolicyDocument" && !document.error().message.empty());
      continue;
    }
    const NamedPolicy named{"p", std::make_shared<const PolicyDocument>(*document)};
    PolicySet set;
    set.identity.push_back(named);
    set.boundary = named;
    const Decision decision = use == PolicyUse::trust      ? evaluate_trust(set, named, request)
                              : use == PolicyUse::resource ? evaluate(set, &named, request)
                                                           : evaluate(set, nullptr, request);
    PENSTOCK_ASSERT(!(decision.allowed && decision.denied_explicitly));
    if (!decision.allowed) PENSTOCK_ASSERT(!reason_of(decision, request.action).empty());
  }
}

}  // namespace penstock::fuzz
