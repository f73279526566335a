#include "core/access/principal_policies.h"

#include <mutex>

#include "base/encoding.h"

namespace penstock::access {

namespace {

constexpr size_t cached_max = 10'000;

NamedPolicy compile_document(std::string name, std::string_view text, PolicyUse use) {
  Outcome<PolicyDocument> document = PolicyDocument::compile(text, use);
  return {std::move(name), std::make_shared<const PolicyDocument>(document ? std::move(*document) : PolicyDocument())};
}

}  // namespace

NamedPolicy PrincipalPolicies::compile_managed(const std::string& arn) const {
  Outcome<Policy> policy = directory_.find_policy(arn);
  std::string text;
  if (policy) {
    for (const PolicyVersion& version : policy->versions) {
      if (version.number == policy->default_version) text = version.document;
    }
  }
  return compile_document(arn, text, PolicyUse::identity);
}

void PrincipalPolicies::add_identity(const Principal& principal, PolicySet& set) const {
  for (const auto& [name, document] : principal.inline_policies)
    set.identity.push_back(compile_document(principal.name + "/" + name, document, PolicyUse::identity));
  for (const std::string& arn : principal.attached) set.identity.push_back(compile_managed(arn));
}

CompiledPrincipal PrincipalPolicies::compile(const Principal& principal) const {
  CompiledPrincipal compiled;
  compiled.arn = principal.arn;
  compiled.tags = principal.tags;
  add_identity(principal, compiled.policies);
  for (const std::string& name : principal.groups) {
    if (Outcome<Principal> group = directory_.find(PrincipalKind::group, name)) add_identity(*group, compiled.policies);
  }
  if (!principal.permissions_boundary.empty())
    compiled.policies.boundary = compile_managed(principal.permissions_boundary);
  if (principal.kind == PrincipalKind::role) {
    compiled.trust = compile_document("trust policy of " + principal.name, principal.trust_policy, PolicyUse::trust);
  }
  return compiled;
}

std::shared_ptr<const CompiledPrincipal> PrincipalPolicies::find(PrincipalKind kind, std::string_view name) {
  std::string key = (kind == PrincipalKind::role ? "r" : "u") + to_lower(name);
  const uint64_t revision = directory_.revision();  // before it is read: a change meanwhile makes the entry old at once
  {
    std::shared_lock lock(mutex_);
    auto found = principals_.find(key);
    if (found != principals_.end() && found->second.revision == revision) return found->second.compiled;
  }
  Outcome<Principal> principal = directory_.find(kind, name);
  if (!principal) return nullptr;
  auto compiled = std::make_shared<const CompiledPrincipal>(compile(*principal));
  std::unique_lock lock(mutex_);
  if (principals_.size() >= cached_max) principals_.clear();
  principals_[key] = {revision, compiled};
  return compiled;
}

std::vector<NamedPolicy> PrincipalPolicies::compile_session(const std::vector<std::string>& policies) {
  std::vector<NamedPolicy> compiled;
  for (const std::string& policy : policies) {
    if (policy.starts_with("arn:")) {
      compiled.push_back(compile_managed(policy));
      continue;
    }
    std::unique_lock lock(mutex_);
    auto found = sessions_.find(policy);
    if (found == sessions_.end()) {
      if (sessions_.size() >= cached_max) sessions_.clear();
      found = sessions_.emplace(policy, compile_document("session policy", policy, PolicyUse::identity)).first;
    }
    compiled.push_back(found->second);
  }
  return compiled;
}

}  // namespace penstock::access
