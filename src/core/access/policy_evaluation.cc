#include "core/access/policy_evaluation.h"

#include <fmt/format.h>

#include <span>

namespace penstock::access {

namespace {

struct Found {
  const NamedPolicy* policy = nullptr;
  const PolicyStatement* statement = nullptr;
  explicit operator bool() const { return statement != nullptr; }
};

Found find(std::span<const NamedPolicy> policies, bool allow, const PolicyRequest& request) {
  for (const NamedPolicy& policy : policies) {
    for (const PolicyStatement& statement : policy.document->statements()) {
      if (statement.allows() == allow && statement.covers(request)) return {&policy, &statement};
    }
  }
  return {};
}

std::span<const NamedPolicy> all_of(const std::optional<NamedPolicy>& policy) {
  if (!policy) return {};
  return std::span<const NamedPolicy>(&*policy, 1);
}

Found find_resource_deny(const NamedPolicy* resource, const PolicyRequest& request) {
  if (resource == nullptr) return {};
  for (const PolicyStatement& statement : resource->document->statements()) {
    if (!statement.allows() && statement.naming(request.asker) != Naming::none && statement.covers(request)) {
      return {resource, &statement};
    }
  }
  return {};
}

struct Grant {
  Naming naming = Naming::none;
  Found found;
};

// The nearest Allow of a resource's policy.
Grant find_grant(const NamedPolicy* resource, const PolicyRequest& request) {
  Grant grant;
  if (resource == nullptr) return grant;
  for (const PolicyStatement& statement : resource->document->statements()) {
    if (!statement.allows()) continue;
    Naming naming = statement.naming(request.asker);
    if (naming > grant.naming && statement.covers(request)) grant = {naming, {resource, &statement}};
  }
  return grant;
}

Decision allowed_by(PolicyKind kind, const Found& found) {
  return {true, false, kind, found.policy, found.statement};
}
Decision denied_by(PolicyKind kind, const Found& found) {
  return {false, true, kind, found.policy, found.statement};
}
Decision not_allowed(PolicyKind kind) {
  return {false, false, kind, nullptr, nullptr};
}

std::optional<Decision> find_deny(const PolicySet& set, const NamedPolicy* resource, const PolicyRequest& request) {
  if (Found deny = find(set.identity, false, request)) return denied_by(PolicyKind::identity, deny);
  if (Found deny = find_resource_deny(resource, request)) return denied_by(PolicyKind::resource, deny);
  if (Found deny = find(all_of(set.boundary), false, request)) return denied_by(PolicyKind::boundary, deny);
  if (Found deny = find(set.session, false, request)) return denied_by(PolicyKind::session, deny);
  return std::nullopt;
}

}  // namespace

Decision evaluate(const PolicySet& set, const NamedPolicy* resource, const PolicyRequest& request) {
  if (auto deny = find_deny(set, resource, request)) return *deny;
  const Grant grant = find_grant(resource, request);
  // Who is named by a resource's policy itself needs no other Allow, and no boundary limits that.
  if (grant.naming == Naming::direct) return allowed_by(PolicyKind::resource, grant.found);
  const Found identity = find(set.identity, true, request);
  if (!identity && grant.naming != Naming::role) return not_allowed(PolicyKind::identity);
  if (set.boundary && !find(all_of(set.boundary), true, request)) return not_allowed(PolicyKind::boundary);
  if (!set.session.empty() && !find(set.session, true, request)) return not_allowed(PolicyKind::session);
  return identity ? allowed_by(PolicyKind::identity, identity) : allowed_by(PolicyKind::resource, grant.found);
}

Decision evaluate_root(const NamedPolicy* resource, const PolicyRequest& request) {
  if (Found deny = find_resource_deny(resource, request)) return denied_by(PolicyKind::resource, deny);
  return {true, false, PolicyKind::identity, nullptr, nullptr};
}

Decision evaluate_trust(const PolicySet& set, const NamedPolicy& trust, const PolicyRequest& request) {
  if (auto deny = find_deny(set, &trust, request)) return *deny;
  if (find_grant(&trust, request).naming == Naming::none) return not_allowed(PolicyKind::resource);
  return evaluate(set, &trust, request);
}

std::string reason_of(const Decision& decision, std::string_view action) {
  static constexpr std::string_view kinds[] = {"identity-based policy", "permissions boundary", "session policy",
                                               "resource-based policy"};
  std::string_view kind = kinds[static_cast<size_t>(decision.kind)];
  if (decision.denied_explicitly) {
    return fmt::format("with an explicit deny in {} {}", kind.starts_with('i') ? "an" : "a", kind);
  }
  return fmt::format("because no {} allows the {} action", kind, action);
}

}  // namespace penstock::access
